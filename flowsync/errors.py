"""The failures a user can act on.

FlowsyncError            an expected failure
├─ UsageError            an environment, a flow or a revision that does not exist: the user typed it wrong
├─ ConfigError           all problems of a configuration at once
├─ GatewayError          the platform is unreachable or its response is unusable
│   └─ AuthenticationError   credentials, user or account are refused: no flow can be exported
├─ CanonicalError        an export or a file that cannot be parsed
├─ RepositoryError       the repository is unreadable or unwritable
└─ GuardError            refused by design, with the override
"""

import errno
from typing import ClassVar, Final

_LIMITS: Final = {
    errno.EMFILE: "raise the limit of open files (ulimit -n), or use fewer parallel requests: --jobs 1",
    errno.ENFILE: "the whole system has too many open files; end other programs",
}
_NO_THREAD: Final = "can't start new thread"
_THREAD_HINT: Final = "raise the limit of processes and threads (ulimit -u), or use fewer: --jobs 1"


class FlowsyncError(Exception):
    """An expected failure: a message of one line, a hint, and the exit status of the program.

    All arguments except the message are keywords with defaults, so that errors can be pickled.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def sentence(self) -> str:
        """The message, with its place if it is known."""
        return self.message


class UsageError(FlowsyncError):
    """A name of the command line that selects nothing, or too much; `word` is what the user typed."""

    exit_status: ClassVar[int] = 64

    def __init__(self, message: str, *, word: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.word = word


class ConfigError(FlowsyncError):
    """An unusable configuration; each of the `problems` is one line with file, line and key."""

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class GatewayError(FlowsyncError):
    """An unreachable platform or an unusable response. Never contains headers, tokens or secrets.

    `status` is the HTTP status and `code` the platform's own code, None if there is none. The message does
    not contain `environment`, `gateway` and `effort` (attempts, their time and the proxy); the sentence does.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        action: str = "",
        flow_id: int | None = None,
        status: int | None = None,
        code: int | None = None,
        environment: str = "",
        gateway: str = "",
        attempts: int = 1,
        effort: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.action = action
        self.flow_id = flow_id
        self.status = status
        self.code = code
        self.environment = environment
        self.gateway = gateway
        self.attempts = attempts
        self.effort = effort

    @property
    def sentence(self) -> str:
        sentence = ": ".join(filter(None, (self.environment, self.gateway, self.message)))
        return f"{sentence} ({self.effort})" if self.effort else sentence


class AuthenticationError(GatewayError):
    """The platform refuses the application, the user or the account; the whole run fails."""


class CanonicalError(FlowsyncError):
    """An export or a file that cannot be parsed, with a JSON Pointer or a line (from 1)."""

    def __init__(
        self,
        message: str,
        *,
        flow_id: int | None = None,
        pointer: str = "",
        line: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.flow_id = flow_id
        self.pointer = pointer
        self.line = line

    @property
    def sentence(self) -> str:
        return f"{self.message} at {self.pointer:.300}" if self.pointer else self.message


class RepositoryError(FlowsyncError):
    """A repository that cannot be read or written; `revision` is the one that the user named, if any."""

    def __init__(self, message: str, *, repository: str = "", revision: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.repository = repository
        self.revision = revision


class GuardError(FlowsyncError):
    """Refused by design: the message contains the numbers, the hint names the override."""

    exit_status: ClassVar[int] = 4


def limit_hint(error: BaseException) -> str:
    """Return the hint for a limit of the system that was reached; empty for other failures."""
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return _THREAD_HINT
    return _LIMITS.get(error.errno or 0, "") if isinstance(error, OSError) else ""

"""The failures a user can act on.

FlowsyncError            something flowsync explains rather than crashes on
├─ ConfigError           all problems of a configuration at once
├─ GatewayError          the platform is unreachable or answered unusably
│   └─ AuthenticationError   credentials, user or account are refused: no flow can be exported
├─ CanonicalError        an export or a file that cannot be understood
├─ RepositoryError       the repository is unreadable or unwritable
└─ GuardError            stopped by design, with the way on
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
    """What happened in one line, a hint what to do about it, and the exit status of the program.

    Every argument but the message is a keyword with a default, so that errors survive pickling
    between processes.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def sentence(self) -> str:
        """The message, with its place where one is known."""
        return self.message


class ConfigError(FlowsyncError):
    """A configuration that can't be used; `problems` holds one line each, with file, line and key."""

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class GatewayError(FlowsyncError):
    """A platform that is unreachable or answers unusably. Never holds headers, tokens or secrets.

    `status` is the HTTP status, `code` the service's own code; either is None where there was none.
    """

    def __init__(  # each argument is one fact about the call
        self,
        message: str,
        *,
        method: str = "",
        action: str = "",
        flow_id: int | None = None,
        status: int | None = None,
        code: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.action = action
        self.flow_id = flow_id
        self.status = status
        self.code = code


class AuthenticationError(GatewayError):
    """The platform refuses the application, the user or the account, so the whole run fails."""


class CanonicalError(FlowsyncError):
    """An export or a file that cannot be understood: where, as a JSON Pointer or a line (1-based)."""

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
    """A repository that cannot be read or written; `revision` is what the user asked for, if anything."""

    def __init__(self, message: str, *, repository: str = "", revision: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.repository = repository
        self.revision = revision


class GuardError(FlowsyncError):
    """Stopped by design: the message holds the numbers needed to judge it, the hint the way on."""

    exit_status: ClassVar[int] = 4


def limit_hint(error: BaseException) -> str:
    """Return what to do about a limit of the system that was reached; empty for any other failure."""
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return _THREAD_HINT
    return _LIMITS.get(error.errno or 0, "") if isinstance(error, OSError) else ""

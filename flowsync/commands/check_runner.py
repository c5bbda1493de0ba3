"""Run checks that depend on one another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from flowsync.analysis.check import Check, CheckStatus, check_title
from flowsync.errors import FlowsyncError, UsageError
from flowsync.flow.printable import plural

_MAX_PROBLEMS: Final = 20


class FailedCheckError(FlowsyncError):
    """A failed check, with one line for each problem."""

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


@dataclass
class CheckRunner:
    """Runs checks, and skips those that need one that failed or was skipped.

    `next_steps` contains the hint of each check whose error has none.
    """

    next_steps: dict[str, str]
    _causes: dict[str, str] = field(default_factory=dict)

    def run(
        self, name: str, action: Callable[[], str], *, environment: str = "", needs: tuple[str, ...] = ()
    ) -> Check:
        """Run a check; `action` returns what it found. `needs` are checks of the same environment."""
        title = check_title(environment, name)
        for need in needs:
            cause = self._causes.get(check_title(environment, need)) or self._causes.get(need)
            if cause:
                return self.skip(name, cause, environment=environment)
        try:
            return Check(name, CheckStatus.OK, action(), environment)
        except UsageError:
            raise
        except FlowsyncError as exc:
            self._causes[title] = title
            return Check(
                name,
                CheckStatus.FAILED,
                exc.sentence.removeprefix(f"{environment}: "),
                environment,
                _first(getattr(exc, "problems", ())),
                exc.hint or self.next_steps[name],
            )

    def skip(self, name: str, because: str, *, environment: str = "") -> Check:
        """Skip a check because of a failed one, of which `because` is the title."""
        self._causes[check_title(environment, name)] = because
        return Check(name, CheckStatus.SKIPPED, environment=environment, because=because)


def _first(problems: tuple[str, ...]) -> tuple[str, ...]:
    more = len(problems) - _MAX_PROBLEMS
    return (*problems[:_MAX_PROBLEMS], f"and {plural(more, 'more problem')}") if more > 0 else problems

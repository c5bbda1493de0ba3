"""The result of one check of `flowsync doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The result of a check; one is skipped if it needs something that another check did not find."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One check.

    `environment` is empty for a check of this machine or of the repository. `detail` is what was found;
    `problems` are details of a failure, one on a line. `hint` is the next step after a failure. `because` is
    the title of the failed check that made this one be skipped.
    """

    name: str
    status: CheckStatus
    detail: str = ""
    environment: str = ""
    problems: tuple[str, ...] = ()
    hint: str = ""
    because: str = ""

    @property
    def title(self) -> str:
        """The name, with the environment."""
        return check_title(self.environment, self.name)


def check_title(environment: str, name: str) -> str:
    """Return the title of a check."""
    return f"{environment}: {name}" if environment else name

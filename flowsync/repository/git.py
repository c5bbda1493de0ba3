"""Run git: arguments, environment and errors."""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, Popen
from types import ModuleType
from typing import IO, BinaryIO, cast

from flowsync.errors import RepositoryError, limit_hint
from flowsync.repository.encoding import for_system, from_system, from_utf8, utf8

_LOG = logging.getLogger(__name__)

# Variables that select another repository, index or object store, or change the meaning of paths.
_MISLEADING = (
    "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
    "GIT_NAMESPACE", "GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_INTERNAL_SUPER_PREFIX", "GIT_ATTR_SOURCE",
    "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
)  # fmt: skip

_ENVIRONMENT = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}

# Hooks and monitors of a repository do not run; an `ext` address is a command line. Objects are durable
# before the ref that points to them.
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "core.fsync=committed,reference",
)

_PROTOCOLS = "GIT_ALLOW_PROTOCOL"  # takes precedence over all settings
_WITHHELD = ("FLOWSYNC_", "ENOS_")

_SAFE_DIRECTORY = re.compile(r"git config --global --add safe\.directory .*")
_USER_IN_URL = re.compile(r"(?<=://)[^/\s]+@")  # up to the last @: a password may contain one


@cache
def _gitpython() -> ModuleType:
    """Import GitPython, which runs git while it is imported; raises RepositoryError if that fails."""
    try:
        return import_module("git")
    except ImportError as exc:
        cause = exc.__cause__ or exc
        if limit_hint(cause):
            raise RepositoryError(f"git could not be run: {cause}", hint=limit_hint(cause)) from exc
        if shutil.which("git") is not None:
            raise
        hint = "install git 2.34 or newer and put it on PATH"
        raise RepositoryError("git was not found", hint=hint) from exc


@dataclass(frozen=True)
class GitResult:
    """The result of one git command."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """The output as text, without white space around it."""
        return from_utf8(self.out).strip()


@dataclass(frozen=True)
class Git:
    """Runs git for one repository.

    `environ` is the environment of this process, from which git inherits no variable that selects another
    repository. `location` are the options that name the repository, so that git never discovers another one.
    `settings` are configuration values that override the repository's own, in this order; `variables`
    override by the environment. `withheld` are the variables with credentials of the platform: git and its
    child processes do not inherit them, nor any whose name starts with FLOWSYNC_ or ENOS_.
    """

    directory: Path
    environ: Mapping[str, str] = field(repr=False)
    location: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()

    def run(
        self,
        *arguments: str,
        stdin: bytes | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        inherited: tuple[int, ...] = (),
    ) -> GitResult:
        """Run one command and return its result, whatever its exit status.

        `inherited` are file descriptors that stay open in git, even if this process ends.
        """
        _LOG.debug("git %s", without_passwords(" ".join(arguments)))
        with ExitStack() as stack:
            stack.enter_context(self._translate_errors())
            source = stack.enter_context(_as_file(stdin)) if isinstance(stdin, bytes) else stdin
            status, out, err = (
                _gitpython()
                .Git()
                .execute(
                    self._command(arguments, environment or {}),
                    istream=cast("BinaryIO | None", source),
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    env=self._environment(environment or {}),
                    pass_fds=inherited,
                )
            )
        return GitResult(status, out, from_system(err))

    def output(
        self,
        *arguments: str,
        stdin: bytes | IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        inherited: tuple[int, ...] = (),
    ) -> bytes:
        """Return what git prints; raises RepositoryError with git's own message if it fails."""
        result = self.run(*arguments, stdin=stdin, environment=environment, inherited=inherited)
        if result.status != 0:
            raise self.failure(_sub_command(arguments), result)
        return result.out

    def query(self, *arguments: str) -> str:
        """Return what git prints as text, "" for exit status 1: git found nothing."""
        result = self.run(*arguments)
        if result.status not in (0, 1):
            raise self.failure(_sub_command(arguments), result)
        return result.text if result.status == 0 else ""

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Popen[bytes]:
        """Start a process that reads requests from stdin; it ends when its input is closed."""
        own = environment or {}
        with self._translate_errors():
            started = (
                _gitpython()
                .Git()
                .execute(
                    self._command(arguments, own), istream=PIPE, as_process=True, env=self._environment(own)
                )
            )
        process, started.proc = started.proc, None  # the caller ends it, not the garbage collector
        return cast("Popen[bytes]", process)

    def failure(self, what: str, result: GitResult, *, hint: str = "") -> RepositoryError:
        """Return the error for a message of git, without passwords in addresses."""
        output = without_passwords(_last_line(result.err)) or f"exit status {result.status}"
        remedy = _SAFE_DIRECTORY.search(result.err)
        if remedy:
            hint = f"if you trust it: {remedy[0]}"
        return RepositoryError(f"git {what} failed: {output}", repository=str(self.directory), hint=hint)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (_gitpython().exc.GitError, OSError, ValueError) as exc:  # ValueError: a NUL in an argument
            raise RepositoryError(
                f"git could not be run: {without_passwords(str(exc))}",
                repository=str(self.directory),
                hint=limit_hint(exc) or "install git, or add it to PATH",
            ) from exc

    def _command(self, arguments: tuple[str, ...], own: Mapping[str, str]) -> list[str]:
        """Return the command, which removes the user's misleading variables, except our `own`."""
        present = [name for name in self.environ if self._is_left_out(name) and name not in own]
        without = ["env", *(part for name in present for part in ("-u", name))] if present else []
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        parts = map(for_system, arguments)
        executable = _gitpython().Git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        return [*without, executable, "-C", os.fspath(self.directory), *self.location, *settings, *parts]

    def _is_left_out(self, name: str) -> bool:
        return name in _MISLEADING or name in self.withheld or name.startswith(_WITHHELD)

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        values = {**_ENVIRONMENT, **self._protocols(), **self.variables, **self._configuration(), **extra}
        # Bytes: the strings of some locales cannot represent all of UTF-8, for example in names of people.
        return cast("dict[str, str]", {name: utf8(value) for name, value in values.items()})

    def _protocols(self) -> dict[str, str]:
        allowed = self.environ.get(_PROTOCOLS)
        if allowed is None:
            return {}
        return {_PROTOCOLS: ":".join(name for name in allowed.split(":") if name != "ext")}

    def _configuration(self) -> dict[str, str]:
        # Not `-c`: it splits at the first "=", which an address in credential.<url>.helper may contain.
        if not self.settings:
            return {}
        first = self._settings_of_environment()
        pairs = {
            f"GIT_CONFIG_{part}_{number}": text
            for number, setting in enumerate(self.settings, first)
            for part, text in zip(("KEY", "VALUE"), setting, strict=True)
        }
        return {"GIT_CONFIG_COUNT": str(first + len(self.settings)), **pairs}

    def _settings_of_environment(self) -> int:
        """Count the settings in the environment as git does: an empty count is zero."""
        given = self.environ.get("GIT_CONFIG_COUNT") or "0"
        if not (given.isascii() and given.isdecimal()):
            raise RepositoryError(
                f"GIT_CONFIG_COUNT: expected a number, got {given!r}", hint="unset it, or set it to a number"
            )
        return int(given)


def parse_listing(listing: bytes) -> Iterator[tuple[list[str], str]]:
    """Yield the fields and the path of each entry of a listing that git prints with -z."""
    for entry in from_utf8(listing).split("\0")[:-1]:
        fields, _, path = entry.partition("\t")
        yield fields.split(" "), path


def without_passwords(text: str) -> str:
    """Remove user and password from the addresses in a text."""
    return _USER_IN_URL.sub("", text)


def _sub_command(arguments: tuple[str, ...]) -> str:
    """Return the name of git's command; settings (-c NAME=VALUE) may precede it."""
    while arguments[0] == "-c":
        arguments = arguments[2:]
    return arguments[0]


@contextmanager
def _as_file(data: bytes) -> Iterator[IO[bytes]]:
    # A file, not a pipe: git reads all of it even if this process is killed meanwhile.
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


def _last_line(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    messages = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return (messages or lines or [""])[0].removeprefix("fatal: ").removeprefix("error: ")

"""YAML readers that must agree on every text."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

import yaml
from ruamel.yaml import YAML

from flowsync.document import reader


def _ruamel(version: tuple[int, int]) -> Callable[[str], Any]:
    def load(text: str) -> Any:
        loader = YAML(typ="safe", pure=True)
        loader.version = version
        return loader.load(text)

    return load


@contextmanager
def loader_of_flowsync(loader: type) -> Iterator[None]:
    """Return our reader on another parser of PyYAML, as on a machine without the C extension."""
    usual = reader._Loader
    reader._Loader = loader  # type: ignore[misc]
    try:
        yield
    finally:
        reader._Loader = usual  # type: ignore[misc]


def _ours_on(loader: type) -> Callable[[str], Any]:
    def load(text: str) -> Any:
        with loader_of_flowsync(loader):
            return reader.parse(text)

    return load


READERS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {
        "flowsync on C": _ours_on(yaml.CSafeLoader),
        "flowsync on Python": _ours_on(yaml.SafeLoader),
        "PyYAML C": lambda text: yaml.load(text, yaml.CSafeLoader),
        "PyYAML Python": lambda text: yaml.load(text, yaml.SafeLoader),
        "ruamel.yaml 1.1": _ruamel((1, 1)),
        "ruamel.yaml 1.2": _ruamel((1, 2)),
    }
)

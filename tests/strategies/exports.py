"""Exports: documented ones, possible ones and malformed ones."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from strategies.texts import keys, names, texts

from flowsync.flow.canonical import canonicalize
from flowsync.flow.field_types import Field, Shape, Struct
from flowsync.flow.fields import FLOW, FLOW_LINK, LINK_RELATION, RELATION, RUN_MODE, TASK, TASK_LINK

Export: TypeAlias = dict[str, Any]

_floats: Final = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        (1.0, -0.0, 8e-4, 5e-05, 0.008100000381469727, 1e16, 1e22, 2.0**53, 2.0**53 - 1, 1e300, 5e-324)
    ),
)
_integers: Final = st.one_of(
    st.integers(-3, 5), st.sampled_from((2512, 2**53 - 1, 2**53, 2**53 + 1, -(2**64), 10**40))
)
_scalars: Final = st.one_of(st.none(), st.booleans(), _integers, _floats, texts())
_values: Final = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys() | names(), inner, max_size=3),
    max_leaves=5,
)
_spacing: Final = st.sampled_from(((",", ":"), (", ", ": "), (" ,\n", "\t:\r")))
_link_ids: Final = st.sampled_from(("0", 0, 0.0, "1", 1, "2", "3", "4", "x", 7, 1.5, True, "true"))


def values() -> st.SearchStrategy[Any]:
    """Any JSON value that a document can contain."""
    return _values


@st.composite
def _json_text(draw: st.DrawFn, of: st.SearchStrategy[Any]) -> str:
    value = draw(of)
    return json.dumps(value, separators=draw(_spacing), ensure_ascii=draw(st.booleans()))


def _parameter_lists() -> st.SearchStrategy[Any]:
    entry = st.fixed_dictionaries(
        {"key": names() | texts()}, optional={"value": _scalars, "format": _scalars, "note": _scalars}
    )
    return st.lists(entry | _values, max_size=4)


def _parameters() -> st.SearchStrategy[Any]:
    shape = st.one_of(_parameter_lists(), st.dictionaries(names() | keys(), _scalars, max_size=3))
    text = _json_text(shape)
    malformed = st.sampled_from(
        ('"a"', '"\\"a\\""', "null", "5", '{"a":1,"a":2}', "[NaN]", "[1e400]", '["\\ud800"]', "[", "")
    )
    return st.one_of(
        shape, text, _json_text(text), text.map(lambda inner: f" {inner}\n"), malformed, _json_text(malformed)
    )


def _run_modes() -> st.SearchStrategy[Any]:
    mode = _records(RUN_MODE)
    malformed = st.sampled_from(
        ("{", "[]", "[{}]", '"{}"', "{} x", '{"a":1,"a":2}', '{"a":NaN}', '{"a":1e400}', "\ufeff{}")
    )
    return st.one_of(mode, _json_text(mode), _json_text(mode), malformed)


def _name_lists() -> st.SearchStrategy[Any]:
    lists = st.lists(names(), max_size=4)
    return st.one_of(
        lists.map(";".join),
        lists.map(lambda some: f"; {' ;'.join(some)};\t"),
        lists,
        texts(),
        st.lists(_values),
    )


_ids: Final = st.one_of(
    _integers,
    _floats,
    st.sampled_from(
        ("2512", "007", "-5", "-0", "+1", " 1", "1.0", "", "\uff19", "9" * 3_999, "9" * 4_000, "x")
    ),
)
_crons: Final = st.sampled_from(
    ("0 0 0 * * ? *", "", "59 59 23 * * ? *", "0 0 12 ? * MON#1 2027", "0 1 * * *")
)


def _typed_values(row: Field) -> st.SearchStrategy[Any]:
    words = st.sampled_from(sorted(map(str, row.words)) or ("0",))
    if row.shape is Shape.TEXT and row.words:
        return words
    if row.shape in {Shape.INTEGER, Shape.NUMBER}:
        return st.integers(0, 4) | _floats | words
    strategy = _OF_SHAPE.get(row.shape, texts)
    return strategy()


_OF_SHAPE: Final[Mapping[Shape, Callable[[], st.SearchStrategy[Any]]]] = {
    Shape.NAMES: _name_lists,
    Shape.PARAMETERS: _parameters,
    Shape.RUN_MODE: _run_modes,
    Shape.ID: lambda: _ids,
    Shape.CRON: lambda: _crons,
    Shape.BOOLEAN: st.booleans,
}


def _field_values(row: Field) -> st.SearchStrategy[Any]:
    if row.name == "linkId":
        return _link_ids | st.none()
    if row.name.endswith("Name") or row.name == "name":
        return st.one_of(names(), names(), _scalars)
    typed = _typed_values(row)
    return st.one_of(typed, typed, typed, _values)


def _records(struct: Struct) -> st.SearchStrategy[Export]:
    known = st.fixed_dictionaries({}, optional={row.name: _field_values(row) for row in struct.fields})
    return st.builds(lambda record, more: {**more, **record}, known, _unknown_fields(struct))


def _unknown_fields(struct: Struct) -> st.SearchStrategy[Export]:
    taken = set(struct.by_name)
    fields = st.dictionaries(keys().filter(lambda key: key not in taken), _values, max_size=2)
    return st.one_of(st.just({}), st.just({}), fields)


_ARRAYS: Final[Mapping[str, Struct]] = {
    "tasks": TASK,
    "relations": RELATION,
    "flowLinks": FLOW_LINK,
    "taskLinks": TASK_LINK,
    "linkRelations": LINK_RELATION,
}
ARRAYS: Final = tuple(_ARRAYS)


def _arrays(struct: Struct) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(_records(struct), max_size=3 if struct is TASK else 4)


def exports() -> st.SearchStrategy[Export]:
    """Anything that can be canonicalised: any type in any field, arrays of records."""
    rows = {row.name: row for row in FLOW.fields}
    fields = {
        name: _arrays(_ARRAYS[name]) if name in _ARRAYS else _field_values(row) for name, row in rows.items()
    }
    aliases = {alias: fields[row.name] for row in FLOW.fields for alias in row.aliases}
    return st.builds(
        lambda aliased, unknown, known: {**unknown, **aliased, **known},
        st.just({}) | st.just({}) | st.fixed_dictionaries({}, optional=aliases),
        _unknown_fields(FLOW),
        st.fixed_dictionaries({}, optional=fields),
    )


def well_formed_exports() -> st.SearchStrategy[Export]:
    """Exports of documented types; texts, unknown fields and link ids are arbitrary."""
    names_text = st.lists(names(), max_size=3).map(lambda some: f";{';'.join(some)}; ")
    parameter = st.fixed_dictionaries({"key": names(), "value": texts()}, optional={"note": texts()})
    special = {
        "owners": names_text,
        "visitors": names_text,
        "parameters": _json_text(st.lists(parameter, max_size=3)) | texts().filter(_is_no_json),
        "tasks": st.lists(
            _well_formed(TASK, {"runMode": _json_text(_well_formed(RUN_MODE, {}))}), max_size=3
        ),
        "relations": st.lists(_well_formed(RELATION, {}), max_size=3),
        **{
            name: st.lists(_well_formed(_ARRAYS[name], {"linkId": st.sampled_from("0123")}), max_size=3)
            for name in ("flowLinks", "taskLinks", "linkRelations")
        },
    }
    return _well_formed(FLOW, special)


def _well_formed(struct: Struct, special: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Export]:
    typed = {row.name: special.get(row.name, _documented_values(row)) for row in struct.fields}
    mandatory = {name: typed.pop(name) for name in [*typed] if name in _ARRAYS or name == "linkId"}
    taken = {name for row in struct.fields for name in (row.name, *row.aliases)}
    unknown = st.dictionaries(keys().filter(lambda key: key not in taken), _values, max_size=2)
    known = st.fixed_dictionaries(mandatory, optional=typed)
    return st.builds(lambda record, more: {**more, **record}, known, st.just({}) | unknown)


def _documented_values(row: Field) -> st.SearchStrategy[Any]:
    match row.shape:
        case Shape.INTEGER | Shape.ID:
            return st.integers(0, 5_000) | st.integers(0, 9).map(float)
        case Shape.NUMBER:
            return st.floats(0.1, 4) | st.integers(1, 4)
        case Shape.BOOLEAN:
            return st.booleans()
        case _:
            return names() | texts()


def _is_no_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def documents() -> st.SearchStrategy[Export]:
    """Documents: the image of `canonicalize`."""
    return st.builds(canonicalize, exports(), st.none() | st.integers(0, 10**12))

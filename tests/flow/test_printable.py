"""Names and other foreign text on one line: readable, and never alike where they differ."""

import re
from unicodedata import is_normalized, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.texts import texts

from flowsync.flow.printable import escape_controls, printable_name, quote_name

ORDINARY = (
    "load",
    "Load daily report (v2)",
    'a"] --> b; click a "x"',
    "C:\\temp",
    "日本語の名前",
    "加载任务_01",
    "Übergröße_naïve",
    "отчет_daily",
    "отчет \u0441 данными",
    "kpi Δ",
    "รายงานประจำวัน",
    "दैनिक रिपोर्ट",
    "שָׁבוּעַ",
    "☃ 😀",
    "日报\uff08一\uff09\uff1a加载",
    "导入\uff01a\uff0cb",
    "①抽取…",
    "日报\u2014\u2014汇总",
    "温度\u2103采集",
    "产量m\xb3统计",
)
SPECIAL = {
    "": '""',
    " ": '" "',
    "   ": r'" \u0020\u0020"',
    "load ": '"load "',
    " load": '" load"',
    "a  b": r'"a \u0020b"',
    "load\u200b": r'"load\u200b"',
    "lo\u00adad": r'"lo\u00adad"',
    "lo\u200dad": r'"lo\u200dad"',
    "a\u00a0b": r'"a\u00a0b"',
    "a\u3000b": r'"a\u3000b"',
    "a\tb": r'"a\u0009b"',
    "a\nb": r'"a\u000ab"',
    "\u202eab": r'"\u202eab"',
    "☃\ufe0f": r'"☃\ufe0f"',
    "cafe\u0301": r'"cafe\u0301"',
    "m\u0303": r'"m\u0303"',
    "\u0e34": r'"\u0e34"',
    "\u0e01\u0e34\u0e34": '"\u0e01\u0e34\\u0e34"',
    "\u3164": r'"\u3164"',
    "\u2800": r'"\u2800"',
    "l\u043ead": r'"l\u043ead"',
    "\u0441\u043e\u0440\u0443 2": r'"\u0441\u043e\u0440\u0443 2"',
    "\u0391 team": r'"\u0391 team"',
    "p\u03b1y 支付": r'"p\u03b1y 支付"',
    "\u212b": r'"\u212b"',
    "\u1100\u1161": r'"\u1100\u1161"',
    '"load"': r'"\"load\""',
    '"load " x': r'"\"load \" x"',
    r"load\u200b": r'"load\\u200b"',
    "lo\u2011ad": r'"lo\u2011ad"',
    "a \u2013 b": r'"a \u2013 b"',
    "\u22121": r'"\u22121"',
    "\u2160load": r'"\u2160load"',
    "\uff4coad": r'"\uff4coad"',
    "load\uff1a1": r'"load\uff1a1"',
    "日报\uff11": r'"日报\uff11"',
    "日\u2013报": r'"日\u2013报"',
    "\u212a": r'"\u212a"',
    "\U000e0041": r'"\U000e0041"',
    "\ud800": r'"\ud800"',
    "\uffff": r'"\uffff"',
}  # fmt: skip

hard_names = (
    st.text(
        st.sampled_from(
            'ae-1I "\\u0o\u2010\u2011\u2212\u2160\uff41\uff11\uff08\u4e00'
            "\u0430\u03bf\u0301\u00e9\u200b\u200d\u3000\u0e01\u0e34\u1100\u1161\uac00\u212b\u00c5"
        )
        | st.characters(),
        max_size=8,
    )
    | texts()
)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_name_is_unchanged(name: str) -> None:
    assert printable_name(name) == name


@pytest.mark.parametrize(("name", "printed"), SPECIAL.items())
def test_deceptive_name_is_quoted_and_escaped(name: str, printed: str) -> None:
    assert printable_name(name) == printed


@given(one=hard_names, other=hard_names)
def test_distinct_names_are_printed_differently(one: str, other: str) -> None:
    printed = [normalize("NFC", printable_name(name)) for name in (one, other)]
    assert (printed[0] == printed[1]) == (one == other)


@given(name=hard_names)
def test_form_of_an_ascii_name_is_quoted(name: str) -> None:
    form = re.sub("[\u2010-\u2015\u2212]", "-", normalize("NFKC", name))
    assert name.isascii() or not form.isascii() or printable_name(name).isascii()


@given(
    name=st.text(st.sampled_from("日报加载カナ한글\uff08\uff09\uff1a\uff0c\uff01\uff1f…①ab_-1 "), min_size=1)
)
def test_cjk_name_with_full_width_punctuation_is_unchanged(name: str) -> None:
    cjk = f"日{' '.join(name.split())}报"
    assert printable_name(cjk) == cjk


@given(one=hard_names, other=hard_names)
def test_distinct_names_are_quoted_differently(one: str, other: str) -> None:
    quoted = [normalize("NFC", quote_name(name)) for name in (one, other)]
    assert (quoted[0] == quoted[1]) == (one == other)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("load", "'load'"), ("it's", '"it\'s"'), ("中文", "'中文'"), ("l\u043ead", r'"l\u043ead"'), ("", "''")],
)
def test_quoted_name_has_quotes_once(name: str, quoted: str) -> None:
    assert quote_name(name) == quoted


@given(name=hard_names)
def test_normal_forms_of_a_name_are_printed_differently(name: str) -> None:
    forms = {name, *(normalize(form, name) for form in ("NFC", "NFD"))}
    assert len({*map(printable_name, forms)}) == len(forms)


@given(name=hard_names)
def test_printed_name_is_printable_and_stable(name: str) -> None:
    printed = printable_name(name)
    assert printed.isprintable()
    assert is_normalized("NFC", printed)
    assert escape_controls(printed) == printed
    assert printed.strip() == printed != ""


@given(name=hard_names)
def test_only_other_names_start_with_a_quote(name: str) -> None:
    printed = printable_name(name)
    assert printed == name or (printed[0], printed[-1]) == ('"', '"')
    assert printable_name(printed) != printed or printed == name

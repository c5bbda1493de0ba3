import pytest

from flowsync.diff.change import Added, Changed
from flowsync.diff.verdicts import Comparison, FlowVerdict, Verdict
from flowsync.report.message import commit_message
from flowsync.report.text import text
from flowsync.report.wording import headline, printable

CHANGED = FlowVerdict(
    "prod",
    2924,
    "etl",
    Verdict.CHANGED,
    file="flows/prod/etl.2924.yaml",
    changes=(
        Changed("/cron", "0 0 0 * * ? *", "0 0 2 * * ? *"),
        Added("/a", 1),
        Added("/b", 1),
        Added("/c", 1),
    ),
)
NEW = FlowVerdict("prod", 2925, "new one", Verdict.NEW, file="flows/prod/new-one.2925.yaml")
MISSING = FlowVerdict(
    "dev", 7, "", Verdict.MISSING, file="flows/dev/old.7.yaml", reason="no longer configured"
)
UNKNOWN = FlowVerdict("prod", 2926, "", Verdict.UNKNOWN, reason="HTTP 503")


def compared(*flows: FlowVerdict, checked: int = 9) -> Comparison:
    return Comparison("HEAD", "live", flows, checked)


def test_only_a_complete_run_without_differences_says_no_changes() -> None:
    assert headline(compared(checked=412)) == "No changes (412 flows checked)"
    assert headline(compared(checked=1)) == "No changes (1 flow checked)"
    unknown = headline(compared(UNKNOWN))
    assert unknown == "0 changed, 0 new, 0 missing, 1 unknown (9 flows checked)"


def test_the_verdict_line_is_the_first_and_gives_all_counts() -> None:
    first = text(compared(CHANGED, NEW, MISSING, UNKNOWN)).splitlines()[0]
    assert first == "1 changed, 1 new, 1 missing, 1 unknown (9 flows checked)"


def test_every_flow_that_is_not_the_same_is_named_with_its_reason() -> None:
    printed = text(compared(CHANGED, NEW, MISSING, UNKNOWN))
    for told in ("~ prod 2924 etl: changed", "+ prod 2925 new one: new", "- dev 7: missing"):
        assert told in printed
    assert "? prod 2926: unknown\n    HTTP 503" in printed
    assert "no longer configured" in printed


def test_text_from_the_platform_cannot_move_the_cursor_or_turn_the_line_around() -> None:
    evil = FlowVerdict("prod", 1, "a\x1b[2Jb\u202ec", Verdict.NEW, file="f")
    printed = text(compared(evil))
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "a\\u001b[2Jb\\u202ec" in printed


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff"]
)
def test_what_has_an_effect_on_terminals_is_printed_as_an_escape(character: str) -> None:
    assert character not in printable(f"a{character}b")


def test_a_changed_line_end_is_visible() -> None:
    change = Changed("/cmd", "a\r\nb\n", "a\nb")
    printed = text(compared(FlowVerdict("prod", 1, "x", Verdict.CHANGED, changes=(change,))))
    assert "-a\\u000d" in printed
    assert "+a" in printed
    assert "+b  (no line end)" in printed


def _told(before: str, after: str) -> str:
    change = Changed("/cmd", before, after)
    return text(compared(FlowVerdict("prod", 1, "x", Verdict.CHANGED, changes=(change,))))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x" * 300 + "a" + "y" * 300, "x" * 300 + "b" + "y" * 300),
        ("x" * 158 + "a", "x" * 158 + "b"),
        ("x" * 150, "x" * 170),
        ("x" * 1000, "x" * 1001),
        ("\x07" * 100 + "a", "\x07" * 100 + "b"),
        ("a\u202e", r"a\u202e"),
    ],
)
def test_two_values_on_one_line_never_look_alike(before: str, after: str) -> None:
    *_, was, became = _told(before, after).splitlines()
    assert was.strip().removeprefix("-") != became.strip().removeprefix("+")
    assert len(was) < 220


def test_a_long_value_is_shown_around_its_first_difference() -> None:
    printed = _told("x" * 300 + "old" + "y" * 300, "x" * 300 + "new" + "y" * 300)
    assert f"- …{'x' * 40}old{'y' * 117}… (605 characters)\n" in printed
    assert f"+ …{'x' * 40}new{'y' * 117}… (605 characters)\n" in printed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\x07\nb\n", "a\\u0007\nb\n"),
        ("a\\\x07\n", "a\\\\u0007\n"),
        ("a\\u0007\n", "a\\\\u0007\n"),
        ("a\x07\n", "a\\\x07\n"),
        ("a  (no line end)\n", "a"),
        ("b\na  (no line end)  (line end)\n", "b\na  (no line end)\n"),
    ],
)
def test_no_change_of_a_line_is_invisible(before: str, after: str) -> None:
    changed = [line.strip()[:1] for line in _told(before, after).splitlines()[4:]]
    assert "+" in changed
    assert "-" in changed


def test_ordinary_backslashes_stay_as_they_are() -> None:
    assert printable(r"grep '\.py$' | sed 's/\t/ \u00e9/' C:\users") == (
        r"grep '\.py$' | sed 's/\t/ \u00e9/' C:\users"
    )


def test_a_long_value_is_shortened_and_its_length_told() -> None:
    change = Changed("/desc", "x" * 5000, "y")
    printed = text(compared(FlowVerdict("prod", 1, "x", Verdict.CHANGED, changes=(change,))))
    assert "(5002 characters)" in printed
    assert len(printed) < 500


def test_a_commit_message_counts_lists_and_ends_in_trailers() -> None:
    assert commit_message(compared(CHANGED, NEW, MISSING, UNKNOWN)) == (
        "sync(prod): 1 changed, 1 added, 0 removed\n"
        "\n"
        "~ prod 2924 etl: /cron, /a, /b and 1 more\n"
        "+ prod 2925 new one\n"
        "\n"
        "Flowsync-Environment: prod\n"
        "Flowsync-Checked: 9\n"
        "Flowsync-Unknown: prod 2926\n"
    )


def test_a_name_cannot_forge_a_trailer() -> None:
    evil = FlowVerdict("prod", 1, "x\n\nSigned-off-by: boss", Verdict.NEW)
    assert "\nSigned-off-by" not in commit_message(compared(evil))

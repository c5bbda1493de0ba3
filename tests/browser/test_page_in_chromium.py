import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright
from required import needs
from samples import runs

from flowsync.report.html import html
from flowsync.report.show.flow import FlowAtRevision
from flowsync.report.show.html import flow_report

PAPER = ViewportSize(width=718, height=1046)
"""A4 within its margins."""
WIDE = ViewportSize(width=1280, height=900)
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
PHONE = ViewportSize(width=375, height=800)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

QUICK = ("small-edit", "rename-and-split")
FEW_AND_ALL = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow, id=name) for name in runs.ALL
]
"""Two pages in the fast suite, all of them in the slow one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    needs(found is not None, "Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@dataclass
class Heard:
    """What a page says aloud, and what it asks for."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, make in runs.ALL.items():
        (folder / f"{name}.html").write_text(html(make()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: FLOWSYNC_SCREENSHOTS names a folder for people who want to look at them."""
    folder = os.environ.get("FLOWSYNC_SCREENSHOTS")
    return Path(folder) if folder else tmp_path_factory.mktemp("screenshots")


@contextmanager
def opened(browser: Browser, file: Path, **options: object) -> Iterator[tuple[Page, Heard]]:
    context: BrowserContext = browser.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
    page = context.new_page()
    heard = Heard()
    page.on("console", lambda message: heard.messages.append(message.text))
    page.on("pageerror", lambda error: heard.messages.append(str(error)))
    page.on("dialog", lambda dialog: heard.messages.append(dialog.message))
    page.on("request", lambda request: heard.requests.append(request.url))
    page.goto(file.as_uri())
    yield page, heard
    context.close()


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, pages: Path) -> Iterator[Show]:
    """Opens a page in a context of its own; at the end none has said anything or asked for more."""
    told: list[Heard] = []
    with ExitStack() as contexts:

        def one(name: str, **options: object) -> Page:
            page, heard = contexts.enter_context(opened(browser, pages / f"{name}.html", **options))
            told.append(heard)
            return page

        yield one
    for heard in told:
        assert not heard.messages
        assert [url.partition(":")[0] for url in heard.requests] == ["file"]


def visible(page: Page, selector: str) -> Locator:
    return page.locator(f"{selector}:visible")


def count_said(page: Page) -> str:
    return page.locator("output").inner_text()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", FEW_AND_ALL)
def test_a_page_is_quiet_asks_for_nothing_and_never_scrolls_sideways(
    show: Show, name: str, size: ViewportSize, screenshots: Path
) -> None:
    page = show(name, viewport=size)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        picture = screenshots / f"{name}-{size['width']}-{scheme}.png"
        page.screenshot(path=picture, full_page=name not in ("many", "hostile"))
        assert picture.stat().st_size > 5_000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.get_by_role("button", name="Open all").all():
        button.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_filters_by_impact_hide_what_was_not_chosen(show: Show) -> None:
    page = show("small-edit")
    assert count_said(page) == "3 findings"
    page.get_by_label("breaking").uncheck()
    expect(page.locator("output")).to_have_text("2 of 3 findings")
    assert [one.get_attribute("data-impact") for one in visible(page, ".finding").all()] == ["behaviour"] * 2
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("output")).to_have_text("3 findings")


def test_filters_by_kind_and_flow_narrow_down_together(show: Show) -> None:
    page = show("many")
    assert count_said(page) == "1601 findings"
    page.get_by_label("Flow").select_option("flow_7 (prod 4007)")
    expect(page.locator("output")).to_have_text("5 of 1601 findings")
    page.get_by_label("Kind").select_option("schedule changed")
    expect(page.locator("output")).to_have_text("1 of 1601 findings")
    expect(visible(page, ".flow")).to_have_count(1)
    expect(visible(page, ".groups")).to_have_count(0)


def test_a_search_finds_words_in_folded_flows_and_opens_them(show: Show) -> None:
    page = show("many")
    page.get_by_label("Search").fill("change 3 of FLOW 42")
    expect(visible(page, ".flow")).not_to_have_count(400)
    page.get_by_label("Search").fill("flow_42 flow: 4042 schedule zzz")
    expect(page.locator("output")).to_have_text("0 of 1601 findings")
    page.get_by_label("Search").fill("prod 4042")
    expect(visible(page, ".flow")).to_have_count(1)
    expect(visible(page, ".flow .finding").first).to_be_visible()
    assert page.locator(".flow:visible").get_attribute("open") is not None


FOUND = {
    "breaking": "1 of 3",
    "behaviour": "2 of 3",
    "Changed": "2 of 3",
    "schedule changed": "1 of 3",
    "body-changed": "1 of 3",
    "it runs before": "1 of 3",
    "/tasks/name=load/cmd": "1 of 3",
    "weekdays": "1 of 3",
    "fact_7": "1 of 3",
    "flows/prod/nFlow.2924.yaml": "3",
    "workflow/etl": "3",
    "nflow prod 2924": "3",
    "nflow li.wei": "1 of 3",
}
"""How many of the findings of `small-edit` a search finds."""


def test_a_search_looks_at_what_a_finding_says_and_at_its_flow(show: Show) -> None:
    page = show("small-edit")
    for words, found in FOUND.items():
        page.get_by_label("Search").fill("no such words")
        expect(page.locator("output")).to_have_text("0 of 3 findings")
        page.get_by_label("Search").fill(words)
        expect(page.locator("output")).not_to_have_text("0 of 3 findings")
        assert count_said(page) == f"{found} findings", words


@pytest.mark.slow
def test_a_search_does_not_look_at_the_words_that_all_findings_have(show: Show) -> None:
    page = show("small-edit")
    page.get_by_label("Search").fill("before after")
    expect(page.locator("output")).to_have_text("0 of 3 findings")


@pytest.mark.slow
def test_a_search_looks_at_what_is_known_of_flows_without_findings(show: Show) -> None:
    page = show("incomplete")
    for words, flow in (
        ("unknown 3001", "meter_readings"),
        ("cut short", "(no name)"),
        ("missing", "old_rep"),
    ):
        page.get_by_label("Search").fill(words)
        expect(visible(page, ".flow")).to_have_count(1)
        expect(visible(page, ".flow .name")).to_contain_text(flow)


def test_an_unnamed_flow_is_chosen_as_it_is_shown(show: Show) -> None:
    page = show("incomplete")
    page.get_by_label("Flow").select_option("(no name) (prod 3002)")
    expect(visible(page, ".flow")).to_have_count(1)
    expect(visible(page, ".flow .name")).to_have_text("(no name)")


@pytest.mark.slow
def test_where_nothing_matches_the_page_says_so(show: Show) -> None:
    for name in ("small-edit", "history"):
        page = show(name)
        told = page.locator("main [aria-live]")
        expect(told).to_have_text("")
        page.get_by_label("Search").fill("no such words")
        expect(told).to_have_text("No matches.")
        expect(told).to_be_visible()
        expect(visible(page, ".comparison > :not(.hidden)")).to_have_count(0)
        page.get_by_role("button", name="Clear").click()
        expect(told).to_have_text("")
        for impact in ("breaking", "behaviour", "cosmetic"):
            page.get_by_label(impact).uncheck()
        expect(told).to_have_text("No matches.")


def test_the_keyboard_reaches_search_filters_flows_and_graphs(show: Show) -> None:
    page = show("rename-and-split")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "findings"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.type("dedup")
    expect(page.locator("output")).to_have_text("1 of 5 findings")
    flow = page.locator(".flow > summary")
    flow.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".flow .content")).to_be_hidden()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Full size").first.press("Enter")
    frame = page.locator(".graph .scroll").first
    frame.focus()
    before = frame.evaluate("frame => frame.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([frame, before]) => frame.scrollLeft !== before", arg=[frame.element_handle(), before]
    )


def test_without_script_everything_is_there_but_the_filters(show: Show) -> None:
    page = show("rename-and-split", java_script_enabled=False)
    expect(page.locator("form.filters")).to_be_hidden()
    expect(visible(page, ".finding")).to_have_count(5)
    expect(page.locator("svg")).to_be_visible()
    expect(page.get_by_text("All 3 places")).to_have_count(0)
    folded = show("many", java_script_enabled=False)
    folded.locator(".flow > summary").first.click()
    expect(visible(folded, ".flow .finding")).to_have_count(4)


def test_a_history_hides_commits_without_a_match(show: Show) -> None:
    page = show("history")
    page.get_by_label("Search").fill("deduplicate")
    expect(visible(page, ".comparison")).to_have_count(1)
    expect(visible(page, "h2")).to_have_text(re.compile("Split the join"))


def test_unknown_flows_stay_in_sight_while_impacts_are_filtered(show: Show) -> None:
    page = show("incomplete")
    for impact in ("breaking", "behaviour", "cosmetic"):
        page.get_by_label(impact).uncheck()
    expect(page.locator("output")).to_have_text("0 of 3 findings")
    expect(page.get_by_text("the gateway answered 502 three times")).to_be_visible()


@pytest.mark.slow
def test_a_large_graph_opens_fitted_and_zooms_in_at_what_changed(show: Show) -> None:
    page = show("large")
    page.get_by_text("The whole graph: 300 tasks").click()
    figure = page.locator(".whole .graph")
    frame = figure.locator(".scroll")
    page.wait_for_function("frame => frame.dataset.fitted", arg=frame.element_handle())
    assert frame.evaluate(IS_IN_SIGHT)
    fitted = frame.locator("svg").bounding_box()
    figure.get_by_role("button", name="Full size").click()
    assert not frame.evaluate(IS_IN_SIGHT)
    box, around = (
        figure.locator(".node.changed, .node.removed").first.bounding_box(),
        frame.bounding_box(),
    )
    assert box is not None
    assert around is not None
    assert around["x"] <= box["x"] <= around["x"] + around["width"]
    assert around["y"] <= box["y"] <= around["y"] + around["height"]
    figure.get_by_role("button", name="Zoom out").click()
    figure.get_by_role("button", name="Zoom in").click()
    assert frame.locator("svg").evaluate("svg => svg.width.baseVal.value / svg.viewBox.baseVal.width") == 1
    figure.get_by_role("button", name="Fit the graph").click()
    again = frame.locator("svg").bounding_box()
    assert fitted is not None
    assert again is not None
    assert (again["width"], again["height"]) == (fitted["width"], fitted["height"])


def test_a_small_graph_needs_no_zoom(show: Show) -> None:
    page = show("small-edit")
    assert page.locator(".graph svg").count()
    assert not page.get_by_role("group", name="Zoom").count()


IS_IN_SIGHT = """frame =>
  frame.scrollWidth <= frame.clientWidth + 1 && frame.scrollHeight <= frame.clientHeight + 1"""


CONTRAST = """() => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const back = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.checkVisibility() || one.closest('svg, option')) continue;
    const [high, low] = [light(parts(getComputedStyle(one).color)), light(back(one))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.push(`${one.className || one.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""


@pytest.mark.parametrize("name", FEW_AND_ALL)
def test_text_has_enough_contrast(show: Show, name: str) -> None:
    page = show(name)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) == []


def test_dark_mode_is_dark(show: Show) -> None:
    page = show("small-edit")
    colours = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(251, 251, 250)", "rgb(18, 21, 23)"]


def on_paper(show: Show, name: str, **options: object) -> Page:
    page = show(name, viewport=PAPER, **options)
    page.emulate_media(media="print")
    return page


@pytest.mark.slow
def test_on_paper_a_graph_is_as_wide_as_the_paper_and_covers_nothing(show: Show) -> None:
    page = on_paper(show, "large", java_script_enabled=False)
    assert page.locator("figure").count() == 2
    for figure in page.locator("figure").all():
        expect(figure).to_be_visible()
        around, drawn = figure.bounding_box(), figure.locator("svg").bounding_box()
        assert around is not None
        assert drawn is not None
        assert drawn["x"] + drawn["width"] <= PAPER["width"]
        assert drawn["y"] + drawn["height"] <= around["y"] + around["height"]
        assert drawn["height"] <= PAPER["height"]
    whole, findings = page.locator("figure").last.bounding_box(), page.locator(".findings").bounding_box()
    assert whole is not None
    assert findings is not None
    assert whole["y"] + whole["height"] <= findings["y"]


@pytest.mark.slow
def test_on_paper_everything_is_unfolded_with_and_without_script(show: Show) -> None:
    page = on_paper(show, "many", java_script_enabled=False)
    expect(visible(page, ".flow .finding")).to_have_count(1_600)
    expect(visible(page, ".members li")).to_have_count(400)
    other = show("many")
    other.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(visible(other, ".flow .finding")).to_have_count(1_600)
    other.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visible(other, ".flow .finding")).to_have_count(0)


@pytest.mark.slow
def test_on_paper_it_is_light_and_says_what_was_chosen(show: Show) -> None:
    page = show("small-edit", color_scheme="dark")
    page.get_by_label("breaking").uncheck()
    page.emulate_media(media="print")
    expect(page.get_by_text("2 of 3 findings")).to_be_visible()
    expect(page.get_by_label("Search")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 33, 37)"
    assert page.pdf().startswith(b"%PDF")


BROKEN_WORDS = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll('.facts th, .facts td')) {
    const text = cell.firstChild;
    for (const word of text.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_flow_by_itself_breaks_no_word(browser: Browser, tmp_path: Path, size: ViewportSize) -> None:
    held = runs.document(
        [runs.task("load", syncType=1, resource="default", successCode="0")],
        [],
        syncType=1,
        submitter="data_o15500000000001",
        startTime="2026-11-24",
        parameters=[{"key": "warehouse_build_settings", "value": "build/_settings"}],
    )
    file = tmp_path / "flow.html"
    shown = FlowAtRevision("prod", 2924, "flows/prod/nflow.2924.yaml", "HEAD", held, None, ())
    file.write_text(flow_report(shown), encoding="utf-8")
    with opened(browser, file, viewport=size) as (page, heard):
        page.locator("details").evaluate("one => one.open = true")
        expect(page.get_by_text("taskMode 1 (single task)")).to_be_visible()
        assert page.evaluate(BROKEN_WORDS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not heard.messages

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
from flowsync.report.show.flow import FlowView
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
"""Two pages for the fast suite, all pages for the slow one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    needs(found is not None, "Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@dataclass
class PageLog:
    """The console messages and the requests of a page."""

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
    """Return the folder of screenshots, FLOWSYNC_SCREENSHOTS if it is set."""
    folder = os.environ.get("FLOWSYNC_SCREENSHOTS")
    return Path(folder) if folder else tmp_path_factory.mktemp("screenshots")


@contextmanager
def opened(browser: Browser, file: Path, **options: object) -> Iterator[tuple[Page, PageLog]]:
    context: BrowserContext = browser.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
    page = context.new_page()
    log = PageLog()
    page.on("console", lambda message: log.messages.append(message.text))
    page.on("pageerror", lambda error: log.messages.append(str(error)))
    page.on("dialog", lambda dialog: log.messages.append(dialog.message))
    page.on("request", lambda request: log.requests.append(request.url))
    page.goto(file.as_uri())
    yield page, log
    context.close()


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, pages: Path) -> Iterator[Show]:
    """Open a page in a separate context; check at the end that no page logged or requested anything."""
    logs: list[PageLog] = []
    with ExitStack() as contexts:

        def one(name: str, **options: object) -> Page:
            page, log = contexts.enter_context(opened(browser, pages / f"{name}.html", **options))
            logs.append(log)
            return page

        yield one
    for log in logs:
        assert not log.messages
        assert [url.partition(":")[0] for url in log.requests] == ["file"]


def visible(page: Page, selector: str) -> Locator:
    return page.locator(f"{selector}:visible")


def displayed_count(page: Page) -> str:
    return page.locator("output").inner_text()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", FEW_AND_ALL)
def test_a_page_logs_nothing_loads_nothing_and_never_scrolls_sideways(
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


def test_filters_by_impact_hide_other_findings(show: Show) -> None:
    page = show("small-edit")
    assert displayed_count(page) == "3 findings"
    page.get_by_label("breaking").uncheck()
    expect(page.locator("output")).to_have_text("2 of 3 findings")
    assert [one.get_attribute("data-impact") for one in visible(page, ".finding").all()] == ["behaviour"] * 2
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("output")).to_have_text("3 findings")


def test_filters_by_kind_and_flow_combine(show: Show) -> None:
    page = show("many")
    assert displayed_count(page) == "1601 findings"
    page.get_by_label("Flow").select_option("flow_7 (prod 4007)")
    expect(page.locator("output")).to_have_text("5 of 1601 findings")
    page.get_by_label("Kind").select_option("schedule changed")
    expect(page.locator("output")).to_have_text("1 of 1601 findings")
    expect(visible(page, ".flow")).to_have_count(1)
    expect(visible(page, ".groups")).to_have_count(0)


def test_a_search_opens_collapsed_flows_that_match(show: Show) -> None:
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
"""The number of findings of `small-edit` that a search matches."""


def test_a_search_matches_the_sentence_and_the_flow_of_a_finding(show: Show) -> None:
    page = show("small-edit")
    for words, found in FOUND.items():
        page.get_by_label("Search").fill("no such words")
        expect(page.locator("output")).to_have_text("0 of 3 findings")
        page.get_by_label("Search").fill(words)
        expect(page.locator("output")).not_to_have_text("0 of 3 findings")
        assert displayed_count(page) == f"{found} findings", words


@pytest.mark.slow
def test_a_search_ignores_words_that_all_findings_share(show: Show) -> None:
    page = show("small-edit")
    page.get_by_label("Search").fill("before after")
    expect(page.locator("output")).to_have_text("0 of 3 findings")


@pytest.mark.slow
def test_a_search_matches_flows_without_findings(show: Show) -> None:
    page = show("incomplete")
    for words, flow in (
        ("unknown 3001", "meter_readings"),
        ("cut short", "(no name)"),
        ("missing", "old_rep"),
    ):
        page.get_by_label("Search").fill(words)
        expect(visible(page, ".flow")).to_have_count(1)
        expect(visible(page, ".flow .name")).to_contain_text(flow)


def test_an_unnamed_flow_can_be_filtered_by_its_label(show: Show) -> None:
    page = show("incomplete")
    page.get_by_label("Flow").select_option("(no name) (prod 3002)")
    expect(visible(page, ".flow")).to_have_count(1)
    expect(visible(page, ".flow .name")).to_have_text("(no name)")


@pytest.mark.slow
def test_a_page_without_a_match_displays_a_message(show: Show) -> None:
    for name in ("small-edit", "history"):
        page = show(name)
        message = page.locator("main [aria-live]")
        expect(message).to_have_text("")
        page.get_by_label("Search").fill("no such words")
        expect(message).to_have_text("No matches.")
        expect(message).to_be_visible()
        expect(visible(page, ".comparison > :not(.hidden)")).to_have_count(0)
        page.get_by_role("button", name="Clear").click()
        expect(message).to_have_text("")
        for impact in ("breaking", "behaviour", "cosmetic"):
            page.get_by_label(impact).uncheck()
        expect(message).to_have_text("No matches.")


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


def test_without_script_only_the_filters_are_missing(show: Show) -> None:
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


def test_unknown_flows_stay_visible_while_impacts_are_filtered(show: Show) -> None:
    page = show("incomplete")
    for impact in ("breaking", "behaviour", "cosmetic"):
        page.get_by_label(impact).uncheck()
    expect(page.locator("output")).to_have_text("0 of 3 findings")
    expect(page.get_by_text("the gateway answered 502 three times")).to_be_visible()


@pytest.mark.slow
def test_a_large_graph_opens_fitted_and_zooms_in_on_changes(show: Show) -> None:
    page = show("large")
    page.get_by_text("The whole graph: 300 tasks").click()
    figure = page.locator(".whole .graph")
    frame = figure.locator(".scroll")
    page.wait_for_function("frame => frame.dataset.fitted", arg=frame.element_handle())
    assert frame.evaluate(IS_VISIBLE)
    fitted = frame.locator("svg").bounding_box()
    figure.get_by_role("button", name="Full size").click()
    assert not frame.evaluate(IS_VISIBLE)
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


IS_VISIBLE = """frame =>
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
def test_a_printed_graph_has_the_width_of_the_paper_and_covers_nothing(show: Show) -> None:
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
def test_a_printed_page_is_expanded_with_and_without_script(show: Show) -> None:
    page = on_paper(show, "many", java_script_enabled=False)
    expect(visible(page, ".flow .finding")).to_have_count(1_600)
    expect(visible(page, ".members li")).to_have_count(400)
    other = show("many")
    other.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(visible(other, ".flow .finding")).to_have_count(1_600)
    other.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(visible(other, ".flow .finding")).to_have_count(0)


@pytest.mark.slow
def test_a_printed_page_is_light_and_lists_active_filters(show: Show) -> None:
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
def test_the_page_of_one_flow_breaks_no_word(browser: Browser, tmp_path: Path, size: ViewportSize) -> None:
    document = runs.document(
        [runs.task("load", syncType=1, resource="default", successCode="0")],
        [],
        syncType=1,
        submitter="data_o15500000000001",
        startTime="2026-11-24",
        parameters=[{"key": "warehouse_build_settings", "value": "build/_settings"}],
    )
    file = tmp_path / "flow.html"
    details = FlowView("prod", 2924, "flows/prod/nflow.2924.yaml", "HEAD", document, None, ())
    file.write_text(flow_report(details), encoding="utf-8")
    with opened(browser, file, viewport=size) as (page, log):
        page.locator("details").evaluate("one => one.open = true")
        expect(page.get_by_text("taskMode 1 (single task)")).to_be_visible()
        assert page.evaluate(BROKEN_WORDS) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not log.messages

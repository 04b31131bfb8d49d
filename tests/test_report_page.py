"""The page of a report in a real browser: it opens from disk, finds, and asks for nothing."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from browser import Browser, browser
from qc_asset_crawler.reports.look import load_look
from qc_asset_crawler.reports.page import page_bytes
from qc_asset_crawler.reports.values import Report
from qc_asset_crawler.text import show
from report_rows import MADE, file_row, large_report, small_report
from samples import SINGLE
from test_report_forms import HOSTILE, hostile_report

WORST_FIRST = [
    "fail.mov", ".qc/x.qc.sequence.json", "modified.mov", "gone.mov", "same.mov", "plate.%04d.exr",
    "pass.mov", "new.mov",
]  # fmt: skip
DETAIL = "document.getElementById('detail')"
SELECTED = "document.querySelector('#spacer [aria-selected=true]')?.children[1].textContent"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def written(folder: Path, report: Report) -> Path:
    path = folder / "r.html"
    path.write_bytes(page_bytes(report, load_look()))
    return path


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Browser]:
    """The page of the small report; it must have been quiet, and asked for nothing."""
    chromium.open(written(tmp_path, small_report()))
    yield chromium
    assert chromium.complaints() == []
    assert chromium.requests() == []


def search(page: Browser, text: str) -> list[str]:
    page.press("/")
    page.run("document.getElementById('search').value = ''")
    page.type(text)
    return page.rows()


def click(page: Browser, selector: str) -> None:
    page.run(f"document.querySelector({selector!r}).click()")


def test_the_page_shows_all_rows_the_worst_first(page: Browser) -> None:
    assert page.rows() == WORST_FIRST
    assert page.run("document.querySelectorAll('.urgent > li').length") == 7
    assert page.run("document.getElementById('count').textContent") == "8 of 8"
    row = "document.querySelector('#spacer .row')"
    assert page.run(f"{row}.children[2].textContent") == "sh010"
    assert page.run(f"{row}.children[2].title") == "/jobs/show/sh010"


def test_text_state_folder_and_boxes_choose_rows(page: Browser) -> None:
    assert search(page, "anna") == []
    assert search(page, "wrong slate") == ["fail.mov", "pass.mov"]
    assert search(page, "sh020 new") == [".qc/x.qc.sequence.json", "new.mov"]
    page.press("Escape")
    assert page.rows() == WORST_FIRST
    click(page, "#states button.pending")
    assert page.rows() == ["same.mov", "plate.%04d.exr", "new.mov"]
    click(page, "#urgent")
    assert page.rows() == ["same.mov", "plate.%04d.exr"]
    click(page, "#urgent")
    click(page, "#states button.pending")
    click(page, "#hide-passed")
    assert page.rows() == [name for name in WORST_FIRST if name != "pass.mov"]
    page.run(
        "(() => { const f = document.getElementById('folder'); f.value = '/jobs/show/sh020';"
        " f.dispatchEvent(new Event('change')); })()"
    )
    assert page.rows() == [".qc/x.qc.sequence.json", "new.mov"]


def test_a_folder_that_only_holds_folders_can_be_chosen(chromium: Browser, tmp_path: Path) -> None:
    folders = ("/jobs/show/a/plates", "/jobs/show/a/comp/v1", "/jobs/show/b")
    rows = tuple(file_row(f"{at}.mov", SINGLE, folder) for at, folder in enumerate(folders))
    chromium.open(written(tmp_path, Report(("/jobs/show",), MADE, rows)))
    listed = chromium.run("[...document.getElementById('folder').options].map((one) => one.value)")
    assert listed == [
        "", "/jobs/show", "/jobs/show/a", "/jobs/show/a/comp", "/jobs/show/a/comp/v1",
        "/jobs/show/a/plates", "/jobs/show/b",
    ]  # fmt: skip
    chromium.run(
        "(() => { const f = document.getElementById('folder'); f.value = '/jobs/show/a';"
        " f.dispatchEvent(new Event('change')); })()"
    )
    assert chromium.rows() == ["0.mov", "1.mov"]


def test_columns_sort_both_ways_and_back(page: Browser) -> None:
    names = sorted(WORST_FIRST)
    for expected in (names, names[::-1], WORST_FIRST):
        click(page, "#head button:nth-child(2)")
        assert page.rows() == expected


def test_the_keyboard_moves_opens_and_closes(page: Browser) -> None:
    page.press("j")
    page.press("j")
    page.press("ArrowDown")
    page.press("k")
    assert page.run(SELECTED) == WORST_FIRST[1]
    page.press("End")
    assert page.run(SELECTED) == WORST_FIRST[-1]
    page.press("Home")
    page.press("Enter")
    text = page.run(f"{DETAIL}.innerText")
    assert "failed by ben on 2025-11-13: wrong slate" in text
    assert "pass by qc-artist on 2025-11-13 17:27: looks good" in text
    page.press("j")
    assert "schema 2.0.0 is newer" in page.run(f"{DETAIL}.innerText")
    page.press("Escape")
    assert page.run(f"{DETAIL}.hidden") is True
    page.press("/")
    assert page.run("document.activeElement.id") == "search"
    page.press("j")
    assert page.run("document.getElementById('search').value") == "j"


def test_a_link_leads_to_its_asset_past_every_filter(chromium: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, small_report())
    chromium.open(path, quote("/jobs/show/sh010/plate.%04d.exr", safe=""))
    assert chromium.run(SELECTED) == "plate.%04d.exr"
    assert "16 frames, 4 missing" in chromium.run(f"{DETAIL}.innerText")
    click(chromium, "#hide-passed")
    click(chromium, ".urgent a[href$='gone.mov']")
    chromium.wait_for(f"{DETAIL}.querySelector('h2').textContent === 'gone.mov'")
    chromium.run("location.hash = encodeURIComponent('/jobs/show/sh010/pass.mov')")
    chromium.wait_for(f"{DETAIL}.querySelector('h2').textContent === 'pass.mov'")
    assert chromium.run("document.getElementById('hide-passed').checked") is False
    chromium.run("location.hash = '%E0%A4%A'")
    assert chromium.complaints() == []


def test_a_strip_shows_present_missing_and_damaged_frames(page: Browser) -> None:
    kinds = page.run(
        "[...document.querySelectorAll('#spacer .strip path')].map((p) => p.getAttribute('class'))"
    )
    assert kinds == ["present", "gap", "damaged"]
    drawn = page.run("document.querySelector('#spacer .strip .damaged').getAttribute('d')")
    assert drawn == "M1 0h2v8h-2z"
    colour = page.run("getComputedStyle(document.querySelector('#spacer .strip .damaged')).fill")
    assert colour not in {"rgb(0, 0, 0)", "none"}


def test_hostile_names_are_text_and_nothing_else(chromium: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, hostile_report())
    chromium.open(path)
    assert chromium.rows() == list(map(show, HOSTILE))
    for number in range(len(HOSTILE)):
        chromium.press("j")
        chromium.press("Enter")
        assert chromium.run(f"{DETAIL}.querySelector('h2').textContent") == chromium.rows()[number]
        chromium.press("Escape")
    assert chromium.run("document.scripts.length") == 2
    assert chromium.run("document.querySelectorAll('img, iframe, #spacer script').length") == 0
    assert chromium.complaints() == []
    assert chromium.requests() == []
    assert chromium.files() == {path.as_uri()}


def test_a_name_that_is_shown_escaped_is_not_copied(chromium: Browser, tmp_path: Path) -> None:
    rows = (
        file_row("new\nline.mov", SINGLE),
        file_row("plain.mov", SINGLE, "/jobs/\x1b"),
        file_row("plain.mov", SINGLE),
    )
    chromium.open(written(tmp_path, Report(("/jobs",), MADE, rows)))
    buttons = []
    for _ in rows:
        chromium.press("j")
        chromium.press("Enter")
        texts = f"[...{DETAIL}.querySelectorAll('button')].map((one) => one.textContent)"
        buttons.append("Copy path" in chromium.run(texts))
        chromium.press("Escape")
    assert buttons == [False, False, True]


def test_the_page_may_neither_fetch_nor_load_nor_run_more(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.open(written(tmp_path, small_report()))
    chromium.run("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x'}))")
    chromium.run("fetch('http://127.0.0.1:9/x').catch(() => 0)")
    chromium.run("document.body.append(Object.assign(document.createElement('script'),"
                 " {textContent: 'window.ran = 1'}))")  # fmt: skip
    assert chromium.run("window.ran === undefined")
    assert len([text for text in chromium.complaints() if "Content Security Policy" in text]) >= 2


def test_it_is_readable_without_a_script(chromium: Browser, tmp_path: Path) -> None:
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(written(tmp_path, small_report()))
        text = chromium.run("document.body.innerText")
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)
    assert "6 of 8 assets need attention" in text
    assert "failed by ben on 2025-11-13: wrong slate" in text
    assert "All assets" not in text


def test_the_first_printed_page_stands_alone(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(written(tmp_path, large_report(1000)))
    chromium.call("Emulation.setEmulatedMedia", media="print")
    text = chromium.run("document.body.innerText")
    tops = chromium.run(
        "['#summary', '#folders', '#attention', '.urgent > li:nth-child(7)']"
        ".map((one) => document.querySelector(one).getBoundingClientRect().top)"
    )
    breaks = chromium.run(
        "[...document.querySelectorAll('.urgent > li')]"
        ".map((item) => getComputedStyle(item).breakBefore)"
    )
    chromium.call("Emulation.setEmulatedMedia", media="")
    assert "23 of 1,000 assets need attention" in text
    assert "the first 6 of" in text
    assert "and 12 more folders" in text
    assert "All assets" not in text
    assert [at for at, kind in enumerate(breaks) if kind == "page"] == [6]
    assert tops == sorted(tops)
    assert tops[-1] < 940  # pixels: what paper has room for between its margins


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(page: Browser, scheme: str) -> None:
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", features=media)
    for selector in ("body", ".badge.fail", ".badge.pending", ".quiet", ".counts .modified"):
        assert contrast(page, selector) >= 4.5, selector
    page.call("Emulation.setEmulatedMedia", features=[])


def contrast(page: Browser, selector: str) -> float:
    """Compute the contrast of a text against the page (WCAG)."""
    colours = page.run(
        f"[getComputedStyle(document.querySelector({selector!r})).color,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    low, high = sorted(map(_luminance, colours))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.slow
def test_fifty_thousand_assets_are_few_bytes_and_few_rows(
    chromium: Browser, tmp_path: Path
) -> None:
    """How long it takes is printed (`-s`) and not judged: it depends on who else is at work."""
    report = large_report(50_000)
    started = time.monotonic()
    path = written(tmp_path, report)
    print(f"\nmade in {time.monotonic() - started:.2f} s, {path.stat().st_size:,} bytes")
    assert path.stat().st_size < 12_000_000
    print(f"opened, rows on screen: {chromium.open(path):.2f} s")
    assert 0 < len(chromium.rows()) < 60
    for text, count in (("shot00123", 50), ("artist3 truncated", 250), ("nothing of it", 0)):
        seconds = chromium.run(
            f"(() => {{ const search = document.getElementById('search'); search.value = {text!r};"
            " const started = performance.now(); search.dispatchEvent(new Event('input'));"
            " document.getElementById('grid').getBoundingClientRect();"
            " return (performance.now() - started) / 1000; })()"
        )
        print(f"searched for {text!r}: {seconds:.3f} s")
        shown = chromium.run("document.getElementById('count').textContent")
        assert shown == f"{count} of 50,000"
    chromium.press("Escape")
    chromium.press("Escape")
    chromium.press("j")
    chromium.press("End")
    assert chromium.run(SELECTED) is not None
    assert chromium.complaints() == []

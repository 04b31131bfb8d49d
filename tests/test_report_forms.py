"""A report as a table, as CSV, as JSON and as the static part of a page."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from qc_asset_crawler.columns import width
from qc_asset_crawler.crawler.report import Problem, ProblemKind
from qc_asset_crawler.model import Finding
from qc_asset_crawler.reports.csvout import csv_bytes, defuse
from qc_asset_crawler.reports.jsonout import report_json
from qc_asset_crawler.reports.look import load_look
from qc_asset_crawler.reports.page import page_bytes
from qc_asset_crawler.reports.page_data import page_data
from qc_asset_crawler.reports.page_parts import MOST_URGENT
from qc_asset_crawler.reports.table import table
from qc_asset_crawler.reports.totals import by_folder
from qc_asset_crawler.reports.values import Report, State
from qc_asset_crawler.text import json_text
from report_rows import FAILED, MADE, file_row, small_report
from samples import SINGLE, TEXT, names

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = [
    "</script><script>alert(1)</script>.mov",
    "<img src=x onerror=alert(1)>.mov",
    "\"quotes'&amp;.mov",
    "new\nline\x1b[31m.mov",
    "caf\udce9.mov",
    "\u202etxt.mov",
    "=HYPERLINK(1).mov",
    "$policy ${css}.mov",
    "line\u2028separator.mov",
]


def page(report: Report) -> str:
    return page_bytes(report, load_look()).decode()


def hostile_report() -> Report:
    """Return a report in which everything that may be a hostile text is one."""
    said = [FAILED._replace(operator=text, notes=text) for text in HOSTILE]
    rows = [
        file_row(
            name,
            SINGLE._replace(
                qc_result="fail", verdicts=(verdict,), findings=(Finding(name, name, name),)
            ),
            f"/jobs/{name}",
        )
        for name, verdict in zip(HOSTILE, said, strict=True)
    ]
    problem = Problem(ProblemKind.UNREADABLE, f"/jobs/{HOSTILE[0]}", HOSTILE[1])
    return Report((f"/jobs/{HOSTILE[0]}",), MADE, tuple(rows), (problem,))


def test_the_csv_is_as_it_was_agreed() -> None:
    text = csv_bytes(small_report()).decode()
    assert text.count("\r\n") == text.count("\n")
    assert text.replace("\r\n", "\n") == "\ufeff" + (GOLDEN / "report.csv").read_text()


def test_the_json_is_as_it_was_agreed() -> None:
    assert json_text(report_json(small_report())) == (GOLDEN / "report.json").read_text()


def test_a_spreadsheet_works_nothing_out_and_loses_no_row() -> None:
    data = csv_bytes(hostile_report())
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert [len(line) for line in lines] == [len(lines[0])] * (len(HOSTILE) + 1)
    cells = [cell for line in lines for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for cell in cells if not cell.isprintable()]
    assert "'=HYPERLINK(1).mov" in cells


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-rf.mov", "'-rf.mov"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("1-12", "'1-12"),
        ("1001-1012", "'1001-1012"),
        ("1,100,200", "'1,100,200"),
        ("1001,1003", "'1001,1003"),
        ("00012E5", "'00012E5"),
        ("1.5e-3", "'1.5e-3"),
        ("007", "'007"),
        (" 7 ", "' 7 "),
        ("(5)", "'(5)"),
        ("5-", "'5-"),
        ("50 %", "'50 %"),
        ("€ 5", "'€ 5"),
        ("3/4", "'3/4"),
        ("1 3/4", "'1 3/4"),
        ("1.2.2025", "'1.2.2025"),
        ("2025-11-13 17:27", "'2025-11-13 17:27"),
        ("10:30", "'10:30"),
        ("9 PM", "'9 PM"),
        ("mar-1", "'mar-1"),
        ("SEPT2", "'SEPT2"),
        ("1. December 2025", "'1. December 2025"),
        ("Mar 3, 2025 9:30 pm", "'Mar 3, 2025 9:30 pm"),
        ("\uff11\uff12", "'\uff11\uff12"),
        ("5月1日", "'5月1日"),
        ("take 3", "take 3"),
        ("mark 3", "mark 3"),
        ("may", "may"),
        ("sh010", "sh010"),
        ("v2", "v2"),
        ("e5", "e5"),
        ("…", "…"),
        ("/1/2", "/1/2"),
        ("1001.exr", "1001.exr"),
        ("019a7e41-e94e-724f-9b36-5ca4918a7921", "019a7e41-e94e-724f-9b36-5ca4918a7921"),
        ("2025-11-13T17:27:20.142585+00:00", "2025-11-13T17:27:20.142585+00:00"),
        ("1001-1012,1015", "1001-1012,1015"),
        ("a=b", "a=b"),
        ("", ""),
        ("x" * 40_000, "x" * 32_000 + "…"),
    ],
)
def test_cells_that_a_spreadsheet_would_work_out_are_defused(text: str, cell: str) -> None:
    assert defuse(text) == cell


@pytest.mark.parametrize("piece", ["1", "1 ", "1-", "1,", "mar", "mar1", "1e", "("])
def test_a_long_cell_takes_no_longer_than_its_length(piece: str) -> None:
    assert defuse(f"1{piece * 5_000}!") == f"1{piece * 5_000}!"


@given(names(), TEXT)
def test_whatever_is_recorded_makes_sound_forms(name: str, said: str) -> None:
    sidecar = SINGLE._replace(qc_result="fail", verdicts=(FAILED._replace(notes=said),))
    report = Report((f"/{name}",), MADE, (file_row(name, sidecar, f"/{name}"),))
    csv_bytes(report)
    json_text(report_json(report)).encode()
    data = page_data(report)
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["rows"]
    assert page(report)


def test_the_table_fits_the_terminal_and_keeps_the_end_of_a_path() -> None:
    folders = by_folder(small_report().rows)
    assert table(folders) == [
        "fail  unknown  modified  missing  pending  pass  folder",
        "   1        ·         1        1        2     1  /jobs/show/sh010",
        "   ·        1         ·        ·        1     ·  /jobs/show/sh020",
    ]
    narrow = table(folders, columns=64)
    assert max(map(width, narrow)) < 64
    assert narrow[1].endswith("  …bs/show/sh010")
    assert table(folders, most=1)[-1] == "… and 1 more folder"


def test_the_table_is_painted_where_there_is_something() -> None:
    lines = table(by_folder(small_report().rows), paint=lambda state, text: f"<{state}{text}>")
    assert lines[2].startswith("   ·  <unknown      1>")


class _Seen(HTMLParser):
    """What a browser would see of a page without running its script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_no_name_becomes_an_element_or_an_attribute_of_the_page() -> None:
    plain, hostile = _Seen(page(small_report())), _Seen(page(hostile_report()))
    assert hostile.count("script") == plain.count("script") == 2
    assert hostile.count("img") == 0
    for tag, attributes in hostile.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
    urls = {attributes.get("href") for _, attributes in hostile.tags} - {None, "data:,"}
    assert urls
    assert all(str(url).startswith("#") for url in urls)
    assert not {char for text in hostile.texts for char in text if not char.isprintable()} - {"\n"}


def test_the_page_may_run_its_own_script_and_nothing_else() -> None:
    (policy,) = [
        attributes["content"]
        for tag, attributes in _Seen(page(small_report())).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(re.findall(r"'sha256-[A-Za-z0-9+/]{43}='", policy)) == 2


def test_what_needs_attention_is_there_without_a_script_and_capped() -> None:
    few = _Seen(page(small_report()))
    text = " ".join(few.texts)
    assert "6 of 8 assets need attention; 1 passed (12 %)." in text
    assert "failed by ben on 2025-11-13: wrong slate" in text
    assert "Permission denied" in text
    rows = tuple(
        file_row(f"{number}.mov", SINGLE._replace(qc_result="fail"))
        for number in range(MOST_URGENT + 7)
    )
    many = _Seen(page(Report(("/jobs",), MADE, rows)))
    assert sum(attributes.get("class") == "path" for _, attributes in many.tags) == MOST_URGENT + 1
    assert any("… and 7 more." in text for text in many.texts)


def test_what_cannot_be_read_and_what_needs_attention_are_capped_together() -> None:
    rows = tuple(
        file_row(f"{number}.mov", SINGLE._replace(qc_result="fail"))
        for number in range(MOST_URGENT)
    )
    for shut, listed in ((5, MOST_URGENT - 5), (MOST_URGENT + 5, 0)):
        problems = tuple(
            Problem(ProblemKind.UNREADABLE, f"/jobs/{number}", "?") for number in range(shut)
        )
        seen = _Seen(page(Report(("/jobs",), MADE, rows, problems)))
        links = [
            tag for tag, attributes in seen.tags if tag == "a" and "path" in attributes.values()
        ]
        assert len(links) == listed
        assert any(f"… and {shut:,} more." in text for text in seen.texts)


def test_an_empty_report_is_a_page_too() -> None:
    text = " ".join(_Seen(page(Report(("/jobs",), MADE))).texts)
    assert "No assets are recorded." in text


def test_the_data_names_every_asset_and_state() -> None:
    report = small_report()
    data = json.loads(page_data(report))
    assert data["states"] == [state.value for state in State]
    assert sum(data["counts"]) == len(data["rows"]) == len(report.rows)
    assert [row[1] for row in data["rows"]] == [row.name for row in report.rows]


def test_no_note_and_no_number_of_findings_makes_a_page_large() -> None:
    verdict = FAILED._replace(notes="n" * 10**6)
    findings = tuple(
        Finding("truncated", ",".join(map(str, range(1, 10**4, 2))), "") for _ in "x" * 99
    )
    sidecar = SINGLE._replace(qc_result="fail", verdicts=(verdict,) * 99, findings=findings)
    report = Report(("/a",), MADE, (file_row("cut.mov", sidecar),))
    text = page(report)
    assert len(text) < 100_000
    assert text.count("… and 90 more") == 2
    assert len(json.loads(page_data(report))["rows"][0][13]) == 4 * 20
    assert report_json(report)["assets"][0]["recorded"]["verdicts"][0]["notes"] == verdict.notes

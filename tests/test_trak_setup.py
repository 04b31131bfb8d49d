"""How Trak is set up goes wrong: no certificates, a page instead of Trak, HTTP elsewhere."""

import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from requests.certs import where

import qc_asset_crawler
from support import Tool, finish, make_frames, only_sidecar
from trak_cli import PASS, always, statuses, well
from trak_server import TrakServer

CA_BUNDLE = "TRAK_CA_BUNDLE"
SPEAKS_HTTP = {"trak_client", "version"}


def relative(folder: Path) -> str:
    """Name certificates that are good, but only from the working directory."""
    shutil.copy(where(), folder / "ca.pem")
    return "ca.pem"


def missing(folder: Path) -> str:
    """Name a file that is not there."""
    return str(folder / "nothing.pem")


def fifo(folder: Path) -> str:
    """Name a pipe that nobody writes to."""
    os.mkfifo(folder / "pipe.pem")
    return str(folder / "pipe.pem")


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        (relative, "must be an absolute path"),
        (str, "is no file that is there"),
        (fifo, "is no file that is there"),
        (missing, "is no file that is there"),
    ],
    ids=["relative", "folder", "fifo", "missing"],
)
def test_a_bundle_that_is_none_is_a_usage_error_by_name(
    told: Tool, trak: TrakServer, tmp_path: Path, bundle: Callable[[Path], str], words: str
) -> None:
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    process = told.start("--trak-check", env={CA_BUNDLE: bundle(cwd)}, cwd=cwd)
    done = finish(process, 2, seconds=10)
    (line,) = done.err.splitlines()
    assert f"{CA_BUNDLE} in the environment {words}" in line
    assert (done.out, trak.connections) == ("", 0)


@pytest.mark.parametrize(
    "code", [404, *(pytest.param(code, marks=pytest.mark.slow) for code in (200, 400, 409, 422))]
)
def test_verdicts_wait_while_a_web_page_answers_for_trak(
    told: Tool, trak: TrakServer, shot: Path, code: int
) -> None:
    make_frames(shot)
    trak.behave = always("html", code, "verdict")
    done = told.run(*PASS, shot, status=5)
    assert "1 verdict waits for Trak" in done.out
    assert "refused" not in done.out
    assert statuses(only_sidecar(shot)) == [("error", code)]
    trak.behave = well
    told.run("--deliver", shot)
    assert statuses(only_sidecar(shot)) == [("ok", 200)]


def _modules() -> set[str]:
    """Name the modules and packages directly below the package."""
    folder = Path(qc_asset_crawler.__file__).parent
    files = {path.stem for path in folder.glob("*.py")}
    return (files | {path.parent.name for path in folder.glob("*/__init__.py")}) - {"__init__"}


def test_every_module_but_the_client_is_held_not_to_speak_http() -> None:
    project = Path(__file__).parents[1] / "pyproject.toml"
    contracts = tomllib.loads(project.read_text())["tool"]["importlinter"]["contracts"]
    named = {contract["name"]: contract for contract in contracts}
    contract = named["Only the client of the tracker speaks HTTP"]
    expected = {f"qc_asset_crawler.{name}" for name in _modules() - SPEAKS_HTTP}
    assert "qc_asset_crawler.cli" in expected
    assert set(contract["source_modules"]) == expected
    assert {"requests", "urllib3", "socket", "http"} <= set(contract["forbidden_modules"])

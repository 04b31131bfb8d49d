"""Wrong input is one clear line; help, version, start-up and the library's door."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from faults.stock import listing

import qc_asset_crawler
from support import TIMEOUT, Tool, command, finish, make_file, make_frames


@pytest.fixture
def tree(shot: Path) -> Path:
    make_frames(shot)
    make_file(shot / "cut.mov")
    make_file(shot / "notes.txt")
    make_file(shot / "bare")
    return shot


WRONG = [
    (["{}/nowhere"], "does not exist"),
    (["{}/nowhere.mov"], "does not exist"),
    (["{}", "{}/nowhere"], "does not exist"),
    (["{}/cut.mov/below"], "does not exist"),
    (["{}/notes.txt"], "not media (.txt)"),
    (["{}/bare"], "not media"),
    (["{}/plate.####.exr"], "plate.%04d.exr"),
    (["{}/plate.1003.exr"], "plate.%04d.exr"),
    (["{}/plate.%06d.exr"], "there is"),
    (["{}/other.%04d.exr"], "matches no sequence"),
    (["{}/" + "x" * 300], "does not exist"),
    ([], "ROOT"),
    (["--min-seq", "0", "{}"], "--min-seq"),
    (["--min-seq", "many", "{}"], "--min-seq"),
    (["--workers", "-1", "{}"], "--workers"),
    (["--workers", "0", "{}"], "--workers"),
    (["--result", "maybe", "{}"], "--result"),
    (["--sidecar-mode", "beside", "{}"], "--sidecar-mode"),
    (["--progress", "some", "{}"], "--progress"),
    (["--log", "LOUD", "{}"], "--log"),
    (["--operator", " ", "{}"], "--operator"),
    (["--exclude", "", "{}"], "--exclude"),
    (["--asset-id", "", "{}/cut.mov"], "--asset-id"),
    (["--asset-id", "A", "{}"], "exactly one asset"),
    (["--note", "fine", "{}"], "--result"),
    (["--json", "--json-lines", "{}"], "--json-lines"),
    (["--env-file", "{}/nowhere.env", "{}"], "--env-file"),
    (["--env-file", "{}", "{}"], "--env-file"),
    (["--env-file", "", "{}"], "--env-file"),
    (["--unheard-of", "{}"], "--unheard-of"),
    (["--resul", "pass", "{}"], "--resul"),
]


@pytest.mark.parametrize(("args", "names"), WRONG, ids=[" ".join(args)[:40] for args, _ in WRONG])
def test_wrong_input_is_one_line_and_exit_2(
    qc: Tool, tree: Path, args: list[str], names: str
) -> None:
    before = listing(tree)
    done = qc.run(*(arg.replace("{}", str(tree)) for arg in args), status=2)
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("qc-crawl: ")
    assert names in done.err
    assert listing(tree) == before


VALUES = [
    ("QC_HASHCACHE_NAME", "../cache.json"),
    ("QC_HASHCACHE_NAME", ""),
    ("QC_SIDE_SUFFIX_FILE", ""),
    ("QC_SIDE_SUFFIX_FILE", ".a/b.json"),
    ("QC_SIDE_NAME_SEQUENCE", "a/b.json"),
    ("QC_SIDE_NAME_SEQUENCE", ".qc.hashcache.json"),
    ("QC_POLICY_VERSION", " "),
    ("QC_EXTRA_MEDIA_EXTS", "*"),
    ("QC_EXTRA_SEQUENCE_EXTS", "json"),
    ("QC_IGNORE_CTIME", "perhaps"),
    ("LOG_LEVEL", "LOUD"),
    ("QC_ENV_FILE", "/nonexistent/.env"),
]


@pytest.mark.parametrize(("variable", "value"), VALUES)
def test_a_wrong_variable_is_named_with_where_it_came_from(
    qc: Tool, tree: Path, variable: str, value: str
) -> None:
    done = qc.run(tree, status=2, env={variable: value})
    assert len(done.err.splitlines()) == 1
    assert variable in done.err
    if variable != "QC_SIDE_NAME_SEQUENCE" or "/" in value:
        assert "environment" in done.err


@pytest.mark.parametrize(("variable", "value"), [VALUES[0], VALUES[9], VALUES[10]])
def test_a_wrong_value_in_a_file_names_the_file(
    qc: Tool, tree: Path, variable: str, value: str
) -> None:
    path = tree.parent / "studio.env"
    path.write_text(f'{variable}="{value}"\n')
    done = qc.run("--env-file", path, tree, status=2)
    assert len(done.err.splitlines()) == 1
    assert f"{variable} in {path}" in done.err


@pytest.mark.parametrize("fault", ["everybody can write it", "not UTF-8", "a folder", "nobody's"])
def test_a_bad_env_file_is_refused(qc: Tool, tree: Path, fault: str) -> None:
    path = tree.parent / "studio.env"
    path.write_bytes(b"QC_POLICY_VERSION=\xff\n" if fault == "not UTF-8" else b"A=1\n")
    if fault == "everybody can write it":
        path.chmod(0o666)
    elif fault == "a folder":
        path.unlink()
        path.mkdir()
    elif fault == "nobody's":
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(path, 54321, -1)
    done = qc.run("--env-file", path, tree, status=2)
    assert len(done.err.splitlines()) == 1
    assert str(path) in done.err


def test_a_configuration_folder_of_somebody_else_is_no_internal_error(
    qc: Tool, tree: Path, unprivileged: tuple[str, ...]
) -> None:
    config = tree.parent / "config"
    (config / "qc-asset-crawler").mkdir(parents=True)
    config.chmod(0)
    process = qc.start(tree, prefix=unprivileged, env={"XDG_CONFIG_HOME": str(config)})
    _, err = process.communicate(timeout=TIMEOUT)
    config.chmod(0o755)
    assert process.returncode in {0, 2}, err
    assert len(err.splitlines()) <= 1


def test_flags_win_over_the_environment_over_the_file(qc: Tool, tree: Path) -> None:
    path = tree.parent / "studio.env"
    path.write_text("LOG_LEVEL=LOUD\nQC_IGNORE_CTIME=1\n")
    done = qc.run("--env-file", path, tree, env={"LOG_LEVEL": "debug", "QC_IGNORE_CTIME": "0"})
    assert "debug:" in done.err
    assert "ctime" not in done.out
    done = qc.run("--log", "error", "--env-file", path, tree, env={"LOG_LEVEL": "debug"})
    assert done.err == ""
    assert "ctime" in done.out


def test_the_users_own_configuration_is_found(qc: Tool, tree: Path) -> None:
    config = tree.parent / "config" / "qc-asset-crawler"
    config.mkdir(parents=True)
    (config / ".env").write_text("QC_IGNORE_CTIME=yes\n")
    done = qc.run(tree, env={"XDG_CONFIG_HOME": str(config.parent)})
    assert "ctime was ignored" in done.out


# -- empty roots --------------------------------------------------------------------------------


def test_a_root_without_media_is_probably_not_mounted(qc: Tool, shot: Path) -> None:
    make_file(shot / "clip.ari")
    done = qc.run(shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: nothing-found=1"
    assert "mounted" in done.err
    assert ".ari" in done.err
    assert "--allow-empty" in done.err
    qc.run("--allow-empty", shot)
    qc.run("--dry-run", "--allow-empty", shot)


def test_a_dry_run_over_an_empty_root_is_no_false_success(qc: Tool, shot: Path) -> None:
    done = qc.run("--dry-run", shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: nothing-found=1"


def test_one_empty_root_of_two_is_named(qc: Tool, tree: Path) -> None:
    empty = tree.parent / "empty"
    empty.mkdir()
    done = qc.run(tree, empty, status=3)
    assert str(empty) in done.err


def test_nothing_starts_before_every_root_is_known(qc: Tool, tree: Path) -> None:
    before = listing(tree)
    qc.run(tree, tree / "nowhere", status=2)
    assert listing(tree) == before


# -- help, version, start-up --------------------------------------------------------------------


def test_help_lists_every_exit_status(qc: Tool) -> None:
    done = qc.run("--help")
    _, _, statuses = done.out.partition("exit status:")
    for status in ("0", "1", "2", "3", "4", "5", "130", "143"):
        assert f"\n  {status}  " in statuses or f" {status} " in statuses
    assert done.err == ""


def test_the_readme_has_every_option(qc: Tool) -> None:
    offered = set(re.findall(r"^  +(--[a-z-]+)", qc.run("--help").out, re.MULTILINE))
    readme = Path(__file__).parent.parent.joinpath("README.md").read_text()
    explained = set(re.findall(r"`(--[a-z-]+)", readme.partition("### Options")[2]))
    assert offered - explained == set()


def test_version(qc: Tool) -> None:
    assert qc.run("--version").out == f"qc-crawl {qc_asset_crawler.__version__}\n"


def loaded_by(qc: Tool, *args: str) -> str:
    """Return what `python -X importtime` says the command imports."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", command(), *args],
        env=dict(qc.env),
        cwd=qc.cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return finish_err(process)


def finish_err(process: subprocess.Popen[bytes]) -> str:
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0
    return err.decode()


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["{}"], ["--dry-run", "{}"]])
def test_start_up_imports_neither_requests_nor_dotenv(
    qc: Tool, tree: Path, args: list[str]
) -> None:
    imported = loaded_by(qc, *(arg.replace("{}", str(tree)) for arg in args))
    assert "qc_asset_crawler.shims" in imported
    names = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert not names & {"requests", "dotenv", "urllib3", "logging.config"}
    if args == ["--help"]:
        assert not names & {"blake3", "concurrent.futures.thread"}


# -- the library --------------------------------------------------------------------------------

_QUIET_IMPORT = """
import os, signal, sys
class Watched(dict):
    def __getitem__(self, key): raise SystemExit(f"read {key}")
    def get(self, key, default=None): raise SystemExit(f"read {key}")
before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
import logging
handlers = list(logging.root.handlers)
os.environ = Watched()
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
import qc_asset_crawler
qc_asset_crawler.crawl, qc_asset_crawler.Settings, qc_asset_crawler.CrawlReport
foreign = [n for n in opened if isinstance(n, str) and not n.endswith((".py", ".pyc", ".so"))
           and ".pyc." not in n]
assert not foreign, foreign
assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
assert handlers == logging.root.handlers
"""


def test_importing_the_package_reads_nothing_and_touches_no_signal(qc: Tool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _QUIET_IMPORT],
        env=dict(qc.env),
        cwd=qc.cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    finish(process, 0)


def test_the_library_crawls_and_reports(tree: Path) -> None:
    report = qc_asset_crawler.crawl([tree], qc_asset_crawler.Settings(operator="anna"))
    assert isinstance(report, qc_asset_crawler.CrawlReport)
    assert (report.assets, report.states, report.problems) == (2, {"new": 2}, ())
    assert not report.interrupted
    again = qc_asset_crawler.crawl(str(tree))
    assert (again.states, again.files_read) == ({"unchanged": 2}, 0)


def test_the_library_can_be_stopped(tree: Path) -> None:
    report = qc_asset_crawler.crawl(tree, stopped=lambda: True)
    assert report.interrupted
    assert report.assets == 0


def test_the_script_of_a_checkout_does_the_same(qc: Tool, tree: Path) -> None:
    script = Path(__file__).parent.parent / "qc_crawl.py"
    process = subprocess.Popen(
        [sys.executable, script, "--quiet", tree],
        env=dict(qc.env),
        cwd=qc.cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    finish(process, 0)
    assert (tree / ".qc").is_dir()

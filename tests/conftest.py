"""Fixtures of the end-to-end tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.commands import let_commands_hang_up
from hypothesis import HealthCheck, settings

from nursery import Nursery
from support import Tool
from trak_cli import KEY, configured
from trak_server import TrakServer

# A test machine is slow at times; that is no fault of what is tested.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40
)
settings.load_profile("steady")

let_commands_hang_up()
_NO_OVERRIDE = "-dac_override,-dac_read_search"


def pytest_xdist_auto_num_workers() -> int:
    """Use more workers than cores: most tests wait, for a command or for time to pass."""
    return 2 * (os.cpu_count() or 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the commands be started each time as a user starts them, which takes longer."""
    parser.addoption("--fresh", action="store_true", help="start Python anew for each command")


@pytest.fixture(scope="session")
def qc(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Tool]:
    """The installed command, with a home and a working directory of its own."""
    home = tmp_path_factory.mktemp("home")
    cwd = tmp_path_factory.mktemp("cwd")
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "USER": "tester",
        "LANG": "C.UTF-8",
    }
    tool = Tool(env, cwd)
    if pytestconfig.getoption("fresh"):
        yield tool
        return
    nursery = Nursery(env, tmp_path_factory.mktemp("streams"))
    yield replace(tool, nursery=nursery)
    nursery.close()


@pytest.fixture(scope="session")
def fake(qc: Tool) -> Tool:
    """The installed `make-fake-seq`."""
    return replace(qc, name="make-fake-seq")


@pytest.fixture(scope="session")
def unprivileged(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """What to put before a command so that permissions bind it, even where root runs the tests."""
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root ignores permissions, and there is no setpriv here")
        prefix = (setpriv, f"--bounding-set={_NO_OVERRIDE}", f"--inh-caps={_NO_OVERRIDE}")
    sealed = tmp_path_factory.mktemp("sealed") / "file"
    sealed.write_text("sealed")
    sealed.chmod(0)
    if subprocess.run([*prefix, "cat", sealed], capture_output=True, check=False).returncode == 0:
        pytest.skip("permissions bind nobody here")
    return prefix


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """A folder to put media into."""
    folder = tmp_path / "show" / "shot"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted file system of 1 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("mounting is not possible here")
    try:
        yield place
    finally:
        if subprocess.run(["umount", place], check=False).returncode:
            subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
def trak() -> Iterator[TrakServer]:
    """A Trak whose contract nobody breaks."""
    with TrakServer(KEY) as server:
        yield server
    assert server.violations == []


@pytest.fixture
def told(qc: Tool, trak: TrakServer) -> Tool:
    """The command, with Trak configured."""
    return configured(qc, trak)

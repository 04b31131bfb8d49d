"""A tree of 5,000 folders, crawled by the shards of a real Slurm, and of GNU parallel."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from faults.checks import as_recorded

from engines import parallel_of, slurm_of, submit
from farm import SHARDS, Farm, real
from qc_asset_crawler.sharing import shard_of
from support import Json, Tool, make_file

pytestmark = pytest.mark.slow
FOLDERS = 5000
ALL = range(1, SHARDS + 1)
STRUCK = (2, 5, 8)
RAN = {shard: 2 if shard in STRUCK else 1 for shard in ALL}


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5,000 folders; all but ROOT and its 49 hold a sequence or a single file.

    The shards that are struck have one large file each, so that there is time to strike them.
    """
    root = tmp_path_factory.mktemp("farm") / "show"
    folders = [f"seq{number // 102:03}/shot{number:05}" for number in range(4950)]
    for number, folder in enumerate(folders):
        (root / folder).mkdir(parents=True)
        for frame in range(1001, 1001 + (1 if number % 3 else 4)):
            make_file(root / folder / f"plate{number}.{frame}.exr", f"{number} {frame} ", 600)
    for shard in STRUCK:
        last = max(folder for folder in folders if shard_of(folder, SHARDS) == shard)
        with (root / last / "huge.mov").open("wb") as file:
            file.truncate(2 << 30)
    assert sum(path.is_dir() for path in (root, *root.rglob("*"))) == FOLDERS
    return root


@pytest.fixture(scope="module")
def alone(qc: Tool, show: Path) -> Json:
    """What one run, on one machine, makes of it; its sidecars are removed again."""
    qc.run(show)
    return as_recorded(show)


@pytest.fixture
def farm(qc: Tool, show: Path, alone: Json, tmp_path: Path) -> Farm:
    replace(qc, name="qc-clean").run("--yes", show)
    return real(tmp_path, show)


def at_work(root: Path) -> Callable[[int], bool]:
    """Return what tells whether a shard has recorded something, and has not recorded all."""
    folders = [path for path in root.glob("*/*") if path.is_dir()]
    owned = {
        shard: [f for f in folders if shard_of(f.relative_to(root).as_posix(), SHARDS) == shard]
        for shard in ALL
    }
    return lambda shard: any((folder / ".qc").exists() for folder in owned[shard])


def judge(farm: Farm, alone: Json) -> None:
    """Each folder was worked by exactly one shard, and together they did what one run does."""
    assert farm.runs() == RAN
    together = as_recorded(farm.root)
    odd = [
        (asset, key, one[key], together.get(asset, {}).get(key))
        for asset, one in alone.items()
        for key in one
        if one[key] != together.get(asset, {}).get(key)
    ]
    assert odd == []
    assert together.keys() == alone.keys()
    documents = farm.documents()
    worked = [{Path(a["path"]).parent for a in document["assets"]} for document in documents]
    assert sum(map(len, worked)) == len(set().union(*worked)) == FOLDERS - 50
    assert sum(document["summary"]["folders"] for document in documents) == FOLDERS
    assert all(document["summary"]["exit"]["status"] == 0 for document in documents)


def test_slurm_shares_a_tree_out_whatever_is_killed(farm: Farm, alone: Json) -> None:
    with slurm_of(farm) as slurm:
        crawl = submit(slurm, farm, f"1-{SHARDS}%3")
        merge = slurm.submit(
            *(f"--dependency=afterany:{crawl}", "--output=merge.log"),
            *("--wrap", f"qc-report --merge qc-{crawl}/shard-*.json"),
            cwd=farm.at,
        )
        farm.strike_at_work(STRUCK, at_work(farm.root))
        slurm.wait(crawl, merge, seconds=240)
        assert set(slurm.states(crawl).values()) == {"COMPLETED"}
    judge(farm, alone)
    log = (farm.at / "merge.log").read_text()
    assert "crawl: 8 of 8 shards\n" in log
    assert "\n5,000 folders, each worked by exactly one shard\n" in log
    assert "exit" not in log


def test_gnu_parallel_shares_a_tree_out_whatever_is_killed(farm: Farm, alone: Json) -> None:
    with parallel_of(farm) as parallel:
        running = parallel.start("--jobs", "3")
        farm.strike_at_work(STRUCK, at_work(farm.root))
        assert running.wait(240) == 0
        assert parallel.failed() == {}
    judge(farm, alone)
    merged = subprocess.run(
        ["sh", "-c", "qc-report --json --merge shard-*.json"],
        cwd=farm.at,
        env=farm.env,
        capture_output=True,
        check=True,
    )
    runs = json.loads(merged.stdout)["runs"]
    assert (runs["shards"], runs["missing"], runs["folders"]) == (SHARDS, [], FOLDERS)
    assert runs["worked_twice"] == []

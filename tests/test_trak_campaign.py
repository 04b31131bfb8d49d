"""No verdict is lost, told twice or out of order, whatever Trak and the crawler go through."""

import os
import random
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest

from support import Json, Tool, make_file, make_frames, rewrite, sidecars
from trak_server import TrakServer

RESULTS = ("pass", "fail", "pass", "pending", "pass")
IMPATIENT = {"TRAK_DEADLINE": "3", "TRAK_READ_TIMEOUT": "1", "TRAK_CONNECT_TIMEOUT": "1"}


class Campaign:
    """A tree whose every asset is given verdicts while everything goes wrong."""

    def __init__(self, qc: Tool, root: Path, trak: TrakServer, seed: int) -> None:
        self.qc = qc
        self.root = root
        self.trak = trak
        self.dice = random.Random(seed)
        self.kills = 0
        self.env = {
            **IMPATIENT,
            "TRAK_BASE_URL": trak.url,
            "TRAK_ASSET_TRACKER_API_KEY": trak.key,
        }

    def sign(self, result: str, note: str) -> None:
        """Give every asset a verdict; runs that are killed on the way are repeated."""
        args = ("--result", result, "--note", note, self.root)
        while not self.run(*args, killed=self.dice.random() < 0.5):
            pass

    def run(self, *args: str | Path, killed: bool) -> bool:
        """Run the command, to its end or not; tell whether it ended by itself."""
        process = self.qc.start("--quiet", *args, env=self.env)
        if killed:
            self.kill_in_the_middle(process)
        _, err = process.communicate(timeout=300)
        assert b"Traceback" not in err, err.decode()
        assert process.returncode in {0, 5, -signal.SIGKILL}, err.decode()
        self.kills += process.returncode == -signal.SIGKILL
        return process.returncode != -signal.SIGKILL

    def kill_in_the_middle(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a crawler after so many requests, or after a while if it sends none."""
        requests = len(self.trak.requests) + self.dice.randrange(1, 150)
        latest = time.monotonic() + self.dice.uniform(0.3, 4)
        while process.poll() is None and time.monotonic() < latest:
            if len(self.trak.requests) >= requests:
                break
            time.sleep(0.002)
        process.kill()

    def change_some(self) -> None:
        """Change the content of some assets: what was said of them is told all the same."""
        media = sorted(self.root.rglob("*.mov"))
        for path in self.dice.sample(media, max(1, len(media) // 20)):
            rewrite(path, bytes([self.dice.randrange(33, 126)]))

    def misbehave(self) -> None:
        """Let the server be away for a while, or come back and do one thing or another."""
        if self.dice.random() < 0.3:
            self.trak.pause()
        else:
            self.trak.resume()
        self.trak.behave = self.trak.flap(self.dice.randrange(10**6), 0.5)

    def recover(self) -> None:
        """Let the server behave, and deliver the rest."""
        self.trak.resume()
        self.trak.behave = lambda request: None
        for _ in range(5):
            process = self.qc.start("--deliver", self.root, env=self.env)
            _, err = process.communicate(timeout=600)
            if process.returncode == 0:
                return
        pytest.fail(f"not delivered: {err.decode()}")


def run_campaign(qc: Tool, root: Path, *, folders: int, seed: int, runs: int) -> Campaign:
    """Give every asset these verdicts, with so many more runs after each; then compare."""
    for number in range(folders):
        folder = root / f"shot{number:03d}"
        folder.mkdir(parents=True)
        for take in range(8):
            make_file(folder / f"take{take}.mov", f"{number} {take}")
        make_frames(folder, "bg", range(1, 4))
        make_frames(folder, "fg", range(1, 4))
    with TrakServer(key="campaign-key") as trak:
        campaign = Campaign(qc, root, trak, seed)
        for round_number, result in enumerate(RESULTS):
            campaign.misbehave()
            campaign.sign(result, f"round {round_number}")
            campaign.change_some()
            campaign.misbehave()
            for _ in range(runs):
                campaign.run(root, killed=campaign.dice.random() < 0.7)
                campaign.run("--deliver", root, killed=campaign.dice.random() < 0.7)
        campaign.recover()
        check_everything_told(root, trak, assets=folders * 10)
    return campaign


def check_everything_told(root: Path, trak: TrakServer, *, assets: int) -> None:
    """Compare what the sidecars say people said with what the server got."""
    assert trak.violations == []
    told: dict[str, list[Json]] = defaultdict(list)
    for delivery in trak.delivered:
        told[delivery.asset_id].append({**delivery.body, "key": delivery.key})
    keys = [delivery.key for delivery in trak.delivered]
    assert len(keys) == len(set(keys))
    found = {
        (folder.name, name): sidecar
        for folder in root.iterdir()
        for name, sidecar in sidecars(folder).items()
    }
    assert len(found) == assets
    for asset, sidecar in found.items():
        said = [_facts(verdict) for verdict in sidecar["verdicts"]]
        assert [_facts(body) for body in told[sidecar["asset_id"]]] == said, asset
        assert {verdict["notes"] for verdict in sidecar["verdicts"]} == {
            f"round {number}" for number in range(len(RESULTS))
        }
        assert {v["tracker_status"]["status"] for v in sidecar["verdicts"]} == {"ok"}
        assert sidecar["tracker_status"]["status"] == "ok"
    assert sum(map(len, told.values())) == sum(len(s["verdicts"]) for s in found.values())


def _facts(verdict: Json) -> tuple[str, ...]:
    """Return what one verdict says; under which key it was told is the first of it."""
    names = ("qc_id", "qc_time", "qc_result", "notes", "content_hash")
    return tuple(str(verdict[name]) for name in names)


@pytest.mark.slow
def test_every_verdict_arrives_once_and_in_order(qc: Tool, shot: Path) -> None:
    seed = int(os.environ.get("QC_TEST_SEED", "7"))
    campaign = run_campaign(qc, shot, folders=100, seed=seed, runs=5)
    trak = campaign.trak
    print(
        f"\nseed {seed}: kills {campaign.kills}, requests {len(trak.requests)}, "
        f"verdicts told {len(trak.delivered)}, breaches {len(trak.violations)}"
    )

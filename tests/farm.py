"""What the tests of a farm share: the recipes of the documentation, and shards to strike."""

import json
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from support import Json, command, until

RECIPES = Path(__file__).resolve().parent.parent / "docs" / "farm.md"
SHARDS = 8
# Stands in for `qc-crawl`. A shard writes down that it ran; one that is held waits to be struck.
_CRAWL = """\
#!/bin/sh
for word; do case $word in */{shards}) shard=${{word%/*}} ;; esac; done
[ -d "$word" ] || exit 2
printf '{{"shard": %s, ' "$shard"
echo >>"{at}/ran-$shard"
if [ -e "{at}/hold-$shard" ]; then
  rm "{at}/hold-$shard"
  echo $$ >"{at}/pid-$shard.new"
  mv "{at}/pid-$shard.new" "{at}/pid-$shard"
  exec sleep 60
fi
echo '"whole": true}}'
case $shard in {ends} esac
"""
_REPORT = """\
#!/bin/sh
shift
cat "$@"
"""


# The real one, which leaves word of its process.
_REAL_CRAWL = """\
#!/bin/sh
for word; do case $word in */{shards}) shard=${{word%/*}} ;; esac; done
echo >>"{at}/ran-$shard"
echo $$ >"{at}/pid-$shard.new"
mv "{at}/pid-$shard.new" "{at}/pid-$shard"
exec "{crawl}" "$@"
"""


class Farm:
    """A folder in which the shards of a tree are crawled, by commands of its own."""

    def __init__(self, at: Path, root: Path, commands: Mapping[str, str]) -> None:
        self.at = at
        self.root = root
        self.root.mkdir(exist_ok=True)
        for name, text in commands.items():
            self._install(name, text)
        path = os.pathsep.join((str(at / "bin"), os.environ.get("PATH", os.defpath)))
        self.env = {"PATH": path, "HOME": str(at), "USER": "tester", "LANG": "C.UTF-8"}

    def recipe(self, mark: str) -> Path:
        """Write the script that follows the mark <!-- MARK --> in the documentation."""
        _, found, rest = RECIPES.read_text("utf-8").partition(f"<!-- {mark} -->\n```bash\n")
        assert found, f"{RECIPES.name} has lost its recipe {mark}"
        script = self.at / f"{mark}.sh"
        script.write_text(rest.partition("```")[0], "utf-8")
        return script

    def hold(self, shards: Iterable[int]) -> None:
        """Have shards wait, at their next run, until they are struck."""
        for shard in shards:
            (self.at / f"hold-{shard}").touch()

    def held(self, shard: int) -> int:
        """Wait until a shard that is held has come; return its process."""
        told = self.at / f"pid-{shard}"
        until(told.exists)
        return int(told.read_text())

    def strike(self, signals: Mapping[int, int]) -> None:
        """Send each of the held shards its signal."""
        for shard, number in signals.items():
            os.kill(self.held(shard), number)

    def runs(self) -> dict[int, int]:
        """Return how often each shard ran."""
        return {
            int(path.name.removeprefix("ran-")): len(path.read_text())
            for path in self.at.glob("ran-*")
        }

    def documents(self) -> list[Json]:
        """Load what each shard wrote."""
        return [json.loads(path.read_bytes()) for path in sorted(self.at.rglob("shard-*.json"))]

    def strike_at_work(self, shards: Iterable[int], at_work: Callable[[int], bool]) -> None:
        """Kill shards, each in the middle of its work."""
        for shard in shards:
            process = self.held(shard)
            until(lambda shard=shard: at_work(shard))
            os.kill(process, signal.SIGKILL)

    def _install(self, name: str, text: str) -> None:
        script = self.at / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        script.chmod(0o755)


def pretended(at: Path, ends_with: Mapping[int, int]) -> Farm:
    """Make a farm whose shards end as they are told."""
    ends = " ".join(f"{shard}) exit {status} ;;" for shard, status in ends_with.items())
    crawl = _CRAWL.format(at=at, shards=SHARDS, ends=ends)
    return Farm(at, at / "a show", {"qc-crawl": crawl, "qc-report": _REPORT})


def real(at: Path, root: Path) -> Farm:
    """Make a farm that crawls."""
    crawl = _REAL_CRAWL.format(at=at, shards=SHARDS, crawl=command())
    report = f'#!/bin/sh\nexec "{command("qc-report")}" "$@"\n'
    return Farm(at, root, {"qc-crawl": crawl, "qc-report": report})

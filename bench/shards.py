"""What a shard pays for the folders that are not its own: runs of one, of its list, and of all."""

import os
from pathlib import Path

from qc_asset_crawler.sharing import Shard

from .crawls import crawl
from .rounds import Runner
from .trees import Tree, make

SHARD = Shard(1, 64)
WHOLE, SHARE, LIST = "qc-crawl", f"--shard {SHARD}", "--dirs-from, the same folders"
_NOT_HIDDEN = ("-name", ".?*", "-prune", "-o")


def rivals(tree: Tree, where: Path, shown_at: str | None = None) -> list[Runner]:
    """Crawls that find nothing changed: of a tree, of one shard of it, and of its list.

    The first, in the round that does not count, records. `find` makes the list of all. With
    `shown_at`, the tree is crawled through what shows it at that name.
    """
    made = make(tree, where)
    root = where / (shown_at or tree.name)
    listed = where / f"{tree.name}.folders"
    listed.write_text("".join(f"./{path}\n" for path in _folders(made) if SHARD.owns(path)))
    return [
        Runner(WHOLE, _crawl(root)),
        Runner(SHARE, _crawl(root, "--shard", str(SHARD))),
        Runner(LIST, _crawl(root, "--dirs-from", str(listed))),
        Runner("find, folders", ("find", str(root), *_NOT_HIDDEN, "-type", "d", "-print")),
    ]


def _crawl(root: Path, *args: str) -> tuple[str, ...]:
    return (*crawl("--no-findings"), *args, str(root))  # the frames are none that a reader knows


def _folders(root: Path) -> list[str]:
    """Return the paths below a root of the folders that a crawl comes by; its own is empty."""
    found = []
    for at, folders, _ in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.append(at.removeprefix(str(root)).lstrip("/"))
    return found

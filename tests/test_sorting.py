"""Names are sorted the same way, whether the short cut for plain media is taken or not."""

from dataclasses import dataclass
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler import Settings
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.sequences.walk import _Sorter
from samples import names

RULES = Rules.of(Settings())


@dataclass(frozen=True)
class Entry:
    """What `scandir` says of a name."""

    name: str
    kind: str

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return self.kind == "file"

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return self.kind == "folder"

    def is_symlink(self) -> bool:
        return self.kind == "link"


ENDINGS = st.sampled_from(
    (
        *(".exr", ".EXR", ".mov", ".txt", "exr", "", ".", ".json", ".qc.json", ".tmp"),
        *(".qc.sequence.json", "qc.sequence.json", ".qc.hashcache.json", ".qc", ".qc.lock"),
        *(".qc-host-1-0123abcd.tmp", ".json.unreadable-20260102T030405Z", "@eaDir", "lost+found"),
    )
)
ENTRIES = st.builds(
    Entry,
    st.builds(str.__add__, names(6) | st.just(""), ENDINGS).filter(bool),
    st.sampled_from(("file", "folder", "link", "pipe")),
)


def sorted_by(rules: Rules, entries: list[Entry]) -> dict[str, Any]:
    sorter = _Sorter(rules, "")
    sorter.take_all(cast("Any", entries))
    return {key: value for key, value in vars(sorter).items() if key not in {"rules", "_plain"}}


@given(st.lists(ENTRIES, max_size=8))
def test_the_short_cut_changes_nothing(entries: list[Entry]) -> None:
    without = Rules(RULES.naming, RULES.media, excluded=lambda name, path: False)
    assert sorted_by(RULES, entries) == sorted_by(without, entries)

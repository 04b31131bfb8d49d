"""What several runs over parts of one tree come to, by the documents they printed. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..crawler.report import Problem, ProblemKind
from ..errors import UsageError
from ..sharing import Shard
from ..text import show

_NONE: Mapping[str, int] = MappingProxyType({})
COUNTS = ("folders", "elsewhere", "assets", "files_seen", "bytes_seen", "files_read", "bytes_read")


class OddAsset(NamedTuple):
    """An asset that a run found to be other than it should be, and how; `text` is printable."""

    path: str
    text: str


class PartRun(NamedTuple):
    """One run over a part of a tree, as its document tells; `docs/json.md` explains the keys.

    `asked` are its options, but for `--shard`. `counts` are those of `COUNTS`, `waiting` counts the
    verdicts that wait for Trak. `compared` is None where no frames were expected. `paths` are those
    of its assets, `odd` those that a verification or a gate found fault with.
    """

    document: str
    asked: Mapping[str, object]
    roots: tuple[str, ...]
    made: str
    status: int
    interrupted: bool
    shard: Shard | None = None
    listed: int | None = None
    counts: Mapping[str, int] = _NONE
    states: Mapping[str, int] = _NONE
    results: Mapping[str, int] = _NONE
    reasons: Mapping[str, int] = _NONE
    not_looked_at: Mapping[str, int] = _NONE
    skipped: Mapping[str, int] = _NONE
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    waiting: int = 0
    compared: int | None = None
    paths: tuple[str, ...] = ()
    odd: tuple[OddAsset, ...] = ()

    @property
    def kind(self) -> str:
        """What kind of run it was, in a word or two."""
        if self.asked.get("verify"):
            return "verification"
        if self.asked.get("deliver"):
            return "delivery"
        result = self.asked.get("result")
        return f"verdict {result}" if result else "crawl"


class Flaw(NamedTuple):
    """A document that cannot be used, and why."""

    document: str
    detail: str


class Merged(NamedTuple):
    """Runs over parts of one tree, taken together; at least one.

    Of a shard that ran again, `earlier` are the documents of the runs before. `missing` are the
    numbers of the shards without a document, `twice` the assets that two of them worked on.
    `problems` were named by the runs, `nothing` is what none of them could tell by itself.
    """

    runs: tuple[PartRun, ...]
    earlier: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    twice: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    problems: tuple[Problem, ...] = ()
    nothing: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str:
        """What kind of run all of them were."""
        return self.runs[0].kind

    @property
    def of(self) -> int | None:
        """How many shards there are; None where the engine has split a list."""
        shard = self.runs[0].shard
        return None if shard is None else shard.of

    @property
    def interrupted(self) -> list[PartRun]:
        """The runs that did not come to their end."""
        return [run for run in self.runs if run.interrupted]

    def total(self, key: str) -> int:
        """Add up a count."""
        return sum(run.counts[key] for run in self.runs)

    def summed(self, counts: Callable[[PartRun], Mapping[str, int]]) -> dict[str, int]:
        """Add up counts by kind."""
        total: Counter[str] = Counter()
        for run in self.runs:
            total.update(counts(run))
        return dict(sorted(total.items()))

    @property
    def ended(self) -> tuple[str, str]:
        """When the first of them ended, and when the last."""
        times = [run.made for run in self.runs]
        return min(times), max(times)

    @property
    def unaccounted(self) -> int:
        """How many folders some shard came by that no shard worked on, at least."""
        if self.of is None or self.missing:
            return 0
        return max(0, self.folders_seen()[1] - self.total("folders"))

    def folders_seen(self) -> tuple[int, int]:
        """Return how many folders the runs came by, of whomever: the fewest, and the most."""
        seen = [run.counts["folders"] + run.counts["elsewhere"] for run in self.runs]
        return min(seen), max(seen)

    def reasons(self) -> dict[str, int]:
        """Count, by kind, what is not complete about the runs themselves, and why they failed.

        What every shard names, as a folder that nobody can look into, counts once.
        """
        total = Counter(self.summed(lambda run: run.reasons))
        for kind, count in Counter(problem.kind.value for problem in self.problems).items():
            if kind in total:
                total[kind] = min(total[kind], count)
        total.update(self._amiss())
        return {kind: count for kind, count in total.items() if count}

    def _amiss(self) -> dict[str, int]:
        return {
            "missing-shards": len(self.missing),
            "interrupted-runs": len(self.interrupted),
            "unusable-documents": len(self.flaws),
            "unaccounted-folders": self.unaccounted,
            "worked-twice": len(self.twice),
            ProblemKind.NOTHING_FOUND.value: len(self.nothing),
        }

    @property
    def is_complete(self) -> bool:
        """Whether every shard has come to its end, and nothing is known to be amiss."""
        return not any(self._amiss().values())


def merge(
    documents: Iterable[PartRun | Flaw], *, allow_empty: bool = False, anywhere: bool = False
) -> Merged:
    """Take runs over parts of one tree together; of a shard that ran again, the last one counts.

    Machines may mount the storage elsewhere: paths come as the first document has them. The names
    of the roots must agree, unless with `anywhere` somebody has said which tree it is.

    Raises:
        UsageError: they are not parts of one and the same.
    """
    given = list(documents)
    flaws = tuple(one for one in given if isinstance(one, Flaw))
    found = sorted((one for one in given if isinstance(one, PartRun)), key=lambda run: run.made)
    if not found:
        why = f"{show(flaws[0].document)} {flaws[0].detail}" if flaws else "there are none"
        raise UsageError(f"none of the documents can be used: {why}")
    _check_alike(found, anywhere=anywhere)
    found = [_as_seen_from(run, found[0].roots) for run in found]
    last = {run.shard or run.document: run for run in found}
    runs = tuple(sorted(last.values(), key=lambda run: (run.shard or (), run.document)))
    there = {run.shard.number for run in runs if run.shard}
    of = runs[0].shard.of if runs[0].shard else 0
    missing = tuple(number for number in range(1, of + 1) if number not in there)
    return Merged(
        runs=runs,
        earlier=tuple(run.document for run in found if run not in runs),
        missing=missing,
        twice=_twice(runs),
        flaws=flaws,
        problems=_problems(runs),
        nothing=() if missing else _nothing(runs, allow_empty=allow_empty),
    )


def _check_alike(runs: list[PartRun], *, anywhere: bool) -> None:
    """Make sure that the runs are parts of one.

    Raises:
        UsageError: they are not.
    """
    for run in runs:
        if run.shard is None and run.listed is None:
            raise UsageError(f"{show(run.document)} is of a run over the whole of its ROOT")
    _same(runs, "shares of another number", lambda run: run.shard.of if run.shard else None)
    _same(runs, "another list", lambda run: run.listed if run.shard else None)
    _same(runs, "other options", _options)
    _same(runs, "another number of ROOTs", lambda run: len(run.roots))
    if not anywhere:
        _same(runs, "another ROOT", lambda run: [root.rpartition("/")[2] for root in run.roots])


def _options(run: PartRun) -> dict[str, object]:
    """Return what must be the same; a list may have another name everywhere."""
    return {name: value for name, value in run.asked.items() if name != "dirs_from"}


def _as_seen_from(run: PartRun, roots: tuple[str, ...]) -> PartRun:
    """Give paths as they are below other roots."""
    if run.roots == roots:
        return run

    def seen(path: str) -> str:
        for mine, theirs in zip(run.roots, roots, strict=True):
            if f"{path}/".startswith(f"{mine.rstrip('/')}/"):
                return theirs.rstrip("/") + path[len(mine.rstrip("/")) :]
        return path

    return run._replace(
        roots=roots,
        problems=tuple(one._replace(path=seen(one.path)) for one in run.problems),
        paths=tuple(map(seen, run.paths)),
        odd=tuple(one._replace(path=seen(one.path)) for one in run.odd),
    )


def _same(runs: list[PartRun], what: str, read: Callable[[PartRun], object]) -> None:
    first = runs[0]
    for run in runs:
        if read(run) != read(first):
            names = f"{show(first.document)} and {show(run.document)}"
            raise UsageError(f"{names} are not of one tree and one run: {what}")


def _twice(runs: tuple[PartRun, ...]) -> tuple[str, ...]:
    counts = Counter(path for run in runs for path in run.paths)
    return tuple(sorted(path for path, count in counts.items() if count > 1))


def _problems(runs: tuple[PartRun, ...]) -> tuple[Problem, ...]:
    """Return all problems; a folder that nobody can look into is named by every shard."""
    found = {problem for run in runs for problem in run.problems}
    return tuple(sorted(found, key=lambda problem: (problem.path, problem.kind, problem.detail)))


def _nothing(runs: tuple[PartRun, ...], *, allow_empty: bool) -> tuple[Problem, ...]:
    """Say what no shard can tell by itself: that there is nothing in any of them."""
    details = []
    if not (allow_empty or any(run.counts["assets"] for run in runs)):
        details.append("holds no media and no sidecars in any shard (--allow-empty accepts it)")
    compared = [run.compared for run in runs if run.compared is not None]
    if compared and not sum(compared):
        details.append("holds no sequence in any shard that --expect could be compared with")
    return tuple(Problem(ProblemKind.NOTHING_FOUND, runs[0].roots[0], one) for one in details)

"""The table of docs/reliability.md."""

from collections.abc import Iterable, Iterator

from .rows import Outcome


def markdown(outcomes: Iterable[Outcome]) -> str:
    """Compose the table; a row that could not be run says why."""
    lines = ["| fault | promises | tries | faults found | of these |", "|---|---|---|---|---|"]
    lines += map(_line, outcomes)
    return "".join(f"{line}\n" for line in lines)


def _line(outcome: Outcome) -> str:
    row = outcome.row
    promises = ", ".join(map(str, row.promises))
    if outcome.missing:
        return f"| {row.name} | {promises} | not run | – | {outcome.missing} |"
    figures = "; ".join(_figures(outcome))
    return f"| {row.name} | {promises} | {outcome.tries:,} | {len(outcome.faults)} | {figures} |"


def _figures(outcome: Outcome) -> Iterator[str]:
    for what, number in sorted(outcome.figures.items()):
        yield f"{what} {number:,}"
    yield f"{outcome.seconds:.0f} s"

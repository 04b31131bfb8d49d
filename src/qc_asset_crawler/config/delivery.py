"""What a delivery is to hold: the frames that are expected, and what is not to be there."""

from ..choices import MAY_FAIL_ON
from ..errors import UsageError
from ..ranges import Runs, parse_runs
from ..text import show


def expected(text: str | None) -> Runs:
    """Read `--expect`.

    Raises:
        UsageError: it is no range of frames.
    """
    if text is None:
        return ()
    try:
        runs = parse_runs(text)
    except ValueError as error:
        raise UsageError(f"--expect: {error}; give it like 1001-1100,1105") from None
    if not runs:
        raise UsageError("--expect is empty; give it like 1001-1100,1105")
    return runs


def fail_on(text: str | None) -> frozenset[str]:
    """Read `--fail-on`.

    Raises:
        UsageError: something is named that is never there.
    """
    if text is None:
        return frozenset()
    names = frozenset(word.strip() for word in text.split(","))
    unknown = sorted(names - MAY_FAIL_ON)
    if unknown:
        known = ", ".join(sorted(MAY_FAIL_ON))
        raise UsageError(f"--fail-on: {show(unknown[0]) or 'nothing'} is none of {known}")
    return names

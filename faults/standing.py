"""What a sidecar says stands: its result follows from the last verdict and the bytes."""

from .commands import Json

_SAID = frozenset({"pass", "fail"})


def unfounded(sidecar: Json) -> str | None:
    """Say why a result does not follow from what people said; None if it does.

    A `pass` or `fail` is that of the last verdict, on the very bytes that are recorded. And as
    long as nothing was decided since the last verdict, its result stands.
    """
    last = sidecar["verdicts"][-1] if sidecar["verdicts"] else {}
    same = ("qc_result", "content_hash")
    follows = all(last.get(key) == sidecar[key] for key in same)
    untouched = last.get("qc_time") == sidecar["qc_time"]
    if (sidecar["qc_result"] in _SAID or untouched) and not follows:
        is_so = {key: sidecar[key] for key in (*same, "qc_time")}
        return f"is {is_so}, and its last verdict is {last or None}"
    return None

"""Which places of a folder hold sidecars, and which names are thereby taken."""

from collections import Counter
from collections.abc import Iterable, Set

from ..sidecar.names import fold
from ..sidecar.recorded import Place


class Occupied:
    """The places of one folder's sidecars; names are asked for in constant time."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = set(places)
        self._names = Counter(fold(place.plain) for place in self._places)

    @property
    def places(self) -> Set[Place]:
        """Every place that holds a sidecar."""
        return self._places

    def add(self, place: Place) -> None:
        """A sidecar stands there now."""
        if place not in self._places:
            self._places.add(place)
            self._names[fold(place.plain)] += 1

    def discard(self, place: Place) -> None:
        """No sidecar stands there any more."""
        if place in self._places:
            self._places.discard(place)
            self._names[fold(place.plain)] -= 1

    def takes(self, name: str, but: Iterable[Place] = ()) -> bool:
        """Tell whether a sidecar, other than at the given places, has a name equal to this."""
        folded = fold(name)
        return self._names[folded] > sum(fold(place.plain) == folded for place in but)

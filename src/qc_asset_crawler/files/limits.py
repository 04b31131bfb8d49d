"""How many files this process may have open."""

import resource

_ENDLESS = 1 << 20


def most_open_files() -> int:
    """Return how many descriptors the system lets this process have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENDLESS if soft == resource.RLIM_INFINITY else soft

"""The limit on open files."""

import resource

# Enough for the attacks with the most connections.
WANTED = 8_192


def raise_limit() -> None:
    """Lets this process have as many connections as an attack wants, as far as the system does."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))

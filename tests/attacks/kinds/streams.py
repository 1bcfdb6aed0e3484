"""Many streams at once."""

from rig.attack import Steps, attack
from rig.patterns import hold, storm
from rig.target import Target
from wire import calls
from wire.frames import END_HEADERS, HEADERS, frame, opening
from wire.headers import call_remembered
from wire.talk import Talk

STREAMS = 1_000


def _calls_begun(target: Target, connections: int) -> Steps:
    """Calls whose headers have come and nothing else."""
    first, again = call_remembered(calls.APPEND)
    parts = [opening()]
    for number in range(1, 2 * STREAMS, 2):
        parts.append(frame(HEADERS, END_HEADERS, number, first if number == 1 else again))
    yield from hold(target, b"".join(parts), connections)


@attack("many-streams", "Holds 10,000 calls on 10 connections, and sends the message of none.")
def many_streams(target: Target) -> Steps:
    yield from _calls_begun(target, 10)


@attack("more-streams", "Holds 100,000 calls on 100 connections, and sends the message of none.")
def more_streams(target: Target) -> Steps:
    yield from _calls_begun(target, 100)


@attack("crowded-streams", "Holds 1,000,000 calls on 1,000 connections, and sends the message of none.")
def crowded_streams(target: Target) -> Steps:
    yield from _calls_begun(target, 1_000)


@attack("costly-calls", "Asks for verifications, exports, and projections of the whole ledger, all at once.")
def costly_calls(target: Target) -> Steps:
    paths = [calls.VERIFY, calls.EXPORT, calls.PROJECTIONS]
    body = calls.message(calls.ledger())

    def begin(talk: Talk, count: int) -> None:
        talk.call(paths[count % len(paths)], body)

    yield from storm(target, begin, outstanding=6)

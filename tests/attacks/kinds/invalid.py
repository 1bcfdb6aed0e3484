"""Frames and lengths that are wrong."""

import random

from rig.attack import Steps, attack
from rig.patterns import flood
from rig.target import Target
from wire import calls
from wire.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    opening,
    window_update,
)
from wire.headers import call, call_remembered

SEED = 20_261_129
LONGEST = 2**24 - 1


def _request(number: int, body: bytes) -> bytes:
    return frame(HEADERS, END_HEADERS, number, call(calls.APPEND)) + frame(DATA, END_STREAM, number, body)


@attack("lying-lengths", "Claims lengths of messages that are not theirs: 4 GiB, too long, too short, and others.")
def lying_lengths(target: Target) -> Steps:
    content = calls.append(calls.event("lie", bytes(50)))
    lengths = [2**32 - 1, 2**31, 4 * 1_024 * 1_024 + 64 * 1_024, 4 * 1_024 * 1_024, len(content) + 1, 1, 0]
    first, again = call_remembered(calls.APPEND)
    parts = [opening()]
    for index in range(1_000):
        number = 2 * index + 1
        parts.append(frame(HEADERS, END_HEADERS, number, again if index else first))
        body = calls.message(content, length=lengths[index % len(lengths)])
        parts.append(frame(DATA, END_STREAM, number, body))
    yield from flood(target, [b"".join(parts)])


@attack("lying-frames", "Claims lengths of frames that are not theirs: 16 MiB, or not what the kind of frame has.")
def lying_frames(target: Target) -> Steps:
    lies = [
        frame(DATA, 0, 1, bytes(100), length=LONGEST),
        frame(HEADERS, END_HEADERS, 3, call(calls.APPEND), length=LONGEST),
        frame(SETTINGS, 0, 0, bytes(5)),
        frame(PING, 0, 0, bytes(7)),
        frame(WINDOW_UPDATE, 0, 0, bytes(3)),
        frame(RST_STREAM, 0, 1, bytes(5)),
        frame(GOAWAY, 0, 0, bytes(2)),
    ]
    begin = opening() + frame(HEADERS, END_HEADERS, 1, call(calls.APPEND_STREAM))
    yield from flood(target, [begin + lie for lie in lies])


@attack("invalid-frames", "Sends frames that the protocol forbids, or no frames at all, each on a new connection.")
def invalid_frames(target: Target) -> Steps:
    chance = random.Random(SEED)
    wrong = [
        frame(HEADERS, END_HEADERS, 0, call(calls.APPEND)),
        frame(HEADERS, END_HEADERS, 2, call(calls.APPEND)),
        frame(DATA, 0, 99, b"x"),
        frame(DATA, PADDED, 1, b"\xff"),
        frame(CONTINUATION, END_HEADERS, 1, b""),
        frame(HEADERS, 0, 1, b"\x82") + frame(PING, 0, 0, bytes(8)),
        frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
        frame(HEADERS, END_HEADERS, 1, b"\xbf"),
        frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)),
        window_update(0, 0),
        window_update(0, 2**31 - 1) * 2,
        frame(SETTINGS, 0, 0, b"\0\4\xff\xff\xff\xff"),
        _request(5, b"") + _request(3, b""),
    ]
    openings = [opening() + one for one in wrong]
    openings += [chance.randbytes(chance.randrange(1, 4_096)) for _ in range(16)]
    openings += [opening() + chance.randbytes(chance.randrange(1, 4_096)) for _ in range(16)]
    openings.append(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    yield from flood(target, openings)

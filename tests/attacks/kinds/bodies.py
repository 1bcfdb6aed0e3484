"""Bodies of requests that are slow, unfinished, or in pieces that are too small."""

from collections.abc import Callable

from rig.attack import Steps, attack
from rig.patterns import PAUSE, flood
from rig.target import Target
from wire import calls
from wire.frames import DATA, END_HEADERS, HEADERS, frame, opening
from wire.headers import call
from wire.talk import Stream, Talk

MESSAGE_BYTES = 4 * 1_024 * 1_024


def _talks(target: Target, connections: int, begin: Callable[[Talk], None], pause: float = PAUSE) -> Steps:
    """Goes on with the calls that `begin` begins on each new connection."""
    yield 0
    talks: list[Talk | None] = [None] * connections
    while True:
        moved = False
        for index, talk in enumerate(talks):
            if talk is None or not talk.link.is_open:
                if talk is not None:
                    target.note(talk.link)
                talks[index] = talk = target.talk()
                if talk is None:
                    continue
                begin(talk)
            moved |= talk.step()
            yield 0
        if not moved:
            yield pause


@attack("slow-bodies", "Begins 1,000 batches of 4 MiB and sends each a byte at a time.")
def slow_bodies(target: Target) -> Steps:
    head = calls.message(b"", length=MESSAGE_BYTES)
    slow: list[tuple[Talk, Stream]] = []

    def begin(talk: Talk) -> None:
        for _ in range(100):
            slow.append((talk, talk.call(calls.APPEND_BATCH, head, ends=False)))

    for pause in _talks(target, 10, begin, pause=0.1):
        if pause:
            # One byte more for each, once all before it are sent.
            for talk, stream in slow:
                if talk.link.is_open and stream.sent is not None:
                    stream.left, stream.sent = memoryview(b"\0"), None
            slow[:] = [(talk, stream) for talk, stream in slow if talk.link.is_open]
        yield pause


@attack("unfinished-messages", "Sends 400 messages of 4 MiB without their last byte, and waits.")
def unfinished_messages(target: Target) -> Steps:
    body = calls.message(bytes(MESSAGE_BYTES - 1), length=MESSAGE_BYTES)

    def begin(talk: Talk) -> None:
        for number in range(20):
            talk.call([calls.APPEND_STREAM, calls.APPEND_BATCH][number % 2], body, ends=False)

    yield from _talks(target, 20, begin)


@attack("one-byte-data", "Sends messages of an append stream in DATA frames of one byte each.")
def one_byte_data(target: Target) -> Steps:
    message = calls.message(calls.append(calls.event("one-byte", bytes(900))))

    def begin(talk: Talk) -> None:
        for _ in range(8):
            talk.call(calls.APPEND_STREAM, message * 200, frame_bytes=1)

    yield from _talks(target, 4, begin)


@attack("empty-data", "Sends DATA frames without a byte in them, without end, on an append stream.")
def empty_data(target: Target) -> Steps:
    begin = opening() + frame(HEADERS, END_HEADERS, 1, call(calls.APPEND_STREAM))
    yield from flood(target, [begin], frame(DATA, 0, 1) * 20_000)

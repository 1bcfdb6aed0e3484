"""A connection that keeps to the windows of its peer, for attacks that must not be cut off for a wrong one."""

import struct
import time

from .frames import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME_BYTES,
    HEAD_BYTES,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    PING,
    RST_STREAM,
    SETTINGS,
    WINDOW_DEFAULT,
    WINDOW_UPDATE,
    frame,
    opening,
    settings_ack,
)
from .headers import call
from .link import Link

# Whoever has not answered a call after this time is not waited for.
ANSWER_SECONDS = 0.1


class Stream:
    """One call: what is still to be sent of its request."""

    def __init__(self, window: int, body: bytes | memoryview, ends: bool, frame_bytes: int):
        self.window = window
        self.left = memoryview(body)
        self.ends = ends
        self.frame_bytes = frame_bytes
        self.sent: float | None = None
        # Bytes of the answer that have come.
        self.answered = 0


class Talk:
    """Calls on one connection. `window` is what the peer may send on each stream."""

    def __init__(self, link: Link, window: int | None = None, connection_window: int | None = None):
        self.link = link
        self.streams: dict[int, Stream] = {}
        self._next = 1
        self._window = WINDOW_DEFAULT
        self._initial = WINDOW_DEFAULT
        self._came = bytearray()
        link.queue(opening(window, connection_window))

    def call(
        self, path: bytes, body: bytes | memoryview, *more: bytes, ends: bool = True, frame_bytes: int = FRAME_BYTES
    ) -> Stream:
        """Begins a call. `more` are headers beside the usual ones; `ends` says whether its request ends."""
        number, self._next = self._next, self._next + 2
        self.link.queue(frame(HEADERS, END_HEADERS, number, call(path, *more)))
        stream = Stream(self._initial, body, ends, frame_bytes)
        self.streams[number] = stream
        return stream

    def in_progress(self) -> int:
        """How many calls are being sent, or were so lately that their answer is awaited."""
        late = time.monotonic() - ANSWER_SECONDS
        return sum(1 for stream in self.streams.values() if stream.sent is None or stream.sent > late)

    def step(self, limit: int = 64 * 1_024) -> bool:
        """Reads what came and sends what may be sent; whether anything was sent."""
        came = self.link.read()
        if came:
            self._came += came
            self._follow()
        if self.link.is_idle:
            self._send(limit)
        return self.link.flush(limit)

    def _send(self, limit: int) -> None:
        pieces: list[bytes] = []
        for number, stream in self.streams.items():
            while stream.sent is None and limit > 0:
                size = min(len(stream.left), stream.window, self._window, stream.frame_bytes)
                if size == 0 and len(stream.left) > 0:
                    break
                piece, stream.left = bytes(stream.left[:size]), stream.left[size:]
                stream.window -= size
                self._window -= size
                is_last = len(stream.left) == 0
                if is_last:
                    stream.sent = time.monotonic()
                flags = END_STREAM if is_last and stream.ends else 0
                pieces.append(frame(DATA, flags, number, piece))
                limit -= size + HEAD_BYTES
        if pieces:
            self.link.queue(b"".join(pieces))

    def _follow(self) -> None:
        """Takes in whole frames, as far as there are any."""
        place = 0
        while len(self._came) - place >= HEAD_BYTES:
            length = int.from_bytes(self._came[place : place + 3])
            if len(self._came) - place < HEAD_BYTES + length:
                break
            kind, flags = self._came[place + 3], self._came[place + 4]
            number = int.from_bytes(self._came[place + 5 : place + 9])
            self._take(kind, flags, number, bytes(self._came[place + HEAD_BYTES : place + HEAD_BYTES + length]))
            place += HEAD_BYTES + length
        del self._came[:place]

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            self._set(payload)
            self.link.queue(settings_ack())
        elif kind == PING and not flags & ACK:
            self.link.queue(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = int.from_bytes(payload)
            if number == 0:
                self._window += more
            elif number in self.streams:
                self.streams[number].window += more
        elif kind == DATA and number in self.streams:
            self.streams[number].answered += len(payload)
        if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
            self.streams.pop(number, None)

    def _set(self, payload: bytes) -> None:
        for place in range(0, len(payload) - 5, 6):
            what, value = struct.unpack_from(">HI", payload, place)
            if what == INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self._initial
                self._initial = value

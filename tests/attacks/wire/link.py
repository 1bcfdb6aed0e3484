"""A connection that never waits: it sends what the system takes, and reads what is there."""

import socket
import ssl
import struct

from .frames import GOAWAY, HEAD_BYTES

WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
CONNECT_SECONDS = 2.0
READ_BYTES = 256 * 1_024
TAIL_BYTES = 512
# Closed so, a connection leaves no port behind that waits for late packets.
AT_ONCE = struct.pack("ii", 1, 0)
# The head of a GOAWAY frame after its length.
GOAWAY_HEAD = struct.pack(">BBI", GOAWAY, 0, 0)

_scratch = bytearray(READ_BYTES)


class Link:
    """One connection and what waits to be sent over it."""

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext | None = None):
        self.socket = socket.create_connection(address, CONNECT_SECONDS)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
        except OSError:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.is_open = True
        self.sent = 0
        self._now = memoryview(b"")
        self._later: list[bytes | memoryview] = []
        self._tail = b""

    def queue(self, data: bytes | memoryview) -> None:
        """Has this sent after what waits already."""
        self._later.append(data)

    @property
    def is_idle(self) -> bool:
        """Whether all that was queued is sent."""
        return len(self._now) == 0 and not self._later

    def flush(self, limit: int = 64 * 1_024) -> bool:
        """Sends at most so much of what waits; whether anything went out."""
        if not self.is_open or self.is_idle:
            return False
        if len(self._now) == 0:
            # What is queued alone may be large, and is not copied.
            self._now = memoryview(self._later[0] if len(self._later) == 1 else b"".join(self._later))
            self._later.clear()
        try:
            count = self.socket.send(self._now[:limit])
        except WOULD_WAIT:
            return False
        except OSError:
            # The peer's last words may be there still.
            self.read()
            self.close()
            return False
        self._now = self._now[count:]
        self.sent += count
        return count > 0

    def read(self) -> memoryview:
        """What is there to be read. It is gone with the next call."""
        if not self.is_open:
            return memoryview(b"")
        try:
            count = self.socket.recv_into(_scratch)
        except WOULD_WAIT:
            return memoryview(b"")
        except OSError:
            count = 0
        if count == 0:
            self.close()
        came = memoryview(_scratch)[:count]
        if count:
            self._tail = (self._tail + bytes(came[-TAIL_BYTES:]))[-TAIL_BYTES:]
        return came

    def farewell(self) -> int | None:
        """The error code with which the peer said goodbye, as far as that was read."""
        place = self._tail.rfind(GOAWAY_HEAD)
        code = self._tail[place + HEAD_BYTES - 3 + 4 :][:4]
        return int.from_bytes(code) if place >= 0 and len(code) == 4 else None

    def close(self) -> None:
        self.is_open = False
        self.socket.close()

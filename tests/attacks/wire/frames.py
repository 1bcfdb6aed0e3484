"""HTTP/2 frames (RFC 9113, section 4)."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8

INITIAL_WINDOW_SIZE = 4
WINDOW_MAX = 2**31 - 1
# What every peer may send before it has heard of another window.
WINDOW_DEFAULT = 65_535
# The largest frame that every peer must take.
FRAME_BYTES = 16_384
HEAD_BYTES = 9


def frame(kind: int, flags: int, stream: int, payload: bytes = b"", length: int | None = None) -> bytes:
    """A frame. `length` is what its head claims, if that is not the truth."""
    claimed = len(payload) if length is None else length
    return struct.pack(">I", claimed)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(window: int | None = None) -> bytes:
    """SETTINGS; `window` is what the peer may send on each stream before it is read."""
    entries = b"" if window is None else struct.pack(">HI", INITIAL_WINDOW_SIZE, window)
    return frame(SETTINGS, 0, 0, entries)


def settings_ack() -> bytes:
    return frame(SETTINGS, ACK, 0)


def window_update(stream: int, size: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size))


def reset(stream: int, code: int = 8) -> bytes:
    """RST_STREAM; 8 is CANCEL."""
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def opening(window: int | None = None, connection_window: int | None = None) -> bytes:
    """What a client begins with. The connection's window is widened to `connection_window`."""
    wider = b""
    if connection_window is not None:
        wider = window_update(0, connection_window - WINDOW_DEFAULT)
    return PREFACE + settings(window) + wider

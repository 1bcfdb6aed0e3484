"""HPACK (RFC 7541) without Huffman: literals, and indices where they make an attack cheaper."""

POST, SCHEME_HTTP = 0x83, 0x86
# Indices of names in the static table.
AUTHORITY, PATH, CONTENT_TYPE = 1, 4, 31
# The first index of the dynamic table.
DYNAMIC = 62


def integer(value: int, bits: int, first: int) -> bytes:
    """An integer in a prefix of some bits; `first` has the bits before it."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = bytearray([first | most])
    value -= most
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value: bytes) -> bytes:
    return integer(len(value), 7, 0) + value


def literal(name: int | bytes, value: bytes, remember: bool = False) -> bytes:
    """A header with its value spelled out. `remember` puts it into the dynamic table."""
    bits, first = (6, 0x40) if remember else (4, 0x00)
    if isinstance(name, int):
        return integer(name, bits, first) + text(value)
    return integer(0, bits, first) + text(name) + text(value)


def indexed(index: int) -> bytes:
    return integer(index, 7, 0x80)


def call(path: bytes, *more: bytes) -> bytes:
    """The headers of a gRPC call, and whatever blocks follow them."""
    return _call(path, False) + b"".join(more)


def call_remembered(path: bytes) -> tuple[bytes, bytes]:
    """The headers of a connection's first call, and those of each later one, in six bytes."""
    again = bytes([POST, SCHEME_HTTP]) + b"".join(indexed(DYNAMIC + age) for age in (3, 2, 1, 0))
    return _call(path, True), again


def _call(path: bytes, remember: bool) -> bytes:
    return (
        bytes([POST, SCHEME_HTTP])
        + literal(PATH, path, remember)
        + literal(AUTHORITY, b"localhost", remember)
        + literal(CONTENT_TYPE, b"application/grpc", remember)
        + literal(b"te", b"trailers", remember)
    )

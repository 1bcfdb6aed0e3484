"""Protobuf as it is encoded: numbers and bytes with a field number."""


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def bytes_of(field: int, value: bytes) -> bytes:
    """A field of bytes, of text, or of a message."""
    return varint(field << 3 | 2) + varint(len(value)) + value


def nested_groups(field: int, depth: int) -> bytes:
    """Groups in groups that are never closed, two bytes for each level at most."""
    return varint(field << 3 | 3) * depth

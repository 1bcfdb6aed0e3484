"""Section 1: deterministic CBOR, and nothing that the page does not name."""

from .errors import Malformed

UINT, BYTES, TEXT, ARRAY, MAP, SIMPLE = 0, 2, 3, 4, 5, 7
INTEGER_MAX = 2**63 - 1
DEPTH_MAX = 4


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for width, additional in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 1 << (8 * width):
            return bytes([major << 5 | additional]) + number.to_bytes(width, "big")
    raise ValueError("number does not fit 8 bytes")


def encode(value):
    """The one encoding of a value made of int, bytes, str, bool, list and dict."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        if not 0 <= value <= INTEGER_MAX:
            raise ValueError("integer out of range")
        return _head(UINT, value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        raw = value.encode("utf-8")
        return _head(TEXT, len(raw)) + raw
    if isinstance(value, list):
        return _head(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return _head(MAP, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise TypeError(f"no encoding for {type(value).__name__}")


class _Reader:
    def __init__(self, data, position):
        self.data = data
        self.position = position

    def fail(self, problem, at=None):
        raise Malformed(f"CBOR at byte {self.position if at is None else at}: {problem}")

    def take(self, count):
        if count > len(self.data) - self.position:
            self.fail(f"{count} bytes wanted, {len(self.data) - self.position} left")
        piece = self.data[self.position : self.position + count]
        self.position += count
        return bytes(piece)

    def head(self):
        start = self.position
        first = self.take(1)[0]
        major, additional = first >> 5, first & 31
        if major not in (UINT, BYTES, TEXT, ARRAY, MAP, SIMPLE):
            self.fail(f"major type {major} is not allowed", start)
        if major == SIMPLE:
            if additional not in (20, 21):
                self.fail("only false and true are allowed of major type 7", start)
            return major, additional
        if additional < 24:
            return major, additional
        if additional > 27:
            self.fail("indefinite or reserved length", start)
        width = 1 << (additional - 24)
        number = int.from_bytes(self.take(width), "big")
        if number < 24 or (width > 1 and number < 1 << (4 * width)):
            self.fail("not the shortest form", start)
        if number > INTEGER_MAX:
            self.fail("greater than 2^63-1", start)
        return major, number

    def item(self, depth):
        start = self.position
        major, number = self.head()
        if major == UINT:
            return number
        if major == SIMPLE:
            return number == 21
        if major == BYTES:
            return self.take(number)
        if major == TEXT:
            try:
                return self.take(number).decode("utf-8", "strict")
            except UnicodeDecodeError:
                self.fail("text is not UTF-8", start)
        if depth > DEPTH_MAX:
            self.fail(f"nested more than {DEPTH_MAX} deep", start)
        if number > len(self.data) - self.position:
            self.fail("more items announced than bytes are left", start)
        if major == ARRAY:
            return [self.item(depth + 1) for _ in range(number)]
        return self.map(number, depth)

    def map(self, number, depth):
        found, last = {}, b""
        for _ in range(number):
            start = self.position
            key = self.item(depth + 1)
            if not isinstance(key, str):
                self.fail("map key is not text", start)
            raw = bytes(self.data[start : self.position])
            if raw == last:
                self.fail("duplicate map key", start)
            if raw < last:
                self.fail("map keys are not in order", start)
            last = raw
            found[key] = self.item(depth + 1)
        return found


def decode_first(data, position=0):
    """One item and the position after it."""
    reader = _Reader(data, position)
    value = reader.item(1)
    return value, reader.position


def decode(data):
    """Exactly one item: encoded again, it must give the same bytes."""
    value, end = decode_first(data)
    if end != len(data):
        raise Malformed(f"CBOR: {len(data) - end} trailing bytes")
    if encode(value) != bytes(data):
        raise Malformed("CBOR: not the deterministic encoding")
    return value


def sequence(data):
    """The items of a CBOR sequence, each with its bytes."""
    position = 0
    while position < len(data):
        value, end = decode_first(data, position)
        raw = bytes(data[position:end])
        if encode(value) != raw:
            raise Malformed(f"CBOR at byte {position}: not the deterministic encoding")
        yield raw, value
        position = end

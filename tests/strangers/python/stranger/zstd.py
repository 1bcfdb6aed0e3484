"""Section 8, the zstd frame (RFC 8878): its form is read here; blocks that are compressed need a module."""

from .errors import Malformed, NotChecked

MAGIC = b"\x28\xb5\x2f\xfd"
WINDOW_MAX = 8 * 1024 * 1024
BLOCK_MAX = 131_072
UNPACKED_BYTES_MAX = 2 * 1024 * 1024 * 1024
RAW, RUN, COMPRESSED, RESERVED = range(4)
MASK = 2**64 - 1
PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def _rotate(value, count):
    return (value << count | value >> 64 - count) & MASK


def _round(total, lane):
    return _rotate((total + lane * PRIMES[1]) & MASK, 31) * PRIMES[0] & MASK


def xxh64(raw):
    """XXH64 with the seed 0; its low four bytes are a frame's checksum."""
    at, end = 0, len(raw)
    if end >= 32:
        lanes = [(PRIMES[0] + PRIMES[1]) & MASK, PRIMES[1], 0, -PRIMES[0] & MASK]
        while at + 32 <= end:
            for lane in range(4):
                lanes[lane] = _round(lanes[lane], int.from_bytes(raw[at : at + 8], "little"))
                at += 8
        total = sum(_rotate(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            total = ((total ^ _round(0, lane)) * PRIMES[0] + PRIMES[3]) & MASK
    else:
        total = PRIMES[4]
    total = (total + end) & MASK
    while at + 8 <= end:
        total ^= _round(0, int.from_bytes(raw[at : at + 8], "little"))
        total, at = (_rotate(total, 27) * PRIMES[0] + PRIMES[3]) & MASK, at + 8
    if at + 4 <= end:
        total ^= int.from_bytes(raw[at : at + 4], "little") * PRIMES[0] & MASK
        total, at = (_rotate(total, 23) * PRIMES[1] + PRIMES[2]) & MASK, at + 4
    for byte in raw[at:]:
        total = _rotate(total ^ byte * PRIMES[4] & MASK, 11) * PRIMES[0] & MASK
    for shift, prime in ((33, PRIMES[1]), (29, PRIMES[2])):
        total = (total ^ total >> shift) * prime & MASK
    return total ^ total >> 32


class Frame:
    """The header of a frame, and the places of its blocks."""

    def __init__(self, raw):
        self.raw, self.at = raw, 4
        descriptor = self.number(1)
        if descriptor & 0x08:
            raise Malformed("the reserved bit of the zstd frame is set")
        single, self.checked = descriptor & 0x20, descriptor & 0x04
        if not single:
            byte = self.number(1)
            base = 1 << (10 + (byte >> 3))
            self.window = base + base // 8 * (byte & 7)
        if self.number((0, 1, 2, 4)[descriptor & 3]):
            raise Malformed("the zstd frame names a dictionary")
        width = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
        self.size = self.number(width) + (256 if width == 2 else 0) if width else None
        if single:
            self.window = self.size
        if self.window > WINDOW_MAX:
            raise Malformed("the zstd window is larger than 8 MiB")
        self.blocks, last = [], 0
        while not last:
            block = self.number(3)
            last, kind, size = block & 1, block >> 1 & 3, block >> 3
            if kind == RESERVED or size > min(self.window, BLOCK_MAX):
                raise Malformed("a block of the zstd frame is too large, or of the reserved type")
            held = 1 if kind == RUN else size
            self.blocks.append((kind, size, self.take(held)))
        self.checksum = self.number(4) if self.checked else None
        if self.at != len(raw):
            raise Malformed("bytes follow the zstd frame")

    def take(self, count):
        """The next bytes."""
        if count > len(self.raw) - self.at:
            raise Malformed("the zstd frame is cut short")
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, count):
        """The next bytes as a number."""
        return int.from_bytes(self.take(count), "little")


def decompress(raw):
    """The content of exactly one frame."""
    frame = Frame(raw)
    if any(kind == COMPRESSED for kind, _, _ in frame.blocks):
        content = _with_module(raw)
    else:
        if sum(size for _, size, _ in frame.blocks) > UNPACKED_BYTES_MAX:
            raise Malformed("the zstd frame unpacks to more than this verifier holds")
        content = b"".join(held * size if kind == RUN else held for kind, size, held in frame.blocks)
    if frame.size is not None and frame.size != len(content):
        raise Malformed("the zstd frame's content size is wrong")
    if frame.checksum is not None and frame.checksum != xxh64(content) & 0xFFFFFFFF:
        raise Malformed("the zstd frame's checksum is wrong")
    return content


def _with_module(raw):
    """Any frame; NotChecked where no module is at hand."""
    try:
        from compression import zstd

        reader = zstd.ZstdDecompressor()
    except ImportError:
        try:
            import zstandard
        except ImportError as error:
            raise NotChecked from error
        reader = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX).decompressobj()
    out, total = [], 0
    try:
        for start in range(0, len(raw), 65_536):
            out.append(reader.decompress(raw[start : start + 65_536]))
            total += len(out[-1])
            if total > UNPACKED_BYTES_MAX:
                raise Malformed("the zstd frame unpacks to more than this verifier holds")
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"zstd: {error}") from error
    return b"".join(out)

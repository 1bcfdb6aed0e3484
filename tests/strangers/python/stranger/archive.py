"""Section 8.1 and the three forms of a bundle: tar, tar.zst, unpacked directory."""

import os

from .errors import Malformed

BLOCK = 512
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_WINDOW_MAX = 8 * 1024 * 1024
UNPACKED_BYTES_MAX = 2 * 1024 * 1024 * 1024


def tar_header(name, size):
    """The 512 bytes that stand before a file."""
    raw = bytearray(BLOCK)
    encoded = name.encode("ascii")
    if not 0 < len(encoded) <= 100 or size >= 8**11:
        raise ValueError("name or size does not fit a ustar header")
    raw[0 : len(encoded)] = encoded
    raw[100:108] = b"0000644\0"
    raw[108:116] = raw[116:124] = b"0000000\0"
    raw[124:136] = b"%011o\0" % size
    raw[136:148] = b"00000000000\0"
    raw[148:156] = b" " * 8
    raw[156:157] = b"0"
    raw[257:265] = b"ustar\x0000"
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def write_tar(files):
    """The archive of (name, content) pairs."""
    out = []
    for name, content in files:
        out += [tar_header(name, len(content)), content, bytes(-len(content) % BLOCK)]
    return b"".join(out) + bytes(2 * BLOCK)


def read_tar(raw):
    """(name, content) pairs; every byte that is not content must be the expected one."""
    files, position = [], 0
    while True:
        header = raw[position : position + BLOCK]
        if len(header) < BLOCK:
            raise Malformed("archive ends without its two zero blocks")
        if header == bytes(BLOCK):
            break
        name, size = _entry(header, position)
        position += BLOCK
        padded = size + -size % BLOCK
        if padded > len(raw) - position:
            raise Malformed(f"{name} is longer than the archive")
        if any(raw[position + size : position + padded]):
            raise Malformed(f"padding after {name} is not zero")
        files.append((name, raw[position : position + size]))
        position += padded
    if raw[position:] != bytes(2 * BLOCK):
        raise Malformed("archive does not end in exactly two zero blocks")
    return files


def _entry(header, position):
    """Name and size, if the header is byte for byte what they call for."""
    try:
        name = header[:100].rstrip(b"\0").decode("ascii")
        size = int(header[124:135].decode("ascii"), 8)
        expected = tar_header(name, size)
    except ValueError as error:
        raise Malformed(f"tar header at byte {position} is unreadable") from error
    if header != expected:
        raise Malformed(f"tar header at byte {position} is not the one for {name!r}, {size} bytes")
    return name, size


def read_directory(path):
    """(name, content) pairs of an unpacked bundle, in no order that counts."""
    files = []
    for folder, folders, names in os.walk(path):
        for name in folders + names:
            full = os.path.join(folder, name)
            if os.path.islink(full) or not (os.path.isdir(full) or os.path.isfile(full)):
                raise Malformed(f"{os.path.relpath(full, path)} is neither file nor directory")
        for name in names:
            full = os.path.join(folder, name)
            with open(full, "rb") as file:
                files.append((os.path.relpath(full, path), file.read()))
    return files


def decompress(raw):
    """One zstd frame; None where no zstd module is at hand."""
    _check_window(raw)
    try:
        from compression import zstd

        reader = zstd.ZstdDecompressor()
    except ImportError:
        try:
            import zstandard
        except ImportError:
            return None
        reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX).decompressobj()
    out, total = [], 0
    try:
        for start in range(0, len(raw), 65_536):
            out.append(reader.decompress(raw[start : start + 65_536]))
            total += len(out[-1])
            if total > UNPACKED_BYTES_MAX:
                raise Malformed("the zstd frame unpacks to more than this verifier holds")
            if reader.eof and (reader.unused_data or start + 65_536 < len(raw)):
                raise Malformed("bytes follow the zstd frame")
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"zstd: {error}") from error
    if not reader.eof:
        raise Malformed("the zstd frame is cut short")
    return b"".join(out)


def _check_window(raw):
    """RFC 8878 section 3.1.1.1: the window, read before anything is unpacked."""
    descriptor = raw[4]
    if descriptor & 0x20:
        width = (1, 2, 4, 8)[descriptor >> 6]
        start = 5 + (0, 1, 2, 4)[descriptor & 3]
        window = int.from_bytes(raw[start : start + width], "little") + (256 if width == 2 else 0)
    else:
        exponent, mantissa = raw[5] >> 3, raw[5] & 7
        base = 1 << (10 + exponent)
        window = base + base // 8 * mantissa
    if window > ZSTD_WINDOW_MAX:
        raise Malformed("the zstd window is larger than 8 MiB")


def index_path(number):
    """A tile index in three-digit path elements."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)

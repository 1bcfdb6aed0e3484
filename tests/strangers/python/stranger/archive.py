"""Section 8.1: the tar of a bundle, and its unpacked form."""

import os

from .errors import Malformed

BLOCK = 512


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
        if not folders and not names:
            raise Malformed(f"{os.path.relpath(folder, path)} is a directory that leads to no file")
        for name in names:
            full = os.path.join(folder, name)
            with open(full, "rb") as file:
                files.append((os.path.relpath(full, path), file.read()))
    return files


def index_path(number):
    """A tile index in three-digit path elements."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)

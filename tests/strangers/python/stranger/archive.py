"""Section 8.1: the tar of a bundle, and its unpacked form."""

import os

from .errors import Malformed, Unpacked

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


class Tar:
    """An archive, read file by file; every byte that is not content must be the expected one.

    `problem` is what is wrong with the frame that it was unpacked from: it counts where the bytes run out."""

    def __init__(self, raw, problem=None):
        self.raw, self.problem, self.at = raw, problem, 0

    def _take(self, count, words):
        if count > len(self.raw) - self.at:
            if self.problem:
                raise Unpacked(str(self.problem))
            raise Malformed(words)
        self.at += count
        return self.raw[self.at - count : self.at]

    def read(self, wanted):
        """The content of the next file, which must be the wanted one."""
        header = self._take(BLOCK, f"the archive ends before {wanted}")
        if header == bytes(BLOCK):
            raise Malformed(f"{wanted} is missing")
        name, size = _entry(header, self.at - BLOCK)
        if name != wanted:
            raise Malformed(f"{name} stands where {wanted} is expected")
        content = self._take(size, f"{name} is longer than the archive")
        if any(self._take(-size % BLOCK, f"{name} is longer than the archive")):
            raise Malformed(f"padding after {name} is not zero")
        return content

    def finish(self):
        """Nothing but two zero blocks is left, and the frame is in order."""
        if any(self._take(2 * BLOCK, "archive ends without its two zero blocks")) or self.at != len(self.raw):
            raise Malformed("archive does not end in exactly two zero blocks")
        if self.problem:
            raise Unpacked(str(self.problem))


class Folder:
    """A bundle that was unpacked into a directory."""

    def __init__(self, path):
        files, self.beside = read_directory(path)
        self.files, self.taken = dict(files), set()

    def read(self, wanted):
        """The content of a file."""
        if wanted not in self.files:
            raise Malformed(f"{wanted} is missing")
        self.taken.add(wanted)
        return self.files[wanted]

    def finish(self):
        """What is left lies beside the bundle, and says nothing against it."""
        self.beside += sorted(set(self.files) - self.taken)


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


def first_file(raw, name, most):
    """The start of the first file's content, if its header is that of `name` with a size up to `most`; or nothing."""
    try:
        found, size = _entry(raw[:BLOCK], 0)
    except Malformed:
        return b""
    return raw[BLOCK : BLOCK + size] if found == name and size <= most else b""


def read_directory(path):
    """(name, content) pairs of an unpacked bundle, in no order that counts, and names of what can be no part of one."""
    files, beside = [], []
    for folder, folders, names in os.walk(path):
        for name in folders + names:
            full = os.path.join(folder, name)
            if os.path.islink(full) or not (os.path.isdir(full) or os.path.isfile(full)):
                beside.append(os.path.relpath(full, path))
            elif name in names:
                with open(full, "rb") as file:
                    files.append((os.path.relpath(full, path), file.read()))
        if not folders and not names:
            beside.append(os.path.relpath(folder, path))
    return files, beside


def index_path(number):
    """A tile index in three-digit path elements."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)

"""Sections 8.2 to 8.4: the manifest, and the file names that follow from it."""

import hashlib

from . import record
from .archive import index_path
from .errors import Malformed
from .note import decimal

CHUNK = 4_096
TILE = 256
KEYS = ("origin", "kind", "from", "to", "size", "format", "checkpoint")


def manifest_text(origin, kind, start, end, size, page, checkpoint):
    """The manifest's bytes."""
    digests = [hashlib.sha256(content).hexdigest() for content in (page, checkpoint)]
    values = (origin, kind, start, end, size, *digests)
    rows = [f"{key} {value}" for key, value in zip(KEYS, values)]
    return "\n".join(["indelible-bundle@v0", *rows, ""]).encode("ascii")


def parse_manifest(raw):
    """The manifest as a dict."""
    try:
        rows = raw.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("the manifest is not ASCII") from error
    if len(rows) != len(KEYS) + 2 or rows[0] != "indelible-bundle@v0" or rows[-1]:
        raise Malformed("the manifest has not exactly its eight lines")
    found = {}
    for key, row in zip(KEYS, rows[1:]):
        if not row.startswith(key + " "):
            raise Malformed(f"manifest: a line {key!r} expected, found {row!r}")
        found[key] = row[len(key) + 1 :]
    record.check_origin(found["origin"])
    for key in ("from", "to", "size"):
        found[key] = decimal(found[key], f"manifest: {key}")
    if found["kind"] not in ("whole", "range"):
        raise Malformed("manifest: kind is neither whole nor range")
    if not found["from"] < found["to"] <= found["size"]:
        raise Malformed("manifest: from, to and size are not in order")
    if found["kind"] == "whole" and (found["from"], found["to"]) != (0, found["size"]):
        raise Malformed("manifest: a whole bundle reaches from 0 to the size")
    return found


def tile_name(level, number, size):
    """`tile/<L>/<N>`, partial where the tree of that size ends in it; level may be 'entries'."""
    width = min(TILE, (size >> 8 * (0 if level == "entries" else level)) - number * TILE)
    return f"tile/{level}/{index_path(number)}" + ("" if width == TILE else f".p/{width}")


def chunks(start, end):
    """(chunk number, first record, record after the last)."""
    for k in range(start // CHUNK, (end - 1) // CHUNK + 1):
        yield k, max(start, k * CHUNK), min(end, (k + 1) * CHUNK)


def names(manifest):
    """Every file of the bundle, in order."""
    whole, size = manifest["kind"] == "whole", manifest["size"]
    yield from ("manifest", "evidence-format.md", "checkpoint", "key-events")
    if not whole:
        yield "range"
    for k, first, after in chunks(manifest["from"], manifest["to"]):
        if whole:
            tiles = range(first // TILE, (after - 1) // TILE + 1)
            for level in ("entries", 0):
                for number in tiles:
                    yield tile_name(level, number, size)
        for part in ("headers", "bodies", "payloads"):
            yield f"{part}/{index_path(k)}"
    if whole:
        level = 1
        while size >> 8 * level:
            for number in range(((size >> 8 * level) + TILE - 1) // TILE):
                yield tile_name(level, number, size)
            level += 1

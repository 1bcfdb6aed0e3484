"""Sections 8.2 to 8.4: the manifest, and the file names that follow from it."""

import hashlib
import re

from . import record
from .archive import index_path
from .errors import Malformed
from .note import decimal

CHUNK = 4_096
FIRST_LINE = "indelible-bundle@v0.2"
MANIFEST_BYTES_MAX = 4_096
PAGE_BYTES_MAX = 1_048_576
STATE_BYTES_MAX = 268_435_456
STATES_MAX = 16
README = b"""This is an Indelible evidence bundle: a part or all of an audit ledger, with the proofs.

To verify it you need the ledger's verifier key, from a source that you trust.
Never take the key from this bundle, or from whoever sent it. Then:

    indelible-verify BUNDLE --key KEY-FILE

BUNDLE is the .tar or .tar.zst file, or the directory that it was unpacked into.
To learn whether anything is missing at the end, add --known-head CHECKPOINT
with a checkpoint of this ledger that you kept from before.

evidence-format.md, beside this file, says how to verify it without that program.
"""
TILE = 256
KEYS = ("origin", "kind", "from", "to", "size", "format", "checkpoint")


def manifest_text(origin, kind, start, end, size, page, checkpoint, states=()):
    """The manifest's bytes; `states` are pairs of a sequence number and a snapshot."""
    digests = [hashlib.sha256(content).hexdigest() for content in (page, checkpoint)]
    values = (origin, kind, start, end, size, *digests)
    rows = [f"{key} {value}" for key, value in zip(KEYS, values)]
    rows += [f"state {seq} {hashlib.sha256(content).hexdigest()}" for seq, content in states]
    return "\n".join([FIRST_LINE, *rows, ""]).encode("ascii")


def parse_manifest(raw):
    """The manifest as a dict; `states` maps sequence numbers to digests."""
    if len(raw) > MANIFEST_BYTES_MAX:
        raise Malformed("the manifest is longer than 4,096 bytes")
    try:
        rows = raw.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("the manifest is not ASCII") from error
    if not len(KEYS) + 2 <= len(rows) <= len(KEYS) + 2 + STATES_MAX or rows[0] != FIRST_LINE or rows[-1]:
        raise Malformed("the manifest has not exactly its eight lines and up to 16 of states")
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
    if not found["from"] < found["to"] <= found["size"] or found["size"] < 2:
        raise Malformed("manifest: from, to and size are not in order, or the size is 1")
    if found["kind"] == "whole" and (found["from"], found["to"]) != (0, found["size"]):
        raise Malformed("manifest: a whole bundle reaches from 0 to the size")
    found["states"] = _states(rows[len(KEYS) + 1 : -1], found["size"])
    return found


def _states(rows, size):
    states, last = {}, -1
    for row in rows:
        words = row.split(" ")
        if len(words) != 3 or words[0] != "state" or not re.fullmatch("[0-9a-f]{64}", words[2]):
            raise Malformed(f"manifest: a line of a state expected, found {row!r}")
        seq = decimal(words[1], "manifest: state")
        if not last < seq < size:
            raise Malformed("manifest: states are not in ascending order, or beyond the size")
        states[seq], last = words[2], seq
    return states


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
    yield from ("manifest", "README.txt", "evidence-format.md", "checkpoint", "key-events")
    if not whole:
        yield "range"
    for seq in manifest.get("states", ()):
        yield f"governance/{seq}/record"
        yield f"governance/{seq}/state"
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

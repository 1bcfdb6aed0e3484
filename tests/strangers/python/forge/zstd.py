"""Zstandard frames (RFC 8878) made by hand: only raw and run-length blocks, no compressor needed."""

RAW, RLE = 0, 1
BLOCK_BYTES_MAX = 131_072


def frame(window, blocks):
    """A frame without checksum or content size; `window` is the descriptor byte."""
    out = [b"\x28\xb5\x2f\xfd\x00", bytes([window])]
    parts = []
    for kind, content in blocks:
        if kind == RLE:
            parts.append((RLE, content, b"\0"))
        else:
            cuts = [content[at : at + BLOCK_BYTES_MAX] for at in range(0, len(content), BLOCK_BYTES_MAX)] or [b""]
            parts += [(RAW, len(cut), cut) for cut in cuts]
    for number, (kind, size, content) in enumerate(parts):
        last = number == len(parts) - 1
        out += [(last | kind << 1 | size << 3).to_bytes(3, "little"), content]
    return b"".join(out)

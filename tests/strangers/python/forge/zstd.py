"""Zstandard frames (RFC 8878) made by hand: only raw and run-length blocks, no compressor needed."""

from stranger.zstd import xxh64

RAW, RLE = 0, 1
BLOCK_BYTES_MAX = 131_072


def frame(window, blocks, checksum=False, size=None, dictionary=None, bits=0, wrong=0, fill=b"\0"):
    """A frame; `window` is the descriptor byte, None for a single segment; `bits` go to the frame's descriptor."""
    single = window is None
    width = 0 if size is None else 2
    descriptor = width << 6 | single << 5 | checksum << 2 | (dictionary is not None) | bits
    out = [b"\x28\xb5\x2f\xfd", bytes([descriptor]), b"" if single else bytes([window])]
    if dictionary is not None:
        out.append(bytes([dictionary]))
    if size is not None:
        out.append(size.to_bytes(4, "little"))
    parts, content = [], []
    for kind, held in blocks:
        if kind == RLE:
            parts.append((RLE, held, fill))
            content.append(fill * held)
        else:
            cuts = [held[at : at + BLOCK_BYTES_MAX] for at in range(0, len(held), BLOCK_BYTES_MAX)] or [b""]
            parts += [(RAW, len(cut), cut) for cut in cuts]
            content.append(held)
    for number, (kind, count, held) in enumerate(parts):
        last = number == len(parts) - 1
        out += [(last | kind << 1 | count << 3).to_bytes(3, "little"), held]
    if checksum:
        out.append((xxh64(b"".join(content)) + wrong & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(out)

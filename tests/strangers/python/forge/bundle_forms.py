"""Bad bundles of sections 8.1 to 8.6: archive, manifest, tiles, range file, zstd frame."""

from stranger import archive, cbor, layout, merkle

from .ledger import Ledger, bundle_files, key_event_items, range_item, tar
from .shelf import BLOCK, chunk_files, put
from .zstd import RAW, RLE, frame


def tiles_ledger():
    """300 records across a tile boundary; certificates at 1 and 258."""
    ledger = Ledger("tiles", "audit.example.com/gates/ba9876543210")
    ledger.genesis()
    ledger.epoch()
    while len(ledger.records) < 300:
        if len(ledger.records) == 258:
            ledger.epoch()
        number = len(ledger.records)
        ledger.event(dict(id=str(number), source="/gate"), b"open" if number % 16 == 0 else None, kind="gate")
    return ledger


def other_ledger():
    """Seven records of another ledger."""
    ledger = Ledger("tiles", "audit.example.com/gates/ba9876543210")
    ledger.genesis()
    ledger.epoch()
    while len(ledger.records) < 7:
        ledger.event(dict(id=str(len(ledger.records)), source="/gate"), kind="gate")
    return ledger


def archives(shelf, small):
    """Section 8.1."""
    files = bundle_files(small, shelf.page)
    good, either = tar(files), (1, 3)

    def spoil(name, raw, exits=either):
        shelf.edited("bad", f"archive-{name}", "whole", raw, exits=exits, section="8.1")

    def header(name, at, value, resum=True):
        """The good archive with bytes of one member's header replaced."""
        raw = bytearray(good)
        start = _offset(files, name)
        raw[start + at : start + at + len(value)] = value
        if resum:
            raw[start + 148 : start + 156] = b" " * 8
            raw[start + 148 : start + 156] = b"%06o\0 " % sum(raw[start : start + BLOCK])
        return bytes(raw)

    one = "key-events"
    for name, at, value in (
        ("mode-0755", 100, b"0000755"),
        ("owner-1000", 108, b"0001750"),
        ("group-1000", 116, b"0001750"),
        ("mtime-1", 124 + 12, b"00000000001"),
        ("symbolic-link", 156, b"2"),
        ("hard-link", 156, b"1"),
        ("directory", 156, b"5"),
        ("pax-header", 156, b"x"),
        ("typeflag-zero-byte", 156, b"\0"),
        ("link-name", 157, b"manifest"),
        ("gnu-magic", 257, b"ustar  \0"),
        ("owner-name", 265, b"root"),
        ("device-number", 329, b"0000000\0"),
        ("prefix", 345, b"x"),
        ("byte-after-the-prefix", 511, b"x"),
        ("bytes-after-the-name", 12, b"x"),
        ("size-with-spaces", 124, b"%11o " % len(files[one])),
    ):
        spoil(name, header(one, at, value))
    spoil("checksum-wrong", header(one, 148, b"000000", False))
    spoil("checksum-with-space-first", header(one, 154, b" \0", False))
    spoil("size-one-more", header(one, 124, b"%011o" % (len(files[one]) + 1)))
    spoil("size-beyond-the-archive", header(one, 124, b"77777777777"))
    padded = bytearray(good)
    padded[_offset(files, one) + BLOCK + len(files[one])] = 1
    spoil("padding-not-zero", bytes(padded))
    for name, path in {
        "path-to-parent": "../key-events",
        "path-absolute": "/key-events",
        "path-with-dot": "./key-events",
        "path-through-parent": "headers/../key-events",
        "path-other-case": "Key-events",
        "path-trailing-slash": "key-events/",
    }.items():
        spoil(name, archive.write_tar((path if key == one else key, value) for key, value in files.items()))
    listed = list(files.items())
    spoil("extra-file-first", archive.write_tar([("README", b"x"), *listed]))
    spoil("extra-file-last", archive.write_tar([*listed, ("README", b"x")]))
    spoil("extra-tile", archive.write_tar([*listed, ("tile/1/000.p/1", bytes(32))]))
    spoil("file-twice", archive.write_tar([*listed[:4], listed[3], *listed[4:]]))
    spoil("files-in-another-order", archive.write_tar([*listed[:2], listed[3], listed[2], *listed[4:]]))
    spoil("extra-state", archive.write_tar([*listed[:5], ("governance/5/state", b"x"), *listed[5:]]))
    spoil("readme-changed", tar(put(files, README_txt=files["README.txt"].replace(b"Never", b"Never,"))), (1,))
    spoil("readme-one-byte-changed", tar(put(files, README_txt=files["README.txt"].replace(b"kept", b"keep"))), (1,))
    spoil("readme-without-its-last-newline", tar(put(files, README_txt=files["README.txt"][:-1])), (1,))
    spoil("readme-empty", tar(put(files, README_txt=b"")), (1,))
    for name in files:
        spoil("without-" + name.replace("/", "-"), archive.write_tar(pair for pair in listed if pair[0] != name))
    spoil("trailing-zero-block", good + bytes(BLOCK))
    spoil("trailing-byte", good + b"\0")
    spoil("one-zero-block-only", good[:-BLOCK])
    spoil("no-zero-blocks", good[: -2 * BLOCK])
    spoil("cut-in-a-file", good[: _offset(files, one) + BLOCK + 100])
    spoil("byte-in-the-end-blocks", good[:-1] + b"x")
    spoil("followed-by-itself", good + good)
    spoil("followed-by-itself-within-the-end-blocks", good[: -2 * BLOCK] + good)
    spoil("empty", b"", (3,))
    spoil("not-an-archive", b"indelible" * 200, (3,))


def _offset(files, wanted):
    """Where a file's header starts."""
    at = 0
    for name, content in files.items():
        if name == wanted:
            return at
        at += BLOCK + len(content) + -len(content) % BLOCK
    raise KeyError(wanted)


def manifests(shelf, small):
    """Section 8.3, and the files that the manifest binds."""
    files = bundle_files(small, shelf.page)
    text = files["manifest"].decode()

    def spoil(name, old, new, exits=(1, 3)):
        changed = text.replace(old, new, 1)
        if changed == text:
            raise ValueError(name)
        shelf.edited(
            "bad", f"manifest-{name}", "whole", tar(put(files, manifest=changed.encode())), exits=exits, section="8.3"
        )

    spoil("version-1", "bundle@v0.2", "bundle@v1", (3,))
    spoil("version-0-3", "bundle@v0.2", "bundle@v0.3", (3,))
    spoil("of-an-earlier-draft", "bundle@v0.2", "bundle@v0", (3,))
    spoil("longer-than-4096-bytes", "\nsize 7\n", "\nsize 7\n" + "x" * 4096)
    _state_lines(spoil, text)
    spoil("origin-changed", "0123456789ab", "0123456789ac")
    spoil("origin-not-allowed", "doors", "Doors")
    spoil("kind-range", "kind whole", "kind range")
    spoil("kind-unknown", "kind whole", "kind part")
    spoil("from-1", "from 0", "from 1")
    spoil("from-is-to", "from 0", "from 7")
    spoil("to-6", "to 7", "to 6")
    spoil("size-8", "size 7", "size 8")
    spoil("to-and-size-6", "to 7\nsize 7", "to 6\nsize 6")
    spoil("number-with-leading-zero", "size 7", "size 07")
    spoil("size-beyond-2-to-63", "size 7", f"size {2**63}")
    spoil("lines-swapped", "from 0\nto 7", "to 7\nfrom 0")
    spoil("line-missing", "size 7\n", "")
    spoil("line-added", "size 7\n", "size 7\nnote x\n")
    spoil("trailing-space", "size 7\n", "size 7 \n")
    spoil("carriage-return", "size 7\n", "size 7\r\n")
    spoil("hash-upper-case", text.split("checkpoint ")[1], text.split("checkpoint ")[1].upper())
    spoil("checkpoint-hash-wrong", text.split("checkpoint ")[1], "0" * 64 + "\n")
    shelf.edited(
        "bad",
        "manifest-no-final-newline",
        "whole",
        tar(put(files, manifest=files["manifest"][:-1])),
        exits=(1, 3),
        section="8.3",
    )
    shelf.edited(
        "bad",
        "page-changed",
        "whole",
        tar(put(files, evidence_format_md=shelf.page.replace(b"MUST", b"MAY ", 1))),
        section="8.3",
    )
    events = key_event_items(small, False)
    for name, items in {
        "first-missing": events[1:],
        "middle-missing": [events[0], events[2]],
        "last-missing": events[:-1],
        "reversed": events[::-1],
        "twice": [*events, events[-1]],
        "holds-an-event": [*events, dict(header=small.records[5].raw())],
        "with-proofs": key_event_items(small, True),
        "of-another-ledger": [dict(header=other_ledger().records[0].raw()), *events[1:]],
    }.items():
        shelf.edited(
            "bad",
            f"key-events-{name}",
            "whole",
            tar(put(files, key_events=b"".join(map(cbor.encode, items)))),
            section="8.5",
        )
    shelf.edited(
        "bad",
        "key-events-trailing-byte",
        "whole",
        tar(put(files, key_events=files["key-events"] + b"\0")),
        section="8.5",
    )
    shelf.edited("bad", "key-events-empty", "whole", tar(put(files, key_events=b"")), section="8.5")


def _state_lines(spoil, text):
    """Lines of states where none can be, or in another form."""
    line = f"state 5 {'0' * 64}\n"
    for name, added in {
        "state-without-files": line,
        "state-beyond-the-size": line.replace("5", "7"),
        "state-with-leading-zero": line.replace("5", "05"),
        "state-digest-short": line[:-2] + "\n",
        "state-digest-upper-case": line.replace("0" * 64, "A" * 64),
        "state-with-more": line[:-1] + " x\n",
        "states-not-ascending": line + line.replace("5", "4"),
        "state-twice": line + line,
        "states-17": "".join(f"state {number} {'0' * 64}\n" for number in range(17)),
    }.items():
        spoil(name, text[-20:], text[-20:] + added)
    spoil("state-before-the-checkpoint", "checkpoint ", line + "checkpoint ")


def tiles(shelf, ledger):
    """Entries and tiles that do not fit the records."""
    files = bundle_files(ledger, shelf.page)
    for name, at in (
        ("tile/entries/000", 34 * 100 + 5),
        ("tile/entries/001.p/44", 0),
        ("tile/0/000", 32 * 200),
        ("tile/0/001.p/44", 32 * 43 + 31),
        ("tile/1/000.p/1", 0),
    ):
        raw = bytearray(files[name])
        raw[at] ^= 1
        shelf.edited(
            "bad",
            f"whole-across-a-tile-{name.replace('/', '-')}-changed",
            "whole-across-a-tile",
            tar({**files, name: bytes(raw)}),
            about=name,
            section="8.4",
        )
    swapped = {
        **files,
        "tile/entries/001.p/44": files["tile/entries/001.p/44"][34:] + files["tile/entries/001.p/44"][:34],
    }
    shelf.edited(
        "bad",
        "whole-across-a-tile-entries-rotated",
        "whole-across-a-tile",
        tar(swapped),
        about="tile/entries/001.p/44",
        section="8.4",
    )
    renamed = {name.replace("tile/1/000.p/1", "tile/1/000"): content for name, content in files.items()}
    shelf.edited(
        "bad",
        "whole-across-a-tile-partial-named-as-full",
        "whole-across-a-tile",
        tar(renamed),
        exits=(1, 3),
        section="8.2",
    )


def ranges(shelf, ledger):
    """Section 8.6, on the range 250 to 262 and the range 100 to 104."""
    files = bundle_files(ledger, shelf.page, 250, 262, False)
    item = range_item(ledger, 250, 262)

    def spoil(name, base=files, to="range-middle", section="8.6", **changes):
        shelf.edited("bad", f"range-{name}", to, tar(put(base, **changes)), section=section)

    def flip(raw):
        return bytes([raw[0] ^ 1]) + raw[1:]

    variants = {
        "left-changed": dict(left=[flip(item["left"][0]), *item["left"][1:]]),
        "left-hash-missing": dict(left=item["left"][1:]),
        "left-hash-added": dict(left=[*item["left"], bytes(32)]),
        "right-changed": dict(right=[*item["right"][:-1], flip(item["right"][-1])]),
        "right-hash-missing": dict(right=item["right"][:-1]),
        "right-reversed": dict(right=item["right"][::-1]),
        "right-hash-added": dict(right=[*item["right"], bytes(32)]),
        "right-as-one-root": dict(right=[merkle.root(ledger.leaves()[262:])]),
        "previous-changed": dict(previous=flip(item["previous"])),
        "before-is-after": dict(before=item["after"]),
        "before-one-earlier": dict(before=ledger.witness_record(248)),
        "after-one-later": dict(after=ledger.witness_record(263)),
        "newest-is-not-the-last": dict(newest=ledger.witness_record(298)),
        "unknown-key": dict(note=0),
        "before-inclusion-changed": dict(
            before=dict(
                item["before"], inclusion=[flip(item["before"]["inclusion"][0]), *item["before"]["inclusion"][1:]]
            )
        ),
        "after-previous-changed": dict(after=dict(item["after"], previous=bytes(32))),
        "newest-header-changed": dict(newest=dict(item["newest"], header=ledger.records[298].raw())),
        "before-of-another-ledger": dict(before=other_ledger().witness_record(6)),
    }
    for name, changes in variants.items():
        spoil(name, range=cbor.encode({**item, **changes}))
    for name in ("before", "after", "newest", "left", "right", "previous"):
        spoil(f"without-{name}", range=cbor.encode({key: value for key, value in item.items() if key != name}))
    spoil("trailing-byte", range=files["range"] + b"\0")
    events = key_event_items(ledger, True)
    last = events[-1]
    hidden = {
        "last-key-event-hidden": events[:-1],
        "middle-key-event-hidden": [events[0], events[2]],
        "key-event-inclusion-changed": [
            *events[:-1],
            dict(last, inclusion=[flip(last["inclusion"][0]), *last["inclusion"][1:]]),
        ],
        "key-event-previous-changed": [*events[:-1], dict(last, previous=bytes(32))],
        "key-event-without-proofs": [*events[:-1], dict(header=last["header"])],
        "certificate-without-consistency": [
            *events[:-1],
            {key: value for key, value in last.items() if key != "consistency"},
        ],
        "genesis-with-consistency": [dict(events[0], consistency=last["consistency"]), *events[1:]],
    }
    for name, items in hidden.items():
        spoil(name, section="8.5", key_events=b"".join(map(cbor.encode, items)))
    changed = [*events[:-1], dict(last, consistency=[flip(last["consistency"][0]), *last["consistency"][1:]])]
    shelf.edited(
        "bad",
        "range-certificate-consistency-changed",
        "range-middle",
        tar(put(files, key_events=b"".join(map(cbor.encode, changed)))),
        dict(custody="broken"),
        section="8.5",
    )
    early = bundle_files(ledger, shelf.page, 100, 104, False)
    spoil(
        "later-certificate-hidden",
        early,
        "range-before-a-certificate",
        "8.5",
        key_events=b"".join(map(cbor.encode, events[:-1])),
    )
    held = ledger.records[250:262]
    for name, records in {
        "record-deleted": held[:3] + held[4:],
        "record-inserted": held[:3] + [held[5]] + held[3:],
        "records-swapped": held[:2] + [held[3], held[2]] + held[4:],
        "records-one-further": ledger.records[251:263],
    }.items():
        spoil(name, section="9", **chunk_files(records))
    spoil("with-the-range-file-of-another-range", range=cbor.encode(range_item(ledger, 100, 104)))
    files_wider = put(
        files, manifest=layout.manifest_text(ledger.origin, "range", 249, 262, 300, shelf.page, ledger.checkpoint())
    )
    spoil("manifest-from-one-less", files_wider)


def compressed(shelf):
    """Zstandard frames made of raw and run-length blocks, so that any compressor's frame is a rival."""
    _, file, held, ledger = shelf.bases["whole"]
    half = len(held) // 2 // BLOCK * BLOCK
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"

    def add(result, name, raw):
        verdict, exits = (dict(integrity="holds", custody="holds"), (0,)) if result == "good" else ({}, (3,))
        shelf._add(
            result,
            f"whole-zstd{name}",
            "bundle-whole",
            dict(base=file, edits=_around(held, raw)),
            raw,
            ledger,
            verdict,
            exits,
            dict(form="tar.zst", section="8"),
        )

    one = [(RAW, held)]
    add("good", "", frame(0x38, one))
    add("good", "-window-of-8-mib", frame(0x68, one))
    add("good", "-many-blocks", frame(0x38, [(RAW, held[:1000]), (RAW, held[1000:])]))
    add("good", "-checksum", frame(0x38, one, checksum=True))
    add("good", "-content-size", frame(0x38, one, size=len(held)))
    add("good", "-single-segment", frame(None, one, size=len(held)))
    add("good", "-dictionary-0", frame(0x38, one, dictionary=0))
    add("good", "-with-all", frame(None, one, size=len(held), checksum=True, dictionary=0))
    add("bad", "-window-beyond-8-mib", frame(0x69, one))
    add("bad", "-window-of-2-gib", frame(0xA8, one))
    add("bad", "-two-frames", frame(0x38, [(RAW, held[:half])]) + frame(0x38, [(RAW, held[half:])]))
    add("bad", "-skippable-frame-first", skippable + frame(0x38, one))
    add("bad", "-skippable-frame-last", frame(0x38, one) + skippable)
    add("bad", "-trailing-byte", frame(0x38, one) + b"\0")
    add("bad", "-cut-short", frame(0x38, one)[:-100])
    add("bad", "-empty", frame(0x38, [(RAW, b"")]))
    add("bad", "-checksum-wrong", frame(0x38, one, checksum=True, wrong=1))
    add("bad", "-checksum-cut-short", frame(0x38, one, checksum=True)[:-1])
    add("bad", "-checksum-missing", frame(0x38, one, checksum=True)[:-4])
    add("bad", "-content-size-one-more", frame(0x38, one, size=len(held) + 1))
    add("bad", "-content-size-one-less", frame(0x38, one, size=len(held) - 1))
    add("bad", "-single-segment-content-size-wrong", frame(None, one, size=len(held) + BLOCK))
    add("bad", "-single-segment-beyond-8-mib", frame(None, one, size=8 * 1024 * 1024 + 1))
    add("bad", "-reserved-bit", frame(0x38, one, bits=0x08))
    add("bad", "-dictionary", frame(0x38, one, dictionary=7))
    add("bad", "-reserved-block", frame(0x38, one)[:6] + bytes([3 << 1 | 1, 0, 0]))
    small = shelf.bases["whole"][3]
    for result, length in (("good", 1_048_576), ("bad", 1_048_577)):
        page = b"x" * length
        whole = tar(bundle_files(small, page))
        start = whole.index(b"x" * 1024)
        runs = [(RLE, 131_072)] * 8 + [(RLE, length - 1_048_576)] * (length > 1_048_576)
        raw = frame(0x38, [(RAW, whole[:start]), *runs, (RAW, whole[start + length :])], fill=b"x")
        verdict, exits = (dict(integrity="holds"), (0,)) if result == "good" else (dict(integrity="broken"), (1,))
        source, rest = dict(base=file, edits=_around(held, raw)), dict(form="tar.zst", section="1.1")
        shelf._add(result, f"whole-page-of-{length}-bytes", "bundle-whole", source, raw, ledger, verdict, exits, rest)
    # Read as far as it goes, this is a bundle with something after its end.
    raw = frame(0x38, [*one, *[(RLE, 131_072)] * 2000])
    rest = dict(form="tar.zst", section="8")
    source = dict(base=file, edits=_around(held, raw))
    shelf._add("bad", "whole-zstd-endless-zeros", "bundle-whole", source, raw, ledger, {}, (1, 3), rest)


def _around(held, raw):
    """Edits where frame bytes stand between the archive's own."""
    if len(raw) < 2000:
        return [dict(at=0, remove=len(held), insert=raw.hex())]
    found, at, place = [], 0, 0
    while place < len(raw):
        step = raw[place : place + 400]
        where = held.find(step, at) if len(step) == 400 else -1
        if where == at and at < len(held):
            while at < len(held) and place < len(raw) and held[at] == raw[place]:
                at, place = at + 1, place + 1
            continue
        if found and found[-1]["at"] == at and not found[-1]["remove"]:
            found[-1]["insert"] += raw[place : place + 1].hex()
        else:
            found.append(dict(at=at, remove=0, insert=raw[place : place + 1].hex()))
        place += 1
    if at < len(held):
        found.append(dict(at=at, remove=len(held) - at, insert=""))
    return found

"""Vectors of section 8 and 9: bundles, good ones whole, bad ones as edits of a good one."""

import difflib
import hashlib

from stranger import archive, cbor, layout, merkle, note

from .encoding import ORIGIN, small_ledger
from .ledger import SECONDS, START, Ledger, bundle_files, key_event_items, range_item, signature_line, tar
from .seeds import Key, fixed
from .zstd import RAW, RLE, frame

BLOCK = archive.BLOCK
NOW = SECONDS + 100


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


def edits(base, other):
    """What turns base into other: [{at, remove, insert}], offsets in base, ascending."""
    cut = [[raw[at:at + BLOCK] for at in range(0, len(raw), BLOCK)] for raw in (base, other)]
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, *cut, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _narrow(i1 * BLOCK, base[i1 * BLOCK:i2 * BLOCK], other[j1 * BLOCK:j2 * BLOCK])
    return found


def _narrow(at, old, new):
    """Drops what both sides share at the ends; cuts equal-length sides into runs."""
    if len(old) == len(new):
        runs, last = [], None
        for place in range(len(old)):
            if old[place] == new[place]:
                continue
            if last is None or place - last > 24:
                runs.append([place, place + 1])
            runs[-1][1] = place + 1
            last = place
        return [dict(at=at + start, remove=end - start, insert=new[start:end].hex()) for start, end in runs]
    return [dict(at=at, remove=len(old), insert=new.hex())]


class Shelf:
    """Good bundles to build bad ones on."""

    def __init__(self, book, page):
        self.book, self.page = book, page
        self.bases = {}

    def good(self, name, ledger, raw=None, verdict=None, exits=(0,), **rest):
        """A good bundle, stored as a file."""
        whole = rest.pop("whole", True)
        raw = raw or tar(bundle_files(ledger, self.page, rest.pop("start", 0), rest.pop("end", None), whole))
        kind = "bundle-whole" if whole else "bundle-range"
        file = self.book.file(f"bundle/good-{name}.tar", raw)
        self.bases[name] = kind, file, raw, ledger
        self._add("good", name, kind, dict(file=file), raw, ledger, verdict or dict(integrity="holds", custody="holds"), exits, rest)

    def _add(self, result, name, kind, source, raw, ledger, verdict, exits, rest):
        rest = {"form": "tar", **rest}
        self.book.add(kind, result, name, rest.pop("section", "8"), **source, sha256=hashlib.sha256(raw).hexdigest(), key=ledger.vkey().text(), now=NOW, verdict=verdict, exit=list(exits), **rest)

    def edited(self, result, name, base, raw, verdict=None, exits=(1,), **rest):
        """A bundle stored as edits of a good one."""
        kind, file, held, ledger = self.bases[base]
        self._add(result, name, kind, dict(base=file, edits=edits(held, raw)), raw, ledger, verdict or dict(integrity="broken"), exits, rest)

    def asked(self, name, base, verdict, exits, **rest):
        """A good bundle, asked another question."""
        kind, file, raw, ledger = self.bases[base]
        result = "good" if 0 in exits else "bad"
        self._add(result, name, kind, dict(file=file), raw, ledger, verdict, exits, rest)


def put(files, **changes):
    """Files with some replaced; `headers_000` stands for `headers/000`."""
    names = {name.replace("/", "_").replace("-", "_").replace(".", "_"): name for name in files}
    return {**files, **{names[key]: value for key, value in changes.items()}}


def chunk_files(records):
    """The three files of chunk 0 made of these records."""
    return dict(headers_000=b"".join(item.raw() for item in records), bodies_000=b"".join(cbor.encode(item.body) for item in records), payloads_000=b"".join(cbor.encode(item.payload) for item in records))


def bundle_vectors(book, page):
    """All of them."""
    shelf = Shelf(book, page)
    small, tiles = small_ledger(), tiles_ledger()
    shelf.good("whole", small)
    shelf.good("whole-across-a-tile", tiles)
    shelf.good("range-middle", tiles, whole=False, start=250, end=262)
    shelf.good("range-before-a-certificate", tiles, whole=False, start=100, end=104)
    for name, start, end in (("range-from-0", 0, 3), ("range-to-the-end", 3, 7), ("range-all", 0, 7), ("range-up-to-the-last-but-one", 5, 6), ("range-of-a-certificate", 4, 5)):
        raw = tar(bundle_files(small, page, start, end, False))
        shelf.bases[name] = "bundle-range", *shelf.bases["whole"][1:]
        shelf.edited("good", name, name, raw, dict(integrity="holds", custody="holds"), (0,), section="8.6")
    _variants(shelf, small)
    _questions(shelf, small)
    _naive(shelf, small)
    _relinked(shelf, small)
    _parts(shelf, small)
    _custody(shelf)
    _archives(shelf, small)
    _manifests(shelf, small)
    _tiles(shelf, tiles)
    _ranges(shelf, tiles)
    _compressed(shelf)


def _variants(shelf, small):
    """Other good forms of the whole bundle."""
    for word in ("withheld", "archived"):
        ledger = small.copy()
        ledger.records[2].payload = word
        ledger.records[5].body = word
        shelf.edited("good", f"whole-with-parts-{word}", "whole", tar(bundle_files(ledger, shelf.page)), dict(integrity="holds", custody="holds"), (0,), section="8.4")
    text = small.text()
    signed = small.checkpoint() + signature_line("witness.example.com/w1", note.TIMESTAMPED, Key("witness"), text, SECONDS + 70).encode()
    shelf.edited("good", "whole-with-a-witness", "whole", tar(bundle_files(small, shelf.page, checkpoint=signed)), dict(integrity="holds", custody="holds"), (0,), section="8.2")


def _questions(shelf, small):
    """Known heads, ages, and what is required."""
    other = small_ledger()
    other.records[6].header["type"] = "com.example.door.closed"
    longer = small_ledger()
    longer.event(dict(id="e-5", source="/door/9"))
    heads = {"same": small.checkpoint(), "older": small.checkpoint(5), "larger": longer.checkpoint(), "forked": other.checkpoint(7), "of-another-key": Ledger("x", ORIGIN, Key("thief")).checkpoint(0)}
    files = {name: shelf.book.file(f"bundle/known-head-{name}.note", content) for name, content in heads.items()}
    complete = dict(integrity="holds", custody="holds", completeness="holds")
    broken = dict(integrity="holds", custody="holds", completeness="broken")
    open_ = dict(integrity="holds", custody="holds", completeness="can't be answered")
    for name in ("same", "older"):
        shelf.asked(f"whole-known-head-{name}", "whole", complete, (0,), known_head=files[name], require=["completeness"], section="9")
    for name in ("larger", "forked"):
        shelf.asked(f"whole-known-head-{name}", "whole", broken, (1,), known_head=files[name], section="9")
    short, rewritten = small.copy(), small.copy()
    short.records = short.records[:5]
    rewritten.records[6].header["type"] = "com.example.door.closed"
    cut, again = tar(bundle_files(short, shelf.page)), tar(bundle_files(rewritten, shelf.page))
    shelf.edited("good", "whole-cut-to-an-older-checkpoint", "whole", cut, open_, (0,), section="9")
    shelf.edited("bad", "whole-cut-to-an-older-checkpoint-with-known-head", "whole", cut, broken, known_head=files["same"], section="9")
    shelf.edited("bad", "whole-rewritten-and-signed-again-with-known-head", "whole", again, broken, known_head=files["same"], section="9")
    _witnesses(shelf, small, complete, open_)
    shelf.asked("whole-known-head-of-another-key", "whole", {}, (2,), known_head=files["of-another-key"], section="9")
    shelf.asked("whole-completeness-required-without-known-head", "whole", open_, (4,), require=["completeness"], section="9.1")
    shelf.asked("whole-freshness-required-without-greatest-age", "whole", dict(integrity="holds", custody="holds", freshness="can't be answered"), (4,), require=["freshness"], section="9.1")
    shelf.asked("whole-fresh", "whole", dict(integrity="holds", custody="holds", freshness="holds"), (0,), max_age=40, require=["freshness"], section="9")
    shelf.asked("whole-stale", "whole", dict(integrity="holds", custody="holds", freshness="broken"), (1,), max_age=39, section="9")


def _witnesses(shelf, small, complete, open_):
    """Policies over a checkpoint that one witness cosigned."""
    text, keys = small.text(), {name: Key(name) for name in ("witness", "absent")}
    names = {name: f"{name}.example.com/w1" for name in keys}
    vkeys = {name: note.VerifierKey(names[name], note.TIMESTAMPED, key.public).text() for name, key in keys.items()}
    vkeys["own"] = note.VerifierKey(ORIGIN, note.TIMESTAMPED, small.identity.public).text()
    signed = small.checkpoint() + signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], text, SECONDS + 70).encode()
    raw = tar(bundle_files(small, shelf.page, checkpoint=signed))
    moved = signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], small.text(5), SECONDS + 70)
    forged = tar(bundle_files(small, shelf.page, checkpoint=small.checkpoint() + moved.encode()))

    def ask(name, quorum, result, bundle=raw):
        lines = [f"witness {label} {vkey}" for label, vkey in vkeys.items()] + quorum
        policy = shelf.book.file(f"bundle/policy-{name}.txt", "\n".join([*lines, ""]).encode())
        verdict, exits = (complete, (0,)) if result == "good" else (open_, (4,))
        shelf.edited(result, f"whole-policy-{name}", "whole", bundle, verdict, exits, policy=policy, require=["completeness"], section="9")

    ask("one-witness", ["quorum witness"], "good")
    ask("any-of-two", ["group two any witness absent", "quorum two"], "good")
    ask("all-of-two-and-one-absent", ["group two all witness absent", "quorum two"], "bad")
    ask("witness-absent", ["quorum absent"], "bad")
    ask("own-key-as-witness", ["quorum own"], "bad")
    ask("cosignature-of-another-checkpoint", ["quorum witness"], "bad", forged)


def _naive(shelf, small):
    """Records moved about while everything else stays."""
    files, held = bundle_files(small, shelf.page), small.records

    def spoil(name, records, record):
        shelf.edited("bad", name, "whole", tar(put(files, **chunk_files(records))), record=record, section="9")

    spoil("whole-record-deleted", held[:3] + held[4:], 3)
    spoil("whole-last-record-deleted", held[:-1], 6)
    spoil("whole-record-inserted", held[:3] + [held[5]] + held[3:], 3)
    spoil("whole-record-duplicated", held[:4] + [held[3]] + held[4:], 4)
    spoil("whole-records-swapped", held[:2] + [held[3], held[2]] + held[4:], 2)
    other = Ledger("spliced", "audit.example.com/halls/0f0f0f0f0f0f")
    other.genesis()
    other.epoch()
    for number in (2, 3):
        other.event(dict(id=f"h-{number}", source="/hall"))
    spoil("whole-record-of-another-ledger", held[:3] + [other.records[3]] + held[4:], 3)
    spoil("whole-genesis-of-another-ledger", [other.records[0]] + held[1:], 0)
    for name, seq, changes in (("type-changed", 3, dict(type="com.example.door.closed")), ("time-changed", 3, dict(time=held[3].header["time"] + 1)), ("time-decreasing", 3, dict(time=START)), ("sequence-number-changed", 3, dict(seq=4)),
                               ("prior-key-event-changed", 3, dict(prior_key_event=0)), ("version-1", 3, dict(v=1)), ("kind-erasure", 3, dict(kind="erasure")), ("certificate-signature-changed", 4, dict(signatures=[bytes(64)]))):
        ledger = small.copy()
        ledger.records[seq].header.update(changes)
        spoil(f"whole-header-{name}", ledger.records, seq)
    ledger = small.copy()
    header = ledger.records[3].raw()
    raw = b"".join(item.raw() if item is not ledger.records[3] else b"\xb8\x07" + header[1:] for item in ledger.records)
    shelf.edited("bad", "whole-header-not-canonical", "whole", tar(put(files, headers_000=raw)), record=3, section="1")
    shelf.edited("bad", "whole-headers-trailing-byte", "whole", tar(put(files, headers_000=files["headers/000"] + b"\0")), section="8.4")


def _relinked(shelf, small):
    """The forger recomputes chain, entries and tiles, but has no identity key."""
    def spoil(name, ledger, signed, **rest):
        shelf.edited("bad", name, "whole", tar(bundle_files(ledger, shelf.page, checkpoint=signed)), section="9", **rest)

    ledger = small.copy()
    ledger.records[3].header["type"] = "com.example.door.closed"
    spoil("whole-header-changed-and-relinked", ledger, small.checkpoint())
    ledger = small.copy()
    del ledger.records[6]
    del ledger.records[5]
    ledger.event(dict(id="e-4", source="/door/8"), b"")
    spoil("whole-record-deleted-and-relinked", ledger, small.checkpoint(6))
    ledger = small.copy()
    for one, two in (("body", "body"), ("payload", "payload")):
        ledger.records[2].header.update({one: ledger.records[5].header[two]})
        setattr(ledger.records[2], one, getattr(small.records[5], two))
    spoil("whole-content-replaced-and-relinked", ledger, small.checkpoint())
    thief = Ledger("thief", ORIGIN)
    thief.genesis()
    thief.epoch()
    for item in small.records[2:4]:
        thief.event(cbor.decode(item.body[1]))
    spoil("whole-everything-signed-by-another-key", thief, None)
    spoil("whole-checkpoint-of-another-ledger", small, tiles_like().checkpoint(7))
    spoil("whole-checkpoint-of-another-size", small, small.checkpoint(6))
    forked = small.copy()
    forked.records[6].header["type"] = "com.example.door.closed"
    spoil("whole-checkpoint-of-a-fork", small, forked.checkpoint())
    _checkpoint_lines(spoil, small)


def tiles_like():
    """Seven records of another ledger."""
    ledger = Ledger("tiles", "audit.example.com/gates/ba9876543210")
    ledger.genesis()
    ledger.epoch()
    while len(ledger.records) < 7:
        ledger.event(dict(id=str(len(ledger.records)), source="/gate"), kind="gate")
    return ledger


def _checkpoint_lines(spoil, small):
    text = small.text()
    plain, timestamped = small.identity_lines(text).splitlines(keepends=True)
    epoch = small.epoch_checkpoint().decode().split("\n\n")[1]
    late = signature_line(ORIGIN, note.TIMESTAMPED, small.identity, text, SECONDS + 80)
    for name, lines in {"without-timestamped-line": plain, "without-plain-line": timestamped, "timestamped-line-first": timestamped + plain, "with-epoch-line": plain + timestamped + epoch, "by-epoch-key-only": epoch, "with-two-timestamped-lines": plain + timestamped + late, "plain-line-twice": plain + plain + timestamped}.items():
        spoil(f"whole-checkpoint-{name}", small, f"{text}\n{lines}".encode())


def _parts(shelf, small):
    """Bodies, payloads and the words in their place."""
    files, held = bundle_files(small, shelf.page), small.records

    def spoil(name, record, **parts):
        ledger = small.copy()
        for part, value in parts.items():
            setattr(ledger.records[record], part, value)
        shelf.edited("bad", name, "whole", tar(bundle_files(ledger, shelf.page)), record=record, section="8.4")

    (salt, body), (salt_of_payload, payload) = held[2].body, held[2].payload
    spoil("whole-body-changed", 2, body=[salt, body.replace(b"ada", b"bob")])
    spoil("whole-payload-changed", 2, payload=[salt_of_payload, payload.replace(b"7", b"9")])
    spoil("whole-body-salt-changed", 2, body=[fixed("another salt"), body])
    spoil("whole-body-salt-31-bytes", 2, body=[salt[:31], body])
    spoil("whole-body-as-payload", 2, payload=held[2].body)
    spoil("whole-body-none-though-committed", 2, body="none")
    spoil("whole-payload-none-though-committed", 2, payload="none")
    spoil("whole-payload-withheld-though-none", 3, payload="withheld")
    spoil("whole-payload-present-though-none", 3, payload=held[2].payload)
    spoil("whole-key-event-with-body", 4, body=held[2].body)
    spoil("whole-body-word-unknown", 2, body="redacted")
    spoil("whole-body-erased-without-record", 2, body="erased")
    spoil("whole-payload-missing", 2, payload="missing")
    spoil("whole-body-of-three-parts", 2, body=[salt, body, b""])
    spoil("whole-body-integer", 2, body=0)
    ledger = small.copy()
    ledger.records[2].body, ledger.records[3].body = held[3].body, held[2].body
    shelf.edited("bad", "whole-bodies-swapped", "whole", tar(bundle_files(ledger, shelf.page)), record=2, section="8.4")
    shelf.edited("bad", "whole-bodies-and-payloads-files-swapped", "whole", tar(put(files, bodies_000=files["payloads/000"], payloads_000=files["bodies/000"])), section="8.4")
    for name, content in {"body-not-canonical": b"\xb8\x02" + cbor.encode(dict(id="e-9", source="/x"))[1:], "body-without-id": cbor.encode(dict(source="/x")), "body-longer-than-16384-bytes": cbor.encode(dict(id="e-9", source="/x", facts={f"f{n}": "x" * 1000 for n in range(17)}))}.items():
        ledger = small.copy()
        ledger.records[6].header["body"] = merkle.commitment(salt, merkle.BODY, content)
        ledger.records[6].body = [salt, content]
        shelf.edited("bad", f"whole-committed-{name}", "whole", tar(bundle_files(ledger, shelf.page)), record=6, section="3.3")


def _custody(shelf):
    """Ledgers that were signed wrongly; the bytes are in order."""
    holds = dict(integrity="holds", custody="broken")

    def spoil(name, first=None, second=None, genesis=None, record=None):
        ledger = Ledger("small", ORIGIN)
        ledger.genesis(**(genesis or {}))
        ledger.epoch(**(first or {}))
        model = small_ledger().records
        for item in (2, 3):
            ledger.event(cbor.decode(model[item].body[1]))
        ledger.epoch(**(second or {}))
        for item in (5, 6):
            ledger.event(cbor.decode(model[item].body[1]))
        shelf.edited("bad", f"whole-{name}", "whole", tar(bundle_files(ledger, shelf.page)), holds, record=record, section="9")
        ranged = tar(bundle_files(ledger, shelf.page, 2, 6, False))
        shelf.edited("bad", f"range-{name}", "range-from-0", ranged, holds, record=record, section="9")

    thief = Key("thief")
    spoil("genesis-signed-by-another-key", genesis=dict(signer=thief), record=0)
    spoil("genesis-names-another-key", genesis=dict(identity=[thief.tagged], signer=thief), record=0)
    spoil("genesis-of-another-origin", genesis=dict(origin="audit.example.com/doors/000000000000"), record=0)
    spoil("genesis-created-is-not-its-time", genesis=dict(created=START + 1), record=0)
    spoil("certificate-signed-by-another-key", second=dict(signer=thief), record=4)
    spoil("certificate-of-another-origin", second=dict(origin="audit.example.com/doors/000000000000"), record=4)
    spoil("certificate-first-is-not-its-seq", second=dict(first=3), record=4)
    spoil("certificate-root-wrong", second=dict(root=fixed("root")), record=4)
    spoil("first-certificate-root-wrong", first=dict(root=fixed("root")), record=1)
    spoil("certificate-last-is-first", second=dict(last=4), record=4)
    spoil("records-beyond-the-newest-certificate", second=dict(last=6))
    spoil("records-beyond-a-certificate-before-the-next", first=dict(last=3))


def _archives(shelf, small):
    """Section 8.1."""
    files = bundle_files(small, shelf.page)
    good, either = tar(files), (1, 3)

    def spoil(name, raw, exits=either):
        shelf.edited("bad", f"archive-{name}", "whole", raw, exits=exits, section="8.1")

    def header(name, at, value, resum=True):
        """The good archive with bytes of one member's header replaced."""
        raw = bytearray(good)
        start = _offset(files, name)
        raw[start + at:start + at + len(value)] = value
        if resum:
            raw[start + 148:start + 156] = b" " * 8
            raw[start + 148:start + 156] = b"%06o\0 " % sum(raw[start:start + BLOCK])
        return bytes(raw)

    one = "key-events"
    for name, at, value in (("mode-0755", 100, b"0000755"), ("owner-1000", 108, b"0001750"), ("group-1000", 116, b"0001750"), ("mtime-1", 124 + 12, b"00000000001"), ("symbolic-link", 156, b"2"), ("hard-link", 156, b"1"), ("directory", 156, b"5"), ("pax-header", 156, b"x"), ("typeflag-zero-byte", 156, b"\0"), ("link-name", 157, b"manifest"),
                            ("gnu-magic", 257, b"ustar  \0"), ("owner-name", 265, b"root"), ("device-number", 329, b"0000000\0"), ("prefix", 345, b"x"), ("byte-after-the-prefix", 511, b"x"), ("bytes-after-the-name", 12, b"x"), ("size-with-spaces", 124, b"%11o " % len(files[one]))):
        spoil(name, header(one, at, value))
    spoil("checksum-wrong", header(one, 148, b"000000", False))
    spoil("checksum-with-space-first", header(one, 154, b" \0", False))
    spoil("size-one-more", header(one, 124, b"%011o" % (len(files[one]) + 1)))
    spoil("size-beyond-the-archive", header(one, 124, b"77777777777"))
    padded = bytearray(good)
    padded[_offset(files, one) + BLOCK + len(files[one])] = 1
    spoil("padding-not-zero", bytes(padded))
    for name, path in {"path-to-parent": "../key-events", "path-absolute": "/key-events", "path-with-dot": "./key-events", "path-through-parent": "headers/../key-events", "path-other-case": "Key-events", "path-trailing-slash": "key-events/"}.items():
        spoil(name, archive.write_tar((path if key == one else key, value) for key, value in files.items()))
    listed = list(files.items())
    spoil("extra-file-first", archive.write_tar([("README", b"x"), *listed]))
    spoil("extra-file-last", archive.write_tar([*listed, ("README", b"x")]))
    spoil("extra-tile", archive.write_tar([*listed, ("tile/1/000.p/1", bytes(32))]))
    spoil("file-twice", archive.write_tar([*listed[:4], listed[3], *listed[4:]]))
    spoil("files-in-another-order", archive.write_tar([*listed[:2], listed[3], listed[2], *listed[4:]]))
    for name in files:
        spoil("without-" + name.replace("/", "-"), archive.write_tar(pair for pair in listed if pair[0] != name))
    spoil("trailing-zero-block", good + bytes(BLOCK))
    spoil("trailing-byte", good + b"\0")
    spoil("one-zero-block-only", good[:-BLOCK])
    spoil("no-zero-blocks", good[:-2 * BLOCK])
    spoil("cut-in-a-file", good[:_offset(files, one) + BLOCK + 100])
    spoil("byte-in-the-end-blocks", good[:-1] + b"x")
    spoil("followed-by-itself", good + good)
    spoil("followed-by-itself-within-the-end-blocks", good[:-2 * BLOCK] + good)
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


def _manifests(shelf, small):
    """Section 8.3, and the files that the manifest binds."""
    files = bundle_files(small, shelf.page)
    text = files["manifest"].decode()

    def spoil(name, old, new, exits=(1, 3)):
        changed = text.replace(old, new, 1)
        if changed == text:
            raise ValueError(name)
        shelf.edited("bad", f"manifest-{name}", "whole", tar(put(files, manifest=changed.encode())), exits=exits, section="8.3")

    spoil("version-1", "bundle@v0", "bundle@v1", (3,))
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
    shelf.edited("bad", "manifest-no-final-newline", "whole", tar(put(files, manifest=files["manifest"][:-1])), exits=(1, 3), section="8.3")
    shelf.edited("bad", "page-changed", "whole", tar(put(files, evidence_format_md=shelf.page.replace(b"MUST", b"MAY ", 1))), section="8.3")
    events = key_event_items(small, False)
    for name, items in {"first-missing": events[1:], "middle-missing": [events[0], events[2]], "last-missing": events[:-1], "reversed": events[::-1], "twice": [*events, events[-1]], "holds-an-event": [*events, dict(header=small.records[5].raw())], "with-proofs": key_event_items(small, True), "of-another-ledger": [dict(header=tiles_like().records[0].raw()), *events[1:]]}.items():
        shelf.edited("bad", f"key-events-{name}", "whole", tar(put(files, key_events=b"".join(map(cbor.encode, items)))), section="8.5")
    shelf.edited("bad", "key-events-trailing-byte", "whole", tar(put(files, key_events=files["key-events"] + b"\0")), section="8.5")
    shelf.edited("bad", "key-events-empty", "whole", tar(put(files, key_events=b"")), section="8.5")


def _tiles(shelf, tiles):
    """Entries and tiles that do not fit the records."""
    files = bundle_files(tiles, shelf.page)
    for name, at in (("tile/entries/000", 34 * 100 + 5), ("tile/entries/001.p/44", 0), ("tile/0/000", 32 * 200), ("tile/0/001.p/44", 32 * 43 + 31), ("tile/1/000.p/1", 0)):
        raw = bytearray(files[name])
        raw[at] ^= 1
        shelf.edited("bad", f"whole-across-a-tile-{name.replace('/', '-')}-changed", "whole-across-a-tile", tar({**files, name: bytes(raw)}), about=name, section="8.4")
    swapped = {**files, "tile/entries/001.p/44": files["tile/entries/001.p/44"][34:] + files["tile/entries/001.p/44"][:34]}
    shelf.edited("bad", "whole-across-a-tile-entries-rotated", "whole-across-a-tile", tar(swapped), about="tile/entries/001.p/44", section="8.4")
    renamed = {name.replace("tile/1/000.p/1", "tile/1/000"): content for name, content in files.items()}
    shelf.edited("bad", "whole-across-a-tile-partial-named-as-full", "whole-across-a-tile", tar(renamed), exits=(1, 3), section="8.2")


def _ranges(shelf, tiles):
    """Section 8.6, on the range 250 to 262 and the range 100 to 104."""
    files = bundle_files(tiles, shelf.page, 250, 262, False)
    item = range_item(tiles, 250, 262)

    def spoil(name, base=files, to="range-middle", section="8.6", **changes):
        shelf.edited("bad", f"range-{name}", to, tar(put(base, **changes)), section=section)

    def flip(raw):
        return bytes([raw[0] ^ 1]) + raw[1:]

    variants = {"left-changed": dict(left=[flip(item["left"][0]), *item["left"][1:]]), "left-hash-missing": dict(left=item["left"][1:]), "left-hash-added": dict(left=[*item["left"], bytes(32)]), "right-changed": dict(right=[*item["right"][:-1], flip(item["right"][-1])]), "right-hash-missing": dict(right=item["right"][:-1]),
                "right-reversed": dict(right=item["right"][::-1]), "right-hash-added": dict(right=[*item["right"], bytes(32)]), "right-as-one-root": dict(right=[merkle.root(tiles.leaves()[262:])]), "previous-changed": dict(previous=flip(item["previous"])), "before-is-after": dict(before=item["after"]), "before-one-earlier": dict(before=tiles.witness_record(248)),
                "after-one-later": dict(after=tiles.witness_record(263)), "newest-is-not-the-last": dict(newest=tiles.witness_record(298)), "unknown-key": dict(note=0), "before-inclusion-changed": dict(before=dict(item["before"], inclusion=[flip(item["before"]["inclusion"][0]), *item["before"]["inclusion"][1:]])),
                "after-previous-changed": dict(after=dict(item["after"], previous=bytes(32))), "newest-header-changed": dict(newest=dict(item["newest"], header=tiles.records[298].raw())), "before-of-another-ledger": dict(before=tiles_like().witness_record(6))}
    for name, changes in variants.items():
        spoil(name, range=cbor.encode({**item, **changes}))
    for name in ("before", "after", "newest", "left", "right", "previous"):
        spoil(f"without-{name}", range=cbor.encode({key: value for key, value in item.items() if key != name}))
    spoil("trailing-byte", range=files["range"] + b"\0")
    events = key_event_items(tiles, True)
    last = events[-1]
    hidden = {"last-key-event-hidden": events[:-1], "middle-key-event-hidden": [events[0], events[2]], "key-event-inclusion-changed": [*events[:-1], dict(last, inclusion=[flip(last["inclusion"][0]), *last["inclusion"][1:]])], "key-event-previous-changed": [*events[:-1], dict(last, previous=bytes(32))],
              "key-event-without-proofs": [*events[:-1], dict(header=last["header"])], "certificate-without-consistency": [*events[:-1], {key: value for key, value in last.items() if key != "consistency"}], "genesis-with-consistency": [dict(events[0], consistency=last["consistency"]), *events[1:]]}
    for name, items in hidden.items():
        spoil(name, section="8.5", key_events=b"".join(map(cbor.encode, items)))
    changed = [*events[:-1], dict(last, consistency=[flip(last["consistency"][0]), *last["consistency"][1:]])]
    shelf.edited("bad", "range-certificate-consistency-changed", "range-middle", tar(put(files, key_events=b"".join(map(cbor.encode, changed)))), dict(custody="broken"), section="8.5")
    early = bundle_files(tiles, shelf.page, 100, 104, False)
    spoil("later-certificate-hidden", early, "range-before-a-certificate", "8.5", key_events=b"".join(map(cbor.encode, events[:-1])))
    held = tiles.records[250:262]
    for name, records in {"record-deleted": held[:3] + held[4:], "record-inserted": held[:3] + [held[5]] + held[3:], "records-swapped": held[:2] + [held[3], held[2]] + held[4:], "records-one-further": tiles.records[251:263]}.items():
        spoil(name, section="9", **chunk_files(records))
    spoil("with-the-range-file-of-another-range", range=cbor.encode(range_item(tiles, 100, 104)))
    files_wider = put(files, manifest=layout.manifest_text(tiles.origin, "range", 249, 262, 300, shelf.page, tiles.checkpoint()))
    spoil("manifest-from-one-less", files_wider)


def _compressed(shelf):
    """Zstandard frames made of raw and run-length blocks, so that any compressor's frame is a rival."""
    _, file, held, ledger = shelf.bases["whole"]
    half = len(held) // 2 // BLOCK * BLOCK
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"
    cases = {"good-zstd": (0x38, [(RAW, held)], b"", b""), "good-zstd-window-of-8-mib": (0x68, [(RAW, held)], b"", b""), "good-zstd-many-blocks": (0x38, [(RAW, held[:1000]), (RAW, held[1000:])], b"", b""), "bad-zstd-window-beyond-8-mib": (0x69, [(RAW, held)], b"", b""), "bad-zstd-window-of-2-gib": (0xA8, [(RAW, held)], b"", b""),
             "bad-zstd-two-frames": (0x38, [(RAW, held[:half])], b"", frame(0x38, [(RAW, held[half:])])), "bad-zstd-skippable-frame-first": (0x38, [(RAW, held)], skippable, b""), "bad-zstd-skippable-frame-last": (0x38, [(RAW, held)], b"", skippable), "bad-zstd-trailing-byte": (0x38, [(RAW, held)], b"", b"\0"),
             "bad-zstd-endless-zeros": (0x38, [(RAW, held), *[(RLE, 131_072)] * 2000], b"", b""), "bad-zstd-cut-short": (0x38, [(RAW, held)], b"", None), "bad-zstd-empty": (0x38, [(RAW, b"")], b"", b"")}
    for name, (window, blocks, before, after) in cases.items():
        result, rest = name.split("-", 1)
        raw = frame(window, blocks)
        raw = raw[:-100] if after is None else before + raw + after
        verdict = dict(integrity="holds", custody="holds") if result == "good" else {}
        shelf._add(result, f"whole-{rest}", "bundle-whole", dict(base=file, edits=_around(held, raw)), raw, ledger, verdict, (0,) if result == "good" else (1, 3), dict(form="tar.zst", section="8"))


def _around(held, raw):
    """Edits where frame bytes stand between the archive's own."""
    if len(raw) < 2000:
        return [dict(at=0, remove=len(held), insert=raw.hex())]
    found, at, place = [], 0, 0
    while place < len(raw):
        step = raw[place:place + 400]
        where = held.find(step, at) if len(step) == 400 else -1
        if where == at and at < len(held):
            while at < len(held) and place < len(raw) and held[at] == raw[place]:
                at, place = at + 1, place + 1
            continue
        if found and found[-1]["at"] == at and not found[-1]["remove"]:
            found[-1]["insert"] += raw[place:place + 1].hex()
        else:
            found.append(dict(at=at, remove=0, insert=raw[place:place + 1].hex()))
        place += 1
    if at < len(held):
        found.append(dict(at=at, remove=len(held) - at, insert=""))
    return found

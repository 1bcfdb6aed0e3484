"""Bundles whose parts contradict one another, lines of checkpoints, key types that nobody knows, ledgers of size 1."""

import base64

from stranger import cbor, note

from .encoding import ELSEWHERE, ORIGIN, small_ledger
from .keys import keys_ledger
from .ledger import DAY, SECONDS, Ledger, bundle_files, signature_line, tar
from .seeds import Key, Unknown, fixed
from .shelf import chunk_files, put

WRONG = dict(integrity="broken")
KNOWN = dict(integrity="broken", completeness="holds", custody="holds")
NOBODY = dict.fromkeys(("integrity", "completeness", "freshness", "custody"), "can't be answered")


def crossings(shelf, small, large):
    """All of them."""
    _links(shelf)
    _times(shelf)
    _flips(shelf, small, large)
    _misfits(shelf, small, large)
    _two_truths(shelf, small)
    _alone(shelf)
    _witness_lines(shelf, small)
    _unknown(shelf)


def _links(shelf):
    """The operator signed a chain that does not link; the range shows both records, in different files."""

    def of(name, ledger, broken, start, end, base="range-from-0"):
        ledger.breaks = {broken: fixed("another past")}
        raw = tar(bundle_files(ledger, shelf.page, start, end, False))
        more = dict(record=broken, section="8.6")
        if base == "range-rotated":
            more["known_head"] = shelf.book.file(f"bundle/known-head-of-{name}.note", ledger.checkpoint())
        shelf.edited("bad", f"range-{name}", base, raw, WRONG, **more)

    of("record-1-not-linked-to-genesis", small_ledger(), 1, 5, 6)
    of("record-before-not-linked-to-a-key-event", small_ledger(), 5, 6, 7)
    of("key-event-not-linked-to-the-record-before-the-range", small_ledger(), 4, 4, 6)
    of("key-event-after-the-range-not-linked", small_ledger(), 4, 2, 4)
    of("certificate-not-linked-to-its-identity", keys_ledger(), 8, 3, 5, "range-rotated")
    of("two-key-events-not-linked", keys_ledger(), 10, 3, 5, "range-rotated")


def _times(shelf):
    """A key event that was recorded after what came after it."""
    late = 9 * DAY
    for name, seq, start, end, found in (
        ("before-the-range", 2, 4, 6, 3),
        ("far-before-the-range", 2, 5, 6, 4),
        ("after-the-range", 7, 3, 5, 9),
    ):
        ledger = Ledger("small", ORIGIN)
        ledger.genesis()
        ledger.epoch()
        for number in range(2, 10):
            if number in (2, 7):
                ledger.state("kek", kek=bytes(16), provider="x")
            else:
                ledger.event(dict(id=f"e-{number}", source="/door"))
        ledger.records[seq].header["time"] += late
        for kind, files, shown in (
            ("whole", bundle_files(ledger, shelf.page), seq + 1),
            ("range", bundle_files(ledger, shelf.page, start, end, False), found),
        ):
            base = "whole" if kind == "whole" else "range-from-0"
            more = dict(record=shown, section="8.6")
            shelf.edited("bad", f"{kind}-time-decreases-after-a-key-event-{name}", base, tar(files), WRONG, **more)


def _flips(shelf, small, large):
    """What a flipped bit of a tile, an entry or a header says, beside a known head: of the operator, nothing."""
    head = dict(known_head=shelf.book.file("bundle/known-head-beside-a-flip.note", small.checkpoint()))
    heads = dict(known_head=shelf.book.file("bundle/known-head-beside-a-flip-300.note", large.checkpoint(270)))
    files = bundle_files(small, shelf.page)

    def flip(raw, at):
        return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]

    def of(name, changed, record, base="whole", **more):
        more = dict(dict(record=record, section="9"), **(more or head))
        shelf.edited("bad", f"{base}-{name}", base, tar(changed), KNOWN, **more)

    leaf = "tile/0/000.p/7"
    for seq in (0, 3, 6):
        of(f"leaf-{seq}-flipped-beside-a-known-head", {**files, leaf: flip(files[leaf], 32 * seq + 5)}, seq)
    wide = bundle_files(large, shelf.page)
    tile = {**wide, "tile/1/000.p/1": flip(wide["tile/1/000.p/1"], 7)}
    of("upper-tile-flipped-beside-a-known-head", tile, 0, "whole-across-a-tile", **heads)
    tile = {**wide, "tile/0/001.p/44": flip(wide["tile/0/001.p/44"], 32 * 7)}
    of("leaf-flipped-beside-a-known-head", tile, 263, "whole-across-a-tile", **heads)
    ledger = small.copy()
    ledger.records[3].header["type"] = "com.example.door.closed"
    of("header-changed-beside-a-known-head", put(files, **chunk_files(ledger.records)), 3)
    (salt, body), records = small.records[2].body, small.copy().records
    records[2].body = [salt, body.replace(b"ada", b"bob")]
    of("body-changed-beside-a-known-head", put(files, **chunk_files(records)), 2)


def _misfits(shelf, small, large):
    """Another key than the ledger's; files of another length; a key event from after the checkpoint."""
    kind, file, raw, ledger = shelf.bases["whole"]
    for name, other in (
        ("of-another-origin", Ledger("small", ELSEWHERE, small.identity)),
        ("of-another-key-under-its-name", Ledger("small", ORIGIN, Key("thief"))),
    ):
        shelf.bases[name] = kind, file, raw, other
        shelf.asked(f"whole-pinned-key-{name}", name, WRONG, (1,), section="9")
    files, wide = bundle_files(small, shelf.page), bundle_files(large, shelf.page)
    longer = small.copy()
    longer.epoch()
    later = dict(key_events=bundle_files(longer, shelf.page)["key-events"])
    shelf.edited(
        "bad", "whole-key-event-beyond-the-checkpoint", "whole", tar(put(files, **later)), WRONG, section="8.5"
    )
    entries, leaves = files["tile/entries/000.p/7"], files["tile/0/000.p/7"]
    long = entries[:102] + b"\0\x21" + entries[104:136] + b"\0" + entries[136:]
    for name, content in {
        "entry-missing": entries[:-34],
        "entry-added": entries + entries[-34:],
        "entry-byte-missing": entries[:-1],
        "entry-of-33-bytes": long,
        "entries-empty": b"",
    }.items():
        changed = {**files, "tile/entries/000.p/7": content}
        shelf.edited("bad", f"whole-{name}", "whole", tar(changed), WRONG, section="8.4")
    length = entries[:102] + b"\0\x1f" + entries[104:]
    changed = {**files, "tile/entries/000.p/7": length}
    shelf.edited("bad", "whole-entry-says-31-bytes", "whole", tar(changed), WRONG, record=3, section="8.4")
    for name, content in {"leaf-missing": leaves[:-32], "leaf-added": leaves + bytes(32), "leaves-empty": b""}.items():
        changed = {**files, "tile/0/000.p/7": content}
        shelf.edited("bad", f"whole-{name}", "whole", tar(changed), WRONG, section="8.4")
    changed = {**wide, "tile/1/000.p/1": wide["tile/1/000.p/1"] * 2}
    name = "whole-across-a-tile"
    shelf.edited("bad", f"{name}-upper-tile-twice", name, tar(changed), WRONG, section="8.4")


def _two_truths(shelf, small):
    """Key events in the file that are not those of the records: whose they are can't be told."""
    files = bundle_files(small, shelf.page)
    verdict = dict(integrity="broken", custody="can't be answered")
    ledger = small.copy()
    ledger.records[4].header["signatures"] = [bytes(64)]
    for name, changes in (
        ("of-the-log", chunk_files(ledger.records)),
        ("of-the-file", dict(key_events=bundle_files(ledger, shelf.page)["key-events"])),
    ):
        raw = tar(put(files, **changes))
        shelf.edited("bad", f"whole-key-event-{name}-changed", "whole", raw, verdict, record=4, section="9")


def _alone(shelf):
    """Size 1 does not exist."""
    ledger = Ledger("small", ORIGIN)
    ledger.genesis()
    other = small_ledger()
    for kind, whole in (("whole", True), ("range", False)):
        raw = tar(bundle_files(ledger, shelf.page, 0, 1, whole))
        shelf.edited("bad", f"{kind}-genesis-alone", "whole" if whole else "range-from-0", raw, WRONG, section="2")
    two = small_ledger()
    two.records = two.records[:2]
    for kind, whole in (("whole", True), ("range", False)):
        raw = tar(bundle_files(two, shelf.page, 0, 2, whole))
        fine = dict(integrity="holds", custody="holds")
        base = "whole" if whole else "range-from-0"
        shelf.edited("good", f"{kind}-genesis-and-its-certificate", base, raw, fine, (0,), section="2")
    # Record 1 is an event: in order as bytes, and no ledger's beginning.
    started = Ledger("small", ORIGIN)
    started.genesis()
    started.event(dict(id="e-1", source="/door"))
    started.event(dict(id="e-2", source="/door"))
    started.records[2].header["prior_key_event"] = 0
    raw = tar(bundle_files(started, shelf.page))
    shelf.edited("bad", "whole-record-1-is-an-event", "whole", raw, dict(custody="broken"), section="3.2", record=1)
    started = Ledger("small", ORIGIN)
    started.genesis()
    started.state("kek", kek=bytes(16), provider="x")
    started.epoch()
    for item in other.records[2:4]:
        started.event(cbor.decode(item.body[1]))
    for kind, files in (
        ("whole", bundle_files(started, shelf.page)),
        ("range", bundle_files(started, shelf.page, 2, 4, False)),
    ):
        base = "whole" if kind == "whole" else "range-from-0"
        unlawful = dict(integrity="holds", custody="broken")
        shelf.edited("bad", f"{kind}-record-1-is-no-certificate", base, tar(files), unlawful, record=1, section="9")


def other_line(name, length, label="x"):
    """A line by a key that nobody knows, of any length."""
    raw = (fixed(f"line {label}") * (length // 32 + 1))[:length]
    return f"\u2014 {name} {base64.b64encode(raw).decode()}\n"


def _witness_lines(shelf, small):
    """Section 8.2: what may stand below the identity's two lines."""
    text, name = small.text(), "witness.example.com/w1"
    signed = small.checkpoint().decode()
    witness = signature_line(name, note.TIMESTAMPED, Key("witness"), text, SECONDS + 70)

    def of(result, label, *lines):
        raw = tar(bundle_files(small, shelf.page, checkpoint=(signed + "".join(lines)).encode()))
        verdict, exits = (dict(integrity="holds", custody="holds"), (0,)) if result == "good" else (WRONG, (1,))
        shelf.edited(result, f"whole-witness-line-{label}", "whole", raw, verdict, exits, section="8.2")

    of("good", "of-an-unknown-key", other_line(name, 76))
    of("good", "of-2432-bytes", other_line(name, 2432))
    of("good", "two-by-one-name", witness, other_line(name, 76))
    of("good", "named-after-the-origin", other_line(ORIGIN + ".example", 76))
    spoiled = signature_line(name, note.TIMESTAMPED, Key("witness"), text + "x", SECONDS + 70)
    of("good", "that-does-not-verify", spoiled)
    for length in (5, 68, 75, 77, 2431, 2433):
        of("bad", f"of-{length}-bytes", other_line(name, length))
    of("bad", "of-an-epoch-that-is-none", other_line(ORIGIN + "#9", 76))
    of("bad", "below-the-origin", other_line(ORIGIN + "/x", 76))
    of("bad", "under-the-origins-name", other_line(ORIGIN, 76))
    of("bad", "twice", witness, witness)
    late = signature_line(name, note.TIMESTAMPED, Key("witness"), text, SECONDS + 80)
    of("bad", "twice-at-two-times", witness, late)


def _unknown(shelf):
    """Identity keys of types that this version does not know."""
    six, seven = Unknown(6, "six", 32), Unknown(7, "seven", 64)
    open_ = dict(integrity="holds", custody="can't be answered")

    def begun(*beside):
        ledger = Ledger("unknown", ORIGIN, Key("small identity"))
        ledger.beside = list(beside)
        ledger.genesis()
        ledger.epoch()
        for number in (2, 3, 4):
            ledger.event(dict(id=f"u-{number}", source="/door"))
        return ledger

    def of(name, ledger, unknown, verdict=None, exits=(4,), checkpoint=None, **rest):
        head = shelf.book.file(f"bundle/known-head-of-unknown-key-{name}.note", ledger.checkpoint())
        more = dict(known_head=head, section="9", **({} if exits == (1,) else dict(unknown=unknown)), **rest)
        for kind, files in (
            ("whole", bundle_files(ledger, shelf.page, checkpoint=checkpoint)),
            ("range", bundle_files(ledger, shelf.page, 2, 4, False, checkpoint=checkpoint)),
        ):
            base = "whole" if kind == "whole" else "range-from-0"
            shelf.edited("bad", f"{kind}-unknown-key-{name}", base, tar(files), verdict or open_, exits, **more)

    def with_lines(ledger, *lines):
        return dict(ledger=ledger, checkpoint=(ledger.checkpoint().decode() + "".join(lines)).encode())

    of("beside-genesis", begun(six), [["0x06", 0]], dict(open_, completeness="holds"))
    of("two-beside-genesis", begun(six, seven), [["0x06", 0], ["0x07", 0]])
    own, witness = other_line(ORIGIN, 2432, "own"), other_line("witness.example.com/w1", 76)
    of("and-its-line", **with_lines(begun(six), own, witness), unknown=[["0x06", 0]])
    of("and-its-line-after-a-witness", **with_lines(begun(six), witness, own), unknown=[], verdict=WRONG, exits=(1,))
    ledger = begun()
    ledger.rotate("unknown 2", beside=[six])
    of("beside-a-new-identity", ledger, [["0x06", 5]])
    of("beside-a-new-identity-and-its-line", **with_lines(ledger, own), unknown=[["0x06", 5]])
    gone = ledger.copy()
    gone.rotate("unknown 3")
    of("beside-an-identity-that-was-replaced", gone, [["0x06", 5]])
    of("of-an-identity-that-was-replaced-and-a-line", **with_lines(gone, own), unknown=[], verdict=WRONG, exits=(1,))
    stolen = ledger.copy()
    stolen.state("kek", Key("unknown 2"), kek=bytes(16), provider="x")
    of("and-a-signature-missing", stolen, [], dict(integrity="holds", custody="broken"), (1,), record=7)
    revoked = begun(six)
    head = shelf.book.file("bundle/known-head-of-unknown-key-revoked.note", revoked.checkpoint(4))
    revoked.rotate("unknown 2")
    nothing = dict(open_, completeness="can't be answered")
    for size, verdict in ((3, nothing), (4, dict(open_, completeness="holds"))):
        ledger = revoked.copy()
        ledger.state("revocation", key=six.tagged, size=size)
        raw, more = tar(bundle_files(ledger, shelf.page)), dict(known_head=head, unknown=[["0x06", 0]], section="3.5")
        name = f"whole-unknown-key-revoked-at-{size}-and-a-known-head-at-4"
        shelf.edited("bad", name, "whole", raw, verdict, (4,), **more)
    first = begun()
    first.rotate("unknown 2", (six, first.identity), epoch=False, identity=[six.tagged])
    first.epoch(signer=six)
    of("first", first, [["0x06", 5]], NOBODY)
    changed = first.copy()
    (salt, body), item = changed.records[3].body, changed.records[3]
    item.body = [salt, body + b"x"]
    of("first-and-a-body-changed", changed, [], dict(NOBODY, integrity="broken"), (1,), record=3)
    early = begun()
    early.key_event("identity", dict(origin=ORIGIN, prior=0, sequence=5, identity=[six.tagged]), six, Key("thief"))
    unlawful = dict(integrity="holds", custody="broken")
    of("first-that-the-identity-did-not-sign", early, [], unlawful, (1,), record=5)

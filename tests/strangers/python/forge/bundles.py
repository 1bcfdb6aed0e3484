"""Vectors of sections 8 and 9: good bundles, questions about them, and bundles tampered with."""

from stranger import cbor, merkle, note

from .bundle_forms import archives, compressed, manifests, other_ledger, ranges, tiles, tiles_ledger
from .encoding import ORIGIN, small_ledger
from .ledger import SECONDS, START, Ledger, bundle_files, signature_line, tar
from .seeds import Key, fixed
from .crossings import crossings
from .keys import key_bundles
from .life_bundles import life_bundles
from .questions import questions
from .shelf import Shelf, chunk_files, put


def bundle_vectors(book, page):
    """All of them."""
    shelf = Shelf(book, page)
    small, large = small_ledger(), tiles_ledger()
    shelf.good("whole", small)
    shelf.good("whole-across-a-tile", large)
    shelf.good("range-middle", large, whole=False, start=250, end=262)
    shelf.good("range-before-a-certificate", large, whole=False, start=100, end=104)
    shelf.good("range-from-0", small, whole=False, start=0, end=3, section="8.6")
    for name, start, end in (
        ("range-to-the-end", 3, 7),
        ("range-all", 0, 7),
        ("range-up-to-the-last-but-one", 5, 6),
        ("range-of-a-certificate", 4, 5),
    ):
        raw = tar(bundle_files(small, page, start, end, False))
        shelf.edited("good", name, "range-from-0", raw, dict(integrity="holds", custody="holds"), (0,), section="8.6")
    _variants(shelf, small)
    questions(shelf, small)
    _naive(shelf, small)
    _relinked(shelf, small)
    _parts(shelf, small)
    _custody(shelf)
    key_bundles(shelf)
    life_bundles(shelf)
    crossings(shelf, small, large)
    archives(shelf, small)
    manifests(shelf, small)
    tiles(shelf, large)
    ranges(shelf, large)
    compressed(shelf)


def _variants(shelf, small):
    """Other good forms of the whole bundle."""
    for word in ("withheld", "archived", "erased"):
        ledger = small.copy()
        ledger.records[2].payload = word
        ledger.records[5].body = word
        good = word == "withheld"
        shelf.edited(
            "good" if good else "bad",
            f"whole-with-parts-{word}" + ("" if good else "-and-no-record-of-it"),
            "whole",
            tar(bundle_files(ledger, shelf.page)),
            dict(integrity="holds" if good else "broken", custody="holds"),
            (0,) if good else (1,),
            section="8.4",
            **({} if good else dict(record=2)),
        )
    text = small.text()
    signed = (
        small.checkpoint()
        + signature_line("witness.example.com/w1", note.TIMESTAMPED, Key("witness"), text, SECONDS + 70).encode()
    )
    shelf.edited(
        "good",
        "whole-with-a-witness",
        "whole",
        tar(bundle_files(small, shelf.page, checkpoint=signed)),
        dict(integrity="holds", custody="holds"),
        (0,),
        section="8.2",
    )


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
    for name, seq, changes in (
        ("type-changed", 3, dict(type="com.example.door.closed")),
        ("time-changed", 3, dict(time=held[3].header["time"] + 1)),
        ("time-decreasing", 3, dict(time=START)),
        ("sequence-number-changed", 3, dict(seq=4)),
        ("prior-key-event-changed", 3, dict(prior_key_event=0)),
        ("version-1", 3, dict(v=1)),
        ("kind-closed", 3, dict(kind="closed")),
        ("certificate-signature-changed", 4, dict(signatures=[bytes(64)])),
    ):
        ledger = small.copy()
        ledger.records[seq].header.update(changes)
        spoil(f"whole-header-{name}", ledger.records, seq)
    ledger = small.copy()
    header = ledger.records[3].raw()
    raw = b"".join(item.raw() if item is not ledger.records[3] else b"\xb8\x07" + header[1:] for item in ledger.records)
    shelf.edited("bad", "whole-header-not-canonical", "whole", tar(put(files, headers_000=raw)), record=3, section="1")
    shelf.edited(
        "bad",
        "whole-headers-trailing-byte",
        "whole",
        tar(put(files, headers_000=files["headers/000"] + b"\0")),
        section="8.4",
    )


def _relinked(shelf, small):
    """The forger recomputes chain, entries and tiles, but has no identity key."""

    def spoil(name, ledger, signed, **rest):
        shelf.edited(
            "bad", name, "whole", tar(bundle_files(ledger, shelf.page, checkpoint=signed)), section="9", **rest
        )

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
    spoil("whole-checkpoint-of-another-ledger", small, other_ledger().checkpoint(7))
    spoil("whole-checkpoint-of-another-size", small, small.checkpoint(6))
    forked = small.copy()
    forked.records[6].header["type"] = "com.example.door.closed"
    spoil("whole-checkpoint-of-a-fork", small, forked.checkpoint())
    _checkpoint_lines(spoil, small)
    _broken_chains(shelf)


def _broken_chains(shelf):
    """The operator himself signed trees whose chain does not link."""
    for name, seq in (("from-another-origin", 0), ("in-the-middle", 3)):
        ledger = small_ledger()
        ledger.breaks = {seq: fixed("another past")}
        shelf.edited("bad", f"whole-chain-broken-{name}", "whole", tar(bundle_files(ledger, shelf.page)), section="4")
    for name, seq, start, end in (
        ("before-the-range", 3, 3, 5),
        ("after-the-range", 5, 3, 5),
        ("at-the-genesis", 0, 0, 3),
    ):
        ledger = small_ledger()
        ledger.breaks = {seq: fixed("another past")}
        raw = tar(bundle_files(ledger, shelf.page, start, end, False))
        shelf.edited("bad", f"range-chain-broken-{name}", "range-from-0", raw, section="8.6")


def _checkpoint_lines(spoil, small):
    text = small.text()
    plain, timestamped = small.identity_lines(text).splitlines(keepends=True)
    epoch = small.epoch_checkpoint().decode().split("\n\n")[1]
    late = signature_line(ORIGIN, note.TIMESTAMPED, small.identity, text, SECONDS + 80)
    for name, lines in {
        "without-timestamped-line": plain,
        "without-plain-line": timestamped,
        "timestamped-line-first": timestamped + plain,
        "with-epoch-line": plain + timestamped + epoch,
        "by-epoch-key-only": epoch,
        "with-two-timestamped-lines": plain + timestamped + late,
        "plain-line-twice": plain + plain + timestamped,
    }.items():
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
    shelf.edited(
        "bad",
        "whole-bodies-and-payloads-files-swapped",
        "whole",
        tar(put(files, bodies_000=files["payloads/000"], payloads_000=files["bodies/000"])),
        section="8.4",
    )
    for name, content in {
        "body-not-canonical": b"\xb8\x02" + cbor.encode(dict(id="e-9", source="/x"))[1:],
        "body-without-id": cbor.encode(dict(source="/x")),
        "body-longer-than-16384-bytes": cbor.encode(
            dict(id="e-9", source="/x", facts={f"f{n}": "x" * 1000 for n in range(17)})
        ),
    }.items():
        ledger = small.copy()
        ledger.records[6].header["body"] = merkle.commitment(salt, merkle.BODY, content)
        ledger.records[6].body = [salt, content]
        shelf.edited(
            "bad", f"whole-committed-{name}", "whole", tar(bundle_files(ledger, shelf.page)), record=6, section="3.3"
        )


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
        shelf.edited(
            "bad", f"whole-{name}", "whole", tar(bundle_files(ledger, shelf.page)), holds, record=record, section="9"
        )
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

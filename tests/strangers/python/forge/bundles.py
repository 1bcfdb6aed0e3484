"""Vectors of sections 8 and 9: good bundles, questions about them, and bundles tampered with."""

from stranger import cbor, merkle, note

from .bundle_forms import archives, compressed, manifests, other_ledger, ranges, tiles, tiles_ledger
from .encoding import ORIGIN, small_ledger
from .ledger import SECONDS, START, Ledger, bundle_files, signature_line, tar
from .seeds import Key, fixed
from .shelf import Shelf, chunk_files, put


def bundle_vectors(book, page):
    """All of them."""
    shelf = Shelf(book, page)
    small, large = small_ledger(), tiles_ledger()
    shelf.good("whole", small)
    shelf.good("whole-across-a-tile", large)
    shelf.good("range-middle", large, whole=False, start=250, end=262)
    shelf.good("range-before-a-certificate", large, whole=False, start=100, end=104)
    for name, start, end in (
        ("range-from-0", 0, 3),
        ("range-to-the-end", 3, 7),
        ("range-all", 0, 7),
        ("range-up-to-the-last-but-one", 5, 6),
        ("range-of-a-certificate", 4, 5),
    ):
        raw = tar(bundle_files(small, page, start, end, False))
        shelf.bases[name] = "bundle-range", *shelf.bases["whole"][1:]
        shelf.edited("good", name, name, raw, dict(integrity="holds", custody="holds"), (0,), section="8.6")
    _variants(shelf, small)
    _questions(shelf, small)
    _naive(shelf, small)
    _relinked(shelf, small)
    _parts(shelf, small)
    _custody(shelf)
    archives(shelf, small)
    manifests(shelf, small)
    tiles(shelf, large)
    ranges(shelf, large)
    compressed(shelf)


def _variants(shelf, small):
    """Other good forms of the whole bundle."""
    for word in ("withheld", "archived"):
        ledger = small.copy()
        ledger.records[2].payload = word
        ledger.records[5].body = word
        shelf.edited(
            "good",
            f"whole-with-parts-{word}",
            "whole",
            tar(bundle_files(ledger, shelf.page)),
            dict(integrity="holds", custody="holds"),
            (0,),
            section="8.4",
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


def _questions(shelf, small):
    """Known heads, ages, and what is required."""
    other = small_ledger()
    other.records[6].header["type"] = "com.example.door.closed"
    longer = small_ledger()
    longer.event(dict(id="e-5", source="/door/9"))
    heads = {
        "same": small.checkpoint(),
        "older": small.checkpoint(5),
        "larger": longer.checkpoint(),
        "forked": other.checkpoint(7),
        "of-another-key": Ledger("x", ORIGIN, Key("thief")).checkpoint(0),
    }
    files = {name: shelf.book.file(f"bundle/known-head-{name}.note", content) for name, content in heads.items()}
    complete = dict(integrity="holds", custody="holds", completeness="holds")
    broken = dict(integrity="holds", custody="holds", completeness="broken")
    open_ = dict(integrity="holds", custody="holds", completeness="can't be answered")
    for name in ("same", "older"):
        shelf.asked(
            f"whole-known-head-{name}",
            "whole",
            complete,
            (0,),
            known_head=files[name],
            require=["completeness"],
            section="9",
        )
    for name in ("larger", "forked"):
        shelf.asked(f"whole-known-head-{name}", "whole", broken, (1,), known_head=files[name], section="9")
    short, rewritten = small.copy(), small.copy()
    short.records = short.records[:5]
    rewritten.records[6].header["type"] = "com.example.door.closed"
    cut, again = tar(bundle_files(short, shelf.page)), tar(bundle_files(rewritten, shelf.page))
    shelf.edited("good", "whole-cut-to-an-older-checkpoint", "whole", cut, open_, (0,), section="9")
    shelf.edited(
        "bad",
        "whole-cut-to-an-older-checkpoint-with-known-head",
        "whole",
        cut,
        broken,
        known_head=files["same"],
        section="9",
    )
    shelf.edited(
        "bad",
        "whole-rewritten-and-signed-again-with-known-head",
        "whole",
        again,
        broken,
        known_head=files["same"],
        section="9",
    )
    large = tiles_ledger()
    for size, answer in (
        (250, complete),
        (255, complete),
        (262, complete),
        (300, complete),
        (100, open_),
        (280, open_),
    ):
        head = shelf.book.file(f"bundle/known-head-{size}-of-300.note", large.checkpoint(size))
        exits = (0,) if answer is complete else (4,)
        shelf.asked(
            f"range-known-head-{size}",
            "range-middle",
            answer,
            exits,
            known_head=head,
            require=["completeness"],
            section="9",
        )
    _witnesses(shelf, small, complete, open_)
    shelf.asked("whole-known-head-of-another-key", "whole", {}, (2,), known_head=files["of-another-key"], section="9")
    shelf.asked(
        "whole-completeness-required-without-known-head", "whole", open_, (4,), require=["completeness"], section="9.1"
    )
    shelf.asked(
        "whole-freshness-required-without-greatest-age",
        "whole",
        dict(integrity="holds", custody="holds", freshness="can't be answered"),
        (4,),
        require=["freshness"],
        section="9.1",
    )
    shelf.asked(
        "whole-fresh",
        "whole",
        dict(integrity="holds", custody="holds", freshness="holds"),
        (0,),
        max_age=40,
        require=["freshness"],
        section="9",
    )
    shelf.asked(
        "whole-stale",
        "whole",
        dict(integrity="holds", custody="holds", freshness="broken"),
        (1,),
        max_age=39,
        section="9",
    )


def _witnesses(shelf, small, complete, open_):
    """Policies over a checkpoint that one witness cosigned."""
    text, keys = small.text(), {name: Key(name) for name in ("witness", "absent")}
    names = {name: f"{name}.example.com/w1" for name in keys}
    vkeys = {name: note.VerifierKey(names[name], note.TIMESTAMPED, key.public).text() for name, key in keys.items()}
    vkeys["own"] = note.VerifierKey(ORIGIN, note.TIMESTAMPED, small.identity.public).text()
    signed = (
        small.checkpoint()
        + signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], text, SECONDS + 70).encode()
    )
    raw = tar(bundle_files(small, shelf.page, checkpoint=signed))
    moved = signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], small.text(5), SECONDS + 70)
    forged = tar(bundle_files(small, shelf.page, checkpoint=small.checkpoint() + moved.encode()))

    def ask(name, quorum, result, bundle=raw):
        lines = [f"witness {label} {vkey}" for label, vkey in vkeys.items()] + quorum
        policy = shelf.book.file(f"bundle/policy-{name}.txt", "\n".join([*lines, ""]).encode())
        verdict, exits = (complete, (0,)) if result == "good" else (open_, (4,))
        shelf.edited(
            result,
            f"whole-policy-{name}",
            "whole",
            bundle,
            verdict,
            exits,
            policy=policy,
            require=["completeness"],
            section="9",
        )

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
    for name, seq, changes in (
        ("type-changed", 3, dict(type="com.example.door.closed")),
        ("time-changed", 3, dict(time=held[3].header["time"] + 1)),
        ("time-decreasing", 3, dict(time=START)),
        ("sequence-number-changed", 3, dict(seq=4)),
        ("prior-key-event-changed", 3, dict(prior_key_event=0)),
        ("version-1", 3, dict(v=1)),
        ("kind-erasure", 3, dict(kind="erasure")),
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

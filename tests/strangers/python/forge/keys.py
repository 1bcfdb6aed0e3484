"""Vectors of what happens to keys: rotation, revocation, erasure, holds, and parts that are encrypted."""

import functools

from stranger import cbor, merkle, record, sealed

from . import gcm
from .disclosure import disclosures
from .encoding import ORIGIN, small_ledger
from .ledger import Ledger, Record, bundle_files, data_key_of, seal, tar
from .seeds import Key, fixed
from .signing import pinned

ADA, BOB = data_key_of("ada")[1], data_key_of("bob")[1]
HOLD = fixed("hold")[:16]


def keys_ledger(recovery=False, rotations=1, gone="carol"):
    """Events in plaintext and encrypted, rotations, a revocation, a hold that was released, an erasure."""
    ledger = Ledger("keys", ORIGIN)
    if recovery:
        ledger.recovery = Key("recovery")
    ledger.genesis(**(dict(recovery=ledger.recovery.tagged) if recovery else {}))
    ledger.epoch()
    ledger.state("kek", kek=fixed("kek")[:16], provider="passphrase")
    ledger.state("data-key", data_key=fixed("data key id ledger")[:16])
    ledger.event(dict(id="k-1", source="/door"), b"open")
    ledger.sealed_event(dict(id="k-2", source="/door", data_subject="person:ada"), b"ada came")
    ledger.sealed_event(dict(id="k-3", source="/door", data_subject="person:bob"), subject="bob")
    for number in range(rotations):
        ledger.rotate(f"keys identity {number + 2}")
    ledger.state("revocation", key=ledger.pinned.tagged, size=7, reason="found on a disk that was sold")
    ledger.state("hold", hold=HOLD, action="place", data_keys=sorted([ADA, BOB]), reason="case 7")
    ledger.state("hold", hold=HOLD, action="release")
    ledger.state("erasure", data_keys=[data_key_of(gone)[1]], basis="GDPR Art. 17(1)(b)")
    ledger.event(dict(id="k-4", source="/door"))
    return ledger


def erased(ledger, *sequences):
    """The ledger with parts said to be erased."""
    ledger = ledger.copy()
    for seq in sequences:
        item = ledger.records[seq]
        item.body = "erased"
        item.payload = "erased" if "payload" in item.header else "none"
    return ledger


def key_event_form_vectors(book):
    """Statements one by one, after the key events before them."""
    model = keys_ledger()
    key = pinned(model.vkey())
    held = [item for item in model.records if record.is_key_event(item.header)]

    def add(result, name, items, **rest):
        before = [item.raw().hex() for item in items[:-1]]
        book.bytes("key-event", result, name, "3.5", items[-1].raw(), before=before, **key, **rest)

    for at, item in enumerate(held[2:], 2):
        kind, raw = item.header["kind"], item.header["statement"]
        told = dict(statement=raw.hex(), message=record.signed_message(kind, raw).hex())
        add("good", f"{kind}-at-{item.header['seq']}", held[: at + 1], **told)

    def spoil(name, kind, signer=None, **statement):
        ledger = keys_ledger()
        ledger.state(kind, signer, **statement)
        add("bad", name, [*held, ledger.records[-1]])

    old = Key("keys identity")
    ids = [bytes([number]) + bytes(15) for number in range(65)]
    spoil("kek-signed-by-the-identity-before", "kek", old, kek=bytes(16), provider="x")
    spoil("kek-provider-empty", "kek", kek=bytes(16), provider="")
    spoil("kek-provider-65-bytes", "kek", kek=bytes(16), provider="x" * 65)
    spoil("kek-15-bytes", "kek", kek=bytes(15), provider="x")
    spoil("data-key-17-bytes", "data-key", data_key=bytes(17))
    spoil("data-key-signed-by-another-key", "data-key", Key("thief"), data_key=bytes(16))
    spoil("erasure-of-nothing", "erasure", data_keys=[], basis="x")
    spoil("erasure-of-65-keys", "erasure", data_keys=ids, basis="x")
    spoil("erasure-not-ascending", "erasure", data_keys=[ids[1], ids[0]], basis="x")
    spoil("erasure-of-one-key-twice", "erasure", data_keys=[ids[1], ids[1]], basis="x")
    spoil("erasure-without-basis", "erasure", data_keys=ids[:1])
    spoil("erasure-basis-1025-bytes", "erasure", data_keys=ids[:1], basis="x" * 1025)
    spoil("erasure-basis-newline", "erasure", data_keys=ids[:1], basis="a\nb")
    spoil("erasure-names-the-subject", "erasure", data_keys=ids[:1], basis="x", data_subject="ada")
    spoil("erasure-signed-by-another-key", "erasure", Key("thief"), data_keys=ids[:1], basis="x")
    spoil("hold-action-unknown", "hold", hold=ids[2], action="extend")
    spoil("hold-released-with-reason", "hold", hold=HOLD, action="release", reason="x")
    spoil("hold-of-no-keys", "hold", hold=ids[2], action="place", data_keys=[])
    spoil("hold-placed-twice", "hold", hold=HOLD, action="place")
    spoil("hold-released-twice", "hold", hold=HOLD, action="release")
    spoil("hold-released-but-never-placed", "hold", hold=ids[2], action="release")
    spoil("revocation-of-the-identity-in-force", "revocation", key=model.identity.tagged, size=3)
    spoil("revocation-of-a-stranger", "revocation", key=Key("thief").tagged, size=3)
    spoil("revocation-by-the-key-itself", "revocation", old, key=old.tagged, size=3)
    spoil("revocation-key-small-order", "revocation", key=b"\x01\x01" + bytes(31), size=3)
    new, other = Key("new"), dict(origin="audit.example.com/doors/000000000000")
    for name, signers, changes in (
        ("identity-not-signed-by-itself", (model.identity, model.identity), {}),
        ("identity-not-signed-by-the-one-before", (new, new), {}),
        ("identity-signed-by-the-first-one", (new, old), {}),
        ("identity-signatures-swapped", (model.identity, new), {}),
        ("identity-one-signature", (new,), {}),
        ("identity-three-signatures", (new, model.identity, old), {}),
        ("identity-prior-is-genesis", (new, model.identity), dict(prior=0)),
        ("identity-prior-is-itself", (new, model.identity), dict(prior=len(model.records))),
        ("identity-is-the-first-one-again", (old, model.identity), dict(identity=[old.tagged])),
        ("identity-is-the-one-before", (model.identity,) * 2, dict(identity=[model.identity.tagged])),
        ("identity-of-another-origin", (new, model.identity), other),
        ("identity-of-two-keys-of-one-type", (new, model.identity), dict(identity=[new.tagged, Key("x").tagged])),
    ):
        ledger = keys_ledger()
        ledger.rotate("new", signers, epoch=False, **changes)
        add("bad", name, [*held, ledger.records[-1]])


def sealed_receipts(book):
    """Record files with an event key, and receipts after rotations."""
    ledger = keys_ledger(rotations=2)
    salt = ledger.records[5].body[0]
    key = sealed.event_key(*data_key_of("ada"), salt)
    identities = [item.raw() for item in ledger.records if item.header["kind"] == "identity"]
    certificate = ledger.records[ledger.epoch_first].raw()

    def add(result, name, receipt, file, code, ledger=ledger, **rest):
        file = book.file(f"receipt/{result}-{name}.record.cbor", cbor.encode(file))
        exits = [code] if isinstance(code, int) else list(code)
        more = dict(record=file, exit=exits, **pinned(ledger.vkey()), **rest)
        book.bytes("receipt", result, name, "7", receipt, "tlog-proof", **more)

    def good(name, receipt, index, *parts, of=ledger, **rest):
        file = of.record_file(index, *parts, **rest)
        add("good", name, receipt, file, 0, of, index=index, provisional=True)

    full = ledger.receipt(5, identities=identities)
    genesis = ledger.records[0].raw()
    good("rotated", full, 5, "body", "payload")
    good("rotated-and-opened", full, 5, "body", "payload", event_key=key)
    good("rotated-and-only-the-payload-opened", full, 5, "payload", event_key=key)
    good("rotated-event-key-alone", full, 5, event_key=key)
    at = ledger.began
    good("rotated-of-the-identity-record", ledger.receipt(at, identities=identities), at)
    good("rotated-of-its-certificate", ledger.receipt(at + 1, identities=identities), at + 1)
    provisional = dict(checkpoint=ledger.epoch_checkpoint(), certificate=certificate)
    good("rotated-by-an-epoch-key", ledger.receipt(at + 1, identities=identities, **provisional), at + 1)
    recovered = keys_ledger(True)
    step = dict(identities=[recovered.records[7].raw()])
    good("rotated-by-the-recovery-key", recovered.receipt(4, **step), 4, "body", of=recovered)
    good("rotated-of-genesis", ledger.receipt(0, identities=identities), 0)
    good("rotated-of-the-first-certificate", ledger.receipt(1, identities=identities), 1)

    def bad(name, receipt, file=None, code=1, of=ledger):
        add("bad", name, receipt, file or of.record_file(4), code, of)

    bad("rotated-by-an-epoch-key-of-an-earlier-epoch", ledger.receipt(4, identities=identities, **provisional))
    bad("rotated-without-identities", ledger.receipt(4))
    bad("rotated-identity-missing", ledger.receipt(4, identities=identities[1:]))
    bad("rotated-last-identity-missing", ledger.receipt(4, identities=identities[:1]))
    bad("rotated-identities-reversed", ledger.receipt(4, identities=identities[::-1]))
    bad("rotated-identity-twice", ledger.receipt(4, identities=[*identities, identities[1]]))
    bad("rotated-no-identities", ledger.receipt(4, identities=[]), code=3)
    bad("rotated-identity-is-a-certificate", ledger.receipt(4, identities=[*identities, certificate]), code=3)
    bad("rotated-identity-is-an-event", ledger.receipt(4, identities=[*identities, ledger.records[4].raw()]), code=3)
    bad("rotated-genesis-without-identities", ledger.receipt(4, genesis=genesis), code=(1, 3))
    bad("rotated-without-genesis", ledger.receipt(4, identities=identities, genesis=None), code=(1, 3))
    bad("rotated-recovery-without-genesis", recovered.receipt(4, genesis=None, **step), code=(1, 3), of=recovered)
    bad(
        "rotated-genesis-is-a-certificate",
        ledger.receipt(4, identities=identities, genesis=ledger.records[1].raw()),
        code=(1, 3),
    )
    bad(
        "rotated-genesis-of-another-ledger",
        ledger.receipt(4, identities=identities, genesis=small_ledger().records[0].raw()),
    )
    bad("rotated-genesis-without-its-recovery-key", recovered.receipt(4, genesis=genesis, **step), of=recovered)
    _ended(bad, ledger, identities, provisional, at)
    old = Ledger("keys", ORIGIN)
    old.records = ledger.records
    bad("rotated-but-signed-by-the-first-identity-with-identities", old.receipt(4, identities=identities))
    thief = keys_ledger(True)
    thief.records = thief.records[:7]
    thief.identity, thief.began = thief.pinned, 0
    thief.rotate("keys identity 2", (Key("keys identity 2"), thief.pinned))
    stolen = dict(identities=[thief.records[7].raw()])
    bad("rotated-by-the-old-key-though-recovery-is-named", thief.receipt(4, **stolen), of=thief)
    other = sealed.event_key(*data_key_of("bob"), salt)
    for name, changes, index in (
        ("sealed-event-key-of-another-subject", dict(event_key=other), 5),
        ("sealed-event-key-of-another-event", dict(event_key=sealed.event_key(*data_key_of("ada"), fixed("x"))), 5),
        ("sealed-event-key-for-a-plain-record", dict(event_key=key), 4),
        ("sealed-body-as-payload", dict(payload=ledger.records[5].body, event_key=key), 5),
    ):
        file = {**ledger.record_file(index, "body", "payload"), **changes}
        bad(name, ledger.receipt(index, identities=identities), file)
    short = {**ledger.record_file(5), "event_key": key[:31]}
    bad("sealed-event-key-31-bytes", full, short, 3)
    _openings(bad, add)


def _ended(bad, ledger, identities, provisional, at):
    """What contradicts itself: places, and epochs that the record itself ended."""

    def moved(place, **changes):
        """The last identity with another header."""
        header = dict(ledger.records[at].header, seq=place, **changes)
        return [*identities[:-1], cbor.encode(header)]

    header = dict(ledger.records[0].header, seq=3, prior_key_event=1)
    bad(
        "rotated-genesis-moved",
        ledger.receipt(5, identities=identities, genesis=cbor.encode(header)),
        ledger.record_file(5),
    )
    size = ledger.records[at].header["seq"]
    for name, taken in (("at", size), ("before", size - 1)):
        older = ledger.receipt(4, taken, checkpoint=ledger.checkpoint(taken), identities=identities)
        bad(f"rotated-checkpoint-{name}-the-identitys-own-place", older)
    bad("rotated-identity-moved-down", ledger.receipt(4, identities=moved(at - 1)))
    bad("rotated-identity-moved-up", ledger.receipt(4, identities=moved(at + 1)))
    last = len(ledger.records) - 1
    bad("rotated-identity-moved-to-the-record", ledger.receipt(last, identities=moved(last)), ledger.record_file(last))
    other = ledger.records[at].header
    other = [*identities[:-1], cbor.encode(dict(other, time=other["time"] + 1))]
    bad(
        "rotated-identity-with-another-header-than-the-record",
        ledger.receipt(at, identities=other),
        ledger.record_file(at),
    )
    genesis = cbor.encode(dict(ledger.records[0].header, signatures=[bytes(64)]))
    bad("rotated-genesis-with-another-signature", ledger.receipt(4, identities=identities, genesis=genesis))
    bad(
        "rotated-of-an-identity-that-is-not-shown",
        ledger.receipt(at, identities=identities[:1]),
        ledger.record_file(at),
    )

    def ending(end, span=1000):
        """Seven records, the last of which ends the epoch of record 4; signed by that epoch for size 7."""
        early = small_ledger()
        early.records = early.records[:4]
        early.epoch(span)
        early.event(dict(id="e-3", source="/door/8"))
        end(early)
        held = dict(checkpoint=early.epoch_checkpoint(7, 4), certificate=early.records[4].raw())
        return early, held, early.record_file(6)

    early, held, file = ending(lambda early: early.epoch())
    bad("provisional-next-certificate-by-the-ended-epoch", early.receipt(6, **held), file, of=early)
    early, held, file = ending(lambda early: early.rotate("small identity 2", epoch=False))
    bad("provisional-identity-by-the-ended-epoch", early.receipt(6, **held), file, of=early)
    shown = dict(identities=[early.records[6].raw()])
    bad("provisional-identity-by-the-ended-epoch-and-shown", early.receipt(6, **held, **shown), file, of=early)


def _openings(bad, add):
    """Sealed parts that are committed to as they are, and do not open as they must."""
    body = cbor.encode(dict(id="s-1", source="/door", data_subject="person:ada"))
    data_key, name = data_key_of("ada")
    domain, tag = merkle.SEALED_BODY, fixed("tag")[:16]

    def with_body(content, key, committed=None, named=name):
        """A ledger whose operator committed to such a body."""
        ledger = small_ledger()
        salt = fixed("salt of it")
        header = dict(
            ledger.records[3].header,
            body=merkle.commitment(salt, domain, content),
            data_key=named,
            key_commitment=committed or sealed.key_commitment(key),
        )
        ledger.records[3] = Record(header, [salt, content])
        return ledger, ledger.record_file(3, "body", event_key=key)

    key = sealed.event_key(data_key, name, fixed("salt of it"))
    sound = seal(key, name, tag, ORIGIN, domain, body)
    ledger, file = with_body(sound, key)
    add("good", "sealed-body-opens", ledger.receipt(3), file, 0, ledger, index=3, provisional=False)

    def flip(at):
        return sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :]

    def inside(plaintext):
        return tag + sealed.cipher(key).encrypt(sealed.nonce(domain), plaintext, sealed.aad(domain, name, tag, ORIGIN))

    elsewhere = "audit.example.com/doors/000000000000"
    cases = {
        "identity-tag-changed": flip(3),
        "inner-commitment-changed": flip(20),
        "ciphertext-changed": flip(60),
        "gcm-tag-changed": flip(len(sound) - 1),
        "of-another-origin": seal(key, name, tag, elsewhere, domain, body),
        "of-another-data-key-id": seal(key, data_key_of("bob")[1], tag, ORIGIN, domain, body),
        "as-a-payload": seal(key, name, tag, ORIGIN, merkle.SEALED_PAYLOAD, body),
        "inner-commitment-of-another-body": inside(sealed.inner(key, domain, body + b"x") + body),
        "inner-commitment-without-salt": inside(merkle.commitment(bytes(32), merkle.BODY, body) + body),
        "without-inner-commitment": inside(body),
        "empty-text": inside(b""),
    }
    for case, content in cases.items():
        ledger, file = with_body(content, key)
        code = 3 if len(content) < 64 else 1
        bad("sealed-" + case, ledger.receipt(3), file, code, ledger)
    ledger, file = with_body(sound, key, fixed("key commitment"))
    bad("sealed-key-commitment-of-another-key", ledger.receipt(3), file, 1, ledger)
    for case, plaintext in {
        "body-not-canonical": b"\xb8" + body[:1] + body[1:],
        "body-empty": b"",
        "body-longer-than-16384-bytes": cbor.encode(
            dict(id="e-9", source="/x", facts={f"f{n}": "x" * 1000 for n in range(17)})
        ),
    }.items():
        ledger, file = with_body(seal(key, name, tag, ORIGIN, domain, plaintext), key)
        bad("sealed-" + case, ledger.receipt(3), file, 3, ledger)
    _two_keys(bad, add, with_body, key, name, body)


def _two_keys(bad, add, with_body, key, name, body):
    """One ciphertext, one tag, two keys under which it verifies: GCM alone would take either."""
    domain = merkle.SEALED_BODY
    nonce = sealed.nonce(domain)
    text = sealed.cipher(key).encrypt(nonce, sealed.inner(key, domain, body) + body, b"")[:-16]
    one = sealed.derive("cipher key", key)
    for number in range(64):
        other = sealed.event_key(fixed(f"second key {number}"), name, fixed("salt of it"))
        two = sealed.derive("cipher key", other)
        tag = gcm.colliding(one, two, nonce, lambda free: sealed.aad(domain, name, free, ORIGIN), text)
        if tag:
            break
    aad = sealed.aad(domain, name, tag, ORIGIN)
    content = tag + text + gcm.tag(one, nonce, aad, text).to_bytes(16, "big")
    assert len(sealed.cipher(key).decrypt(nonce, content[16:], aad)) == len(body) + 32
    assert len(sealed.cipher(other).decrypt(nonce, content[16:], aad)) == len(body) + 32
    ledger, file = with_body(content, key)
    add("good", "sealed-two-keys-the-committed-one", ledger.receipt(3), file, 0, ledger, index=3, provisional=False)
    bad("sealed-two-keys-the-other-one", ledger.receipt(3), dict(file, event_key=other), 1, ledger)
    # Where the header commits to the other key, only the commitment inside is left.
    ledger, file = with_body(content, other)
    bad("sealed-two-keys-and-the-other-one-committed", ledger.receipt(3), file, 1, ledger)


def key_bundles(shelf):
    """Whole and range bundles of such ledgers, asked with and without a known head."""
    ledger = keys_ledger()
    size = len(ledger.records)
    open_ = dict(integrity="holds", custody="can't be answered", completeness="can't be answered")
    holds = dict(integrity="holds", custody="holds", completeness="holds")
    broken = dict(integrity="holds", custody="broken")

    def head(name, content):
        return dict(known_head=shelf.book.file(f"bundle/known-head-{name}.note", content))

    newest = head("rotated", ledger.checkpoint())
    shelf.good("whole-rotated", ledger, verdict=holds, section="9", **newest)
    shelf.good("range-rotated", ledger, whole=False, start=3, end=9, verdict=holds, section="9", **newest)
    shelf.asked("whole-rotated-without-known-head", "whole-rotated", open_, (4,), section="9")
    shelf.asked("range-rotated-without-known-head", "range-rotated", open_, (4,), section="9")
    heads = {}
    for number in (5, 7, 8, 9, size - 1):
        older = keys_ledger()
        older.identity = older.pinned if number < 8 else older.identity
        heads[number] = head(f"rotated-{number}", older.checkpoint(number))
        # At 5 the old identity is trusted, but says nothing of what came after it.
        verdict = holds if number > 7 else dict(open_, completeness="holds")
        exits = (0,) if number > 7 else (4,)
        shelf.asked(f"whole-rotated-known-head-{number}", "whole-rotated", verdict, exits, section="9", **heads[number])
    for name, number, by in (("late", 9, ledger.pinned), ("early", 5, ledger.identity), ("stranger", 9, Key("thief"))):
        other = keys_ledger()
        other.identity = by
        given = head(f"rotated-{name}", other.checkpoint(number))
        for base in ("whole", "range"):
            shelf.asked(f"{base}-rotated-known-head-{name}", f"{base}-rotated", open_, (4,), section="9", **given)
    longer = keys_ledger()
    longer.event(dict(id="k-5", source="/door"))
    other = dict(integrity="holds", completeness="broken", custody="can't be answered")
    given = head("rotated-longer", longer.checkpoint())
    shelf.asked("whole-rotated-known-head-larger", "whole-rotated", other, (1,), section="9", **given)
    forked = keys_ledger()
    forked.records[-1].header["type"] = "com.example.door.closed"
    given = head("rotated-forked", forked.checkpoint())
    shelf.asked("whole-rotated-known-head-forked", "whole-rotated", other, (1,), section="9", **given)
    longer.rotate("keys identity 3")
    given = head("rotated-again", longer.checkpoint())
    shelf.asked("whole-rotated-known-head-of-a-later-identity", "whole-rotated", open_, (4,), section="9", **given)
    revoked = keys_ledger()
    revoked.state("revocation", key=revoked.pinned.tagged, size=4)
    raw = tar(bundle_files(revoked, shelf.page))
    shelf.edited(
        "bad", "whole-revoked-known-head-beyond-its-size", "whole-rotated", raw, open_, (4,), section="9", **heads[5]
    )
    ada = keys_ledger(gone="ada")
    known = _anchored(shelf, "erased", ada)
    _both(shelf, "good", "rotated-and-erased", **dict(known, ledger=erased(ada, 5)))
    _both(shelf, "bad", "rotated-and-erased-and-still-there", **dict(known, verdict=broken, exits=(1,), record=5))
    _both(shelf, "bad", "erased-without-record-for-it", erased(ada, 6), dict(integrity="broken"), (1,), record=6)
    _both(shelf, "bad", "erased-in-plaintext", erased(ada, 4), dict(integrity="broken"), (1,), record=4)
    _both(shelf, "good", "rotated-three-times", **_anchored(shelf, "three", keys_ledger(rotations=3)))
    _both(shelf, "good", "recovered", **_anchored(shelf, "recovered", keys_ledger(True)))
    _both(shelf, "good", "rotated-where-the-span-ends", **_anchored(shelf, "span", _spanned(2)))
    waiting = keys_ledger()
    waiting.rotate("keys identity 3", epoch=False)
    _both(shelf, "good", "rotated-and-not-yet-certified", **_anchored(shelf, "uncertified", waiting))
    short = dict(_anchored(shelf, "short-span", _spanned(1)), verdict=broken, exits=(1,))
    _both(shelf, "bad", "rotated-beyond-the-span", **short)
    _unlawful(shelf, broken)
    _parts(shelf, newest)
    disclosures(functools.partial(_both, shelf), keys_ledger, holds, newest)


def _anchored(shelf, name, ledger):
    """What `_both` wants of a ledger whose newest checkpoint is known."""
    file = shelf.book.file(f"bundle/known-head-of-{name}.note", ledger.checkpoint())
    verdict = dict(integrity="holds", custody="holds", completeness="holds")
    return dict(ledger=ledger, verdict=verdict, known_head=file, exits=(0,))


def _spanned(span):
    """Rotated at 3, where the first epoch may sign sizes up to 1 + span."""
    ledger = Ledger("keys", ORIGIN)
    ledger.genesis()
    ledger.epoch(span)
    ledger.event(dict(id="s-1", source="/door"))
    ledger.rotate("keys identity 2")
    while len(ledger.records) < 10:
        ledger.event(dict(id=f"s-{len(ledger.records)}", source="/door"))
    return ledger


def _both(shelf, result, name, ledger, verdict, exits=(1,), known_head=None, **rest):
    """The ledger as a whole bundle and as a range."""
    if known_head:
        rest["known_head"] = known_head
    for kind, files in (
        ("whole", bundle_files(ledger, shelf.page)),
        ("range", bundle_files(ledger, shelf.page, 3, 9, False)),
    ):
        shelf.edited(result, f"{kind}-{name}", f"{kind}-rotated", tar(files), verdict, exits, section="9", **rest)


def _unlawful(shelf, broken):
    """Key events in order as bytes, and unlawful."""

    def spoil(name, change, verdict=broken, record=None, **rest):
        ledger = keys_ledger(**rest)
        change(ledger)
        _both(shelf, "bad", name, ledger, verdict, **(dict(record=record) if record else {}))

    def missing_epoch(ledger):
        ledger.rotate("keys identity 9", epoch=False)
        ledger.event(dict(id="k-9", source="/door"))

    def late_epoch(ledger):
        missing_epoch(ledger)
        ledger.epoch()

    def two_at_once(ledger):
        ledger.rotate("keys identity 8", epoch=False)
        ledger.rotate("keys identity 9")

    def place(ledger, **what):
        ledger.state("hold", hold=fixed("another hold")[:16], action="place", **what)
        ledger.state("erasure", data_keys=[BOB], basis="asked for")

    def by_old(ledger):
        ledger.rotate("keys identity 9")
        ledger.epoch(signer=Key("keys identity 2"))

    unsigned = dict(integrity="broken")
    spoil("identity-without-epoch", missing_epoch, record=13 + 2)
    spoil("identity-with-a-late-epoch", late_epoch, record=13 + 2)
    spoil("identity-after-identity", two_at_once, record=13 + 2)
    spoil("certificate-by-the-identity-before", by_old, record=16)
    spoil("erasure-under-hold", lambda ledger: place(ledger, data_keys=[BOB]), record=15)
    spoil("erasure-under-hold-on-the-ledger", place, record=15)
    spoil("identity-by-itself-only", lambda ledger: ledger.rotate("x", (Key("x"), Key("x"))), unsigned)
    spoil("identity-by-a-stranger", lambda ledger: ledger.rotate("x", (Key("x"), Key("thief"))), unsigned)
    spoil("identity-by-the-first-one", lambda ledger: ledger.rotate("x", (Key("x"), ledger.pinned)), unsigned)
    spoil("identity-with-another-prior", lambda ledger: ledger.rotate("x", prior=0), unsigned)
    again = Key("keys identity")
    spoil(
        "identity-that-was-before",
        lambda ledger: ledger.rotate("keys identity", (again, ledger.identity)),
        unsigned,
    )
    spoil(
        "identity-by-the-old-key-though-recovery-is-named",
        lambda ledger: ledger.rotate("x", (Key("x"), ledger.identity)),
        unsigned,
        recovery=True,
    )
    spoil(
        "hold-released-but-never-placed",
        lambda ledger: ledger.state("hold", hold=fixed("no hold")[:16], action="release"),
        record=14,
    )
    spoil(
        "revocation-of-the-identity-in-force",
        lambda ledger: ledger.state("revocation", key=ledger.identity.tagged, size=3),
        record=14,
    )
    spoil(
        "erasure-signed-by-the-identity-before",
        lambda ledger: ledger.state("erasure", ledger.pinned, data_keys=[BOB], basis="x"),
        record=14,
    )
    ledger = keys_ledger()
    old = ledger.copy()
    old.identity = old.pinned
    for name, signed in {
        "checkpoint-by-the-identity-before": old.checkpoint(),
        "checkpoint-lines-of-two-identities": (
            ledger.text()
            + "\n"
            + ledger.identity_lines(ledger.text()).splitlines(keepends=True)[0]
            + old.identity_lines(ledger.text()).splitlines(keepends=True)[1]
        ).encode(),
    }.items():
        raw = tar(bundle_files(ledger, shelf.page, checkpoint=signed))
        shelf.edited("bad", f"whole-rotated-{name}", "whole-rotated", raw, section="9")


def _parts(shelf, newest):
    """Encrypted parts that are not those that were committed to."""

    def spoil(name, seq, change, **rest):
        ledger = keys_ledger()
        change(ledger.records[seq])
        raw = tar(bundle_files(ledger, shelf.page, **rest))
        shelf.edited("bad", f"whole-sealed-{name}", "whole-rotated", raw, record=seq, section="3.4", **newest)

    def flip(part, at):
        def change(item):
            salt, content = getattr(item, part)
            setattr(item, part, [salt, content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]])

        return change

    signed = dict(checkpoint=keys_ledger().checkpoint())
    spoil("body-changed", 5, flip("body", 40), **signed)
    spoil("payload-tag-changed", 5, flip("payload", 70), **signed)

    def plain(item):
        body = cbor.encode(dict(id="k-2", source="/door", data_subject="person:ada"))
        item.body = [item.body[0], body]
        item.header["body"] = merkle.commitment(item.body[0], merkle.BODY, body)
        for key in ("data_key", "key_commitment"):
            del item.header[key]
        item.header["payload"] = merkle.commitment(*[item.payload[0], merkle.PAYLOAD, item.payload[1]])

    def committed(domain, content):
        def change(item):
            item.body = [item.body[0], content]
            item.header["body"] = merkle.commitment(item.body[0], domain, content)

        return change

    spoil("committed-as-plaintext", 5, committed(merkle.BODY, bytes(100)))
    spoil("body-of-63-bytes", 5, committed(merkle.SEALED_BODY, bytes(63)))
    spoil("body-longer-than-16448-bytes", 5, committed(merkle.SEALED_BODY, bytes(16_449)))
    spoil("not-though-it-names-a-subject", 5, plain)

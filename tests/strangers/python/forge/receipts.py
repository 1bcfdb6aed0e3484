"""Vectors of section 7: receipts with their record files."""

import copy
import hashlib

from stranger import cbor, merkle, record
from stranger.sealed import event_key

from .bodies import TRACE
from .encoding import ELSEWHERE, ORIGIN, small_ledger
from .ledger import Ledger, data_key_of, receipt_text, signed_body
from .life import GATE, SECOND
from .seeds import Key, Unknown, fixed
from .signing import pinned


def receipt_vectors(book):
    """Receipts with their record files."""
    ledger = small_ledger()
    full, held = ledger.receipt(2), ledger.record_file(2, "body", "payload")
    provisional = ledger.receipt(6, checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[4].raw())

    def add(result, name, receipt, file, *exits, **rest):
        name_of = book.file(
            f"receipt/{result}-{name}.record.cbor", file if isinstance(file, bytes) else cbor.encode(file)
        )
        book.bytes(
            "receipt",
            result,
            name,
            "7",
            receipt,
            "tlog-proof",
            record=name_of,
            **pinned(rest.pop("of", ledger).vkey()),
            exit=list(exits),
            **rest,
        )

    add("good", "published", full, held, 0, index=2, provisional=False)
    add("good", "published-header-only", full, ledger.record_file(2), 0, index=2, provisional=False)
    add("good", "published-genesis", ledger.receipt(0), ledger.record_file(0), 0, index=0, provisional=False)
    add("good", "published-certificate", ledger.receipt(4), ledger.record_file(4), 0, index=4, provisional=False)
    add("good", "published-in-an-older-tree", ledger.receipt(2, 3), held, 0, index=2, provisional=False)
    add("good", "provisional", provisional, ledger.record_file(6, "body", "payload"), 0, index=6, provisional=True)
    by_epoch = dict(checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[4].raw())
    certificate = ledger.record_file(4)
    add("good", "provisional-certificate", ledger.receipt(4, **by_epoch), certificate, 0, index=4, provisional=True)
    add("bad", "provisional-of-an-earlier-epoch", ledger.receipt(2, **by_epoch), held, 1)
    genesis = ledger.record_file(0)
    add("bad", "provisional-genesis-of-an-earlier-epoch", ledger.receipt(0, **by_epoch), genesis, 1)
    changed = dict(held, body=[held["body"][0], held["body"][1].replace(b"ada", b"bob")])
    broken = {
        "body-changed": (full, changed),
        "payload-changed": (full, dict(held, payload=[held["payload"][0], b'{"door":8}'])),
        "salt-changed": (full, dict(held, body=[bytes(32), held["body"][1]])),
        "body-as-payload": (full, dict(held, payload=held["body"])),
        "record-of-another-index": (full, ledger.record_file(3)),
        "payload-without-commitment": (ledger.receipt(3), dict(ledger.record_file(3, "body"), payload=held["payload"])),
        "header-changed": (
            full,
            dict(header=cbor.encode(dict(ledger.records[2].header, type="com.example.door.closed"))),
        ),
        "of-another-size": (ledger.receipt(2).replace(b"\n7\n", b"\n8\n"), held),
        "provisional-without-certificate": (
            ledger.receipt(6, checkpoint=ledger.epoch_checkpoint()),
            ledger.record_file(6),
        ),
        "provisional-with-the-certificate-before": (
            ledger.receipt(6, checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[1].raw()),
            ledger.record_file(6),
        ),
    }
    proof = merkle.inclusion(2, ledger.leaves())
    extra = dict(draft=2, previous=ledger.previous(2))
    for name, (what, index, steps) in {
        "previous-changed": (dict(extra, previous=bytes(32)), 2, proof),
        "index-changed": (extra, 3, proof),
        "index-beyond-size": (extra, 7, proof),
        "proof-hash-missing": (extra, 2, proof[:-1]),
        "proof-hash-added": (extra, 2, [*proof, bytes(32)]),
        "proof-hashes-swapped": (extra, 2, [proof[1], proof[0], proof[2]]),
    }.items():
        broken[name] = (receipt_text(what, index, steps, ledger.checkpoint()), held)
    stranger = Ledger("stranger", ORIGIN, Key("thief"))
    stranger.records = ledger.records
    broken["signed-by-another-key"] = (receipt_text(extra, 2, proof, stranger.checkpoint()), held)
    broken.update(_ill_begun())
    for name, (receipt, file) in broken.items():
        add("bad", name, receipt, file, 1)
    _places(add)
    _lawful(add)
    _producers(add)
    _unknown(add)
    _first_draft(add)
    malformed = {
        "not-a-tlog-proof": full.replace(b"tlog-proof@v1", b"tlog-proof@v2"),
        "without-extra": full.replace(full.split(b"\n")[1] + b"\n", b""),
        "extra-not-base64": full.replace(b"extra ", b"extra *"),
        "extra-unknown-key": receipt_text(dict(extra, more=0), 2, proof, ledger.checkpoint()),
        "extra-of-an-earlier-draft": receipt_text(dict(previous=extra["previous"]), 2, proof, ledger.checkpoint()),
        "extra-of-an-earlier-draft-with-a-certificate": receipt_text(
            dict(previous=extra["previous"], certificate=ledger.records[4].raw()), 2, proof, ledger.epoch_checkpoint()
        ),
        "extra-of-an-earlier-draft-with-identities": receipt_text(
            dict(previous=extra["previous"], identities=[ledger.records[4].raw()]), 2, proof, ledger.checkpoint()
        ),
        "extra-draft-1": receipt_text(dict(extra, draft=1), 2, proof, ledger.checkpoint()),
        "extra-draft-3": receipt_text(dict(extra, draft=3), 2, proof, ledger.checkpoint()),
        "extra-draft-text": receipt_text(dict(extra, draft="2"), 2, proof, ledger.checkpoint()),
        "extra-trailing-byte": receipt_text(cbor.encode(extra) + b"\0", 2, proof, ledger.checkpoint()),
        "index-leading-zero": full.replace(b"index 2", b"index 02"),
        "proof-of-64-hashes": receipt_text(extra, 2, [bytes(32)] * 64, ledger.checkpoint()),
        "proof-hash-31-bytes": receipt_text(extra, 2, [proof[0][:31], *proof[1:]], ledger.checkpoint()),
        "without-checkpoint": full.split(b"\n\n")[0] + b"\n\n",
        "carriage-returns": full.replace(b"\n", b"\r\n"),
        "certificate-is-not-an-epoch": receipt_text(
            dict(draft=2, previous=ledger.previous(6), certificate=ledger.records[0].raw()),
            6,
            merkle.inclusion(6, ledger.leaves()),
            ledger.epoch_checkpoint(),
        ),
    }
    certified = ledger.receipt(2, certificate=ledger.records[4].raw())
    add("bad", "certificate-beside-an-identity-line", certified, held, 1, 3)
    for name, receipt in malformed.items():
        index = 6 if name.startswith("certificate") else 2
        add("bad", name, receipt, ledger.record_file(index), 3)
    add("bad", "record-file-not-cbor", full, b"record", 3)
    add("bad", "record-header-not-canonical", full, dict(header=b"\xb8\x09" + ledger.records[2].raw()[1:]), 3)


def _ill_begun():
    """Receipts by an operator whose ledger was wrong from the start."""
    elsewhere = small_ledger()
    elsewhere.breaks = {0: fixed("another past")}
    thieves = Ledger("small", ORIGIN)
    thieves.genesis(signer=Key("thief"))
    thieves.epoch(signer=Key("thief"))
    return {
        "genesis-continues-another-past": (elsewhere.receipt(0), elsewhere.record_file(0)),
        "genesis-signed-by-another-key": (thieves.receipt(0), thieves.record_file(0)),
        "certificate-signed-by-another-key": (thieves.receipt(1), thieves.record_file(1)),
    }


def _places(add):
    """What the sequence numbers alone say."""
    for name, seq, changes in (
        ("prior-key-event-0-at-3", 3, dict(prior_key_event=0)),
        ("prior-key-event-is-itself", 3, dict(prior_key_event=3)),
        ("prior-key-event-of-a-certificate-is-0", 4, dict(prior_key_event=0)),
        ("event-in-the-place-of-the-first-certificate", 1, None),
        ("event-in-the-place-of-genesis", 0, None),
        ("genesis-in-another-place", 5, None),
    ):
        ledger = small_ledger()
        item = ledger.records[seq]
        if changes is None:
            other = ledger.records[3 if seq < 2 else 0]
            item = ledger.records[seq] = copy.deepcopy(other)
            changes = dict(seq=seq, prior_key_event=max(0, seq - 1))
        item.header.update(changes)
        add("bad", name, ledger.receipt(seq), ledger.record_file(seq), 1)
    alone = Ledger("small", ORIGIN)
    alone.genesis()
    elsewhere = Ledger("small", ELSEWHERE, small_ledger().identity)
    file = small_ledger().record_file(2)
    add("bad", "pinned-key-of-another-origin", small_ledger().receipt(2), file, 1, of=elsewhere)
    add("bad", "of-a-tree-of-size-1", alone.receipt(0), alone.record_file(0), 1)
    ledger = small_ledger()
    once = ledger.text() + "\n" + ledger.identity_lines(ledger.text()).splitlines(keepends=True)[0]
    epoch = ledger.epoch_checkpoint().decode().split("\n\n")[1]
    held = ledger.record_file(2)
    add(
        "good",
        "by-the-plain-line-alone",
        ledger.receipt(2, checkpoint=once.encode()),
        held,
        0,
        index=2,
        provisional=False,
    )
    both = (once + epoch).encode()
    add("good", "by-identity-and-epoch", ledger.receipt(2, checkpoint=both), held, 0, index=2, provisional=False)


def _lawful(add):
    """Key events as the record, beyond their signatures."""

    def of(name, step, result="bad", index=7, **rest):
        ledger = small_ledger()
        step(ledger)
        told = dict(index=index, provisional=False) if result == "good" else {}
        add(result, name, ledger.receipt(index), ledger.record_file(index), 0 if told else 1, **told, **rest)

    own = small_ledger().identity
    epoch = small_ledger().epoch_key(1)
    of("of-a-revocation", lambda ledger: ledger.state("revocation", key=epoch.tagged, size=4), "good")
    of("of-a-revocation-of-its-own-identity", lambda ledger: ledger.state("revocation", key=own.tagged, size=4))
    of("of-a-revocation-beyond-its-own-place", lambda ledger: ledger.state("revocation", key=epoch.tagged, size=8))
    of("of-a-certificate-of-another-tree", lambda ledger: ledger.epoch(root=fixed("root")))
    of("of-a-certificate-with-the-root-of-the-whole-tree", lambda ledger: ledger.epoch(root=merkle.root([fixed("x")])))
    of("of-a-certificate-of-the-identity", lambda ledger: ledger.epoch(key=own.tagged))
    of("of-settings", lambda ledger: ledger.settings(encryption="all"), "good")
    of("of-settings-that-are-not-complete", lambda ledger: ledger.state("settings", settings=dict(encryption="all")))
    of("of-a-producer", lambda ledger: ledger.register(GATE, "gate"), "good")
    of("of-a-producer-without-its-proof", lambda ledger: ledger.register(GATE, "gate", proof=bytes(64)))
    of("of-a-producer-with-the-identitys-key", lambda ledger: ledger.register(own, "gate"))
    of("of-a-disposal", lambda ledger: ledger.state("disposal", rule="erase-all", spans=[[2, 3]]), "good")
    of("of-a-disposal-beyond-its-own-place", lambda ledger: ledger.state("disposal", rule="erase-all", spans=[[2, 8]]))
    of("of-the-end", lambda ledger: ledger.state("closed"), "good")
    of("of-a-key-event-of-another-origin", lambda ledger: ledger.state("closed", origin=ELSEWHERE))
    of("of-a-key-event-by-another-key", lambda ledger: ledger.state("closed", Key("thief")))
    governed = dict(record_kind="governance", kind="indelible.gate.v1")
    of(
        "of-a-governance-record",
        lambda ledger: ledger.event(dict(id="g", source="urn:indelible:gate"), **governed),
        "good",
    )
    last = small_ledger()
    last.records = last.records[:4]
    last.epoch(root=fixed("root"))
    last.event(dict(id="e-3", source="/door/8"))
    by_epoch = dict(checkpoint=last.epoch_checkpoint(), certificate=last.records[4].raw())
    add("bad", "provisional-certificate-of-another-tree", last.receipt(4, **by_epoch), last.record_file(4), 1)


def _producers(add):
    """Section 3.6: each thing that the signature covers, altered after it was signed."""
    base = dict(id="p-1", source="/gate", subject="gate 7", actor="user:ada", facts=dict(count=2), traceparent=TRACE)
    payload = b"open"

    def of(name, result="bad", parts=("body", "payload"), told=None, held=payload, key=None, exits=(1,), **header):
        """An event in record 7 whose body is `told`, and whose payload is `held`."""
        ledger = small_ledger()
        body = told(ledger) if told else signed_body(ledger, GATE, base, payload)
        if key is None:
            ledger.event(body, held, **header)
        else:
            ledger.sealed_event(body, held, **header)
            key = dict(event_key=event_key(*data_key_of("ada"), ledger.records[7].body[0]))
        file = ledger.record_file(7, *parts, **(key or {}))
        told = dict(index=7, provisional=False) if result == "good" else {}
        add(result, f"producer-{name}", ledger.receipt(7), file, *((0,) if told else exits), **told)

    def signed(**header):
        return lambda ledger: signed_body(ledger, GATE, base, payload, **header)

    def bare(ledger):
        return signed_body(ledger, GATE, base)

    def altered(change, first=signed()):
        def told(ledger):
            body = first(ledger)
            change(body)
            return body

        return told

    of("signed", "good")
    of("signed-and-payload-not-held", "good", ("body",))
    of("signed-without-payload", "good", ("body",), bare, None)
    of("signed-with-classification", "good", told=signed(classification="internal"), classification="internal")
    of("signed-and-sealed", "good", key=True)
    of("signed-and-sealed-body-alone", "good", ("body",), key=True)
    of("signed-payload-empty", "good", told=lambda ledger: signed_body(ledger, GATE, base, b""), held=b"")
    more = dict(base, digests=dict(payload=dict(blake3=fixed("b3")), input=dict(sha256=fixed("i"))))
    of("signed-with-more-digests", "good", told=lambda ledger: signed_body(ledger, GATE, more, payload))
    of("key-of-another", told=altered(lambda body: body["producer"].update(key=SECOND.tagged)))
    of("signature-by-another", told=altered(lambda body: body["producer"].update(signature=SECOND.sign(b"x"))))
    of("signature-63-bytes", exits=(1, 3), told=altered(lambda body: body["producer"].update(signature=bytes(63))))
    of("signature-all-zero", told=altered(lambda body: body["producer"].update(signature=bytes(64))))
    of("type-changed", kind="com.example.door.closed")
    of("classification-added", classification="internal")
    of("classification-changed", told=signed(classification="internal"), classification="public")
    of("classification-dropped", told=signed(classification="internal"))
    for key, value in (
        ("id", "p-2"),
        ("source", "/gate/2"),
        ("subject", "gate 8"),
        ("actor", "user:bob"),
        ("facts", dict(count=3)),
        ("traceparent", TRACE[:-1] + "0"),
    ):
        of(f"{key}-changed", told=altered(lambda body, key=key, value=value: body.update({key: value})))
    for key in ("subject", "actor", "facts", "traceparent"):
        of(f"{key}-dropped", told=altered(lambda body, key=key: body.pop(key)))
    for key, value in (
        ("time", "2026-11-20T09:00:00Z"),
        ("datacontenttype", "text/plain"),
        ("correlation_id", "c-1"),
        ("causation_id", "p-0"),
        ("envelope", dict(key_id="k-1")),
    ):
        of(f"{key.replace('_', '-')}-added", told=altered(lambda body, key=key, value=value: body.update({key: value})))
    of("digest-added", told=altered(lambda body: body["digests"].update(input=dict(sha256=fixed("i")))))
    of("data-subject-added-and-sealed", told=altered(lambda body: body.update(data_subject="person:ada")), key=True)
    of("payload-changed", held=b"shut")
    of("payload-changed-and-its-digest", told=altered(lambda body: body.update(digests=digests(b"shut"))), held=b"shut")
    of("payload-changed-and-sealed", held=b"shut", key=True)
    of("payload-digest-changed", parts=("body",), told=altered(lambda body: body.update(digests=digests(b"shut"))))
    of("payload-added", told=bare)
    of("payload-dropped", parts=("body",), held=None)
    of("payload-digest-missing", told=altered(lambda body: body.pop("digests")))

    def blake3_only(ledger):
        body = dict(base, digests=dict(payload=dict(blake3=fixed("b3"))), producer=dict(key=GATE.tagged))
        told = dict(type="com.example.door.opened", payload=b"")
        message = record.producer_message(ORIGIN, told, body, digests(payload)["payload"]["sha256"])
        return dict(body, producer=dict(key=GATE.tagged, signature=GATE.sign(message)))

    of("payload-digest-of-another-algorithm-only", told=blake3_only)
    claimed = dict(base, digests=digests(payload))
    of(
        "payload-digest-without-a-payload",
        parts=("body",),
        told=lambda ledger: signed_body(ledger, GATE, claimed),
        held=None,
    )

    def over(change=lambda told: None, prefix=b"indelible/producer@v1\n"):
        """A body whose signature covers a map that is another than the page's."""

        def told(ledger):
            body = signed_body(ledger, GATE, base, payload)
            bare = dict(body, producer=dict(key=GATE.tagged))
            found = dict(body=cbor.encode(bare), type="com.example.door.opened", origin=ORIGIN)
            found["payload"] = digests(payload)["payload"]["sha256"]
            change(found)
            body["producer"] = dict(key=GATE.tagged, signature=GATE.sign(prefix + cbor.encode(found)))
            return body

        return told

    of("signed-by-hand", "good", told=over())
    of("signed-for-another-origin", told=over(lambda told: told.update(origin=ELSEWHERE)))
    of("signed-without-origin", told=over(lambda told: told.pop("origin")))
    of("signed-without-type", told=over(lambda told: told.pop("type")))
    of("signed-without-payload-digest", told=over(lambda told: told.pop("payload")))
    of("signed-without-prefix", told=over(prefix=b""))
    of("signed-as-a-proof-of-possession", told=over(prefix=b"indelible/producer-proof@v1\n"))
    of("signed-without-its-key", told=over(lambda told: told.update(body=cbor.encode(claimed))))
    of("key-small-order", exits=(3,), told=altered(lambda body: body["producer"].update(key=b"\x01\x01" + bytes(31))))
    governed = dict(record_kind="governance", kind="indelible.gate.v1")
    of("in-a-governance-record", told=signed(kind="indelible.gate.v1"), **governed)
    of("in-a-sealed-governance-record", told=signed(kind="indelible.gate.v1"), key=True, **governed)
    person = dict(base, data_subject="person:ada")
    of("none-and-a-subject-in-plaintext", parts=("body",), told=lambda _: person)
    of("none-and-a-subject-in-a-governance-record", parts=("body",), told=lambda _: person, **governed)
    of("none-and-a-subject-in-a-sealed-governance-record", parts=("body",), told=lambda _: person, key=True, **governed)


def digests(payload):
    """The digests of a body that names its payload."""
    return dict(payload=dict(sha256=hashlib.sha256(payload).digest()))


def _unknown(add):
    """Identity keys of types that this version does not know: nothing is wrong, and nothing certain."""
    six, seven = Unknown(6, "six", 32), Unknown(7, "seven", 64)

    def of(name, ledger, unknown, exits=(4,), index=3, **rest):
        told = dict(unknown=unknown) if unknown else {}
        receipt = ledger.receipt(index, **rest)
        add("bad", f"unknown-key-{name}", receipt, ledger.record_file(index), *exits, of=ledger, **told)

    def begun(*beside, **genesis):
        ledger = Ledger("unknown", ORIGIN)
        ledger.beside = list(beside)
        ledger.genesis(**genesis)
        ledger.epoch()
        for number in (2, 3):
            ledger.event(dict(id=f"u-{number}", source="/door"))
        return ledger

    def shown(ledger):
        return dict(identities=[item.raw() for item in ledger.records if item.header["kind"] == "identity"])

    ledger = begun()
    ledger.rotate("unknown 2", beside=[six])
    at = ledger.began
    of("beside-a-new-identity", ledger, [["0x06", at]], **shown(ledger))
    of("beside-a-new-identity-of-its-certificate", ledger, [["0x06", at]], index=at + 1, **shown(ledger))
    by_epoch = dict(checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[at + 1].raw())
    of("beside-a-new-identity-by-an-epoch-key", ledger, [["0x06", at]], index=at + 1, **shown(ledger), **by_epoch)
    of("beside-a-new-identity-and-previous-wrong", ledger, None, (1,), **shown(ledger), previous=fixed("x"))
    ledger.rotate("unknown 3")
    of("beside-an-identity-that-was-replaced", ledger, [["0x06", at]], **shown(ledger))
    ledger = begun(six, seven)
    ledger.rotate("unknown 2")
    of("two-of-them-beside-genesis", ledger, [["0x06", 0], ["0x07", 0]], **shown(ledger))
    # Without identities a receipt does not show genesis: nobody learns of the other key.
    own = begun(six).receipt(2)
    add(
        "good",
        "unknown-key-that-is-not-shown",
        own,
        begun(six).record_file(2),
        0,
        of=begun(six),
        index=2,
        provisional=False,
    )
    of("beside-genesis-which-is-the-record", begun(six), [["0x06", 0]], index=0)
    ledger = begun()
    thief = (six, ledger.identity)
    ledger.rotate("unknown 2", thief, epoch=False, identity=[six.tagged])
    at = ledger.began
    of("first-of-a-new-identity", ledger, [["0x06", at]], **shown(ledger))
    ledger = begun()
    ledger.rotate("unknown 2", (six, Key("thief")), epoch=False, identity=[six.tagged])
    of("first-of-a-new-identity-that-the-old-one-did-not-sign", ledger, None, (1,), **shown(ledger))


def _first_draft(add):
    """Receipts of ledgers that began under the first draft."""

    def begun(recovery=None):
        ledger = Ledger("first draft", ORIGIN)
        ledger.recovery = recovery
        ledger.genesis(settings=None, **(dict(recovery=recovery.tagged) if recovery else {}))
        ledger.epoch()
        ledger.event(dict(id="f-2", source="/door"))
        return ledger

    def of(name, ledger, result="good"):
        shown = [item.raw() for item in ledger.records if item.header["kind"] == "identity"]
        told = dict(index=2, provisional=True) if result == "good" else {}
        receipt = ledger.receipt(2, identities=shown)
        add(result, f"first-draft-{name}", receipt, ledger.record_file(2), 0 if told else 1, of=ledger, **told)

    ledger = begun()
    add(
        "good",
        "first-draft-genesis",
        ledger.receipt(0),
        ledger.record_file(0),
        0,
        of=ledger,
        index=0,
        provisional=False,
    )
    ledger.rotate("second", sequence=None)
    of("identity-without-sequence", ledger)
    ledger.settings()
    ledger.rotate("third")
    of("identity-without-sequence-and-one-with", ledger)
    ledger.rotate("fourth", sequence=None)
    of("identity-without-sequence-after-one-with", ledger, "bad")
    ledger = begun(Key("recovery"))
    ledger.rotate("second", sequence=None)
    of("identity-by-the-recovery-key", ledger)
    ledger = small_ledger()
    ledger.rotate("second", sequence=None)
    of("not-and-an-identity-without-sequence", ledger, "bad")

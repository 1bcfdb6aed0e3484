"""Bundles that disclose event keys: what they open, and what is wrong with some."""

from stranger import cbor, merkle, sealed

from .encoding import ORIGIN
from .ledger import data_key_of, seal
from .seeds import fixed


def key_of(ledger, seq, subject):
    """The key of one event."""
    return sealed.event_key(*data_key_of(subject), ledger.records[seq].body[0])


def disclosing(ledger, **keys):
    """The ledger with keys beside bodies: record5=b'...'."""
    ledger = ledger.copy()
    for name, key in keys.items():
        item = ledger.records[int(name.removeprefix("record"))]
        item.body = [*item.body, key]
    return ledger


def disclosures(both, keys_ledger, holds, newest):
    """Records 5 (body and payload) and 6 (body alone) are encrypted, 4 is in the clear."""
    plain = keys_ledger()
    ada, bob = key_of(plain, 5, "ada"), key_of(plain, 6, "bob")

    def good(name, ledger):
        both("good", f"disclosed-{name}", ledger, holds, (0,), **newest)

    def bad(name, ledger, record):
        both("bad", f"disclosed-{name}", ledger, dict(integrity="broken"), (1,), record=record, **newest)

    def changed(seq, change):
        ledger = disclosing(keys_ledger(), record5=ada)
        change(ledger.records[seq])
        return ledger

    def payload(value):
        return lambda item: setattr(item, "payload", value)

    good("keys", disclosing(plain, record5=ada, record6=bob))
    good("one-key", disclosing(plain, record5=ada))
    good("key-and-payload-withheld", changed(5, payload("withheld")))
    gone = disclosing(keys_ledger(gone="ada"), record5=ada)
    gone.records[5].payload = "erased"
    both("bad", "disclosed-key-that-was-erased", gone, dict(integrity="holds", custody="broken"), (1,), record=5)
    other = sealed.event_key(*data_key_of("ada"), fixed("x"))
    bad("key-of-another-event", disclosing(plain, record5=other), 5)
    bad("key-of-another-subject", disclosing(plain, record5=bob), 5)
    bad("keys-swapped", disclosing(plain, record5=bob, record6=ada), 5)
    bad("key-all-zero", disclosing(plain, record6=bytes(32)), 6)
    bad("key-31-bytes", disclosing(plain, record5=ada[:31]), 5)
    bad("key-33-bytes", disclosing(plain, record5=ada + b"\0"), 5)
    bad("key-text", disclosing(plain, record5="k" * 32), 5)
    bad("key-for-a-plain-record", disclosing(plain, record4=ada), 4)
    for word in ("withheld", "erased", "archived", "missing", "none"):
        ledger = plain.copy()
        ledger.records[5].body = [word, ada]
        bad(f"key-with-a-body-{word}", ledger, 5)
    ledger = plain.copy()
    ledger.records[3].body = ["none", ada]
    bad("key-of-a-key-event", ledger, 3)
    ledger = plain.copy()
    ledger.records[5].payload = [*ledger.records[5].payload, ada]
    bad("key-with-the-payload", ledger, 5)
    bad("key-twice", changed(5, lambda item: item.body.append(ada)), 5)
    bad("key-before-the-bytes", changed(5, lambda item: item.body.insert(1, item.body.pop())), 5)
    _committed(bad, keys_ledger, ada)


def _committed(bad, keys_ledger, key):
    """What the operator signed, and does not open as it must."""
    name, tag = data_key_of("ada")[1], fixed("tag")[:16]

    def spoil(case, part, domain, plaintext, under=key, committed=None):
        ledger = keys_ledger()
        item = ledger.records[5]
        content = seal(under, name, tag, ORIGIN, domain, plaintext)
        salt = getattr(item, part)[0]
        setattr(item, part, [salt, content])
        item.header[part] = merkle.commitment(salt, domain, content)
        if committed:
            item.header["key_commitment"] = committed
        item.body = [*item.body, key]
        bad(case, ledger, 5)

    body = cbor.encode(dict(id="k-2", source="/door", data_subject="person:ada"))
    other = sealed.event_key(*data_key_of("ada"), fixed("x"))
    spoil("key-opens-the-body-and-not-the-payload", "payload", merkle.SEALED_PAYLOAD, b"ada came", other)
    spoil("key-opens-the-payload-and-not-the-body", "body", merkle.SEALED_BODY, body, other)
    spoil("key-that-is-not-committed-to", "body", merkle.SEALED_BODY, body, key, sealed.key_commitment(other))
    spoil("body-not-canonical", "body", merkle.SEALED_BODY, b"\xb8" + body)
    spoil("body-without-id", "body", merkle.SEALED_BODY, cbor.encode(dict(source="/door")))
    spoil("body-empty", "body", merkle.SEALED_BODY, b"")

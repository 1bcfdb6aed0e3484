"""Vectors of sections 1 to 3: CBOR, origins, headers; and the small ledger that others build on."""

from stranger import cbor

from .ledger import START, Ledger
from .seeds import Key, Unknown, fixed

ORIGIN = "audit.example.com/doors/0123456789ab"
ELSEWHERE = "audit.example.com/doors/000000000000"


def pairs(*items):
    """A map with its keys in the given order, right or wrong; values are encoded or bytes already."""
    head = bytes([0xA0 | len(items)])
    return head + b"".join(
        cbor.encode(key) + (value.raw if isinstance(value, Raw) else cbor.encode(value)) for key, value in items
    )


class Raw:
    """Encoded bytes to be put in as they are."""

    def __init__(self, raw):
        self.raw = raw


def cbor_vectors(book):
    """One item each; only the encoding is judged."""
    good = {
        "zero": "00",
        "integer-23": "17",
        "integer-24": "1818",
        "integer-255": "18ff",
        "integer-256": "190100",
        "integer-65536": "1a00010000",
        "integer-2-to-32": "1b0000000100000000",
        "integer-greatest": "1b7fffffffffffffff",
        "false": "f4",
        "true": "f5",
        "empty-bytes": "40",
        "empty-text": "60",
        "text-not-normalised": "6365cc81",
        "text-four-byte-letter": "64f09f9480",
        "bytes-24-long": "5818" + "00" * 24,
        "map-sorted": "a2616100626161" + "01",
        "map-shorter-key-first": "a2617a0062616101",
        "array-four-deep": "8181" + "8180",
    }
    bad = {
        "nothing-at-all": "",
        "integer-not-shortest-1-byte": "1817",
        "integer-not-shortest-2-bytes": "1900ff",
        "integer-not-shortest-4-bytes": "1a0000ffff",
        "integer-not-shortest-8-bytes": "1b00000000ffffffff",
        "length-not-shortest": "5801ff",
        "text-length-not-shortest": "780161",
        "array-length-not-shortest": "980100",
        "map-length-not-shortest": "b801616100",
        "integer-2-to-63": "1b8000000000000000",
        "integer-2-to-64-less-1": "1bffffffffffffffff",
        "negative": "20",
        "negative-long": "3903e7",
        "tag": "c000",
        "tag-self-described": "d9d9f700",
        "float-half": "f93c00",
        "float-single": "fa3f800000",
        "float-double": "fb3ff0000000000000",
        "null": "f6",
        "undefined": "f7",
        "simple-value": "e0",
        "simple-value-long": "f8ff",
        "false-in-two-bytes": "f814",
        "break-alone": "ff",
        "bytes-indefinite": "5f4100ff",
        "text-indefinite": "7f6161ff",
        "array-indefinite": "9f00ff",
        "map-indefinite": "bf616100ff",
        "reserved-length-28": "1c",
        "reserved-length-31-integer": "1f",
        "trailing-byte": "0000",
        "trailing-item": "a08000",
        "cut-short-integer": "19ff",
        "cut-short-bytes": "42ff",
        "cut-short-text": "6261",
        "cut-short-array": "8100"[:2],
        "cut-short-map": "a16161",
        "length-greater-than-input": "5b7fffffffffffffff00",
        "array-length-greater-than-input": "9b7fffffffffffffff00",
        "map-length-greater-than-input": "bb7fffffffffffffff",
        "map-unsorted": "a2616200616100",
        "map-longer-key-first": "a26261610061" + "7a00",
        "map-duplicate-key": "a2616100616100",
        "map-key-integer": "a10000",
        "map-key-bytes": "a1416100",
        "array-five-deep": "8181818180",
        "array-far-too-deep": "81" * 200 + "80",
        "map-five-deep": "a16161" * 4 + "a0",
        "text-not-utf8": "61ff",
        "text-overlong": "62c080",
        "text-surrogate": "63eda080",
        "text-beyond-unicode": "64f4908080",
        "text-cut-letter": "61c3",
    }
    for result, cases in (("good", good), ("bad", bad)):
        for name, digits in cases.items():
            book.bytes("cbor", result, name, "1", bytes.fromhex(digits))


def origin_vectors(book):
    """Section 2."""
    good = {
        "plain": ORIGIN,
        "deep-prefix": "a/b/c/doors/0123456789ab",
        "name-one-letter": "localhost/d/0123456789ab",
        "name-64-letters": "x/" + "d" * 64 + "/0123456789ab",
        "name-all-signs": "x/0._-/0123456789ab",
        "longest": "p" * (200 - 19) + "/doors/0123456789ab",
        "prefix-of-dots": "../doors/0123456789ab",
        "prefix-with-dots-and-signs": "a/../%2e,;=/doors/0123456789ab",
        "prefix-like-statement-but-longer": "indelible.example/doors/0123456789ab",
    }
    bad = {
        "empty": "",
        "no-prefix": "doors/0123456789ab",
        "empty-prefix": "/doors/0123456789ab",
        "empty-segment": "a//doors/0123456789ab",
        "trailing-slash": ORIGIN + "/",
        "suffix-short": "a/doors/0123456789a",
        "suffix-long": "a/doors/0123456789abc",
        "suffix-upper-case": "a/doors/0123456789AB",
        "suffix-not-hexadecimal": "a/doors/0123456789ag",
        "name-upper-case": "a/Doors/0123456789ab",
        "name-starts-with-dot": "a/.doors/0123456789ab",
        "name-65-letters": "x/" + "d" * 65 + "/0123456789ab",
        "space": "a b/doors/0123456789ab",
        "number-sign": "a#1/doors/0123456789ab",
        "plus": "a+b/doors/0123456789ab",
        "newline": "a\nb/doors/0123456789ab",
        "not-ascii": "caf\u00e9/doors/0123456789ab",
        "control": "a\u007fb/doors/0123456789ab",
        "too-long": "p" * (201 - 19) + "/doors/0123456789ab",
        "starts-with-indelible": "indelible/doors/0123456789ab",
        "starts-with-cosignature": "cosignature/doors/0123456789ab",
        "trailing-newline": ORIGIN + "\n",
    }
    for result, cases in (("good", good), ("bad", bad)):
        for name, origin in cases.items():
            book.add("origin", result, name, "2", origin=origin)


def event_header(**changes):
    """A minimal header; a change to None takes the key out."""
    header = dict(
        v=0, kind="event", seq=7, time=START, prior_key_event=4, type="com.example.door.opened", body=fixed("body")
    )
    header.update(changes)
    return {key: value for key, value in header.items() if value is not None}


def header_vectors(book):
    """Section 3.1 and 3.2; key events are judged by their form, not their signature."""

    def add(result, name, value, layer="header", **rest):
        content = value if isinstance(value, bytes) else cbor.encode(value)
        book.bytes("header", result, name, "3.5" if layer == "statement" else "3.1", content, layer=layer, **rest)

    def good(name, value):
        add(
            "good",
            name,
            value,
            fields={
                key: item.hex()
                if isinstance(item, bytes)
                else [part.hex() for part in item]
                if isinstance(item, list)
                else item
                for key, item in value.items()
            },
        )

    good("event-minimal", event_header())
    good("event-with-all", event_header(classification="confidential", payload=fixed("payload")))
    good(
        "event-encrypted",
        event_header(
            classification="confidential",
            payload=fixed("payload"),
            data_key=fixed("data key id")[:16],
            key_commitment=fixed("key commitment"),
        ),
    )
    good("event-encrypted-without-payload", event_header(data_key=bytes(16), key_commitment=bytes(32)))
    good("event-greatest-numbers", event_header(seq=2**63 - 1, time=2**63 - 1, prior_key_event=2**63 - 2))
    good("event-time-zero", event_header(time=0))
    good("event-type-1024-bytes", event_header(type="\u00e9" * 512))
    good("event-type-of-the-daemon", event_header(type="indelible.decrypted.v1"))
    good("governance-minimal", event_header(kind="governance"))
    sealed = dict(data_key=fixed("data key id")[:16], key_commitment=fixed("key commitment"))
    good(
        "governance-with-all",
        event_header(kind="governance", classification="internal", payload=fixed("payload"), **sealed),
    )
    ledger = small_ledger()
    good("genesis", ledger.records[0].header)
    good("epoch-first", ledger.records[1].header)
    good("epoch-second", ledger.records[4].header)
    spoiled = {
        "version-1": dict(v=1),
        "version-missing": dict(v=None),
        "kind-missing": dict(kind=None),
        "seq-missing": dict(seq=None),
        "time-missing": dict(time=None),
        "prior-key-event-missing": dict(prior_key_event=None),
        "type-missing": dict(type=None),
        "type-empty": dict(type=""),
        "type-1025-bytes": dict(type="x" * 1025),
        "type-newline": dict(type="a\nb"),
        "type-c1-control": dict(type="a\u0085b"),
        "type-delete": dict(type="a\u007f"),
        "classification-empty": dict(classification=""),
        "classification-1025-bytes": dict(classification="x" * 1025),
        "body-missing": dict(body=None),
        "body-31-bytes": dict(body=bytes(31)),
        "body-text": dict(body="x" * 32),
        "payload-33-bytes": dict(payload=bytes(33)),
        "payload-empty": dict(payload=b""),
        "kind-unknown": dict(kind="note"),
        "kind-governance-without-body": dict(kind="governance", body=None),
        "kind-governance-without-type": dict(kind="governance", type=None),
        "kind-governance-with-statement": dict(kind="governance", statement=b"\xa0", signatures=[bytes(64)]),
        "kind-governance-data-key-without-key-commitment": dict(kind="governance", data_key=bytes(16)),
        "kind-closed-with-the-keys-of-an-event": dict(kind="closed"),
        "kind-settings-with-the-keys-of-an-event": dict(kind="settings"),
        "kind-producer-with-the-keys-of-an-event": dict(kind="producer"),
        "kind-disposal-with-the-keys-of-an-event": dict(kind="disposal"),
        "kind-erasure-with-the-keys-of-an-event": dict(kind="erasure"),
        "kind-not-text": dict(kind=0),
        "unknown-key": dict(extra=0),
        "data-key-without-key-commitment": dict(data_key=bytes(16)),
        "key-commitment-without-data-key": dict(key_commitment=bytes(32)),
        "data-key-32-bytes": dict(data_key=bytes(32), key_commitment=bytes(32)),
        "key-commitment-31-bytes": dict(data_key=bytes(16), key_commitment=bytes(31)),
        "seq-boolean": dict(seq=True),
        "seq-text": dict(seq="7"),
        "event-with-statement": dict(statement=b"\xa0"),
        "event-with-signatures": dict(signatures=[bytes(64)]),
        "event-at-0": dict(seq=0, prior_key_event=0),
        "event-at-1": dict(seq=1, prior_key_event=0),
        "prior-key-event-is-itself": dict(prior_key_event=7),
        "prior-key-event-0-at-2": dict(seq=2, prior_key_event=0),
        "governance-at-1": dict(kind="governance", seq=1, prior_key_event=0),
        "prior-key-event-above": dict(prior_key_event=8),
        "kind-genesis-without-statement": dict(kind="genesis"),
    }
    for name, changes in spoiled.items():
        place = "-at-" in name or name.startswith("prior-key-event-") and not name.endswith("missing")
        add("bad", name, event_header(**changes), "place" if place else "header")
    plain = cbor.encode(event_header())
    add("bad", "not-a-map", cbor.encode([1]))
    add("bad", "trailing-byte", plain + b"\0")
    add("bad", "cut-short", plain[:-1])
    add("bad", "keys-not-sorted", pairs(*reversed(sorted(event_header().items()))))
    ordered = sorted(event_header().items(), key=lambda pair: cbor.encode(pair[0]))
    add("bad", "key-twice", pairs(ordered[0], *ordered))
    add(
        "bad",
        "seq-not-shortest",
        pairs(*((key, Raw(b"\x18\x07") if key == "seq" else value) for key, value in ordered)),
    )
    add(
        "bad",
        "time-float",
        pairs(*((key, Raw(bytes.fromhex("fb41d954fc40000000")) if key == "time" else value) for key, value in ordered)),
    )
    add(
        "bad",
        "classification-null",
        pairs(
            *sorted([*event_header().items(), ("classification", Raw(b"\xf6"))], key=lambda pair: cbor.encode(pair[0]))
        ),
    )
    add("bad", "longer-than-4096-bytes", event_header(type="x" * 1024, classification="y" * 1024, extra="z" * 3000))
    _key_event_forms(add, good, ledger)


def _key_event_forms(add, good, ledger):
    genesis, epoch = ledger.records[0].header, ledger.records[1].header
    statement = {0: cbor.decode(genesis["statement"]), 1: cbor.decode(epoch["statement"])}
    for name, changes in {
        "no-signature": dict(signatures=[]),
        "signatures-9": dict(signatures=epoch["signatures"] * 9),
        "signature-empty": dict(signatures=[b""]),
        "signature-8193-bytes": dict(signatures=[bytes(8193)]),
        "signature-text": dict(signatures=["x" * 64]),
        "without-statement": dict(statement=None),
        "with-data-key": dict(data_key=bytes(16), key_commitment=bytes(32)),
        "with-body": dict(body=bytes(32)),
        "with-type": dict(type="x"),
        "statement-empty": dict(statement=b""),
        "statement-not-canonical": dict(statement=b"\xb8\x05" + epoch["statement"][1:]),
        "statement-trailing-byte": dict(statement=epoch["statement"] + b"\0"),
        "statement-is-a-map": dict(statement=statement[1]),
    }.items():
        inner = name in ("statement-empty", "statement-not-canonical", "statement-trailing-byte")
        value = {key: item for key, item in {**epoch, **changes}.items() if item is not None}
        add("bad", f"epoch-{name}", value, "statement" if inner else "header")
    add("bad", "genesis-at-5", {**genesis, "seq": 5, "prior_key_event": 4}, "place")
    add("bad", "epoch-at-0", {**epoch, "seq": 0}, "place")
    for name, changes in {
        "key-without-type-byte": dict(key=Key("x").public),
        "key-type-2": dict(key=b"\x02" + Key("x").public),
        "key-34-bytes": dict(key=Key("x").tagged + b"\0"),
        "root-31-bytes": dict(root=bytes(31)),
        "unknown-key": dict(witness=0),
        "origin-not-allowed": dict(origin="doors"),
    }.items():
        add("bad", f"epoch-{name}", {**epoch, "statement": cbor.encode({**statement[1], **changes})}, "statement")
    two = [Key("x").tagged, Key("y").tagged]
    known, six, seven = Key("x"), Unknown(6, "six"), Unknown(7, "seven")
    basic = statement[0]["settings"]
    for name, changes in {
        "no-identity": dict(identity=[]),
        "identity-of-two-keys-of-one-type": dict(identity=two),
        "identity-of-two-unknown-keys-of-one-type": dict(identity=[two[0], six.tagged, Unknown(6, "x").tagged]),
        "identity-types-not-ascending": dict(identity=[two[0], seven.tagged, six.tagged]),
        "identity-of-five-keys": dict(identity=[two[0], *(Unknown(kind, "x").tagged for kind in (6, 7, 8, 9))]),
        "identity-key-of-its-type-byte-alone": dict(identity=[two[0], b"\x06"]),
        "identity-key-2049-bytes": dict(identity=[two[0], Unknown(6, "x", 2048).tagged]),
        "identity-key-empty": dict(identity=[b""]),
        "identity-key-text": dict(identity=["x" * 33]),
        "recovery-of-an-unknown-type": dict(recovery=six.tagged),
        "recovery-empty": dict(recovery=b""),
        "settings-empty": dict(settings={}),
        "settings-without-conventions": dict(
            settings={key: item for key, item in basic.items() if key != "conventions"}
        ),
        "settings-encryption-none": dict(settings=dict(basic, encryption="none")),
        "predecessor-of-its-own-origin": dict(predecessor=dict(origin=ORIGIN, size=3, root=bytes(32), chain=bytes(32))),
        "predecessor-root-31-bytes": dict(predecessor=dict(origin=ELSEWHERE, size=3, root=bytes(31), chain=bytes(32))),
        "recovery-small-order": dict(recovery=b"\x01\x01" + bytes(31)),
        "predecessor-lacks-chain": dict(predecessor=dict(origin=ORIGIN, size=3, root=bytes(32))),
    }.items():
        add("bad", f"genesis-{name}", {**genesis, "statement": cbor.encode({**statement[0], **changes})}, "statement")
    two_keys = dict(statement[0], identity=[known.tagged, six.tagged])
    for name, value, signatures in (
        ("genesis-without-settings", {key: item for key, item in statement[0].items() if key != "settings"}, None),
        ("genesis-with-recovery-and-settings", dict(statement[0], recovery=known.tagged), None),
        ("genesis-of-two-keys", two_keys, [bytes(64), bytes(8192)]),
        (
            "genesis-of-four-keys",
            dict(two_keys, identity=[known.tagged, six.tagged, b"\x07x", b"\xff" + bytes(2047)]),
            None,
        ),
    ):
        value = {**genesis, "statement": cbor.encode(value), "signatures": signatures or genesis["signatures"]}
        good(name, value)
    good("epoch-8-signatures-of-1-byte", dict(epoch, signatures=[b"x"] * 8))
    filler = dict(epoch, kind="settings", seq=7, prior_key_event=4)
    for name, length in (("16384-bytes", 16_384), ("4097-bytes", 4_097)):
        value = dict(filler, statement=bytes(length - len(cbor.encode(dict(filler, statement=b""))) - 2))
        if len(cbor.encode(value)) != length:
            raise ValueError(f"{name}: {len(cbor.encode(value))}")
        good(f"key-event-{name}", value)
        if length > 5000:
            add("bad", "key-event-16385-bytes", dict(value, statement=value["statement"] + b"\0"))


def small_ledger():
    """Seven records: genesis, certificate, two events, certificate, two events."""
    ledger = Ledger("small", ORIGIN)
    ledger.genesis()
    ledger.epoch()
    ledger.event(dict(id="e-1", source="/door/7", actor="user:ada", facts=dict(floor=2, opened=True)), b'{"door":7}')
    ledger.event(dict(id="e-2", source="/door/7"))
    ledger.epoch()
    ledger.event(dict(id="e-3", source="/door/8", subject="door 8"), b'{"door":8}', classification="internal")
    ledger.event(dict(id="e-4", source="/door/8"), b"")
    return ledger

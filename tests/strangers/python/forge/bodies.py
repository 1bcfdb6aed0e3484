"""Vectors of sections 3.3 and 7: bodies and record files."""

from stranger import cbor

from .encoding import Raw, pairs, small_ledger
from .seeds import Key, fixed

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def body_vectors(book):
    """Section 3.3."""
    least = dict(id="1", source="/door")
    full = dict(
        id="e-1",
        source="//example.com/door",
        subject="door 7",
        time="2026-11-20T09:00:00Z",
        datacontenttype="application/json",
        actor="user:ada",
        correlation_id="c-1",
        causation_id="e-0",
        data_subject="person:9",
        facts=dict(amount="12.50", count=3, opened=True, z=0),
        envelope=dict(key_id="k-1", nonce=bytes(12), aad_digest=fixed("aad")),
        digests=dict(
            input=dict(sha256=fixed("i"), blake3=fixed("j"), sha512=fixed("k") * 2), output=dict(md5=bytes(16))
        ),
        producer=dict(key=Key("producer").tagged, signature=bytes(64)),
        traceparent=TRACE,
    )
    good = {
        "minimal": least,
        "with-all": full,
        "id-256-bytes": dict(least, id="\u00e9" * 128),
        "facts-32": dict(least, facts={f"f{n}": n for n in range(32)}),
        "fact-false": dict(least, facts=dict(f=False)),
        "digests-32": dict(least, digests={f"c{n}": dict(sha256=fixed(str(n))) for n in range(32)}),
        "text-not-normalised": dict(least, subject="e\u0301"),
        "time-is-any-text": dict(least, time="yesterday"),
        "envelope-key-id-only": dict(least, envelope=dict(key_id="k")),
        "producer": dict(least, producer=full["producer"]),
        "producer-and-digest-of-the-payload": dict(
            least, producer=full["producer"], digests=dict(payload=dict(sha256=fixed("p")))
        ),
        "source-of-the-daemon": dict(least, source="urn:indelible:gate"),
        "traceparent": dict(least, traceparent=TRACE),
        "traceparent-flags-ff": dict(least, traceparent=TRACE[:-2] + "ff"),
    }
    bad = {
        "id-missing": dict(source="/door"),
        "source-missing": dict(id="1"),
        "id-empty": dict(least, id=""),
        "id-257-bytes": dict(least, id="x" * 257),
        "source-257-bytes": dict(least, source="x" * 257),
        "subject-257-bytes": dict(least, subject="x" * 257),
        "actor-257-bytes": dict(least, actor="x" * 257),
        "data-subject-257-bytes": dict(least, data_subject="x" * 257),
        "time-65-bytes": dict(least, time="x" * 65),
        "correlation-id-1025-bytes": dict(least, correlation_id="x" * 1025),
        "datacontenttype-1025-bytes": dict(least, datacontenttype="x" * 1025),
        "id-null-character": dict(least, id="a\0"),
        "source-newline": dict(least, source="a\n"),
        "subject-c1-control": dict(least, subject="\u009f"),
        "subject-empty": dict(least, subject=""),
        "id-integer": dict(least, id=1),
        "unknown-key": dict(least, extra=0),
        "type-in-body": dict(least, type="x"),
        "facts-empty": dict(least, facts={}),
        "facts-33": dict(least, facts={f"f{n}": n for n in range(33)}),
        "fact-bytes": dict(least, facts=dict(f=b"x")),
        "fact-array": dict(least, facts=dict(f=[])),
        "fact-name-129-bytes": dict(least, facts={"x" * 129: 0}),
        "fact-text-1025-bytes": dict(least, facts=dict(f="x" * 1025)),
        "digests-empty": dict(least, digests={}),
        "digest-component-empty": dict(least, digests=dict(input={})),
        "digests-33-of-11-components": dict(
            least, digests={f"c{n}": dict(a=bytes(16), b=bytes(16), c=bytes(16)) for n in range(11)}
        ),
        "digest-15-bytes": dict(least, digests=dict(input=dict(md5=bytes(15)))),
        "digest-65-bytes": dict(least, digests=dict(input=dict(x=bytes(65)))),
        "digest-sha256-31-bytes": dict(least, digests=dict(input=dict(sha256=bytes(31)))),
        "digest-blake3-64-bytes": dict(least, digests=dict(input=dict(blake3=bytes(64)))),
        "digest-sha512-32-bytes": dict(least, digests=dict(input=dict(sha512=bytes(32)))),
        "digest-text": dict(least, digests=dict(input=dict(sha256="x" * 32))),
        "envelope-empty": dict(least, envelope={}),
        "envelope-without-key-id": dict(least, envelope=dict(nonce=bytes(12))),
        "envelope-nonce-7-bytes": dict(least, envelope=dict(key_id="k", nonce=bytes(7))),
        "envelope-nonce-33-bytes": dict(least, envelope=dict(key_id="k", nonce=bytes(33))),
        "envelope-aad-digest-31-bytes": dict(least, envelope=dict(key_id="k", aad_digest=bytes(31))),
        "envelope-unknown-key": dict(least, envelope=dict(key_id="k", alg="x")),
        "envelope-key-id-empty": dict(least, envelope=dict(key_id="")),
        "envelope-key-id-newline": dict(least, envelope=dict(key_id="a\nb")),
        "envelope-key-id-1025-bytes": dict(least, envelope=dict(key_id="x" * 1025)),
        "producer-empty": dict(least, producer={}),
        "producer-without-signature": dict(least, producer=dict(key=full["producer"]["key"])),
        "producer-without-key": dict(least, producer=dict(signature=bytes(64))),
        "producer-unknown-key": dict(least, producer=dict(full["producer"], name="x")),
        "producer-key-without-type-byte": dict(least, producer=dict(full["producer"], key=Key("producer").public)),
        "producer-key-of-an-unknown-type": dict(least, producer=dict(full["producer"], key=b"\x06" + bytes(32))),
        "producer-key-small-order": dict(least, producer=dict(full["producer"], key=b"\x01\x01" + bytes(31))),
        "producer-signature-text": dict(least, producer=dict(full["producer"], signature="x" * 64)),
        "traceparent-version-01": dict(least, traceparent="01" + TRACE[2:]),
        "traceparent-upper-case": dict(least, traceparent=TRACE.upper()),
        "traceparent-trace-all-zero": dict(least, traceparent=f"00-{'0' * 32}-{'1' * 16}-01"),
        "traceparent-parent-all-zero": dict(least, traceparent=f"00-{'1' * 32}-{'0' * 16}-01"),
        "traceparent-with-more": dict(least, traceparent=TRACE + "-00"),
        "traceparent-newline": dict(least, traceparent=TRACE + "\n"),
        "traceparent-without-flags": dict(least, traceparent=TRACE[:-3]),
        "traceparent-empty": dict(least, traceparent=""),
        "longer-than-16384-bytes": dict(least, facts={f"fact {n:03}": "x" * 1000 for n in range(17)}),
    }
    for result, cases in (("good", good), ("bad", bad)):
        for name, value in cases.items():
            book.bytes("body", result, name, "3.3", cbor.encode(value))
    book.bytes("body", "bad", "keys-not-sorted", "1", pairs(("source", "/door"), ("id", "1")))
    book.bytes(
        "body",
        "bad",
        "facts-not-sorted",
        "1",
        pairs(("id", "1"), ("facts", Raw(pairs(("b", 0), ("a", 0)))), ("source", "/door")),
    )
    book.bytes(
        "body",
        "bad",
        "fact-float",
        "1",
        pairs(("id", "1"), ("facts", Raw(pairs(("a", Raw(bytes.fromhex("f93c00")))))), ("source", "/door")),
    )
    book.bytes(
        "body",
        "bad",
        "fact-negative",
        "1",
        pairs(("id", "1"), ("facts", Raw(pairs(("a", Raw(b"\x20"))))), ("source", "/door")),
    )
    book.bytes("body", "bad", "trailing-byte", "1", cbor.encode(least) + b"\0")


def record_file_vectors(book):
    """The form of record files, section 7."""
    ledger = small_ledger()
    book.bytes("record-file", "good", "header-only", "7", cbor.encode(ledger.record_file(2)))
    book.bytes("record-file", "good", "body-and-payload", "7", cbor.encode(ledger.record_file(2, "body", "payload")))
    full = ledger.record_file(2, "body", "payload")
    opened = dict(full, event_key=bytes(32))
    book.bytes("record-file", "good", "with-event-key", "7", cbor.encode(opened))
    book.bytes("record-file", "bad", "event-key-31-bytes", "7", cbor.encode(dict(opened, event_key=bytes(31))))
    for name, changes in {
        "salt-31-bytes": dict(body=[bytes(31), full["body"][1]]),
        "body-of-three-parts": dict(body=[*full["body"], b""]),
        "body-withheld-word": dict(body="withheld"),
        "unknown-key": dict(note=b""),
        "header-is-a-map": dict(header={}),
    }.items():
        book.bytes("record-file", "bad", name, "7", cbor.encode({**full, **changes}))
    book.bytes("record-file", "bad", "header-missing", "7", cbor.encode(dict(body=full["body"])))
    book.bytes("record-file", "bad", "trailing-byte", "7", cbor.encode(full) + b"\0")

"""A ledger with settings, producers, governance, disposals and an end; and key events of those kinds, one by one."""

import hashlib

from stranger import record

from .encoding import ELSEWHERE, ORIGIN
from .ledger import BASIC, Ledger, data_key_of, signed_body
from .seeds import Key, Unknown, fixed
from .signing import pinned

GATE, SECOND = Key("producer gate"), Key("producer second")
STATE = b"the state of the gate"
STATE_TYPE = "indelible.governance.state.v1"
LEDGER_KEY = data_key_of("ledger")[1]
ADA, BOB = data_key_of("ada")[1], data_key_of("bob")[1]
HOLD = fixed("hold")[:16]


def rule(name, action, parts, days, clock="recorded", **more):
    """A retention rule."""
    return dict(name=name, action=action, parts=parts, after_days=days, clock=clock, basis="HGB 257", **more)


RULES = [
    rule("archive-payloads", "archive", "payloads", 30),
    rule("clips", "erase", "payloads", 1, "event", type="com.example.clip"),
    rule("erase-all", "erase", "all", 10),
    rule("gate-decisions", "erase", "all", 1, type="indelible.gate.v1"),
    rule("internal", "erase", "bodies", 1, classification="internal"),
]
SETTINGS = dict(BASIC, access_trail=True, signed_sources=["/gate"], retention=RULES)
ARCHIVE = dict(sha256=fixed("archive"), location="s3://archive.example.com/2026-12")


def disposal(ledger, name, *spans, signer=None, **more):
    """Parts of records are gone, or somewhere else."""
    ledger.state("disposal", signer, rule=name, spans=[list(span) for span in spans], **more)


def state_event(ledger, subject=None, state=STATE, **changes):
    """A governance record of a snapshot."""
    digests = dict(state=dict(sha256=hashlib.sha256(state).digest()))
    body = dict(id=f"g-{len(ledger.records)}", source="urn:indelible:gate", digests=digests)
    body = {key: value for key, value in {**body, **changes.pop("body", {})}.items() if value is not None}
    changes = dict(dict(record_kind="governance", kind=STATE_TYPE), **changes)
    if subject:
        ledger.sealed_event(body, subject=subject, **changes)
    else:
        ledger.event(body, **changes)


def gate_event(ledger, number="e-4", source="/gate", key=GATE, payload=b"open", **header):
    """An event that its producer signed."""
    body = signed_body(ledger, key, dict(id=number, source=source), payload, **header)
    ledger.event(body, payload, **header)


def later(days, step):
    """The step, after so many days."""

    def run(ledger):
        ledger.wait(days)
        step(ledger)

    return run


STEPS = [
    lambda ledger: ledger.genesis(settings=SETTINGS),
    lambda ledger: ledger.epoch(),
    lambda ledger: ledger.state("data-key", data_key=LEDGER_KEY),
    lambda ledger: ledger.register(GATE, "gate firmware", ["/gate", "/gate/2"]),
    gate_event,
    lambda ledger: ledger.event(dict(id="e-5", source="/door"), b"five"),
    lambda ledger: ledger.event(dict(id="e-6", source="/door"), b"six", classification="internal"),
    lambda ledger: ledger.sealed_event(dict(id="e-7", source="/door", data_subject="person:ada"), b"ada came"),
    lambda ledger: ledger.sealed_event(
        dict(id="e-8", source="/door", data_subject="person:bob"), b"bob", subject="bob"
    ),
    lambda ledger: ledger.event(
        dict(id="g-9", source="urn:indelible:gate"), record_kind="governance", kind="indelible.gate.v1"
    ),
    state_event,
    lambda ledger: state_event(ledger, "ledger"),
    lambda ledger: ledger.event(dict(id="e-12", source="/door"), b"clip", kind="com.example.clip"),
    later(40, lambda ledger: ledger.register(SECOND, "second")),
    lambda ledger: disposal(ledger, "erase-all", (5, 6)),
    lambda ledger: disposal(ledger, "archive-payloads", (6, 7), archive=ARCHIVE),
    lambda ledger: ledger.state("settings", settings=dict(SETTINGS, encryption="all"), reason="audit of 2026"),
    lambda ledger: ledger.sealed_event(
        signed_body(ledger, SECOND, dict(id="e-17", source="/gate"), b"shut"), b"shut", subject="ledger"
    ),
    lambda ledger: ledger.state("producer", action="revoke", key=GATE.tagged, size=18, reason="replaced"),
    lambda ledger: ledger.state("erasure", data_keys=[ADA], basis="GDPR Art. 17(1)(b)"),
    lambda ledger: ledger.state("closed", successor=ELSEWHERE, reason="moved"),
    lambda ledger: ledger.epoch(),
    lambda ledger: disposal(ledger, "gate-decisions", (9, 10)),
]
GONE = {5: ("erased", "erased"), 6: (None, "archived"), 7: ("erased", "erased"), 9: ("erased", None)}


def life_ledger(swap=None, more=(), gone=None, size=None):
    """The steps, some replaced, and more after them; `gone` says which words stand in place of parts."""
    ledger = Ledger("life", ORIGIN)
    for seq, step in enumerate(STEPS[:size]):
        (swap or {}).get(seq, step)(ledger)
        if len(ledger.records) != seq + 1:
            raise ValueError(f"step {seq} makes not one record")
    for step in more:
        step(ledger)
    for seq, words in {**GONE, **(gone or {})}.items():
        if seq < len(ledger.records):
            item = ledger.records[seq]
            item.body, item.payload = words[0] or item.body, words[1] or item.payload
    return ledger


def life_key_events(book):
    """Section 3.5 and 3.8: each event after the few that it needs."""

    def ledger_of(steps, **genesis):
        ledger = Ledger("events", ORIGIN)
        ledger.recovery = genesis.pop("recovery_key", None)
        if ledger.recovery:
            genesis["recovery"] = ledger.recovery.tagged
        ledger.genesis(**{"settings": dict(BASIC, retention=RULES), **genesis})
        ledger.epoch()
        for step in steps:
            step(ledger)
        return ledger

    def add(result, name, *steps, section="3.5", **genesis):
        items = ledger_of(steps, **genesis).records
        told = {}
        if result == "good":
            kind, raw = items[-1].header["kind"], items[-1].header["statement"]
            statement = record.parse_statement(kind, raw)
            told = dict(statement=raw.hex(), message=record.signed_message(kind, raw).hex())
            if kind == "identity" and genesis.get("recovery_key") and "sequence" in statement:
                told["recovery_message"] = record.recovery_message(statement).hex()
            if kind == "producer" and "proof" in statement:
                told["proof_message"] = record.proof_message(statement).hex()
        before = [item.raw().hex() for item in items[:-1] if record.is_key_event(item.header)]
        book.bytes("key-event", result, name, section, items[-1].raw(), before=before, **told, **key)

    key = pinned(ledger_of(()).vkey())

    def good(name, *steps, **rest):
        add("good", name, *steps, **rest)

    def bad(name, *steps, **rest):
        add("bad", name, *steps, **rest)

    _settings(good, bad)
    _producers(good, bad)
    _disposals(good, bad)
    _ends(good, bad)
    _older_kinds(good, bad)
    _rotations(good, bad)
    _first_draft(good, bad)


def to(kind, signer=None, **statement):
    """A step: a key event with just the origin besides."""
    return lambda ledger: ledger.state(kind, signer, **statement)


def settings(signer=None, **changes):
    """A step: settings, complete but for what is changed; None takes a key out."""
    told = {key: value for key, value in {**BASIC, **changes}.items() if value is not None}
    return to("settings", signer, settings=told)


def _settings(good, bad):
    rules = [rule(f"rule {number:02}", "erase", "all", 1) for number in range(33)]
    sources = [f"/gate/{number:02}" for number in range(65)]
    good("settings", settings(conventions=True))
    good("settings-same-again", settings())
    good("settings-promises", settings(encryption="all", access_trail=True))
    good("settings-kept-promises", settings(encryption="all"), settings(encryption="all", access_trail=True))
    good("settings-with-64-sources", settings(signed_sources=sources[:64]))
    good("settings-with-32-rules", settings(retention=rules[:32]))
    good("settings-with-all", to("settings", settings=SETTINGS, reason="audit of 2026"))
    good(
        "settings-rules-by-their-bytes",
        settings(retention=[rule("B", "erase", "all", 1), rule("a", "erase", "all", 1)]),
    )
    good("settings-rule-after-2-to-63-less-1-days", settings(retention=[rule("a", "archive", "payloads", 2**63 - 1)]))
    other = dict(origin=ELSEWHERE)
    bad("settings-of-another-origin", to("settings", settings=BASIC, **other))
    bad("settings-signed-by-another-key", settings(Key("thief")))
    bad("settings-without-settings", to("settings"))
    bad("settings-empty-reason", to("settings", settings=BASIC, reason=""))
    for key in BASIC:
        bad(f"settings-without-{key.replace('_', '-')}", settings(**{key: None}))
    bad("settings-unknown-key", settings(worm=True))
    bad("settings-encryption-none", settings(encryption="none"))
    bad("settings-access-trail-integer", settings(access_trail=1))
    bad("settings-conventions-text", settings(conventions="true"))
    bad("settings-signed-sources-empty", settings(signed_sources=[]))
    bad("settings-with-65-sources", settings(signed_sources=sources))
    bad("settings-signed-sources-not-ascending", settings(signed_sources=["/b", "/a"]))
    bad("settings-signed-source-twice", settings(signed_sources=["/a", "/a"]))
    bad("settings-signed-source-empty", settings(signed_sources=[""]))
    bad("settings-signed-source-newline", settings(signed_sources=["/a\n"]))
    bad("settings-signed-source-257-bytes", settings(signed_sources=["x" * 257]))
    bad("settings-retention-empty", settings(retention=[]))
    bad("settings-with-33-rules", settings(retention=rules))
    bad("settings-rules-not-ascending", settings(retention=[rules[1], rules[0]]))
    bad("settings-rule-twice", settings(retention=[rules[0], dict(rules[0], after_days=2)]))
    for name, changes in {
        "name-empty": dict(name=""),
        "name-129-bytes": dict(name="x" * 129),
        "name-newline": dict(name="a\n"),
        "action-unknown": dict(action="delete"),
        "parts-unknown": dict(parts="headers"),
        "after-0-days": dict(after_days=0),
        "after-days-text": dict(after_days="10"),
        "clock-unknown": dict(clock="wall"),
        "basis-empty": dict(basis=""),
        "basis-1025-bytes": dict(basis="x" * 1025),
        "type-empty": dict(type=""),
        "classification-1025-bytes": dict(classification="x" * 1025),
        "unknown-key": dict(subject="x"),
    }.items():
        bad(f"settings-rule-{name}", settings(retention=[{**rules[0], **changes}]))
    for key in rules[0]:
        short = {name: value for name, value in rules[0].items() if name != key}
        bad(f"settings-rule-without-{key.replace('_', '-')}", settings(retention=[short]))
    bad("settings-take-encryption-back", settings(), settings=dict(BASIC, encryption="all"))
    bad("settings-take-access-trail-back", settings(), settings=dict(BASIC, access_trail=True))
    bad("settings-take-back-what-settings-promised", settings(encryption="all"), settings())
    bad(
        "settings-take-one-back-and-promise-another",
        settings(access_trail=True),
        settings(encryption="all"),
    )


def producer(key=GATE, action="register", signer=None, **statement):
    """A step: a producer record as it is told."""
    return to("producer", signer, action=action, key=key.tagged, **statement)


def register(key=GATE, name="gate", sources=None, **changes):
    """A step: a producer's key, registered."""
    return lambda ledger: ledger.register(key, name, sources, **changes)


def revoke(key=GATE, size=2, **more):
    """A step: a producer's key, revoked."""
    return producer(key, "revoke", size=size, **more)


def proof(by=GATE, **told):
    """A proof over what is told."""
    return by.sign(record.proof_message(dict(dict(key=GATE.tagged, name="gate", origin=ORIGIN), **told)))


def _producers(good, bad):
    good("producer", register())
    good("producer-with-sources", register(sources=["/gate", "/gate/2"]))
    good("producer-with-64-sources", register(sources=[f"/gate/{number:02}" for number in range(64)]))
    good("producer-second", register(), register(SECOND, "gate"))
    good("producer-revoked", register(), revoke())
    good("producer-revoked-at-its-own-place", register(), revoke(size=3, reason="lost"))
    good("producer-revoked-from-0-on", register(), revoke(size=0))
    for name, changes in {
        "proof-by-another-key": dict(proof=proof(SECOND)),
        "proof-of-another-name": dict(proof=proof(name="gates")),
        "proof-of-another-origin": dict(proof=proof(origin=ELSEWHERE)),
        "proof-of-other-sources": dict(proof=proof(sources=["/gate"])),
        "proof-of-another-key": dict(proof=proof(key=SECOND.tagged)),
        "proof-63-bytes": dict(proof=proof()[:63]),
        "name-empty": dict(name="", proof=proof(name="")),
        "name-129-bytes": dict(name="x" * 129, proof=proof(name="x" * 129)),
        "unknown-key": dict(size=2),
        "of-another-origin": dict(origin=ELSEWHERE, proof=proof(origin=ELSEWHERE)),
    }.items():
        bad(f"producer-{name}", register(**changes))
    message = record.proof_message(dict(key=GATE.tagged, name="gate", origin=ORIGIN))
    bare = message.split(b"\n", 1)[1]
    bad("producer-proof-without-prefix", register(proof=GATE.sign(bare)))
    bad("producer-proof-with-the-prefix-of-an-event", register(proof=GATE.sign(b"indelible/producer@v1\n" + bare)))
    bad("producer-sources-empty", producer(name="gate", sources=[], proof=proof(sources=[])))
    for name, sources in {
        "sources-not-ascending": ["/b", "/a"],
        "source-twice": ["/a", "/a"],
        "source-empty": [""],
        "with-65-sources": [f"/gate/{number:02}" for number in range(65)],
    }.items():
        bad(f"producer-{name}", register(sources=sources))
    bad("producer-without-proof", producer(name="gate"))
    bad("producer-sources-added", producer(name="gate", sources=["/gate"], proof=proof()))
    bad("producer-sources-dropped", producer(name="gate", proof=proof(sources=["/gate"])))
    bad("producer-without-name", producer(proof=proof()))
    bad("producer-action-unknown", producer(action="renew", name="gate", proof=proof()))
    bad("producer-key-of-an-unknown-type", producer(Unknown(6, "producer", 32), name="gate", proof=bytes(64)))
    bad("producer-signed-by-itself", producer(signer=GATE, name="gate", proof=proof()))
    bad("producer-registered-twice", register(), register())
    bad("producer-registered-again-after-it-was-revoked", register(), revoke(), register())
    bad("producer-of-the-identity", register(Key("events identity")))
    bad("producer-of-the-epoch", register(Key("events epoch 1")))
    bad("producer-of-the-recovery-key", register(Key("recovery")), recovery_key=Key("recovery"))
    bad("producer-revoked-but-never-registered", revoke())
    bad("producer-revoked-twice", register(), revoke(), revoke(size=1))
    bad("producer-revoked-beyond-its-own-place", register(), revoke(size=4))
    bad("producer-revoked-without-size", register(), producer(action="revoke"))
    bad("producer-revoked-with-a-name", register(), revoke(name="gate"))
    bad("producer-revoked-with-a-proof", register(), revoke(proof=proof()))
    bad("producer-revoked-by-itself", register(), revoke(signer=GATE))


def gone(name="erase-all", *spans, **more):
    """A step: a disposal."""
    return lambda ledger: disposal(ledger, name, *spans, **more)


def _disposals(good, bad):
    many = [(2 * number, 2 * number + 1) for number in range(65)]

    def grown(count):
        def step(ledger):
            while len(ledger.records) < count:
                ledger.event(dict(id=f"d-{len(ledger.records)}", source="/door"))

        return step

    place = dict(hold=HOLD, action="place")
    good("disposal", gone("erase-all", (0, 2)))
    good("disposal-of-two-spans", grown(6), gone("erase-all", (2, 3), (4, 6)))
    good("disposal-with-64-spans", grown(140), gone("erase-all", *many[:64]))
    good("disposal-archive", gone("archive-payloads", (0, 1), archive=ARCHIVE))
    good("disposal-under-a-hold-on-a-data-key", to("hold", **place, data_keys=[ADA]), gone("erase-all", (0, 2)))
    released = to("hold", hold=HOLD, action="release")
    good("disposal-after-a-hold-on-the-ledger", to("hold", **place), released, gone("erase-all", (0, 2)))
    good("disposal-under-a-rule-of-later-settings", settings(retention=[RULES[2]]), gone("erase-all", (0, 2)))
    bad("disposal-under-a-hold-on-the-ledger", to("hold", **place), gone("erase-all", (0, 2)))
    bad("disposal-under-no-rule", gone("erase", (0, 2)))
    bad("disposal-under-a-rule-that-was-dropped", settings(), gone("erase-all", (0, 2)))
    bad("disposal-without-retention", gone("erase-all", (0, 2)), settings=BASIC)
    bad("disposal-without-settings", gone("erase-all", (0, 2)), settings=None)
    bad("disposal-archive-missing", gone("archive-payloads", (0, 1)))
    bad("disposal-archive-of-what-is-erased", gone("erase-all", (0, 1), archive=ARCHIVE))
    for name, spans in {
        "of-nothing": [],
        "span-empty": [[1, 1]],
        "span-reversed": [[1, 0]],
        "spans-touch": [[0, 1], [1, 2]],
        "spans-overlap": [[0, 2], [1, 2]],
        "spans-not-ascending": [[1, 2], [0, 1]],
        "span-twice": [[0, 1], [0, 1]],
        "span-of-one-number": [[0]],
        "span-of-three-numbers": [[0, 1, 2]],
        "span-of-texts": [["0", "1"]],
        "span-is-a-number": [0],
        "beyond-its-own-place": [[0, 3]],
    }.items():
        bad(f"disposal-{name}", to("disposal", rule="erase-all", spans=spans))
    bad("disposal-with-65-spans", grown(140), gone("erase-all", *many))
    bad("disposal-without-rule", to("disposal", spans=[[0, 1]]))
    bad("disposal-rule-empty", gone("", (0, 1)))
    bad("disposal-unknown-key", gone("erase-all", (0, 1), basis="x"))
    bad("disposal-of-another-origin", to("disposal", rule="erase-all", spans=[[0, 1]], origin=ELSEWHERE))
    bad("disposal-signed-by-another-key", gone("erase-all", (0, 1), signer=Key("thief")))
    for name, changes in {
        "archive-digest-31-bytes": dict(sha256=bytes(31)),
        "archive-location-empty": dict(location=""),
        "archive-location-1025-bytes": dict(location="x" * 1025),
        "archive-unknown-key": dict(size=1),
    }.items():
        bad(f"disposal-{name}", gone("archive-payloads", (0, 1), archive={**ARCHIVE, **changes}))
    bad("disposal-archive-without-location", gone("archive-payloads", (0, 1), archive=dict(sha256=bytes(32))))


def _ends(good, bad):
    closed = to("closed", reason="moved", successor=ELSEWHERE)
    good("closed", to("closed"))
    good("closed-with-successor", closed)
    bad("closed-successor-is-itself", to("closed", successor=ORIGIN))
    bad("closed-successor-is-no-origin", to("closed", successor="doors"))
    bad("closed-reason-empty", to("closed", reason=""))
    bad("closed-of-another-origin", to("closed", origin=ELSEWHERE))
    bad("closed-signed-by-another-key", to("closed", Key("thief")))
    bad("closed-unknown-key", to("closed", size=2))
    old = Key("events identity")
    for name, *steps in (
        ("epoch", lambda ledger: ledger.epoch()),
        ("identity", lambda ledger: ledger.rotate("next", epoch=False)),
        ("kek", to("kek", kek=bytes(16), provider="x")),
        ("erasure", to("erasure", data_keys=[ADA], basis="x")),
        ("hold", to("hold", hold=HOLD, action="place")),
        ("disposal", gone("erase-all", (0, 2))),
        ("revocation", lambda ledger: ledger.rotate("next"), to("revocation", key=old.tagged, size=2)),
    ):
        good(f"{name}-after-the-end", closed, *steps)
    bad("closed-twice", closed, closed)
    bad("settings-after-the-end", closed, settings())
    bad("producer-after-the-end", closed, register())
    bad("data-key-after-the-end", closed, to("data-key", data_key=bytes(16)))


def _older_kinds(good, bad):
    old, place = Key("events identity"), to("hold", hold=HOLD, action="place")

    def rotated(ledger):
        ledger.rotate("next")

    good("kek-with-reason", to("kek", kek=bytes(16), provider="x", reason="moved to the vault"))
    good("kek-id-again", to("kek", kek=bytes(16), provider="x"), to("kek", kek=bytes(16), provider="y"))
    bad("kek-reason-empty", to("kek", kek=bytes(16), provider="x", reason=""))
    bad("data-key-id-again", to("data-key", data_key=bytes(16)), to("data-key", data_key=bytes(16)))
    good("erasure-of-a-key-that-no-record-names", to("erasure", data_keys=[bytes(16)], basis="x"))
    good("erasure-again", *[to("erasure", data_keys=[bytes(16)], basis="x")] * 2)
    bad("erasure-basis-empty", to("erasure", data_keys=[bytes(16)], basis=""))
    bad("hold-reason-empty", to("hold", hold=HOLD, action="place", reason=""))
    released = to("hold", hold=HOLD, action="release")
    bad("hold-placed-again-after-its-release", place, released, place)
    good("revocation-at-its-own-place", rotated, to("revocation", key=old.tagged, size=4))
    bad("revocation-beyond-its-own-place", rotated, to("revocation", key=old.tagged, size=5))
    good("revocation-of-an-epoch", to("revocation", key=Key("events epoch 1").tagged, size=2))
    good("revocation-of-one-key-twice", rotated, *[to("revocation", key=old.tagged, size=size) for size in (3, 4)])
    bad("revocation-of-the-only-identity", to("revocation", key=old.tagged, size=2))
    bad("revocation-of-a-later-epoch", to("revocation", key=Key("events epoch 3").tagged, size=2))
    bad("revocation-of-a-producer", register(), to("revocation", key=GATE.tagged, size=2))
    recovery = dict(recovery_key=Key("recovery"))
    bad("revocation-of-the-recovery-key", to("revocation", key=recovery["recovery_key"].tagged, size=2), **recovery)
    for name, key, steps, rest in (
        ("an-epoch-before", Key("events epoch 1"), (), {}),
        ("the-identity-before", old, (rotated,), {}),
        ("the-identity-in-force", Key("next"), (rotated,), {}),
        ("a-producer", GATE, (register(),), {}),
        ("a-producer-that-was-revoked", GATE, (register(), revoke()), {}),
        ("the-recovery-key", recovery["recovery_key"], (), recovery),
    ):
        bad(f"epoch-key-is-that-of-{name}", *steps, lambda ledger, key=key: ledger.epoch(key=key.tagged), **rest)


def rotate(label="next", **changes):
    """A step: another identity without its certificate."""
    return lambda ledger: ledger.rotate(label, epoch=False, **changes)


def _rotations(good, bad):
    recovery = dict(recovery_key=Key("recovery"))
    old, new, six = Key("events identity"), Key("next"), Unknown(6, "six", 32)
    good("identity", rotate())
    good("identity-with-reason", rotate(reason="yearly"))
    good("identity-by-the-recovery-key", rotate(), **recovery)
    good("identity-by-the-recovery-key-with-reason", rotate(reason="lost"), **recovery)
    bad("identity-reason-empty", rotate(reason=""))
    bad("identity-without-sequence", rotate(sequence=None))
    bad("identity-sequence-one-less", rotate(sequence=1))
    bad("identity-sequence-one-more", rotate(sequence=3))

    def recovered(message, signer=recovery["recovery_key"], **changes):
        def step(ledger):
            ledger.rotate("next", epoch=False, **changes)
            header = ledger.records[-1].header
            statement = record.parse_statement("identity", header["statement"])
            header["signatures"][-1] = signer.sign(message(statement, header["statement"]))

        return step

    def draft_one(_, raw):
        return record.signed_message("identity", raw)

    def of(**changes):
        return lambda statement, _: record.recovery_message({**statement, **changes})

    bad("identity-recovery-key-signed-the-statement", recovered(draft_one), **recovery)
    bad("identity-recovery-key-signed-another-prior", recovered(of(prior=1)), **recovery)
    bad("identity-recovery-key-signed-another-identity", recovered(of(identity=[Key("x").tagged])), **recovery)
    bad("identity-recovery-key-signed-another-origin", recovered(of(origin=ELSEWHERE)), **recovery)
    bad("identity-by-the-old-key-in-the-recovery-keys-words", recovered(of(), old), **recovery)
    bad("identity-by-another-key-in-the-recovery-keys-words", recovered(of(), Key("thief")), **recovery)
    three = (new, old, recovery["recovery_key"])
    bad("identity-by-the-old-key-and-the-recovery-key", rotate(signers=three), **recovery)
    bad("identity-in-the-recovery-keys-words-without-one", recovered(of(), old))
    for name, keys, steps, rest in (
        ("that-of-an-epoch", Key("events epoch 1"), (), {}),
        ("that-of-a-producer", GATE, (register(),), {}),
        ("the-recovery-key", recovery["recovery_key"], (), recovery),
    ):
        step = rotate(identity=[keys.tagged], signers=(keys, rest.get("recovery_key", old)))
        bad(f"identity-key-is-{name}", *steps, step, **rest)
    # What the Ed25519 key beside a key of an unknown type shows is enough to refuse.
    bad("identity-of-two-keys-and-two-signatures", rotate(beside=[six], signers=(new, old)))
    bad("identity-of-two-keys-not-signed-by-the-first", rotate(beside=[six], signers=(old, six, old)))
    bad("identity-of-two-keys-not-signed-by-the-one-before", rotate(beside=[six], signers=(new, six, new)))
    bad("identity-of-two-keys-signatures-in-another-order", rotate(beside=[six], signers=(six, new, old)))
    two = rotate(beside=[six])
    bad("identity-key-beside-it-that-was-before", two, lambda ledger: ledger.epoch(), rotate("third", beside=[six]))
    bad("epoch-of-an-identity-of-two-keys-with-one-signature", two, lambda ledger: ledger.epoch(signer=new))
    bad(
        "kek-of-an-identity-of-two-keys-with-one-signature",
        two,
        lambda ledger: ledger.epoch(),
        to("kek", new, kek=bytes(16), provider="x"),
    )


def _first_draft(good, bad):
    old, recovery = dict(settings=None, section="3.8"), dict(recovery_key=Key("recovery"))

    def next_epoch(ledger):
        ledger.epoch()

    without = rotate(sequence=None)
    good("first-draft-settings", settings(), **old)
    good("first-draft-identity-without-sequence", without, **old)
    good("first-draft-identity-by-the-recovery-key", without, **old, **recovery)
    good("first-draft-settings-later", without, next_epoch, settings(access_trail=True), **old)
    good("first-draft-identity-with-sequence-after-settings", settings(), rotate(), **old)
    good("first-draft-identity-after-settings-by-the-recovery-key", settings(), rotate(), **old, **recovery)
    good("first-draft-another-identity-after-settings", without, next_epoch, settings(), rotate("third"), **old)
    bad("first-draft-identity-with-sequence-before-settings", rotate(), **old)
    bad("first-draft-identity-without-sequence-after-settings", settings(), without, **old)
    bad("first-draft-identity-without-sequence-with-reason", rotate(sequence=None, reason="yearly"), **old)

    def in_other_words(ledger):
        ledger.rotate("next", epoch=False, sequence=None)
        header = ledger.records[-1].header
        statement = record.parse_statement("identity", header["statement"])
        header["signatures"][-1] = ledger.recovery.sign(record.recovery_message(statement))

    bad("first-draft-identity-in-the-recovery-keys-words", in_other_words, **old, **recovery)
    promised = settings(encryption="all")
    bad("first-draft-settings-take-encryption-back", promised, settings(), **old)

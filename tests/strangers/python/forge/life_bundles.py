"""Bundles of ledgers with settings, producers, governance, disposals and an end; and of first-draft ledgers."""

import hashlib

from stranger import cbor, sealed

from .encoding import ORIGIN, small_ledger
from .keys import ADA, BOB
from .ledger import BASIC, DAY, Ledger, bundle_files, data_key_of, signed_body, tar
from .life import (
    ARCHIVE,
    GATE,
    HOLD,
    LEDGER_KEY,
    RULES,
    SECOND,
    SETTINGS,
    STATE,
    disposal,
    gate_event,
    later,
    life_ledger,
    register,
    revoke,
    rule,
    state_event,
    to,
)
from .seeds import Key, fixed
from .shelf import put

HELD = (None, None)
# A key event that changes nothing here, in the place of one that would.
kept = to("kek", kek=bytes(16), provider="x")
FINE = dict(integrity="holds", custody="holds")
WRONG = dict(integrity="broken", custody="holds")
UNLAWFUL = dict(integrity="holds", custody="broken")
BOTH = dict(integrity="broken", custody="broken")


def key_of(ledger, seq, subject):
    """The key of one event."""
    return sealed.event_key(*data_key_of(subject), ledger.records[seq].body[0])


def real(ledger, seq):
    """The body of a record, with its key where it is sealed under the ledger's own."""
    item = ledger.records[seq]
    return [*item.body, key_of(ledger, seq, "ledger")] if "data_key" in item.header else list(item.body)


def with_states(ledger, *sequences, state=STATE):
    """The ledger with snapshots from the named records."""
    ledger.states = {seq: (state, real(ledger, seq)) for seq in sequences}
    return ledger


RANGED = (
    "words-disposed-of-and-still-there",
    "words-erased-key-and-still-there",
    "words-erased-under-another-key",
    "words-erased-before-it-was-recorded",
    "words-archived-under-no-disposal",
    "disposal-of-a-span",
    "disposal-under-a-hold-and-erased",
    "disposal-by-another-key",
    "settings-all-and-an-event-in-plaintext",
    "signed-source-opened-without-producer",
    "producer-not-registered",
    "producer-revoked-before",
    "producer-revoked-for-what-it-signed",
    "producer-signature-wrong-and-opened",
    "governance-under-the-ledgers-key",
    "governance-under-the-key-of-a-subject",
    "governance-under-a-key-that-is-named-later",
    "state-one-of-two",
    "state-empty",
    "state-changed",
    "state-sealed-without-key",
    "state-of-an-event",
    "state-of-another-type",
    "state-digest-of-another-state",
    "state-under-a-key-that-was-erased",
    "end-and-then-an-event",
    "end-and-then-an-event-in-the-middle",
    "end-and-then-settings",
)


class Lives:
    """Whole and range bundles of ledgers of that kind."""

    def __init__(self, shelf):
        self.shelf = shelf

    def both(self, result, name, ledger, verdict=None, record=None, section="9", start=3, end=None):
        """The ledger as a whole bundle and, where the two are likely to differ, as a range."""
        verdict = verdict or FINE
        end = end or min(19, len(ledger.records) - 1)
        rest = {} if record is None else dict(record=record)
        for kind, files in (
            ("whole", bundle_files(ledger, self.shelf.page)),
            *([("range", bundle_files(ledger, self.shelf.page, start, end, False))] if name in RANGED else []),
        ):
            exits = (0,) if result == "good" else (1,)
            raw = tar(files)
            self.shelf.edited(result, f"{kind}-{name}", f"{kind}-life", raw, verdict, exits, section=section, **rest)

    def good(self, name, ledger, **rest):
        """All holds."""
        self.both("good", name, ledger, **rest)

    def bad(self, name, ledger, verdict, record=None, **rest):
        """Something is broken."""
        self.both("bad", name, ledger, verdict, record, **rest)


def life_bundles(shelf):
    """All of them."""
    base = with_states(life_ledger(), 10, 11)
    shelf.good("whole-life", base, section="9")
    shelf.good("range-life", base, whole=False, start=3, end=19, section="9")
    lives = Lives(shelf)
    _words(lives)
    _disposals(lives)
    _in_force(lives)
    _producers(lives)
    _governance(lives)
    _states(lives)
    _ends(lives)
    _effects(lives)
    _first_drafts(lives)


def _words(lives):
    """Section 8.4: words that records support, and parts that they say are gone."""
    lives.good(
        "words-withheld-though-erased", life_ledger(gone={5: ("withheld", "withheld"), 7: ("withheld", "erased")})
    )
    lives.good("words-archived-and-still-here", life_ledger(gone={6: HELD}), section="8.4")
    bad = lives.bad
    bad("words-disposed-of-and-still-there", life_ledger(gone={5: (None, "erased")}), UNLAWFUL, 5, section="8.4")
    bad(
        "words-payload-disposed-of-and-still-there", life_ledger(gone={5: ("erased", None)}), UNLAWFUL, 5, section="8.4"
    )
    bad("words-erased-key-and-still-there", life_ledger(gone={7: ("erased", None)}), UNLAWFUL, 7, section="8.4")
    again = {20: lambda ledger: ledger.sealed_event(dict(id="e-20", source="/door", data_subject="person:ada"), b"again")}
    gone = {20: ("erased", "erased")}
    bad("words-erased-before-it-was-recorded", life_ledger(again, gone=gone), UNLAWFUL, 20, section="3.5", end=21)
    bad("data-key-that-was-erased", life_ledger({20: to("data-key", data_key=ADA)}), UNLAWFUL, 20, section="3.5")
    bad("words-governance-disposed-of-and-still-there", life_ledger(gone={9: HELD}), UNLAWFUL, 9, section="8.4")
    for name, gone, seq in (
        ("erased-though-archived", {6: (None, "erased")}, 6),
        ("archived-though-erased", {5: ("erased", "archived")}, 5),
        ("archived-though-its-key-is-erased", {7: ("erased", "archived")}, 7),
        ("archived-part-that-the-rule-leaves", {6: ("archived", "archived")}, 6),
        ("erased-under-no-disposal", {12: ("erased", None)}, 12),
        ("erased-under-another-key", {8: ("erased", "erased")}, 8),
        ("erased-in-an-encrypted-record-of-the-ledgers-key", {17: ("erased", None)}, 17),
        ("archived-under-no-disposal", {12: (None, "archived")}, 12),
        ("missing-though-erased", {5: ("missing", "erased")}, 5),
    ):
        bad(f"words-{name}", life_ledger(gone=gone), WRONG, seq, section="8.4")


def _disposals(lives):
    """Section 3.5: which parts of which records a disposal names."""

    def of(result, name, swap, gone, verdict, seq=None):
        # What the base's disposals name is there, where it is not said to be gone.
        ledger = life_ledger(swap, gone={5: HELD, 6: HELD, **gone})
        lives.both(result, f"disposal-{name}", ledger, verdict, seq, section="3.5")

    def good(name, swap, gone):
        of("good", name, swap, gone, FINE)

    def bad(name, swap, gone, seq, verdict=WRONG):
        of("bad", name, swap, gone, verdict, seq)

    both, one = ("erased", "erased"), ("erased", None)
    wide = {14: lambda ledger: disposal(ledger, "erase-all", (5, 13)), 15: kept}
    every = {5: both, 6: both, 8: both, 12: both}
    good("of-a-span", wide, every)
    bad("governance-under-a-rule-without-type", {**wide, 22: kept}, {**every, 9: one}, 9)
    bad("span-ends-before-its-to", {15: kept}, {5: both, 6: both}, 6)
    bad("span-starts-at-its-from", {15: kept}, {5: both, 4: both}, 4)
    two = {14: lambda ledger: disposal(ledger, "erase-all", (5, 6), (12, 13)), 15: kept}
    good("of-two-spans", two, {5: both, 12: both})
    bad("between-two-spans", two, {5: both, 12: both, 6: both}, 6)
    # The age of record 5 to the nanosecond.
    for name, more, result in (("of-the-day", 0, "good"), ("a-nanosecond-too-early", -1, "bad")):
        swap = {13: _waiting(10, more - 9 * 1_000_003), 15: kept}
        verdict, seq = (FINE, None) if result == "good" else (WRONG, 5)
        of(result, name, swap, {5: both}, verdict, seq)
    bad("of-a-record-that-is-too-young", {13: _waiting(9, 0), 15: kept}, {5: both}, 5)
    early = {13: _waiting(1, DAY // 2)}
    archive = {14: kept, 15: lambda ledger: disposal(ledger, "archive-payloads", (6, 7), archive=ARCHIVE)}
    bad("archive-of-a-record-that-is-too-young", {**early, **archive}, {6: (None, "archived")}, 6)
    clips = {14: lambda ledger: disposal(ledger, "clips", (5, 13)), 15: kept}
    young = {13: _waiting(0, 0), **clips, 22: kept}
    good("by-the-clock-of-the-event", young, {12: (None, "erased"), 9: HELD})
    bad("of-another-type", young, {12: (None, "erased"), 9: HELD, 5: (None, "erased")}, 5)
    bad("of-a-part-that-the-rule-leaves", young, {12: both, 9: HELD}, 12)
    internal = {14: lambda ledger: disposal(ledger, "internal", (5, 7)), 15: kept}
    good("by-classification", internal, {6: one})
    bad("of-a-record-without-the-classification", internal, {6: one, 5: one}, 5)
    bad("payload-of-a-rule-for-bodies", internal, {6: both}, 6)
    bobs = {14: lambda ledger: disposal(ledger, "erase-all", (8, 9)), 15: kept}
    place = to("hold", hold=HOLD, action="place", data_keys=[BOB])
    held = {13: later(40, place), **bobs}
    good("of-an-encrypted-record", bobs, {8: both})
    good("under-a-hold-names-nothing", {**held, 17: kept}, {})
    bad("under-a-hold-and-erased", {**held, 17: kept}, {8: both}, 8)
    released = to("hold", hold=HOLD, action="release")
    good("after-a-hold-was-released", {12: place, 13: later(40, released), **bobs, 17: kept}, {8: both})
    good("before-a-hold", {**bobs, 15: place}, {8: both})
    never = [*RULES, rule("never", "erase", "all", 2**63 - 1)]
    begin = lambda ledger: ledger.genesis(settings=dict(SETTINGS, retention=never))
    far = {0: begin, 14: lambda ledger: disposal(ledger, "never", (5, 6)), 15: kept, 16: kept, 17: kept}
    good("after-2-to-63-less-1-days-names-nothing", far, {})
    bad("after-2-to-63-less-1-days", far, {5: both}, 5)
    # What is unlawful or not valid supports nothing.
    everything = {13: later(40, to("hold", hold=HOLD, action="place")), 15: kept, 17: kept}
    bad("under-a-hold-on-the-ledger", {**everything, 22: kept}, {5: both, 9: HELD}, 5, BOTH)
    thief = {14: lambda ledger: disposal(ledger, "erase-all", (5, 6), signer=Key("thief")), 15: kept}
    bad("by-another-key", thief, {5: both}, 5, BOTH)
    bad("by-another-key-and-all-is-there", thief, {}, 14, UNLAWFUL)
    bad("under-no-rule", {14: lambda ledger: disposal(ledger, "erase", (5, 6)), 15: kept}, {5: both}, 5, BOTH)
    bad(
        "without-its-archive",
        {14: kept, 15: lambda ledger: disposal(ledger, "archive-payloads", (6, 7))},
        {6: (None, "archived")},
        6,
        BOTH,
    )
    dropped = {12: to("settings", settings=dict(SETTINGS, retention=RULES[:1])), 15: kept, 16: kept, 17: kept, 22: kept}
    bad("under-a-rule-that-was-dropped", dropped, {5: both, 9: HELD}, 5, BOTH)
    stolen = to("erasure", Key("thief"), data_keys=[ADA], basis="x")
    bad("none-and-an-erasure-by-another-key", {14: kept, 15: kept, 19: stolen}, {}, 7, BOTH)


def _waiting(days, nanoseconds):
    """A step: the producer of the base, so much later."""

    def run(ledger):
        ledger.wait(days, nanoseconds)
        ledger.register(SECOND, "second")

    return run


def _in_force(lives):
    """Settings in force: encryption of all, and sources that sign."""
    plain = dict(id="e-20", source="/door")
    open_ = {20: lambda ledger: ledger.event(plain), 21: kept, 22: _gate_gone}
    lives.bad("settings-all-and-an-event-in-plaintext", life_ledger(open_), UNLAWFUL, 20, end=21)
    governed = dict(record_kind="governance", kind="indelible.gate.v1")
    open_[20] = lambda ledger: ledger.event(plain, **governed)
    lives.bad("settings-all-and-a-governance-record-in-plaintext", life_ledger(open_), UNLAWFUL, 20, end=21)
    open_[20] = lambda ledger: ledger.sealed_event(dict(plain), subject="ledger", **governed)
    lives.good("settings-all-and-a-governance-record-encrypted", life_ledger(open_), end=21)
    open_[20] = lambda ledger: ledger.event(plain, kind="indelible.decrypted.v1")
    lives.good("settings-all-and-an-event-of-the-daemon-in-plaintext", life_ledger(open_), end=21)
    open_[20] = lambda ledger: ledger.event(plain, kind="indelible.import.checked.v1")
    lives.bad("settings-all-and-an-importers-event-in-plaintext", life_ledger(open_), UNLAWFUL, 20, end=21)
    open_[20] = lambda ledger: ledger.event(plain, kind="indelible")
    lives.bad("settings-all-and-an-event-of-nearly-the-daemon", life_ledger(open_), UNLAWFUL, 20, end=21)
    open_[20] = lambda ledger: ledger.event(plain, record_kind="governance", kind="indelible.gate.v1")
    lives.bad("settings-all-and-a-gate-decision-in-plaintext", life_ledger(open_), UNLAWFUL, 20, end=21)
    back = {16: to("settings", settings=dict(SETTINGS, access_trail=False)), 17: lambda ledger: ledger.event(plain)}
    lives.bad("settings-taken-back", life_ledger(back), UNLAWFUL, 16)
    unsigned = lambda ledger: ledger.event(dict(id="e-5", source="/gate"), b"five")
    lives.bad("signed-source-without-producer", life_ledger({5: unsigned, 14: kept}, gone={5: HELD}), UNLAWFUL, 5)
    lives.good("signed-source-that-was-erased", life_ledger({5: unsigned}))
    beside = lambda ledger: ledger.sealed_event(dict(id="e-17", source="/gate"), subject="ledger")
    lives.good("signed-source-that-can-not-be-read", life_ledger({17: beside}))
    ledger = life_ledger({17: beside})
    ledger.records[17].body = real(ledger, 17)
    lives.bad("signed-source-opened-without-producer", ledger, UNLAWFUL, 17)
    dropped = to("settings", settings=dict(BASIC, access_trail=True, encryption="all", retention=RULES))
    ledger = life_ledger({16: dropped, 17: beside})
    ledger.records[17].body = real(ledger, 17)
    lives.good("signed-source-that-need-not-sign-any-more", ledger)


def _gate_gone(ledger):
    disposal(ledger, "gate-decisions", (9, 10))


def _producers(lives):
    """Section 3.6 in a bundle: integrity by the signature, custody by the key."""

    def event(source="/gate", key=GATE, **header):
        return lambda ledger: gate_event(ledger, source=source, key=key, **header)

    def of(name, swap, seq, verdict=UNLAWFUL, **rest):
        lives.bad(f"producer-{name}", life_ledger(swap, **rest), verdict, seq, section="3.6")

    stranger = Key("producer stranger")
    lives.good("producer-of-its-second-source", life_ledger({4: event("/gate/2")}), section="3.6")
    of("not-registered", {4: event(key=stranger)}, 4)
    of("registered-later", {4: event("/door", SECOND)}, 4)
    of("for-another-source", {4: event("/door")}, 4)
    of("is-the-identitys-key", {4: event(key=Key("life identity"))}, 4)
    unproved = lambda ledger: ledger.register(GATE, "gate firmware", ["/gate", "/gate/2"], proof=bytes(64))
    of("registered-without-proof", {3: unproved, 18: kept}, 4)
    again = later(40, lambda ledger: gate_event(ledger, "e-13"))
    of("revoked-before", {12: revoke(GATE, 12), 13: again, 18: kept}, 13)
    lives.good("producer-revoked-for-what-it-signed", life_ledger({18: revoke(GATE, 4)}), section="3.6")
    lives.good("producer-revoked-from-0-on", life_ledger({18: revoke(GATE, 0)}), section="3.6")
    of("revoked-by-another-key", {18: revoke(GATE, 4, signer=Key("thief"))}, 18)

    def altered(change):
        def step(ledger):
            body = signed_body(ledger, GATE, dict(id="e-4", source="/gate"), b"open")
            change(body)
            ledger.event(body, b"open")

        return step

    of("signature-wrong", {4: altered(lambda body: body["producer"].update(signature=bytes(64)))}, 4, WRONG)
    of("body-changed", {4: altered(lambda body: body.update(subject="x"))}, 4, WRONG)
    of("digest-missing", {4: altered(lambda body: body.pop("digests"))}, 4, WRONG)
    lives.good(
        "producer-signature-wrong-and-withheld",
        life_ledger({4: altered(lambda body: body.update(subject="x"))}, gone={4: ("withheld", None)}),
    )

    def payload_changed(ledger):
        ledger.event(signed_body(ledger, GATE, dict(id="e-4", source="/gate"), b"open"), b"shut")

    of("payload-changed", {4: payload_changed}, 4, WRONG)
    lives.good(
        "producer-payload-changed-and-withheld",
        life_ledger({4: payload_changed}, gone={4: (None, "withheld")}),
        section="3.6",
    )

    def sealed_wrong(ledger):
        body = signed_body(ledger, SECOND, dict(id="e-17", source="/gate"), b"open")
        ledger.sealed_event(dict(body, subject="x"), b"open", subject="ledger")

    ledger = life_ledger({17: sealed_wrong})
    lives.good("producer-signature-wrong-and-sealed", ledger, section="3.6")
    ledger.records[17].body = real(ledger, 17)
    lives.bad("producer-signature-wrong-and-opened", ledger, WRONG, 17, section="3.6")
    ledger = life_ledger()
    ledger.records[17].body = real(ledger, 17)
    lives.good("producer-opened", ledger, section="3.6")
    governed = dict(record_kind="governance", kind="indelible.gate.v1")

    def decided(ledger):
        body = signed_body(ledger, GATE, dict(id="g-5", source="/gate"), kind="indelible.gate.v1")
        ledger.event(body, **governed)

    of("in-a-governance-record", {5: decided, 14: kept}, 5, WRONG, gone={5: HELD})


def _governance(lives):
    """Governance records: their data key, and what their bodies may not have."""
    governed = dict(record_kind="governance", kind="indelible.gate.v1")

    def sealed_under(subject, **body):
        return lambda ledger: ledger.sealed_event(
            dict(dict(id="g-8", source="urn:indelible:gate"), **body), subject=subject, **governed
        )

    lives.good("governance-under-the-ledgers-key", life_ledger({8: sealed_under("ledger")}))
    lives.bad("governance-under-the-key-of-a-subject", life_ledger({8: sealed_under("bob")}), UNLAWFUL, 8)
    named = to("data-key", data_key=BOB)
    lives.bad(
        "governance-under-a-key-that-is-named-later", life_ledger({8: sealed_under("bob"), 18: named}), UNLAWFUL, 8
    )
    lives.good(
        "governance-under-a-key-that-was-named-before",
        life_ledger({5: named, 8: sealed_under("bob"), 14: kept}, gone={5: ("none", "none")}),
    )
    person = dict(data_subject="person:bob")
    ledger = life_ledger({8: sealed_under("ledger", **person)})
    lives.good("governance-of-a-subject-that-nobody-reads", ledger)
    ledger.records[8].body = real(ledger, 8)
    lives.bad("governance-of-a-subject-opened", ledger, WRONG, 8, section="3.3")
    plain = lambda ledger: ledger.event(dict(id="g-8", source="urn:indelible:gate", **person), **governed)
    lives.bad("governance-of-a-subject-in-plaintext", life_ledger({8: plain}), WRONG, 8, section="3.3")


def _states(lives):
    """Section 8.7."""
    shelf = lives.shelf

    def of(name, ledger, seq=10, verdict=WRONG):
        result = "good" if verdict is FINE else "bad"
        lives.both(result, f"state-{name}", ledger, verdict, None if result == "good" else seq, section="8.7")

    def with_body(seq, body):
        ledger = life_ledger()
        ledger.states = {seq: (STATE, body(ledger))}
        return ledger

    of("one-of-two", with_states(life_ledger(), 10), verdict=FINE)
    of(
        "empty",
        with_states(life_ledger({10: lambda ledger: state_event(ledger, state=b"")}), 10, state=b""),
        verdict=FINE,
    )
    of("of-a-record-that-the-chunk-withholds", with_states_withheld(), verdict=FINE)
    of("changed", with_states(life_ledger(), 10, state=STATE + b"."))
    of("sealed-without-key", with_body(11, lambda ledger: list(ledger.records[11].body)), 11)
    wrong = lambda ledger: [*ledger.records[11].body, key_of(ledger, 11, "ada")]
    of("sealed-with-another-key", with_body(11, wrong), 11)
    of("key-of-a-plain-record", with_body(10, lambda ledger: [*ledger.records[10].body, bytes(32)]))
    of("body-withheld", with_body(10, lambda _: ["withheld"]))
    of("body-of-another-record", with_body(10, lambda ledger: list(ledger.records[12].body)))
    of("body-salt-changed", with_body(10, lambda ledger: [bytes(32), ledger.records[10].body[1]]))
    event = {10: lambda ledger: state_event(ledger, record_kind="event")}
    of("of-an-event", with_states(life_ledger(event), 10))
    for name, changes in {
        "of-another-type": dict(kind="indelible.governance.state.v2"),
        "of-a-gate-decision": dict(kind="indelible.gate.v1"),
        "without-digests": dict(body=dict(digests=None)),
        "digest-of-another-component": dict(
            body=dict(digests=dict(output=dict(sha256=hashlib.sha256(STATE).digest())))
        ),
        "digest-of-another-algorithm": dict(body=dict(digests=dict(state=dict(sha512=hashlib.sha512(STATE).digest())))),
        "digest-of-another-state": dict(body=dict(digests=dict(state=dict(sha256=fixed("x"))))),
    }.items():
        of(
            name,
            with_states(life_ledger({10: lambda ledger, changes=changes: state_event(ledger, **dict(changes))}), 10),
        )
    gone = life_ledger(
        {19: to("erasure", data_keys=sorted([LEDGER_KEY, ADA]), basis="x")},
        gone={11: ("erased", None), 17: ("erased", "erased")},
    )
    stays = life_ledger()
    gone.states = {11: (STATE, real(stays, 11))}
    of("under-a-key-that-was-erased", gone, 11, UNLAWFUL)
    good = with_states(life_ledger(), 10, 11)
    for kind, ranged in (("whole", False), ("range", True)):
        files = bundle_files(good, shelf.page, **(dict(start=3, end=19, whole=False) if ranged else {}))
        item = cbor.decode(files["governance/10/record"])

        def spoil(name, files=files, kind=kind, **changes):
            raw = tar(put(files, **changes))
            shelf.edited("bad", f"{kind}-state-{name}", f"{kind}-life", raw, WRONG, record=10, section="8.7")

        digest = hashlib.sha256(STATE).hexdigest().encode()
        line = files["manifest"].replace(b"state 10 " + digest, b"state 10 " + b"0" * 64)
        spoil("manifest-digest-wrong", manifest=line)
        other = cbor.encode(dict(good.records[10].header, time=good.records[10].header["time"] + 1))
        spoil("header-changed", governance_10_record=cbor.encode(dict(item, header=other)))
        spoil("header-of-another-record", governance_10_record=files["governance/11/record"])
        spoil("unknown-key", governance_10_record=cbor.encode(dict(item, note=0)))
        spoil("trailing-byte", governance_10_record=files["governance/10/record"] + b"\0")
        spoil("record-empty", governance_10_record=b"")
        if ranged:
            flipped = [bytes([item["inclusion"][0][0] ^ 1]) + item["inclusion"][0][1:], *item["inclusion"][1:]]
            spoil("inclusion-changed", governance_10_record=cbor.encode(dict(item, inclusion=flipped)))
            spoil("previous-changed", governance_10_record=cbor.encode(dict(item, previous=bytes(32))))
            bare = {key: item[key] for key in ("header", "body")}
            spoil("without-proofs", governance_10_record=cbor.encode(bare))
        else:
            spoil("with-proofs", governance_10_record=cbor.encode(dict(good.witness_record(10), body=item["body"])))
    outside = bundle_files(good, shelf.page, 3, 6, False)
    shelf.edited("good", "range-state-outside-of-the-range", "range-life", tar(outside), FINE, (0,), section="8.7")
    files = put(outside, governance_10_state=STATE + b".")
    shelf.edited(
        "bad", "range-state-outside-of-the-range-changed", "range-life", tar(files), WRONG, record=10, section="8.7"
    )


def with_states_withheld():
    """The chunks withhold what the state's record shows."""
    ledger = with_states(life_ledger(), 10, 11)
    ledger.records[10].body = ledger.records[11].body = "withheld"
    return ledger


def _ends(lives):
    """After `closed`."""
    sealed_end = lambda ledger: ledger.sealed_event(dict(id="e-23", source="/door"), subject="carol")
    governed = dict(record_kind="governance", kind="indelible.gate.v1")
    for name, step in {
        "an-event": sealed_end,
        "a-governance-record": lambda ledger: ledger.sealed_event(
            dict(id="g-23", source="x"), subject="ledger", **governed
        ),
        "settings": to("settings", settings=dict(SETTINGS, encryption="all")),
        "a-producer": register(Key("producer third"), "third"),
        "a-data-key": to("data-key", data_key=bytes(16)),
        "another-end": to("closed"),
    }.items():
        lives.bad(f"end-and-then-{name}", life_ledger(more=[step]), UNLAWFUL, 23)
    lives.bad("end-and-then-an-event-in-the-middle", life_ledger(more=[sealed_end, kept]), UNLAWFUL, 23, end=24)
    rotated = [lambda ledger: ledger.rotate("life identity 2", epoch=False), lambda ledger: ledger.epoch()]
    ledger = life_ledger(more=[*rotated, to("hold", hold=HOLD, action="place")])
    name = lives.shelf.book.file("bundle/known-head-of-life-rotated.note", ledger.checkpoint())
    for kind, files in (
        ("whole", bundle_files(ledger, lives.shelf.page)),
        ("range", bundle_files(ledger, lives.shelf.page, 3, 19, False)),
    ):
        verdict = dict(FINE, completeness="holds")
        lives.shelf.edited(
            "good",
            f"{kind}-end-and-then-a-rotation",
            f"{kind}-life",
            tar(files),
            verdict,
            (0,),
            known_head=name,
            section="9",
        )
    thief = {20: to("closed", Key("thief"))}
    lives.bad("end-by-another-key-ends-nothing", life_ledger(thief, more=[sealed_end]), UNLAWFUL, 20)


def _effects(lives):
    """Keys that come twice, and what is unlawful."""
    shelf = lives.shelf

    def of(name, ledger, verdict, seq, **rest):
        for kind, files in (
            ("whole", bundle_files(ledger, shelf.page)),
            ("range", bundle_files(ledger, shelf.page, 3, 5, False)),
        ):
            more = dict(record=seq, section="3.5", **rest)
            shelf.edited(
                "bad", f"{kind}-{name}", "whole" if kind == "whole" else "range-from-0", tar(files), verdict, **more
            )

    reused = Ledger("small", ORIGIN)
    reused.genesis()
    reused.epoch(key=reused.identity.tagged)
    for number in (2, 3, 4, 5):
        reused.event(dict(id=f"e-{number}", source="/door"))
    of("epoch-key-is-the-identity", reused, UNLAWFUL, 1)
    reused.state("revocation", key=reused.identity.tagged, size=2)
    of("epoch-key-is-the-identity-and-revoked", reused, UNLAWFUL, 1)
    former = small_ledger()
    epoch = Key("small epoch 1")
    former.state("revocation", key=epoch.tagged, size=1)
    former.rotate("small epoch 1", (epoch, former.identity), identity=[epoch.tagged])
    former.identity, former.began = former.pinned, 0
    of("identity-is-a-revoked-epoch-key", former, UNLAWFUL, 8)
    producer = small_ledger()
    producer.register(epoch, "gate")
    of("producer-is-an-epoch-key", producer, UNLAWFUL, 7)
    twice = small_ledger()
    for _ in range(2):
        twice.state("data-key", data_key=bytes(16))
    of("data-key-id-twice", twice, UNLAWFUL, 8)
    # A revocation that is unlawful, or not valid, revokes nothing: the head still vouches.
    for name, step in {
        "unlawful": to("revocation", key=small_ledger().identity.tagged, size=3),
        "by-another-key": to("revocation", Key("thief"), key=small_ledger().identity.tagged, size=3),
    }.items():
        ledger = small_ledger()
        step(ledger)
        head = shelf.book.file(f"bundle/known-head-of-a-revocation-{name}.note", ledger.checkpoint(5))
        of(f"revocation-{name}-voids-no-known-head", ledger, dict(UNLAWFUL, completeness="holds"), 7, known_head=head)


def _first_drafts(lives):
    """Section 3.8."""
    shelf = lives.shelf

    def begun(*steps, recovery=None):
        ledger = Ledger("first draft", ORIGIN, Key("small identity"))
        ledger.recovery = recovery
        ledger.genesis(settings=None, **(dict(recovery=recovery.tagged) if recovery else {}))
        ledger.epoch()
        ledger.event(dict(id="f-2", source="/gate"), b"open")
        ledger.event(dict(id="f-3", source="/door"))
        for step in steps:
            step(ledger)
        ledger.event(dict(id="f-last", source="/door"))
        return ledger

    def of(name, ledger, verdict=FINE, seq=None):
        head = shelf.book.file(f"bundle/known-head-of-first-draft-{name}.note", ledger.checkpoint())
        result, exits = ("good", (0,)) if verdict is FINE else ("bad", (1,))
        rest = dict(known_head=head, section="3.8", **({} if seq is None else dict(record=seq)))
        for kind, files in (
            ("whole", bundle_files(ledger, shelf.page)),
            ("range", bundle_files(ledger, shelf.page, 2, 4, False)),
        ):
            base = "whole" if kind == "whole" else "range-from-0"
            shelf.edited(result, f"{kind}-first-draft-{name}", base, tar(files), verdict, exits, **rest)

    signed = to("settings", settings=dict(BASIC, signed_sources=["/gate"], encryption="all"))
    rotate = lambda ledger: ledger.rotate("second", sequence=None)
    anew = lambda ledger: ledger.rotate("third")
    of("without-settings", begun())
    of("with-settings-later", begun(to("settings", settings=BASIC)))
    of("rotated", begun(rotate))
    of("rotated-by-the-recovery-key", begun(rotate, recovery=Key("recovery")))
    of("rotated-before-settings-and-after", begun(rotate, to("settings", settings=BASIC), anew))
    of(
        "recovered-before-settings-and-after",
        begun(rotate, to("settings", settings=BASIC), anew, recovery=Key("recovery")),
    )
    for name, seq, steps in (
        ("rotated-with-sequence-before-settings", 4, (anew,)),
        ("rotated-without-sequence-after-settings", 5, (to("settings", settings=BASIC), rotate)),
    ):
        # What is not valid introduces no identity: the first one goes on.
        ledger = begun(*steps)
        ledger.identity = ledger.pinned
        of(name, ledger, UNLAWFUL, seq)
    of("settings-and-then-plaintext", begun(signed), UNLAWFUL, 5)
    gone = lambda ledger: disposal(ledger, "erase-all", (2, 3))
    of("disposal-without-settings", begun(gone), UNLAWFUL, 4)

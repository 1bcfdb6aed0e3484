"""Sections 3.5, 3.8 and 9: the key events of a ledger in their order, what each does, and whether it may."""

from bisect import bisect_left
from dataclasses import dataclass, field

from . import curve, note, record
from .errors import Malformed, Refused

DAY = 86_400 * 1_000_000_000
AFTER_THE_END = ("epoch", "identity", "revocation", "kek", "erasure", "hold", "disposal")


class Unlawful(Refused):
    """A valid key event that the ones before it don't allow."""


@dataclass
class Identity:
    """The keys that sign from the record after `seq` on."""

    seq: int
    keys: list

    def public(self):
        """The 32 bytes of the first key, or None if its type is unknown."""
        return self.keys[0][1:] if self.keys[0][0] == record.ED25519 else None

    def unknown(self):
        """Types that this verifier does not know."""
        return [key[0] for key in self.keys if key[0] != record.ED25519]


@dataclass
class Producer:
    """A registered key: from which record, for which sources, and where it was revoked."""

    seq: int
    name: str
    sources: list
    revoked: tuple = None
    signed: int = 0
    void: int = 0


@dataclass
class Disposal:
    """A lawful disposal, its rule, and the data keys that were held at its place."""

    seq: int
    time: int
    rule: dict
    spans: list
    archive: dict
    held: set
    named: set = field(default_factory=set)

    def names(self, header, part):
        """Whether it names a body or payload of a record."""
        rule, seq = self.rule, header["seq"]
        if rule["parts"] not in ("all", {"body": "bodies", "payload": "payloads"}[part]):
            return False
        if not any(start <= seq < end for start, end in self.spans):
            return False
        if header["kind"] != "event" and not (header["kind"] == "governance" and "type" in rule):
            return False
        if any(key in rule and rule[key] != header.get(key) for key in ("type", "classification")):
            return False
        if rule["clock"] == "recorded" and header["time"] + rule["after_days"] * DAY > self.time:
            return False
        return header.get("data_key") not in self.held


def check_signatures(where, message_of, keys, signatures):
    """One signature for each key; of unknown types only that it is there."""
    if len(keys) != len(signatures):
        raise Refused(f"{where} has {len(signatures)} signatures, not {len(keys)}")
    for place, (key, signature) in enumerate(zip(keys, signatures)):
        if key[0] == record.ED25519 and not curve.verify(key[1:], message_of(place), signature):
            raise Refused(f"{where} is not signed as it must be")


class History:
    """All that the key events say, in ascending order; findings are pairs of record and words."""

    def __init__(self, pinned):
        self.pinned, self.recovery, self.broken, self.found = pinned, None, [], set()
        self.identities = [Identity(0, [b"\x01" + pinned.public])]
        self.introduced, self.begun = {b"\x01" + pinned.public: 0}, False
        self.first_draft, self.ordered, self.unplaced = False, False, []
        self.lenient = False
        self.epochs, self.settings, self.revoked = [], [], {}
        self.data_keys, self.erased, self.holds, self.ended = {}, {}, {}, set()
        self.producers, self.disposals, self.keks = {}, [], []
        self.closed = self.awaited = self.last = None
        self.revocable = set()

    # What is asked of other places.

    def identity(self, size):
        """The identity at a size."""
        return self.identities[max(bisect_left(self.identities, size, key=lambda one: one.seq), 1) - 1]

    def key(self, size):
        """The verifier key of the identity at a size; None if its type is unknown."""
        public = self.identity(size).public()
        return public and note.VerifierKey(self.pinned.name, note.PLAIN, public)

    def rotations(self):
        """The records that introduced later identities."""
        return [one.seq for one in self.identities[1:]]

    def unknown(self):
        """(type, record) of each key of an identity that this verifier can't judge by."""
        return [(kind, one.seq) for one in self.identities for kind in one.unknown()]

    def blind(self):
        """Whether an identity's first key is of an unknown type."""
        return any(one.public() is None for one in self.identities)

    def in_force(self, seq):
        """The settings in force at a record, or None."""
        found = bisect_left(self.settings, seq, key=lambda pair: pair[0])
        return self.settings[found - 1][1] if found else None

    def disposed(self, header, part, action):
        """The lawful disposals that name a part."""
        return [one for one in self.disposals if one.rule["action"] == action and one.names(header, part)]

    def own_keys(self):
        """The public keys of the ledger's own history."""
        return {key[1:] for key in self.introduced}

    def place(self, seq, kind):
        """What a record's kind and place say; called when all key events are taken."""
        if self.closed is not None and seq > self.closed and kind not in AFTER_THE_END:
            self.breaks(seq, f"is of kind {kind}, and the ledger ended at record {self.closed}")

    def breaks(self, seq, words):
        """A finding, once."""
        finding = seq, f"record {seq}: {words}"
        if finding not in self.found:
            self.found.add(finding)
            self.broken.append(finding)

    # Key events.

    def take(self, header):
        """One key event; returns its statement where it is valid."""
        seq, kind = header["seq"], header["kind"]
        problem = record.kind_problem(header)
        if problem:
            self.breaks(seq, problem)
        awaited, self.awaited = self.awaited, None
        if awaited is not None and seq != awaited:
            self.breaks(awaited, "is no certificate")
        elif awaited is not None and kind != "epoch":
            self.breaks(seq, "is no certificate")
        self.place(seq, kind)
        if seq == 0:
            self.awaited = 1
        try:
            statement = self.check(header)
        except (Malformed, Refused) as error:
            self.breaks(seq, str(error))
            return None
        self.introduce(header, statement)
        if self.closed is None or kind in AFTER_THE_END:
            try:
                getattr(self, "_" + kind.replace("-", "_"))(header, statement)
            except Unlawful as error:
                self.breaks(seq, str(error))
        return statement

    def check(self, header):
        """Whether a key event is valid at its place; returns its statement, or raises."""
        kind, raw, seq = header["kind"], header["statement"], header["seq"]
        statement = record.parse_statement(kind, raw)
        if statement["origin"] != self.pinned.name:
            raise Refused(f"the {kind} is of origin {statement['origin']}, not {self.pinned.name}")
        if kind == "genesis" and seq:
            raise Refused("another record than 0 is a genesis")
        standing = self.identity(seq)
        keys, count = standing.keys, 0
        recovery = None
        if kind == "genesis":
            keys = statement["identity"]
            if keys[0] != b"\x01" + self.pinned.public:
                raise Refused("genesis names another identity key than the pinned one")
            if statement["created"] != header["time"]:
                raise Refused("genesis was created at another time than its header says")
        elif kind == "epoch":
            if statement["first"] != seq:
                raise Refused(f"the certificate names {statement['first']} as its own sequence number")
            if statement["first"] >= statement["last"]:
                raise Refused(f"it spans nothing: first {statement['first']}, last {statement['last']}")
        elif kind == "identity":
            self._check_rotation(seq, statement, standing)
            count = len(statement["identity"])
            keys = statement["identity"] + ([self.recovery] if self.recovery else standing.keys)
            recovery = self.recovery and "sequence" in statement
        elif kind == "revocation" and statement["size"] > seq:
            raise Refused(f"the revocation is at size {statement['size']}, beyond its own place")
        elif kind == "producer":
            self._check_producer(seq, statement)
        elif kind == "disposal" and statement["spans"][-1][1] > seq:
            raise Refused("a span reaches beyond the disposal's own place")
        self._check_new(kind, statement, seq)

        def message(place):
            if recovery and place >= count:
                return record.recovery_message(statement)
            return record.signed_message(kind, raw)

        check_signatures(f"the {kind}", message, keys, header["signatures"])
        return statement

    def _check_rotation(self, seq, statement, standing):
        if statement["prior"] != standing.seq:
            raise Refused(f"it replaces the identity of record {statement['prior']}, not of {standing.seq}")
        if "sequence" not in statement:
            if not self.first_draft or self.ordered:
                raise Refused("an identity without its sequence number, and this ledger has settings")
            if "reason" in statement:
                raise Refused("an identity of the first draft has no reason")
        elif statement["sequence"] != seq:
            raise Refused(f"the identity names {statement['sequence']} as its own sequence number")
        elif self.first_draft and not self.ordered and not self.lenient:
            raise Refused("an identity before the first settings of this ledger has no sequence number")

    def _check_producer(self, seq, statement):
        if statement["action"] == "revoke":
            if statement["size"] > seq:
                raise Refused(f"a revocation from {statement['size']} on, beyond its own place")
        elif not curve.verify(statement["key"][1:], record.proof_message(statement), statement["proof"]):
            raise Refused("the producer's proof of possession does not verify")

    def new_keys(self, kind, statement):
        """The keys that a statement introduces."""
        if kind in ("genesis", "identity"):
            return statement["identity"] + ([statement["recovery"]] if "recovery" in statement else [])
        if kind == "epoch" or kind == "producer" and statement["action"] == "register":
            return [statement["key"]]
        return []

    def _check_new(self, kind, statement, seq):
        keys = self.new_keys(kind, statement)
        if len(set(keys)) != len(keys):
            raise Refused("a key is introduced twice in one statement")
        for key in keys if kind != "genesis" else ():
            if key in self.introduced:
                raise Refused(f"a key is introduced again that record {self.introduced[key]} introduced")

    def introduce(self, header, statement):
        """The keys and identities of a valid key event."""
        for key in self.new_keys(header["kind"], statement):
            self.introduced.setdefault(key, header["seq"])
        self.ordered |= header["kind"] == "settings"
        if header["kind"] == "genesis":
            self.identities[0], self.begun = Identity(0, statement["identity"]), True
            self.recovery = statement.get("recovery")
            self.first_draft = "settings" not in statement
        elif header["kind"] == "identity":
            self.identities.append(Identity(header["seq"], statement["identity"]))
            if "sequence" not in statement:
                self.unplaced.append(header["seq"])

    def _genesis(self, header, statement):
        if "settings" in statement:
            self.settings.append((0, statement["settings"]))

    def _epoch(self, header, statement):
        seq = header["seq"]
        self.revocable.add(statement["key"])
        before, self.last = self.last, statement["last"]
        self.epochs.append((seq, statement["key"], statement["last"]))
        if before is not None and seq > before:
            raise Unlawful(f"the certificate comes after the `last` {before} of the one before it")

    def _identity(self, header, statement):
        seq = header["seq"]
        # Where genesis is not valid, the pinned key can't be revoked.
        if self.begun or self.identity(seq).seq:
            self.revocable.update(self.identity(seq).keys)
        self.awaited = seq + 1
        before, self.last = self.last, max(self.last or 0, seq + 1)
        if before is not None and seq > before:
            raise Unlawful(f"the identity comes after the `last` {before} of the certificate before it")

    def _revocation(self, header, statement):
        if statement["key"] not in self.revocable:
            raise Unlawful("it revokes a key that is neither an earlier identity's nor an epoch's")
        size = statement["size"]
        whole = [one.keys for one in self.identities if statement["key"] in one.keys]
        for key in whole[0] if whole else [statement["key"]]:
            self.revoked[key] = min(size, self.revoked.get(key, size))

    def _kek(self, header, statement):
        self.keks.append((header["seq"], statement["kek"]))

    def _data_key(self, header, statement):
        if statement["data_key"] in self.erased:
            raise Unlawful("a data key's id that an erasure before it names")
        if statement["data_key"] in self.data_keys:
            raise Unlawful("a data key's id that was there before")
        self.data_keys[statement["data_key"]] = header["seq"]

    def _erasure(self, header, statement):
        for key in statement["data_keys"]:
            self.erased.setdefault(key, header["seq"])
        if any(keys is None or keys & set(statement["data_keys"]) for keys in self.holds.values()):
            raise Unlawful("the erasure names a data key under a hold")

    def _hold(self, header, statement):
        name = statement["hold"]
        if statement["action"] == "release":
            if name not in self.holds:
                raise Unlawful("it releases a hold that is not in force")
            del self.holds[name]
            self.ended.add(name)
        elif name in self.holds or name in self.ended:
            raise Unlawful("it places a hold that was placed before")
        else:
            self.holds[name] = set(statement["data_keys"]) if "data_keys" in statement else None

    def _settings(self, header, statement):
        before, new = self.in_force(header["seq"]), statement["settings"]
        if before and (
            (before["encryption"], new["encryption"]) == ("all", "subjects")
            or before["access_trail"]
            and not new["access_trail"]
        ):
            raise Unlawful("the settings take back a promise")
        self.settings.append((header["seq"], new))

    def _producer(self, header, statement):
        key, seq = statement["key"], header["seq"]
        if statement["action"] == "register":
            self.producers[key] = Producer(seq, statement["name"], statement.get("sources"))
        elif key not in self.producers:
            raise Unlawful("it revokes a producer's key that is not registered")
        elif self.producers[key].revoked:
            raise Unlawful("it revokes a producer's key that was revoked before")
        else:
            self.producers[key].revoked = seq, statement["size"]

    def _disposal(self, header, statement):
        rules = (self.in_force(header["seq"]) or {}).get("retention", [])
        rule = next((rule for rule in rules if rule["name"] == statement["rule"]), None)
        if rule is None:
            raise Unlawful(f"no rule {statement['rule']!r} is in force")
        if ("archive" in statement) != (rule["action"] == "archive"):
            raise Unlawful("what is said of an archive does not fit the rule's action")
        if None in self.holds.values():
            raise Unlawful("a disposal while a hold on the whole ledger is in force")
        held = {key for keys in self.holds.values() for key in keys}
        self.disposals.append(
            Disposal(header["seq"], header["time"], rule, statement["spans"], statement.get("archive"), held)
        )

    def _closed(self, header, statement):
        self.closed = header["seq"]

    def close(self, size):
        """The end of the ledger."""
        if self.awaited is not None and self.awaited < size:
            self.breaks(self.awaited, "is no certificate")
        if self.last is None:
            self.breaks(size - 1, "no certificate is among the key events")
        elif size > self.last:
            self.breaks(self.last, f"it lies beyond the `last` {self.last} of the newest certificate")

    # Events, and what lies beside them.

    def event(self, header):
        """What custody asks of the header of an event or governance record."""
        seq = header["seq"]
        settings = self.in_force(seq)
        # An auditor must be able to read what the daemon tells of itself.
        own = header["kind"] == "event" and header["type"].startswith("indelible.")
        own = own and not header["type"].startswith("indelible.import.")
        if settings and settings["encryption"] == "all" and "data_key" not in header and not own:
            self.breaks(seq, "is not encrypted, and the settings say that all is")
        if self.erased.get(header.get("data_key"), seq) < seq:
            self.breaks(seq, "a record under a data key that an erasure before it names")
        if header["kind"] == "governance" and "data_key" in header:
            if not self.data_keys.get(header["data_key"], seq) < seq:
                self.breaks(seq, "a governance record is encrypted under a key that no data-key record names")

    def body(self, header, body):
        """What custody asks of a body that can be read."""
        seq = header["seq"]
        if header["kind"] != "event":
            return
        if "producer" not in body:
            settings = self.in_force(seq)
            if settings and body["source"] in settings.get("signed_sources", ()):
                self.breaks(seq, f"events of {body['source']} bear a producer's signature, and this one does not")
            return
        found = self.producers.get(body["producer"]["key"])
        if found is None or found.seq > seq:
            self.breaks(seq, "the producer's key was not registered before it")
            return
        if found.revoked and found.revoked[0] < seq:
            self.breaks(seq, "the producer's key was revoked before it")
        if found.sources is not None and body["source"] not in found.sources:
            self.breaks(seq, f"the producer's key is not registered for {body['source']}")
        if found.revoked and found.revoked[1] <= seq:
            found.void += 1
        else:
            found.signed += 1

    def present(self, header, part):
        """A part that is there: nothing may say that it was erased."""
        if header.get("data_key") in self.erased or self.disposed(header, part, "erase"):
            self.breaks(header["seq"], f"the {part} is there, and the ledger says that it was erased")

    def may_stand(self, header, part, word):
        """Whether a record supports the word `erased` or `archived`."""
        if word == "archived":
            return bool(self.disposed(header, part, "archive"))
        return header.get("data_key") in self.erased or bool(self.disposed(header, part, "erase"))

    def verifies(self, signed):
        """Whether a note is a checkpoint that the identity at its size signed, and nothing in it is wrong."""
        checkpoint = note.parse_checkpoint(signed.text)
        key = self.key(checkpoint.size)
        if key is None:
            return False
        try:
            _, plain, seconds = note.check_identity(signed, key)
            for first, public, last in self.epochs:
                note.check_epoch_lines(signed, checkpoint.origin, first, public[1:], last, checkpoint.size)
        except Refused:
            return False
        # To revoke one key of an identity is to revoke the identity.
        trusted = self.revoked.get(b"\x01" + key.public, checkpoint.size)
        return checkpoint.size >= 2 and (plain or seconds is not None) and checkpoint.size <= trusted

"""Sections 3.5 and 9: the key events of a ledger in their order, and who may sign each."""

from . import curve, note, record
from .errors import Refused


class Lineage:
    """The identities of a ledger, from the pinned key on."""

    def __init__(self, pinned):
        self.pinned, self.recovery = pinned, None
        self.steps = [(0, pinned.public)]
        self.trusted = {}

    def step(self, size):
        """(record that introduced it, public key) of the identity at a size."""
        return [step for step in self.steps if step[0] < size or step is self.steps[0]][-1]

    def key(self, size):
        """The verifier key of the identity at a size."""
        return note.VerifierKey(self.pinned.name, note.PLAIN, self.step(size)[1])

    def rotations(self):
        """The records that introduced later identities."""
        return [introduced for introduced, _ in self.steps[1:]]

    def signed_by_its_identity(self, signed):
        """Whether a note is a checkpoint by the identity at its size, not revoked there."""
        size = note.parse_checkpoint(signed.text).size
        key = self.key(size)
        try:
            _, plain, seconds = note.check_identity(signed, key)
        except Refused:
            return False
        return (plain or seconds is not None) and size <= self.trusted.get(key.public, size)

    def check(self, header):
        """One key event under the identity of its place; returns its statement."""
        kind, raw, seq = header["kind"], header["statement"], header["seq"]
        statement = record.parse_statement(kind, raw)
        where = f"key event {seq}"
        introduced, identity = self.step(seq)
        if statement["origin"] != self.pinned.name:
            raise Refused(f"{where} is of origin {statement['origin']}, not {self.pinned.name}")
        signers = [identity]
        if kind == "genesis":
            if statement["identity"] != [b"\x01" + self.pinned.public]:
                raise Refused("genesis names another identity key than the pinned one")
            if statement["created"] != header["time"]:
                raise Refused("genesis was created at another time than its header says")
        elif kind == "epoch":
            if statement["first"] != seq:
                raise Refused(f"{where} names {statement['first']} as its own sequence number")
            if statement["first"] >= statement["last"]:
                raise Refused(f"{where} spans nothing: first {statement['first']}, last {statement['last']}")
        elif kind == "identity":
            new = statement["identity"][0][1:]
            if statement["prior"] != introduced:
                raise Refused(f"{where} replaces the identity of record {statement['prior']}, not of {introduced}")
            if any(new == key for began, key in self.steps if began < seq):
                raise Refused(f"{where} introduces an identity that was there before")
            signers = [new, self.recovery or identity]
        if len(signers) != len(header["signatures"]):
            raise Refused(f"{where} has not {len(signers)} signatures")
        for signer, signature in zip(signers, header["signatures"]):
            if not curve.verify(signer, record.signed_message(kind, raw), signature):
                raise Refused(f"{where} is not signed as it must be")
        return statement

    def accept(self, header, statement):
        """Goes on from a key event that was checked."""
        if header["kind"] == "genesis" and "recovery" in statement:
            self.recovery = statement["recovery"][1:]
        elif header["kind"] == "identity":
            self.steps.append((header["seq"], statement["identity"][0][1:]))
        elif header["kind"] == "revocation":
            key = statement["key"][1:]
            self.trusted[key] = min(statement["size"], self.trusted.get(key, statement["size"]))


class Custody:
    """What each key event may do after those before it; findings are collected."""

    def __init__(self, pinned):
        self.lineage, self.broken = Lineage(pinned), []
        self.last = self.awaited = None
        self.revocable, self.holds, self.released, self.erased = set(), {}, set(), {}

    def take(self, header):
        """One key event; returns its statement where it holds."""
        seq, kind = header["seq"], header["kind"]
        awaited, self.awaited = self.awaited, None
        if awaited is not None and (kind != "epoch" or seq != awaited):
            self.broken.append(f"record {awaited} is no certificate by the new identity")
        try:
            statement = self.lineage.check(header)
            getattr(self, "_" + kind.replace("-", "_"), lambda *_: None)(seq, statement)
        except Refused as error:
            self.broken.append(str(error))
            return None
        self.lineage.accept(header, statement)
        return statement

    def _epoch(self, seq, statement):
        self.revocable.add(statement["key"])
        before, self.last = self.last, statement["last"]
        if before is not None and seq > before:
            self.broken.append(f"certificate {seq} comes after the `last` {before} of the one before it")

    def _identity(self, seq, statement):
        self.revocable.add(b"\x01" + self.lineage.step(seq)[1])
        self.awaited = seq + 1
        before, self.last = self.last, max(self.last or 0, seq + 1)
        if before is not None and seq > before:
            self.broken.append(f"identity {seq} comes after the `last` {before} of the certificate before it")

    def _revocation(self, seq, statement):
        if statement["key"] not in self.revocable:
            raise Refused(f"key event {seq} revokes a key that is neither an earlier identity's nor an epoch's")

    def _erasure(self, seq, statement):
        for key in statement["data_keys"]:
            self.erased.setdefault(key, seq)
        held = [None in keys or bool(keys & set(statement["data_keys"])) for keys in self.holds.values()]
        if any(held):
            self.broken.append(f"erasure {seq} names a data key under a hold")

    def _hold(self, seq, statement):
        name = statement["hold"]
        if statement["action"] == "release":
            if name not in self.holds:
                raise Refused(f"key event {seq} releases a hold that is not in force")
            del self.holds[name]
            self.released.add(name)
        elif name in self.holds or name in self.released:
            raise Refused(f"key event {seq} places a hold that was placed before")
        else:
            self.holds[name] = set(statement.get("data_keys", [None]))

    def close(self, size):
        """The end of the ledger."""
        if self.awaited is not None and self.awaited < size:
            self.broken.append(f"record {self.awaited} is no certificate by the new identity")
        if self.last is None:
            self.broken.append("no certificate is among the key events")
        elif size > self.last:
            self.broken.append(f"the ledger has grown to {size}, beyond the `last` {self.last} of its newest certificate")
        return self.broken

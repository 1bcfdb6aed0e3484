"""Section 7: a receipt, held against its record file."""

from . import cbor, merkle, note, record
from .errors import Malformed, Refused, Undecided
from .lineage import History
from .sealed import key_commitment, open_part

EARLIER = "made by an earlier draft of the format; export it again"


def parse_receipt(raw):
    """C2SP tlog-proof with our `extra` line; nothing verified yet."""
    head, gap, checkpoint = raw.partition(b"\n\n")
    try:
        rows = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("receipt is not ASCII above its checkpoint") from error
    if not gap or rows[0] != "c2sp.org/tlog-proof@v1":
        raise Malformed("not a tlog-proof")
    if len(rows) < 3 or not rows[1].startswith("extra ") or not rows[2].startswith("index "):
        raise Malformed("receipt lacks its extra or index line")
    extra = parse_extra(cbor.decode(note.unbase64(rows[1][6:])))
    proof = [record.hash32(note.unbase64(row), "inclusion proof") for row in rows[3:]]
    if len(proof) > 63:
        raise Malformed("inclusion proof is longer than any tree is high")
    return extra, note.decimal(rows[2][6:], "index"), proof, note.parse_note(checkpoint)


def parse_extra(value):
    """The map of the `extra` line."""
    optional = dict(certificate=bytes, identities=list, genesis=bytes)
    if isinstance(value, dict) and "draft" not in value:
        record.fields(value, "extra", dict(previous=bytes), optional)
        raise Malformed(EARLIER)
    extra = record.fields(value, "extra", dict(draft=int, previous=bytes), optional)
    if extra["draft"] != 2:
        raise Malformed(f"extra.draft is {extra['draft']}")
    if ("genesis" in extra) != ("identities" in extra):
        raise Malformed("genesis stands with identities, and they with it")
    if "identities" in extra and (
        not extra["identities"] or any(not isinstance(item, bytes) for item in extra["identities"])
    ):
        raise Malformed("extra.identities is empty, or holds what is no header")
    record.hash32(extra["previous"], "extra.previous")
    return extra


class Shown:
    """The headers that a receipt shows: its record's, and those of its `extra`."""

    def __init__(self, extra, raw):
        self.raw, self.header = raw, record.parse_header(raw)
        self.identities = [self._of(item, "identity", "identities") for item in extra.get("identities", [])]
        self.genesis = self._of(extra["genesis"], "genesis", "genesis") if "genesis" in extra else None
        self.certificate = self._of(extra["certificate"], "epoch", "certificate") if "certificate" in extra else None
        self.at = {}
        for header, held in self.named(extra):
            if self.at.setdefault(header["seq"], held) != held:
                raise Refused(f"the receipt has two headers for record {header['seq']}")

    @staticmethod
    def _of(raw, kind, what):
        header = record.parse_header(raw)
        if header["kind"] != kind:
            raise Malformed(f"{what} holds a header of kind {header['kind']}")
        return header

    def named(self, extra):
        """Every header with its bytes."""
        yield self.header, self.raw
        yield from zip(self.identities, extra.get("identities", []))
        if self.genesis:
            yield self.genesis, extra["genesis"]
        if self.certificate:
            yield self.certificate, extra["certificate"]

    def check_places(self):
        """What sequence numbers say of each header and of two of them."""
        header, seq = self.header, self.header["seq"]
        least = 2
        for one in self.identities:
            if one["seq"] < least:
                raise Refused("an identity of the receipt does not follow the one before it")
            least = one["seq"] + 2
        if self.genesis and self.genesis["seq"] != 0:
            raise Refused("the genesis of the receipt is not record 0")
        places = [one["seq"] for one in self.identities]
        if header["kind"] == "identity" and seq not in places:
            raise Refused("the record is an identity, and none of `identities`")
        if header["kind"] != "epoch" and seq - 1 in [0, *places]:
            raise Refused(f"record {seq} follows a new identity and is no certificate")
        if self.certificate and places and self.certificate["seq"] <= places[-1]:
            raise Refused("the certificate is older than the receipt's last identity")
        newest = 0
        for one in self.sorted():
            for problem in (record.prior_problem(one), record.kind_problem(one)):
                if problem:
                    raise Refused(f"record {one['seq']}: {problem}")
            if one["seq"] and one["prior_key_event"] < newest:
                raise Refused(f"record {one['seq']} names an older key event than one that the receipt shows")
            newest = one["seq"] if record.is_key_event(one) else newest

    def sorted(self):
        """Each header once, in the order of the ledger."""
        found = [self.header, *self.identities]
        found += [one for one in (self.genesis, self.certificate) if one]
        return [one for _, one in sorted({one["seq"]: one for one in found}.items())]

    def history(self, pinned):
        """The key events that the receipt shows, each held against those before it."""
        history = History(pinned)
        history.lenient = True
        for header in self.sorted():
            if not record.is_key_event(header):
                continue
            try:
                statement = history.check(header)
            except Malformed as error:
                raise Refused(f"record {header['seq']}: {error}") from error
            history.introduce(header, statement)
            # After an identity that names its place all do: settings that are not shown came before it.
            history.ordered |= header["kind"] == "identity" and "sequence" in statement
        return history


def verify_receipt(receipt, record_file, pinned):
    """Returns the lines that say what was verified, or raises."""
    extra, index, proof, signed = parse_receipt(receipt)
    held = record.parse_record_file(record_file)
    shown = Shown(extra, held["header"])
    header = shown.header
    if header["seq"] != index:
        raise Refused(f"the receipt is for record {index}, the record is {header['seq']}")
    shown.check_places()
    says = _check_parts(header, held, pinned.name)
    history = shown.history(pinned)
    checkpoint, provisional = _check_signature(shown, signed, history)
    chain = merkle.chain_link(extra["previous"], held["header"])
    if merkle.root_of_inclusion(merkle.leaf(chain), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not lead to the checkpoint's root")
    if index == 0 and extra["previous"] != merkle.chain_start(pinned.name):
        raise Refused("record 0 does not continue from the origin")
    if record.is_key_event(header):
        _check_lawful(header, history, proof, checkpoint.size)
    if history.unknown():
        raise Undecided(*history.unknown())
    says.insert(0, f"record {index} is in the tree of size {checkpoint.size} of {pinned.name}")
    says += [f"nobody signed the place of the identity record {seq}" for seq in history.unplaced]
    says.append(
        "PROVISIONAL: signed by an epoch key, or by an identity that is not shown to be in the tree"
        if provisional or history.rotations()
        else "signed by the pinned identity key"
    )
    return says


def _check_lawful(header, history, proof, size):
    """What a receipt can tell of a key event beyond its being valid."""
    statement = record.parse_statement(header["kind"], header["statement"])
    seq = header["seq"]
    if header["kind"] == "revocation" and statement["key"] in history.identity(seq).keys:
        raise Refused("the record revokes the identity of its own place")
    if header["kind"] == "epoch" and merkle.root_to_the_left(seq, size, proof) != statement["root"]:
        raise Refused("the certificate binds another root than that of the tree before it")


def _check_parts(header, held, origin):
    says, sealed = [], "data_key" in header
    if "event_key" in held:
        if not sealed:
            raise Refused("an event key for a record that is not encrypted")
        if key_commitment(held["event_key"]) != header["key_commitment"]:
            raise Refused("the event key is not the one that the header commits to")
    read = {}
    for part, domain in (
        ("body", merkle.SEALED_BODY if sealed else merkle.BODY),
        ("payload", merkle.SEALED_PAYLOAD if sealed else merkle.PAYLOAD),
    ):
        if part not in held:
            says.append(f"{part}: not disclosed" if part in header else f"{part}: none")
            continue
        if part not in header:
            raise Refused(f"the record file holds a {part} that the header does not commit to")
        salt, content = held[part]
        if merkle.commitment(salt, domain, content) != header[part]:
            raise Refused(f"the {part} does not match its commitment")
        record.check_length(header, part, content)
        says.append(f"{part}: matches its commitment")
        if not sealed:
            read[part] = content
        elif "event_key" in held:
            read[part] = open_part(held["event_key"], header, origin, domain, content)
            says.append(f"{part}: opens")
    if "body" in read:
        body = record.read_body(header, read["body"])
        record.check_producer(origin, header, body, read.get("payload"))
        says.append(f"body: {body}")
        if "producer" in body:
            says.append("that the producer's key was registered no receipt shows")
    return says


def _check_signature(shown, signed, history):
    """The checkpoint, and whether it stands on an epoch key only."""
    checkpoint = note.parse_checkpoint(signed.text)
    if checkpoint.origin != history.pinned.name:
        raise Refused(f"the checkpoint is of {checkpoint.origin}, the pinned key of {history.pinned.name}")
    if checkpoint.size < 2:
        raise Refused("nobody signs a tree of size 1")
    if history.rotations() and checkpoint.size <= history.rotations()[-1]:
        raise Refused("the checkpoint is older than the receipt's last identity")
    identity = history.key(2**63)
    if identity is None:
        return checkpoint, True
    _, plain, seconds = note.check_identity(signed, identity)
    if plain or seconds is not None:
        if shown.certificate:
            raise Malformed("a receipt under an identity line carries no certificate")
        return checkpoint, False
    if not shown.certificate:
        raise Refused("the checkpoint is not signed by the identity, and no certificate is given")
    header, first = shown.header, shown.certificate["seq"]
    note.check_epoch(signed, record.parse_statement("epoch", shown.certificate["statement"]))
    if header["seq"] < first and first > 1:
        raise Refused(f"record {header['seq']} comes before the epoch of certificate {first}")
    if header["kind"] == "identity" or header["kind"] == "epoch" and header["seq"] != first:
        raise Refused(f"record {header['seq']} ends the epoch that signed the checkpoint")
    return checkpoint, True

"""A small ledger, built record by record, and the evidence that it gives."""

import base64
import copy
import hashlib

from stranger import archive, cbor, layout, merkle, note, record, sealed

from .seeds import Key, fixed

START = 1_795_132_800_000_000_000
SECONDS = START // 1_000_000_000
DAY = 86_400 * 1_000_000_000
BASIC = dict(encryption="subjects", access_trail=False, conventions=False)


def signature_line(name, kind, key, text, seconds=None):
    """One line of a signed note."""
    if kind == note.TIMESTAMPED:
        signature = seconds.to_bytes(8, "big") + key.sign(note.cosigned(seconds, text))
    else:
        signature = key.sign(text.encode())
    return f"\u2014 {name} {base64.b64encode(note.key_id(name, kind, key.public) + signature).decode()}\n"


class Record:
    """A header as a dict, and what lies beside it: [salt, bytes] or a word."""

    def __init__(self, header, body="none", payload="none"):
        self.header, self.body, self.payload = header, body, payload

    def raw(self):
        """The header's bytes."""
        return cbor.encode(self.header)


class Ledger:
    """Origin, identity and epoch keys, records; `breaks` puts another hash before a record's chain."""

    def __init__(self, label, origin, identity=None):
        self.label, self.origin = label, origin
        self.identity = self.pinned = identity or Key(label + " identity")
        self.began, self.recovery, self.beside = 0, None, []
        self.late, self.states = 0, {}
        self.records = []
        self.epoch_first = None
        self.breaks = {}

    def copy(self):
        """A ledger that can be spoiled without harm to this one."""
        other = copy.copy(self)
        other.records = [copy.deepcopy(item) for item in self.records]
        other.states = copy.deepcopy(self.states)
        return other

    def vkey(self):
        """The key to pin."""
        return note.VerifierKey(self.origin, note.PLAIN, self.pinned.public)

    def epoch_key(self, first):
        """The epoch key certified at `first`."""
        return Key(f"{self.label} epoch {first}")

    def wait(self, days, nanoseconds=0):
        """The records from here on are recorded so much later."""
        self.late += days * DAY + nanoseconds

    def _common(self, kind):
        seq = len(self.records)
        prior = max((item.header["seq"] for item in self.records if record.is_key_event(item.header)), default=0)
        return dict(v=0, kind=kind, seq=seq, time=START + self.late + seq * 1_000_003, prior_key_event=prior)

    def signers(self):
        """The keys of the identity in force."""
        return [self.identity, *self.beside]

    def key_event(self, kind, statement, *signers):
        """Appends a signed key event."""
        raw = cbor.encode(statement)
        message = record.signed_message(kind, raw)
        signatures = [signer.sign(message) for signer in signers if signer] or [
            signer.sign(message) for signer in self.signers()
        ]
        self.records.append(Record(dict(self._common(kind), statement=raw, signatures=signatures)))

    def state(self, kind, signer=None, **statement):
        """A key event with just the origin besides."""
        self.key_event(kind, {"origin": self.origin, **statement}, signer)

    def rotate(self, label, signers=None, epoch=True, beside=(), **changes):
        """Another identity, and its first certificate; a change to None takes a key out."""
        new, seq = Key(label), len(self.records)
        statement = dict(
            origin=self.origin, prior=self.began, sequence=seq, identity=[key.tagged for key in (new, *beside)]
        )
        statement = {key: value for key, value in {**statement, **changes}.items() if value is not None}
        held = self.recovery and [self.recovery] or self.signers()
        self.key_event("identity", statement, *(signers or (new, *beside, *held)))
        # The recovery key does not know the record's place.
        if "sequence" in statement and not signers and self.recovery:
            signed = self.recovery.sign(record.recovery_message(statement))
            self.records[-1].header["signatures"][-1] = signed
        self.identity, self.began, self.beside = new, seq, list(beside)
        if epoch:
            self.epoch()

    def register(self, key, name, sources=None, **changes):
        """A producer's key."""
        statement = dict(origin=self.origin, action="register", key=key.tagged, name=name)
        statement.update(dict(sources=sources) if sources else {})
        statement["proof"] = key.sign(record.proof_message(statement))
        self.key_event("producer", {**statement, **changes})

    def settings(self, signer=None, **changes):
        """Other settings than the basic ones."""
        self.state("settings", signer, settings={**BASIC, **changes})

    def sealed_event(self, body, payload=None, subject="ada", **header):
        """An event whose parts are encrypted under a data key of its own name."""
        seq = len(self.records)
        data_key, data_key_id = data_key_of(subject)
        salts = [fixed(f"{self.label} salt {part} {seq}") for part in ("body", "payload")]
        key = sealed.event_key(data_key, data_key_id, salts[0])
        tag = fixed(f"{self.label} identity tag {seq}")[:16]
        held = seal(key, data_key_id, tag, self.origin, merkle.SEALED_BODY, cbor.encode(body))
        found = dict(
            self._common(header.pop("record_kind", "event")),
            type=header.pop("kind", "com.example.door.opened"),
            body=merkle.commitment(salts[0], merkle.SEALED_BODY, held),
            data_key=data_key_id,
            key_commitment=sealed.key_commitment(key),
        )
        item = Record(found, [salts[0], held])
        if payload is not None:
            held = seal(key, data_key_id, tag, self.origin, merkle.SEALED_PAYLOAD, payload)
            found["payload"] = merkle.commitment(salts[1], merkle.SEALED_PAYLOAD, held)
            item.payload = [salts[1], held]
        found.update(header)
        self.records.append(item)
        return key

    def genesis(self, signer=None, **changes):
        """Record 0."""
        identity = [key.tagged for key in self.signers()]
        statement = dict(origin=self.origin, created=START, identity=identity, settings=BASIC)
        statement = {key: value for key, value in {**statement, **changes}.items() if value is not None}
        self.key_event("genesis", statement, signer)

    def epoch(self, span=1000, signer=None, **changes):
        """A certificate for the next records."""
        first = len(self.records)
        self.epoch_first = first
        statement = dict(
            origin=self.origin, key=self.epoch_key(first).tagged, first=first, root=self.root(first), last=first + span
        )
        self.key_event("epoch", {**statement, **changes}, signer)

    def event(self, body, payload=None, kind="com.example.door.opened", **header):
        """An event with its body (a dict) and payload (bytes or None)."""
        seq = len(self.records)
        salts = [fixed(f"{self.label} salt {part} {seq}") for part in ("body", "payload")]
        raw = cbor.encode(body)
        common = self._common(header.pop("record_kind", "event"))
        found = dict(common, type=kind, body=merkle.commitment(salts[0], merkle.BODY, raw), **header)
        held = "none"
        if payload is not None:
            found["payload"] = merkle.commitment(salts[1], merkle.PAYLOAD, payload)
            held = [salts[1], payload]
        self.records.append(Record(found, [salts[0], raw], held))

    def chains(self, size=None):
        """chain(0) to chain(size - 1)."""
        chain, found = merkle.chain_start(self.origin), []
        for seq, item in enumerate(self.records[:size]):
            chain = merkle.chain_link(self.breaks.get(seq, chain), item.raw())
            found.append(chain)
        return found

    def leaves(self, size=None):
        """The leaf hashes."""
        return [merkle.leaf(chain) for chain in self.chains(size)]

    def root(self, size=None):
        """The root of the tree of a size."""
        return merkle.root(self.leaves(size))

    def text(self, size=None):
        """The text of the checkpoint of a size."""
        size = len(self.records) if size is None else size
        return note.Checkpoint(self.origin, size, self.root(size)).text()

    def identity_lines(self, text, seconds=SECONDS + 60):
        """The two lines of an exported checkpoint."""
        plain = signature_line(self.origin, note.PLAIN, self.identity, text)
        return plain + signature_line(self.origin, note.TIMESTAMPED, self.identity, text, seconds)

    def checkpoint(self, size=None):
        """A checkpoint as exported."""
        text = self.text(size)
        return (text + "\n" + self.identity_lines(text)).encode()

    def epoch_checkpoint(self, size=None, first=None):
        """A checkpoint signed by an epoch key only."""
        text = self.text(size)
        first = self.epoch_first if first is None else first
        return (
            text + "\n" + signature_line(f"{self.origin}#{first}", note.PLAIN, self.epoch_key(first), text)
        ).encode()

    def previous(self, seq):
        """chain(seq - 1), or what a broken ledger linked instead."""
        if seq in self.breaks:
            return self.breaks[seq]
        return self.chains(seq)[-1] if seq else merkle.chain_start(self.origin)

    def witness_record(self, seq):
        """`{header, previous, inclusion}`."""
        return dict(
            header=self.records[seq].raw(), previous=self.previous(seq), inclusion=merkle.inclusion(seq, self.leaves())
        )

    def record_file(self, seq, *parts, **rest):
        """A record file that discloses the named parts."""
        item = self.records[seq]
        return dict(header=item.raw(), **{part: getattr(item, part) for part in parts}, **rest)

    def receipt(self, seq, size=None, checkpoint=None, certificate=None, **more):
        """A receipt; published unless a checkpoint and certificate are given."""
        extra = {**dict(draft=2, previous=self.previous(seq), certificate=certificate), **more}
        if "identities" in more and "genesis" not in more:
            extra["genesis"] = self.records[0].raw()
        extra = {key: value for key, value in extra.items() if value is not None}
        return receipt_text(extra, seq, merkle.inclusion(seq, self.leaves(size)), checkpoint or self.checkpoint(size))


def signed_body(ledger, key, body, payload=None, kind="com.example.door.opened", **header):
    """A body with a producer's signature, over what the header and the payload will be."""
    body = dict(body, producer=dict(key=key.tagged, signature=b""))
    digest = None
    if payload is not None:
        digest = hashlib.sha256(payload).digest()
        digests = body.get("digests", {})
        body["digests"] = dict(digests, payload=dict(digests.get("payload", {}), sha256=digest))
        header["payload"] = digest
    message = record.producer_message(ledger.origin, dict(header, type=kind), body, digest)
    body["producer"] = dict(key=key.tagged, signature=key.sign(message))
    return body


def data_key_of(subject):
    """A data key and its id; ids of other subjects are other ones."""
    return fixed(f"data key {subject}"), fixed(f"data key id {subject}")[:16]


def seal(key, data_key_id, tag, origin, domain, plaintext):
    """A sealed part."""
    inside = sealed.inner(key, domain, plaintext) + plaintext
    aad = sealed.aad(domain, data_key_id, tag, origin)
    return tag + sealed.cipher(key).encrypt(sealed.nonce(domain), inside, aad)


def receipt_text(extra, index, proof, checkpoint):
    """A tlog-proof."""
    encoded = base64.b64encode(extra if isinstance(extra, bytes) else cbor.encode(extra)).decode()
    rows = [
        "c2sp.org/tlog-proof@v1",
        f"extra {encoded}",
        f"index {index}",
        *(base64.b64encode(step).decode() for step in proof),
        "",
        "",
    ]
    return "\n".join(rows).encode() + checkpoint


def key_event_items(ledger, ranged):
    """The items of `key-events`, as dicts."""
    size, found = len(ledger.records), []
    for seq, item in enumerate(ledger.records):
        if not record.is_key_event(item.header):
            continue
        entry = ledger.witness_record(seq) if ranged else dict(header=item.raw())
        if ranged and item.header["kind"] == "epoch":
            entry["consistency"] = merkle.consistency(seq, ledger.leaves(size))
        found.append(entry)
    return found


def range_item(ledger, start, end):
    """The content of `range`, as a dict."""
    leaves, size = ledger.leaves(), len(ledger.records)
    item = dict(previous=ledger.previous(start))
    for side, position, widths in (
        ("left", 0, merkle.left_widths(start)),
        ("right", end, merkle.right_widths(end, size)),
    ):
        item[side] = []
        for width in widths:
            item[side].append(merkle.root(leaves[position : position + width]))
            position += width
    if start:
        item["before"] = ledger.witness_record(start - 1)
    if end < size:
        item.update(after=ledger.witness_record(end), newest=ledger.witness_record(size - 1))
    return item


def bundle_files(ledger, page, start=0, end=None, whole=True, checkpoint=None):
    """The files of a bundle as a dict, in order."""
    size = len(ledger.records)
    end = size if end is None else end
    signed = checkpoint or ledger.checkpoint()
    kind = "whole" if whole else "range"
    states = [(seq, state) for seq, (state, _) in sorted(ledger.states.items())]
    manifest = layout.manifest_text(ledger.origin, kind, start, end, size, page, signed, states)
    files = {"manifest": manifest, "README.txt": layout.README, "evidence-format.md": page, "checkpoint": signed}
    files["key-events"] = b"".join(map(cbor.encode, key_event_items(ledger, not whole)))
    if not whole:
        files["range"] = cbor.encode(range_item(ledger, start, end))
    for seq, (state, body) in sorted(ledger.states.items()):
        item = dict(header=ledger.records[seq].raw()) if whole else ledger.witness_record(seq)
        files[f"governance/{seq}/record"] = cbor.encode(dict(item, body=body))
        files[f"governance/{seq}/state"] = state
    chains, leaves = ledger.chains(), ledger.leaves()
    told = dict(kind=kind, size=size, states=dict(states), **{"from": start, "to": end})
    return {
        name: files[name] if name in files else _generated(ledger, name, start, end, chains, leaves)
        for name in layout.names(told)
    }


def tile_number(parts):
    """The index in the path elements of a tile's name."""
    if parts[-2:-1] and parts[-2].endswith(".p"):
        parts = parts[:-1]
    return int("".join(part.removeprefix("x").removesuffix(".p") for part in parts))


def _generated(ledger, name, start, end, chains, leaves):
    """Content of a chunk's file or a tile."""
    kind, *rest = name.split("/")
    if kind == "tile":
        level, number = rest[0], tile_number(rest[1:])
        if level == "entries":
            return b"".join(b"\x00\x20" + chain for chain in chains[number * 256 : (number + 1) * 256])
        hashed = leaves
        for _ in range(int(level)):
            hashed = [merkle.root(hashed[at : at + 256]) for at in range(0, len(hashed) - 255, 256)]
        return b"".join(hashed[number * 256 : (number + 1) * 256])
    k = tile_number(rest)
    held = ledger.records[max(start, k * layout.CHUNK) : min(end, (k + 1) * layout.CHUNK)]
    if kind == "headers":
        return b"".join(item.raw() for item in held)
    return b"".join(cbor.encode(item.body if kind == "bodies" else item.payload) for item in held)


def tar(files):
    """The archive of a dict of files."""
    return archive.write_tar(files.items())

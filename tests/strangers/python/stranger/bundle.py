"""Sections 8 and 9: a whole or range bundle, and the four questions."""

import hashlib

from . import cbor, layout, merkle, note, record, sealed
from .errors import Malformed, Refused
from .lineage import History

MARKERS = ("none", "withheld", "erased", "archived", "missing")
QUESTIONS = ("integrity", "completeness", "freshness", "custody")


class Verdict:
    """One answer for each question, with its findings."""

    def __init__(self):
        self.answers = dict.fromkeys(QUESTIONS, "can't be answered")
        self.findings = {question: [] for question in QUESTIONS}

    def answer(self, question, answer, *findings):
        """Sets an answer; broken stays broken."""
        if self.answers[question] != "broken":
            self.answers[question] = answer
        self.findings[question] += findings


class Bundle:
    """The files of a bundle; each is taken out once, so that none is left over."""

    def __init__(self, files, ordered):
        if len(dict(files)) != len(files):
            raise Malformed("a file name occurs twice")
        self.files = dict(files)
        if "manifest" not in self.files or ordered and files[0][0] != "manifest":
            raise Malformed("the bundle does not start with a manifest")
        self.manifest = layout.parse_manifest(self.files["manifest"])
        expected = list(layout.names(self.manifest))
        if ordered and [name for name, _ in files] != expected or set(self.files) != set(expected):
            missing = [name for name in expected if name not in self.files]
            extra = [name for name, _ in files if name not in expected]
            raise Malformed(
                f"files are not the manifest's: missing {missing[:3]}, not expected {extra[:3]}, or out of order"
            )
        for name, key in (("evidence-format.md", "format"), ("checkpoint", "checkpoint")):
            if hashlib.sha256(self.files[name]).hexdigest() != self.manifest[key]:
                raise Malformed(f"{name} is not the file that the manifest names")


class Walk:
    """One pass over the records of a bundle: chain, tree and everything that hangs on them."""

    def __init__(self, bundle, pinned, verdict):
        self.bundle, self.pinned, self.verdict = bundle, pinned, verdict
        self.manifest = bundle.manifest
        self.whole = self.manifest["kind"] == "whole"
        self.chain = merkle.chain_start(self.manifest["origin"])
        self.stack = merkle.Stack()
        self.chains = []
        self.records = []
        self.roots = {}
        self.events = []
        self.custody, self.statements = Custody(pinned), {}
        self.time = 0
        self.prior = 0
        self.opened = dict(body=0, payload=0)

    def fail(self, finding):
        """Records that integrity is broken, and goes on."""
        self.verdict.answer("integrity", "broken", finding)

    def run(self):
        """All of integrity and custody; raises at the first structural error."""
        self.check_checkpoint()
        self.read_key_events()
        self.check_lines()
        if not self.whole:
            self.open_range()
        for k, first, after in layout.chunks(self.manifest["from"], self.manifest["to"]):
            self.read_chunk(k, first, after)
        if self.whole:
            self.close_whole()
        else:
            self.close_range()
        self.verdict.answer("integrity", "holds")
        self.check_custody()

    def check_checkpoint(self):
        """Lines by position: identity, identity timestamped, witnesses."""
        origin = self.manifest["origin"]
        signed = note.parse_note(self.bundle.files["checkpoint"])
        self.note = signed
        self.checkpoint = note.parse_checkpoint(signed.text)
        if self.checkpoint.origin != origin or self.checkpoint.size != self.manifest["size"]:
            raise Malformed("the checkpoint is not of the manifest's origin and size")
        if origin != self.pinned.name:
            raise Refused(f"the bundle is of {origin}, the pinned key of {self.pinned.name}")

    def check_lines(self):
        """The lines are those of the identity at the checkpoint's size."""
        origin, signed = self.manifest["origin"], self.note
        identity = self.custody.lineage.key(self.manifest["size"])
        kinds = [
            kind
            for line in signed.lines
            for kind in (note.PLAIN, note.TIMESTAMPED)
            if line.is_of(origin, kind, identity.public)
        ]
        if kinds != [note.PLAIN, note.TIMESTAMPED] or any(
            line.name == origin or line.name.startswith(origin + "#") for line in signed.lines[2:]
        ):
            raise Refused(
                "the checkpoint's first lines are not the identity's plain and timestamped one, or a later line is the ledger's own"
            )
        _, _, self.seconds = note.check_identity(signed, identity)

    def read_key_events(self):
        """Forms and links of the key-events file."""
        prior = 0
        for raw, item in cbor.sequence(self.bundle.files["key-events"]):
            extra = {} if self.whole else dict(previous=bytes, inclusion=list)
            record.fields(item, "key event", dict(header=bytes, **extra), {} if self.whole else dict(consistency=list))
            header = record.parse_header(item["header"])
            if header["kind"] == "event":
                raise Malformed("key-events holds a header of kind event")
            if not self.whole and ("consistency" in item) != (header["kind"] == "epoch"):
                raise Malformed("consistency stands with epochs, and only there")
            if header["prior_key_event"] != prior or (self.events and header["seq"] <= prior):
                raise Refused(f"key event {header['seq']} does not follow key event {prior}")
            if not self.events and header["kind"] != "genesis":
                raise Refused("the first key event is not the genesis")
            if header["seq"] >= self.manifest["size"]:
                raise Refused("a key event lies beyond the checkpoint's size")
            prior = header["seq"]
            self.events.append((header, item))
            self.statements[prior] = self.custody.take(header)
        if not self.events:
            raise Malformed("key-events is empty")
        if not self.whole:
            for header, item in self.events:
                self.check_witness(item, header, f"key event {header['seq']}")

    def check_witness(self, item, header, what):
        """A record proved by inclusion; returns its chain hash."""
        record.hash32(item["previous"], f"{what}: previous")
        chain = merkle.chain_link(item["previous"], item["header"])
        proof = record.hashes(item["inclusion"], f"{what}: inclusion")
        if (
            merkle.root_of_inclusion(merkle.leaf(chain), header["seq"], self.checkpoint.size, proof)
            != self.checkpoint.root
        ):
            raise Refused(f"{what} is not in the checkpoint's tree")
        if header["seq"] == 0 and item["previous"] != merkle.chain_start(self.manifest["origin"]):
            raise Refused(f"{what} does not continue from the origin")
        return chain

    def open_range(self):
        """The range file: what lies left, right and beside."""
        start, end, size = (self.manifest[key] for key in ("from", "to", "size"))
        kinds = dict(previous=bytes, left=list, right=list)
        kinds.update(dict(before=dict) if start > 0 else {}, **(dict(after=dict, newest=dict) if end < size else {}))
        self.range = record.fields(cbor.decode(self.bundle.files["range"]), "range", kinds)
        self.beside = {}
        for name, seq in (("before", start - 1), ("after", end), ("newest", size - 1)):
            if name in kinds:
                item = record.fields(self.range[name], name, dict(header=bytes, previous=bytes, inclusion=list))
                header = record.parse_header(item["header"])
                if header["seq"] != seq:
                    raise Malformed(f"{name} is record {header['seq']}, not {seq}")
                self.check_prior(header)
                self.beside[name] = header, self.check_witness(item, header, name)
        left, widths = record.hashes(self.range["left"], "left"), merkle.left_widths(start)
        if len(left) != len(widths):
            raise Malformed("left has not the length that `from` requires")
        for width, hashed in zip(widths, left):
            self.stack.push(width, hashed)
        previous = record.hash32(self.range["previous"], "range: previous")
        if previous != (self.beside["before"][1] if start else self.chain):
            raise Refused("range: previous is not the chain hash of the record before")
        self.chain = previous
        self.time = self.beside["before"][0]["time"] if start else 0

    def check_prior(self, header):
        """prior_key_event is the greatest key event below seq."""
        below = [event["seq"] for event, _ in self.events if event["seq"] < header["seq"]]
        if header["prior_key_event"] != (below[-1] if below else 0):
            raise Refused(
                f"record {header['seq']} names {header['prior_key_event']} as newest key event, not {below[-1] if below else 0}"
            )
        listed = any(event["seq"] == header["seq"] for event, _ in self.events)
        if listed != (header["kind"] != "event"):
            raise Refused(f"record {header['seq']} is a key event in one place and not in the other")

    def read_chunk(self, k, first, after):
        """Headers, bodies, payloads, entries and leaf tiles of one chunk."""
        files, number = self.bundle.files, layout.index_path(k)
        items = [list(cbor.sequence(files[f"{part}/{number}"])) for part in ("headers", "bodies", "payloads")]
        for seq, ((raw, value), (_, body), (_, payload)) in zip(range(first, after), zip(*items)):
            if len(raw) > record.HEADER_BYTES_MAX:
                raise Malformed(f"header {seq} is longer than 4,096 bytes")
            try:
                header = record.check_header(value)
            except Malformed as error:
                raise Malformed(f"record {seq}: {error}") from error
            self.read_record(seq, raw, header, body, payload)
        counts = [len(found) for found in items]
        if counts != [after - first] * 3:
            raise Malformed(
                f"record {min(first + min(counts), after)}: chunk {k} holds {counts} headers, bodies and payloads, not {after - first}"
            )
        if self.whole:
            self.check_leaf_tiles(first, after)

    def read_record(self, seq, raw, header, body, payload):
        """One record in its place."""
        if header["seq"] != seq:
            raise Refused(f"record {seq}: its header says {header['seq']}")
        if header["time"] < self.time:
            raise Refused(f"record {seq}: recorded before the record before it")
        self.time = header["time"]
        self.check_prior(header)
        if header["kind"] != "event" and not any(
            item["header"] == raw for event, item in self.events if event["seq"] == seq
        ):
            raise Refused(f"record {seq}: key-events holds another header")
        self.roots[seq] = self.stack.root()
        self.chain = merkle.chain_link(self.chain, raw)
        self.chains.append(self.chain)
        self.stack.push(1, merkle.leaf(self.chain))
        encrypted = "data_key" in header
        key = None
        if isinstance(body, list) and len(body) == 3:
            key = record.hash32(body[2], f"record {seq}: event_key")
            body = body[:2]
        for part, item, domain in (
            ("body", body, merkle.SEALED_BODY if encrypted else merkle.BODY),
            ("payload", payload, merkle.SEALED_PAYLOAD if encrypted else merkle.PAYLOAD),
        ):
            self.check_part(seq, header, part, item, domain, key)

    def check_part(self, seq, header, part, item, domain, key):
        """A body or payload, or the word that stands in its place; opened, where a key was disclosed."""
        where = f"record {seq}: {part}"
        if isinstance(item, str):
            if item not in MARKERS:
                raise Malformed(f"{where}: {item!r} is not a word of section 8.4")
            if (item == "none") != (part not in header):
                raise Refused(f"{where}: {item!r} contradicts the header")
            if item == "missing" or item == "erased" and header.get("data_key") not in self.custody.erased:
                self.fail(f"{where} is {item}, and nothing shows why")
            return
        salt, content = record.disclosed(item, where)
        if part not in header:
            raise Refused(f"{where}: present, but the header commits to none")
        if merkle.commitment(salt, domain, content) != header[part]:
            self.fail(f"{where} does not match its commitment")
            return
        try:
            record.check_part(header, part, content)
            if key is not None:
                self.open_part(header, part, content, domain, key)
        except (Malformed, Refused) as error:
            self.fail(f"{where}: {error}")

    def open_part(self, header, part, content, domain, key):
        """A part under the event key that the bundle discloses."""
        if "data_key" in header:
            plaintext = sealed.open_part(key, header, self.manifest["origin"], domain, content)
            if part == "body":
                record.parse_body(plaintext)
            self.opened[part] += 1
        elif part == "body":
            raise Refused("an event key, but the record is not encrypted")

    def check_leaf_tiles(self, first, after):
        """Entries and level-0 tiles equal what the chain gives."""
        for number in range(first // layout.TILE, (after - 1) // layout.TILE + 1):
            held = self.chains[number * layout.TILE : (number + 1) * layout.TILE]
            entries = b"".join(len(chain).to_bytes(2, "big") + chain for chain in held)
            leaves = b"".join(merkle.leaf(chain) for chain in held)
            for level, expected in (("entries", entries), (0, leaves)):
                name = layout.tile_name(level, number, self.manifest["size"])
                if self.bundle.files[name] != expected:
                    self.diverges(name, expected)

    def diverges(self, name, expected):
        """Names the first hash of a tile that is not what the records give."""
        held = self.bundle.files[name]
        width = 34 if name.startswith("tile/entries/") else 32
        if len(held) != len(expected):
            raise Refused(f"{name} has {len(held)} bytes, not {len(expected)}")
        place = next(at for at in range(len(held)) if held[at] != expected[at]) // width
        raise Refused(f"{name} differs from what the records give, first at its entry {place}")

    def close_whole(self):
        """Key events, upper tiles and root of a whole bundle."""
        last, size = self.events[-1][0]["seq"], self.manifest["size"]
        if last >= size:
            raise Refused("key-events reaches beyond the bundle")
        level, hashed = 1, [merkle.leaf(chain) for chain in self.chains]
        while size >> 8 * level:
            hashed = [merkle.root(hashed[at : at + 256]) for at in range(0, len(hashed) - 255, 256)]
            for number in range((len(hashed) + 255) // 256):
                expected = b"".join(hashed[256 * number : 256 * (number + 1)])
                name = layout.tile_name(level, number, size)
                if self.bundle.files[name] != expected:
                    self.diverges(name, expected)
            level += 1
        self.check_root()

    def close_range(self):
        """What follows the range up to the checkpoint."""
        end, size = self.manifest["to"], self.manifest["size"]
        self.roots[end] = self.stack.root()
        right, widths = record.hashes(self.range["right"], "right"), merkle.right_widths(end, size)
        if len(right) != len(widths):
            raise Malformed("right has not the length that `to` and the size require")
        for width, hashed in zip(widths, right):
            self.stack.push(width, hashed)
        self.check_root()
        if end < size:
            after, newest = self.beside["after"][0], self.beside["newest"][0]
            if self.range["after"]["previous"] != self.chain:
                raise Refused("after does not continue the chain of the range")
            if not self.time <= after["time"] <= newest["time"]:
                raise Refused("recorded times decrease after the range")
        newest = self.beside["newest"][0] if end < size else None
        if newest and newest["kind"] == "event" and newest["prior_key_event"] != self.events[-1][0]["seq"]:
            raise Refused("key-events does not reach the newest key event")

    def check_root(self):
        """The tree's root is the checkpoint's."""
        self.roots[self.manifest["size"]] = self.stack.root()
        if self.stack.root() != self.checkpoint.root:
            raise Refused("the tree of these records has not the checkpoint's root")

    def own_keys(self):
        """Every public key of the ledger's own history."""
        found = {self.pinned.public}
        for header, _ in self.events:
            statement = record.parse_statement(header["kind"], header["statement"])
            tagged = [*statement.get("identity", []), statement.get("recovery"), statement.get("key")]
            found.update(key[1:] for key in tagged if key)
        return found

    def check_custody(self):
        """Section 9, custody."""
        broken = self.custody.close(self.checkpoint.size)
        for header, item in self.events:
            statement = self.statements[header["seq"]]
            try:
                if header["kind"] == "epoch" and statement:
                    self.check_certificate_root(statement, item)
            except Refused as error:
                broken.append(str(error))
        self.verdict.answer("custody", "broken" if broken else "holds", *broken)

    def anchor(self, known_head, policy):
        """After a rotation custody needs somebody outside; so it does with a head that can't be verified."""
        lineage = self.custody.lineage
        needed = lineage.steps[-1][0] + 1
        if known_head is not None and not lineage.signed_by_its_identity(known_head[1]):
            missing = "the known head is not signed by the identity at its size"
        elif not lineage.rotations() or policy is not None and policy.satisfied(self.note, self.own_keys()):
            return
        elif known_head is not None and known_head[0].size >= needed:
            if self.roots.get(known_head[0].size) == known_head[0].root:
                return
            missing = "the known head is not shown to be of this tree"
        else:
            missing = f"a known or witnessed head at or past size {needed} is missing"
        self.verdict.answer("custody", "can't be answered", missing)

    def check_certificate_root(self, statement, item):
        """The certificate binds the root of the tree at its `first`."""
        if self.whole:
            right = self.roots[statement["first"]] == statement["root"]
        else:
            proof = record.hashes(item["consistency"], "consistency")
            right = merkle.consistent(
                statement["first"], self.checkpoint.size, statement["root"], self.checkpoint.root, proof
            )
        if not right:
            raise Refused(f"certificate {statement['first']} binds another root than the tree's")


def completeness(walk, verdict, known_head, policy):
    """Holds the bundle against the known head and the witnesses, where there are any."""
    scope = [] if walk.whole else ["for records from `from` to `to` only"]
    answered = False
    if known_head is not None and not walk.custody.lineage.signed_by_its_identity(known_head[1]):
        verdict.findings["completeness"].append("the known head is not signed by the identity at its size")
        return
    if known_head is not None:
        known_head, size = known_head[0], known_head[0].size
        if size > walk.checkpoint.size:
            verdict.answer(
                "completeness", "broken", f"the known head has size {size}, the bundle {walk.checkpoint.size}"
            )
        elif size not in walk.roots:
            verdict.findings["completeness"].append(f"the bundle does not hold the tree of size {size}")
        elif walk.roots[size] != known_head.root:
            verdict.answer("completeness", "broken", f"the known head has another root at size {size}")
        else:
            answered = True
    if policy is not None:
        if policy.satisfied(walk.note, walk.own_keys()):
            answered = True
        else:
            verdict.findings["completeness"].append("the quorum of witnesses has not cosigned the checkpoint")
    if answered:
        verdict.answer("completeness", "holds", *scope)
    elif known_head is None and policy is None:
        verdict.answer("completeness", "can't be answered", "neither known head nor witness policy was given")


def freshness(walk, verdict, now, age_max):
    """The age of the checkpoint, on the operator's word."""
    age = now - walk.seconds
    told = f"signed {age} s ago, on the operator's own word"
    if age_max is None:
        verdict.answer("freshness", "can't be answered", told + "; no greatest age was given")
    else:
        verdict.answer("freshness", "holds" if age <= age_max else "broken", told)


def verify_bundle(files, ordered, pinned, known_head=None, policy=None, now=0, age_max=None):
    """The verdict on a bundle's files. A structural error ends the walk as broken integrity."""
    verdict = Verdict()
    try:
        walk = Walk(Bundle(files, ordered), pinned, verdict)
        walk.run()
    except (Malformed, Refused) as error:
        verdict.answer("integrity", "broken", str(error))
        return verdict
    walk.anchor(known_head, policy)
    completeness(walk, verdict, known_head, policy)
    freshness(walk, verdict, now, age_max)
    return verdict

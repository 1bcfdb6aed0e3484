"""Sections 8 and 9: a whole or range bundle, and the four questions."""

import hashlib

from . import cbor, layout, merkle, note, record, sealed
from .errors import Malformed, Refused
from .lineage import History

WORDS = ("none", "withheld", "erased", "archived", "missing")
QUESTIONS = ("integrity", "completeness", "freshness", "custody")
STATE_TYPE = "indelible.governance.state.v1"
AHEAD_MAX = 300
OPEN, HOLDS, BROKEN = "can't be answered", "holds", "broken"


class Verdict:
    """One answer for each question, with its findings; and what the key events tell besides."""

    def __init__(self):
        self.answers = dict.fromkeys(QUESTIONS, OPEN)
        self.findings = {question: [] for question in QUESTIONS}
        self.tells = []

    def answer(self, question, answer, *findings):
        """Sets an answer; broken stays broken."""
        if self.answers[question] != BROKEN:
            self.answers[question] = answer
        self.findings[question] += findings


class Bundle:
    """The files of a bundle, which are exactly those that the manifest calls for."""

    def __init__(self, files, ordered):
        if len(dict(files)) != len(files):
            raise Malformed("a file name occurs twice")
        self.files = dict(files)
        if "manifest" not in self.files or ordered and files[0][0] != "manifest":
            raise Malformed("the bundle does not start with a manifest")
        self.manifest = layout.parse_manifest(self.files["manifest"])
        expected = []
        for name in layout.names(self.manifest):
            # A size that no archive has is not worth listing.
            if len(expected) > len(files):
                break
            expected.append(name)
        if ordered and [name for name, _ in files] != expected or set(self.files) != set(expected):
            missing = [name for name in expected if name not in self.files]
            extra = [name for name, _ in files if name not in set(expected)]
            raise Malformed(
                f"files are not the manifest's: missing {missing[:3]}, not expected {extra[:3]}, or out of order"
            )
        for name, key in (("evidence-format.md", "format"), ("checkpoint", "checkpoint")):
            if hashlib.sha256(self.files[name]).hexdigest() != self.manifest[key]:
                raise Malformed(f"{name} is not the file that the manifest names")
        if self.files["README.txt"] != layout.README:
            raise Malformed("README.txt is not the page's")
        if len(self.files["evidence-format.md"]) > layout.PAGE_BYTES_MAX:
            raise Malformed("evidence-format.md is longer than 1,048,576 bytes")


class Walk:
    """One pass over the records of a bundle: chain, tree and everything that hangs on them."""

    def __init__(self, bundle, pinned, verdict):
        self.bundle, self.pinned, self.verdict = bundle, pinned, verdict
        self.manifest = bundle.manifest
        self.whole = self.manifest["kind"] == "whole"
        self.chain = merkle.chain_start(self.manifest["origin"])
        self.stack, self.chains, self.roots = merkle.Stack(), [], {}
        self.history = History(pinned)
        self.events, self.listed, self.statements = [], {}, {}
        self.time = 0
        self.held, self.governed = {}, {}
        self.opened = dict(body=0, payload=0)
        self.covered = 0
        self.linked = True

    def fail(self, seq, words):
        """Records that integrity is broken, and goes on."""
        self.verdict.answer("integrity", BROKEN, f"record {seq}: {words}")

    def run(self):
        """Everything but what needs somebody outside; raises at the first structural error."""
        self.check_checkpoint()
        self.read_key_events()
        self.check_lines()
        if not self.whole:
            self.check_witnesses()
            self.open_range()
        for seq, digest in self.manifest["states"].items():
            self.read_state(seq, digest)
        for k, first, after in layout.chunks(self.manifest["from"], self.manifest["to"]):
            self.read_chunk(k, first, after)
        if self.whole:
            self.check_upper_tiles()
        else:
            self.close_range()
            self.cross_check()
        self.check_root()
        for seq, raw in self.governed.items():
            if self.whole and raw is not None:
                self.fail(seq, "the record of the governance state has another header than the log")
        self.verdict.answer("integrity", HOLDS)
        self.check_custody()

    # The checkpoint.

    def check_checkpoint(self):
        """Its form, origin and size."""
        origin = self.manifest["origin"]
        self.note = note.parse_note(self.bundle.files["checkpoint"])
        self.checkpoint = note.parse_checkpoint(self.note.text)
        if self.checkpoint.origin != origin or self.checkpoint.size != self.manifest["size"]:
            raise Malformed("the checkpoint is not of the manifest's origin and size")
        if origin != self.pinned.name:
            raise Refused(f"the bundle is of {origin}, the pinned key of {self.pinned.name}")

    def check_lines(self):
        """Identity, identity timestamped, lines of other types, witnesses."""
        origin, signed, size = self.manifest["origin"], self.note, self.manifest["size"]
        standing, identity = self.history.identity(size), self.history.key(size)
        self.seconds = None
        if identity:
            kinds = [
                [kind for kind in (note.PLAIN, note.TIMESTAMPED) if line.is_of(origin, kind, identity.public)]
                for line in signed.lines
            ]
            if kinds[:2] != [[note.PLAIN], [note.TIMESTAMPED]]:
                raise Refused("the checkpoint's first lines are not the identity's plain and its timestamped one")
            _, _, self.seconds = note.check_identity(signed, identity)
        if len({(line.name, line.key) for line in signed.lines}) != len(signed.lines):
            self.verdict.answer("integrity", BROKEN, "two lines of the checkpoint have the same key name and key id")
        known = {
            note.key_id(origin, kind, key[1:])
            for one in self.history.identities
            for key in one.keys
            for kind in (note.PLAIN, note.TIMESTAMPED)
            if key[0] == record.ED25519
        }
        witnessed = False
        for line in signed.lines[2:]:
            own = line.name == origin
            wrong = own and (witnessed or not standing.unknown() or line.key in known)
            if not own:
                witnessed = True
                wrong = line.name.startswith((origin + "#", origin + "/")) or len(line.signature) not in (72, 2428)
            if wrong:
                self.verdict.answer("integrity", BROKEN, f"a line by {line.name} can't stand in the checkpoint")

    # Key events, and single records.

    def read_key_events(self):
        """Forms and links of the key-events file."""
        prior = 0
        for raw, item in cbor.sequence(self.bundle.files["key-events"]):
            extra = {} if self.whole else dict(previous=bytes, inclusion=list)
            record.fields(item, "key event", dict(header=bytes, **extra), {} if self.whole else dict(consistency=list))
            header = record.parse_header(item["header"])
            seq = header["seq"]
            if not record.is_key_event(header):
                raise Malformed(f"record {seq}: key-events holds a header of kind {header['kind']}")
            if not self.whole and ("consistency" in item) != (header["kind"] == "epoch"):
                raise Malformed("consistency stands with epochs, and only there")
            if header["prior_key_event"] != prior or (self.events and seq <= prior):
                raise Refused(f"record {seq}: it does not follow key event {prior}")
            if not self.events and seq != 0:
                raise Refused("record 0: key-events does not begin with it")
            if seq >= self.manifest["size"]:
                raise Refused(f"record {seq}: a key event beyond the checkpoint's size")
            prior = seq
            self.events.append((header, item))
            self.listed[seq] = item["header"]
            self.statements[seq] = self.history.take(header)
        if not self.events:
            raise Malformed("key-events is empty")

    def check_witnesses(self):
        """Each key event of a range bundle is in the tree."""
        for header, item in self.events:
            self.check_witness(item, header, f"record {header['seq']}: the key event")

    def check_witness(self, item, header, what):
        """A record proved by inclusion; returns its chain hash."""
        record.hash32(item["previous"], f"{what}: previous")
        chain = merkle.chain_link(item["previous"], item["header"])
        proof = record.hashes(item["inclusion"], f"{what}: inclusion")
        found = merkle.root_of_inclusion(merkle.leaf(chain), header["seq"], self.checkpoint.size, proof)
        if found != self.checkpoint.root:
            self.verdict.answer("integrity", BROKEN, f"{what} is not in the checkpoint's tree")
        self.hold(header, item["header"], item["previous"], chain)
        return chain

    def hold(self, header, raw, previous, chain):
        """A header that the bundle has, with what it continues; and what its kind and place ask."""
        seq = header["seq"]
        if seq in self.held:
            if self.held[seq][:2] != (raw, previous):
                self.fail(seq, "the bundle has two headers for it, or two hashes before it")
            return
        self.held[seq] = raw, previous, chain, header["time"]
        self.check_place(header, raw)

    def check_place(self, header, raw):
        """prior_key_event, and whether the record is a key event here and in key-events."""
        seq = header["seq"]
        if seq not in self.listed:
            self.history.place(seq, header["kind"])
        if not record.is_key_event(header):
            self.history.event(header)
        newest = self.newest_below(seq)
        if header["prior_key_event"] != newest:
            self.fail(seq, f"it names {header['prior_key_event']} as newest key event, not {newest}")
        if (self.listed.get(seq) or raw) != raw or (seq in self.listed) != record.is_key_event(header):
            self.linked = False
            self.fail(seq, "it is another record in key-events")

    def newest_below(self, seq):
        """The greatest key event below a record."""
        low, high = 0, len(self.events)
        while low < high:
            middle = (low + high) // 2
            if self.events[middle][0]["seq"] < seq:
                low = middle + 1
            else:
                high = middle
        return self.events[low - 1][0]["seq"] if low else 0

    def cross_check(self):
        """All headers of a range bundle, whichever file they come from."""
        greatest = 0
        for seq in sorted(self.held):
            _, previous, _, time = self.held[seq]
            expected = (
                merkle.chain_start(self.manifest["origin"]) if seq == 0 else self.held.get(seq - 1, (None,) * 3)[2]
            )
            if expected is not None and expected != previous:
                self.fail(seq, "it does not continue the chain of the record before it")
            if time < greatest:
                self.fail(seq, "it was recorded before an earlier record")
            greatest = max(greatest, time)

    # The range.

    def open_range(self):
        """The range file: what lies left, right and beside."""
        start, end, size = (self.manifest[key] for key in ("from", "to", "size"))
        kinds = dict(previous=bytes, left=list, right=list)
        kinds.update(dict(before=dict) if start > 0 else {}, **(dict(after=dict, newest=dict) if end < size else {}))
        self.range = record.fields(cbor.decode(self.bundle.files["range"]), "range", kinds)
        chains = {}
        for name, seq in (("before", start - 1), ("after", end), ("newest", size - 1)):
            if name in kinds:
                item = record.fields(self.range[name], name, dict(header=bytes, previous=bytes, inclusion=list))
                header = record.parse_header(item["header"])
                if header["seq"] != seq:
                    raise Malformed(f"record {seq}: {name} is record {header['seq']}")
                chains[name] = self.check_witness(item, header, f"record {seq}: {name}")
        left, widths = record.hashes(self.range["left"], "left"), merkle.left_widths(start)
        if len(left) != len(widths):
            raise Malformed("left has not the length that `from` requires")
        for width, hashed in zip(widths, left):
            self.stack.push(width, hashed)
        self.chain = record.hash32(self.range["previous"], "range: previous")
        if self.chain != (chains["before"] if start else merkle.chain_start(self.manifest["origin"])):
            raise Refused(f"record {start}: range's previous is not the chain hash of the record before")

    def close_range(self):
        """What follows the range up to the checkpoint."""
        end, size = self.manifest["to"], self.manifest["size"]
        self.roots[end] = self.stack.root()
        right, widths = record.hashes(self.range["right"], "right"), merkle.right_widths(end, size)
        if len(right) != len(widths):
            raise Malformed("right has not the length that `to` and the size require")
        for width, hashed in zip(widths, right):
            self.stack.push(width, hashed)

    def check_root(self):
        """The tree's root is the checkpoint's."""
        self.roots[self.manifest["size"]] = self.stack.root()
        if self.stack.root() != self.checkpoint.root:
            raise Refused("the tree of these records has not the checkpoint's root")

    # Governance states.

    def read_state(self, seq, digest):
        """Section 8.7; whatever is wrong is the record's."""
        files = self.bundle.files
        state = files[f"governance/{seq}/state"]
        try:
            extra = {} if self.whole else dict(previous=bytes, inclusion=list)
            item = cbor.decode(files[f"governance/{seq}/record"])
            record.fields(item, "governance record", dict(header=bytes, body=list, **extra))
            header = record.parse_header(item["header"])
            if header["seq"] != seq:
                raise Refused(f"its header says {header['seq']}")
            if (header["kind"], header.get("type")) != ("governance", STATE_TYPE):
                raise Refused("it is no governance record of a state")
            if len(state) > layout.STATE_BYTES_MAX:
                raise Refused("the state is longer than 268,435,456 bytes")
            if self.whole:
                self.governed[seq] = item["header"]
            else:
                self.check_witness(item, header, f"record {seq}: the governance record")
            body = self.read_parts(header, item["body"], None).get("body")
            if body is None:
                raise Refused("its body can't be read")
            told = body.get("digests", {}).get("state", {}).get("sha256")
            if not told == hashlib.sha256(state).digest() == bytes.fromhex(digest):
                raise Refused("the state has another SHA-256 than its record or the manifest says")
        except (Malformed, Refused) as error:
            self.fail(seq, f"the governance state: {error}")

    # Records in their place.

    def read_chunk(self, k, first, after):
        """Headers, bodies, payloads, entries and leaf tiles of one chunk."""
        number = layout.index_path(k)
        entries = self.read_entries(first, after) if self.whole else [None] * (after - first)
        items = [self.items(f"{part}/{number}", first) for part in ("headers", "bodies", "payloads")]
        for seq, entry, ((raw, value), (_, body), (_, payload)) in zip(range(first, after), entries, zip(*items)):
            try:
                header = record.check_header(value, len(raw))
            except Malformed as error:
                raise Malformed(f"record {seq}: {error}") from error
            self.read_record(seq, raw, header, entry)
            try:
                self.read_parts(header, body, payload)
            except (Malformed, Refused) as error:
                self.fail(seq, str(error))
        counts = [len(found) for found in items]
        if counts != [after - first] * 3:
            raise Malformed(
                f"record {min(first + min(counts), after)}: chunk {k} holds {counts} headers, bodies and payloads, not {after - first}"
            )
        if self.whole:
            self.check_leaf_tiles(first, after)

    def items(self, name, first):
        """The items of a chunk's file; what can't be decoded is said of its record."""
        found = []
        try:
            for item in cbor.sequence(self.bundle.files[name]):
                found.append(item)
        except Malformed as error:
            raise Malformed(f"record {first + len(found)}: {name}: {error}") from error
        return found

    def read_entries(self, first, after):
        """chain(n) as the entry bundles have it."""
        found = []
        for number in range(first // layout.TILE, (after - 1) // layout.TILE + 1):
            name = layout.tile_name("entries", number, self.manifest["size"])
            raw, count = self.bundle.files[name], min(after - number * layout.TILE, layout.TILE)
            if len(raw) != 34 * count:
                raise Refused(f"record {number * layout.TILE}: {name} has {len(raw)} bytes, not {34 * count}")
            for at in range(count):
                if raw[34 * at : 34 * at + 2] != b"\0\x20":
                    raise Refused(f"record {number * layout.TILE + at}: {name} has an entry of another length")
                found.append(raw[34 * at + 2 : 34 * at + 34])
        return found

    def read_record(self, seq, raw, header, entry):
        """A header in its place: chain, entry and tree."""
        if header["seq"] != seq:
            raise Refused(f"record {seq}: its header says {header['seq']}")
        previous, self.chain = self.chain, merkle.chain_link(self.chain, raw)
        if self.whole:
            if header["time"] < self.time:
                self.fail(seq, "it was recorded before the record before it")
            self.time = max(self.time, header["time"])
            if entry != self.chain:
                name = layout.tile_name("entries", seq // layout.TILE, self.manifest["size"])
                self.fail(seq, f"its entry in {name} is not what its header gives")
                self.chain = entry
            self.chains.append(self.chain)
            self.check_place(header, raw)
            if seq in self.governed and self.governed[seq] == raw:
                self.governed[seq] = None
        else:
            self.hold(header, raw, previous, self.chain)
        self.roots[seq] = self.stack.root()
        self.stack.push(1, merkle.leaf(self.chain))
        if header.get("data_key") in self.history.erased:
            self.covered += 1
        for disposal in self.history.disposals:
            if any(part in header and disposal.names(header, part) for part in ("body", "payload")):
                disposal.named.add(seq)

    def read_parts(self, header, body, payload):
        """Body and payload of a record; returns what can be read of them."""
        seq, encrypted, key, read = header["seq"], "data_key" in header, None, {}
        if isinstance(body, list) and len(body) == 3:
            key, body = record.hash32(body[2], "event_key"), body[:2]
            if not encrypted:
                raise Refused("an event key, and the record is not encrypted")
        for part, item, domain in (
            ("body", body, merkle.SEALED_BODY if encrypted else merkle.BODY),
            ("payload", payload, merkle.SEALED_PAYLOAD if encrypted else merkle.PAYLOAD),
        ):
            if item is None:
                continue
            if isinstance(item, str):
                self.check_word(header, part, item)
                continue
            salt, content = record.disclosed(item, part)
            if part not in header:
                raise Refused(f"the {part} is present, and the header commits to none")
            self.history.present(header, part)
            if merkle.commitment(salt, domain, content) != header[part]:
                self.fail(seq, f"the {part} does not match its commitment")
                continue
            record.check_length(header, part, content)
            if not encrypted:
                read[part] = content
            elif key is not None:
                read[part] = sealed.open_part(key, header, self.manifest["origin"], domain, content)
                self.opened[part] += 1
        if "body" in read:
            read["body"] = record.read_body(header, read["body"])
            self.history.body(header, read["body"])
            record.check_producer(self.manifest["origin"], header, read["body"], read.get("payload"))
        return read

    def check_word(self, header, part, word):
        """A word in the place of a part."""
        seq = header["seq"]
        if word not in WORDS:
            raise Malformed(f"{part}: {word!r} is not a word of section 8.4")
        if (word == "none") != (part not in header):
            raise Refused(f"{part}: {word!r} contradicts the header")
        unfounded = word in ("erased", "archived") and not self.history.may_stand(header, part, word)
        if word == "missing" or unfounded:
            self.fail(seq, f"the {part} is {word}, and nothing shows why")

    # Tiles.

    def check_leaf_tiles(self, first, after):
        """Level-0 tiles equal what the chain gives."""
        for number in range(first // layout.TILE, (after - 1) // layout.TILE + 1):
            held = self.chains[number * layout.TILE : (number + 1) * layout.TILE]
            self.check_tile(0, number, b"".join(merkle.leaf(chain) for chain in held))

    def check_upper_tiles(self):
        """The tiles above."""
        level, hashed, size = 1, [merkle.leaf(chain) for chain in self.chains], self.manifest["size"]
        while size >> 8 * level:
            hashed = [merkle.root(hashed[at : at + 256]) for at in range(0, len(hashed) - 255, 256)]
            for number in range((len(hashed) + 255) // 256):
                self.check_tile(level, number, b"".join(hashed[256 * number : 256 * (number + 1)]))
            level += 1

    def check_tile(self, level, number, expected):
        """One tile; names the first hash that is not what the records give."""
        name = layout.tile_name(level, number, self.manifest["size"])
        held = self.bundle.files[name]
        if held == expected:
            return
        if len(held) != len(expected):
            self.verdict.answer("integrity", BROKEN, f"{name} has {len(held)} bytes, not {len(expected)}")
            return
        place = next(at for at in range(len(held)) if held[at] != expected[at]) // 32
        self.fail((number * 256 + place) << 8 * level, f"{name} differs from what the records give")

    # Custody.

    def check_custody(self):
        """Section 9, custody, as far as the bundle itself shows it."""
        history = self.history
        history.close(self.checkpoint.size)
        for header, item in self.events:
            statement = self.statements[header["seq"]]
            if header["kind"] == "epoch" and statement and not self.root_is_bound(statement, item):
                history.breaks(header["seq"], "the certificate binds another root than the tree's")
        found = [words for _, words in sorted(history.broken)]
        if not self.linked:
            self.verdict.answer("custody", OPEN, "the key events are not those of the records")
        else:
            self.verdict.answer("custody", BROKEN if found else HOLDS, *found)
        unknown = [f"an identity key of type 0x{kind:02x}, record {seq}" for kind, seq in history.unknown()]
        if unknown:
            self.verdict.answer("custody", OPEN, *unknown)
        if history.blind():
            self.verdict.answer("integrity", OPEN, *unknown)

    def root_is_bound(self, statement, item):
        """Whether a certificate binds the root of the tree at its `first`."""
        if self.whole:
            return self.roots[statement["first"]] == statement["root"]
        proof = record.hashes(item["consistency"], "consistency")
        size, root = self.checkpoint.size, self.checkpoint.root
        return merkle.consistent(statement["first"], size, statement["root"], root, proof)


class Outside:
    """What the user knows from elsewhere: a head, a policy, the time."""

    def __init__(self, walk, head, policy):
        self.walk, self.head, self.policy = walk, head, policy
        history = walk.history
        self.own = history.own_keys()
        self.head_holds = head is not None and history.verifies(head[1])
        self.asks = policy is not None and policy.quorum != "none"
        self.witnessed = (
            self.asks and policy.is_of(walk.pinned) and policy.time_of_quorum(walk.note, self.own) is not None
        )

    def compare(self):
        """HOLDS, BROKEN or OPEN of a known head that holds as one, and why."""
        head, walk = self.head[0], self.walk
        if head.size > walk.checkpoint.size:
            return BROKEN, f"the known head has size {head.size}, the bundle {walk.checkpoint.size}"
        if head.size not in walk.roots:
            return OPEN, f"the bundle does not give the root of the tree of size {head.size}"
        if walk.roots[head.size] != head.root:
            return BROKEN, f"the known head has another root at size {head.size}"
        return HOLDS, f"the known head of size {head.size} is of this tree"

    def completeness(self):
        """All that the user gave must hold."""
        found = []
        if self.head is not None:
            found.append(self.compare() if self.head_holds else (OPEN, "the known head does not hold as one"))
        if self.asks:
            words = "the quorum of witnesses cosigned the checkpoint" if self.witnessed else "no quorum of this ledger"
            found.append((HOLDS if self.witnessed else OPEN, words))
        if not found:
            found.append((OPEN, "neither known head nor witness was given"))
        answers = {answer for answer, _ in found}
        answer = BROKEN if BROKEN in answers else OPEN if OPEN in answers else HOLDS
        scope = [] if self.walk.whole else ["for records from `from` to `to` only"]
        return answer, [words for _, words in found] + scope

    def vouch(self):
        """What is missing for custody, or None."""
        rotations = self.walk.history.rotations()
        if self.head is not None and not self.head_holds:
            return "the known head does not hold as one"
        if not rotations or self.witnessed:
            return None
        needed = rotations[-1] + 1
        if self.head is not None and self.head[0].size >= needed and self.compare()[0] == HOLDS:
            return None
        return f"a known or witnessed head at or past size {needed} is missing"

    def freshness(self, now, age_max):
        """The age of the checkpoint, and on whose word."""
        if self.asks:
            whose = "the witnesses' word"
            seconds = self.policy.time_of_quorum(self.walk.note, self.own) if self.witnessed else None
        else:
            whose, seconds = "the operator's own word", self.walk.seconds
        if seconds is None:
            return OPEN, "no quorum of witnesses says when"
        if now is None:
            return OPEN, f"signed at {seconds}, on {whose}; the time now is not given"
        age = now - seconds
        told = f"signed {age} s ago, on {whose}"
        if age_max is None:
            return OPEN, told + "; no greatest age was given"
        return HOLDS if -AHEAD_MAX <= age <= age_max else BROKEN, told


def verify_bundle(files, ordered, pinned, known_head=None, policy=None, now=0, age_max=None):
    """The verdict on a bundle's files. A structural error ends the walk as broken integrity."""
    verdict = Verdict()
    try:
        walk = Walk(Bundle(files, ordered), pinned, verdict)
        walk.run()
    except (Malformed, Refused) as error:
        verdict.answer("integrity", BROKEN, str(error))
        return verdict
    outside = Outside(walk, known_head, policy)
    missing = outside.vouch()
    if missing:
        verdict.answer("custody", OPEN, missing)
    if not walk.history.blind():
        answer, words = outside.completeness()
        verdict.answer("completeness", answer, *words)
        answer, words = outside.freshness(now, age_max)
        verdict.answer("freshness", answer, words)
    verdict.tells = list(told(walk))
    return verdict


def told(walk):
    """What the key events say besides."""
    history = walk.history
    for one in history.identities:
        yield f"identity {', '.join(key.hex() for key in one.keys)} began at record {one.seq}"
    for seq in history.unplaced:
        yield f"nobody signed the place of the identity record {seq}"
    for key, size in history.revoked.items():
        yield f"revoked from size {size} on: {key.hex()}"
    for seq, kek in history.keks:
        yield f"key-encryption key {kek.hex()} from record {seq} on"
    for key, seq in history.data_keys.items():
        yield f"ledger-wide data key {key.hex()} from record {seq} on"
    if history.erased:
        yield f"recorded as erased: {len(history.erased)} data keys, {walk.covered} records of this bundle"
    for header, _ in walk.events:
        statement = walk.statements[header["seq"]]
        if header["kind"] == "erasure" and statement:
            keys = ", ".join(key.hex() for key in statement["data_keys"])
            yield f"erasure at record {header['seq']}, recorded at {header['time']}, {statement['basis']}: {keys}"
    for name, keys in history.holds.items():
        yield f"hold {name.hex()} on {'the whole ledger' if keys is None else f'{len(keys)} data keys'} is in force"
    if history.first_draft:
        first = history.settings[0][0] if history.settings else "the end"
        yield f"the settings before {first} are the operator's word"
    for seq, settings in history.settings:
        yield f"settings from record {seq} on: {settings}"
    for key, one in history.producers.items():
        yield f"producer {one.name}, {key.hex()}, from record {one.seq} on: {one.signed} events, {one.void} that count for nothing"
    for one in history.disposals:
        place = f", kept at {one.archive['location']}" if one.archive else ""
        yield f"disposal {one.seq} under {one.rule['name']}: {len(one.named)} records of this bundle{place}"
    if history.closed is not None:
        yield f"the ledger ended at record {history.closed}"
    if any(walk.opened.values()):
        yield f"opened with event keys: {walk.opened['body']} bodies, {walk.opened['payload']} payloads"

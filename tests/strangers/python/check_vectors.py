#!/usr/bin/env python3
"""Runs the Python verifier over tests/vectors/index.json: check_vectors.py [FOLDER]."""

import hashlib
import json
import os
import sys

from stranger import archive, cbor, curve, layout, merkle, note, record
from stranger.errors import Malformed, Refused, Undecided, Usage
from stranger.lineage import History
from stranger.policy import Policy
from stranger.receipt import verify_receipt
from verify import BROKEN, HOLDS, MALFORMED, UNANSWERED, USAGE, NotChecked, exit_of, judge, known_head

HERE = os.path.dirname(os.path.abspath(__file__))


class Wrong(Exception):
    """The verifier's result is not the index's."""


def expect(name, found, wanted):
    """Raises unless equal."""
    if found != wanted:
        raise Wrong(f"{name} is {found!r}, not {wanted!r}")


def unhex(values):
    """Bytes of hexadecimal strings."""
    return [bytes.fromhex(value) for value in values]


class Checker:
    """One method for each kind; a bad vector must raise Malformed, Refused or Usage."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, name):
        """A file of the set."""
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def cbor(self, vector):
        cbor.decode(self.read(vector["file"]))

    def origin(self, vector):
        record.check_origin(vector["origin"])

    def header(self, vector):
        header = record.parse_header(self.read(vector["file"]))
        problem = record.kind_problem(header) or record.prior_problem(header)
        if problem:
            raise Refused(problem)
        if record.is_key_event(header) and vector["result"] == "bad":
            record.parse_statement(header["kind"], header["statement"])
        plain = {
            key: value.hex()
            if isinstance(value, bytes)
            else [item.hex() for item in value]
            if isinstance(value, list)
            else value
            for key, value in header.items()
        }
        expect("fields", plain, vector.get("fields"))

    def body(self, vector):
        record.parse_body(self.read(vector["file"]))

    def record_file(self, vector):
        record.parse_record_file(self.read(vector["file"]))

    def commitment(self, vector):
        salt, content = unhex([vector["salt"], vector["bytes"]])
        expect("commitment", merkle.commitment(salt, vector["domain"], content).hex(), vector["commitment"])

    def chain(self, vector):
        chain = merkle.chain_start(vector["origin"])
        expect("start", chain.hex(), vector["start"])
        for header, wanted in zip(unhex(vector["headers"]), vector["chains"], strict=True):
            chain = merkle.chain_link(chain, header)
            expect("chain", chain.hex(), wanted)

    def tree_root(self, vector):
        leaves = [merkle.leaf(bytes(24) + index.to_bytes(8, "big")) for index in range(vector["size"])]
        expect("root", merkle.root(leaves).hex(), vector["root"])

    def inclusion(self, vector):
        leaf, root = unhex([vector["leaf"], vector["root"]])
        if merkle.root_of_inclusion(leaf, vector["index"], vector["size"], unhex(vector["proof"])) != root:
            raise Refused("proof does not lead to the root")

    def consistency(self, vector):
        roots = unhex([vector["from_root"], vector["to_root"]])
        if not merkle.consistent(vector["from"], vector["to"], *roots, unhex(vector["proof"])):
            raise Refused("trees are not shown to be consistent")

    def cover(self, vector):
        expect("left", merkle.left_widths(vector["from"]), vector["left"])
        expect("right", merkle.right_widths(vector["to"], vector["size"]), vector["right"])

    def tile_index(self, vector):
        expect("path", archive.index_path(vector["index"]), vector["path"])

    def file_names(self, vector):
        expect("names", list(layout.names({**vector, "kind": vector["bundle_kind"]})), vector["names"])

    def signature(self, vector):
        public, message, signature = unhex([vector["public"], vector["message"], vector["signature"]])
        if curve.key_problem(public) or not curve.verify(public, message, signature):
            raise Refused("signature does not verify strictly")

    def vkey(self, vector):
        key = note.VerifierKey.parse(vector["vkey"])
        expect(
            "key",
            (key.name, key.kind, key.public.hex(), key.text()),
            (vector.get("key_name"), vector.get("type"), vector.get("public"), vector["vkey"]),
        )

    def note(self, vector):
        note.parse_note(self.read(vector["file"]))

    def checkpoint(self, vector):
        pinned, signed = note.VerifierKey.parse(vector["key"]), note.parse_note(self.read(vector["file"]))
        found, plain, seconds = note.check_identity(signed, pinned)
        if not plain and "certificate" not in vector:
            raise Refused("no identity line")
        if "certificate" in vector:
            header = record.parse_header(bytes.fromhex(vector["certificate"]))
            certificate = History(pinned).check(header)
            if plain:
                note.check_epoch_lines(signed, found.origin, certificate["first"], certificate["key"][1:])
            else:
                note.check_epoch(signed, certificate)
        wanted = tuple(vector.get(key) for key in ("origin", "size", "root", "identity", "time"))
        expect("checkpoint", (found.origin, found.size, found.root.hex(), plain, seconds), wanted)

    def key_event(self, vector):
        history = History(note.VerifierKey.parse(vector["key"]))
        for raw in [*unhex(vector.get("before", [])), self.read(vector["file"])]:
            header = record.parse_header(raw)
            if not record.is_key_event(header):
                raise Refused("not a key event")
            if history.broken:
                raise Wrong(f"a key event before it does not hold: {history.broken}")
            statement = history.take(header)
        if history.broken:
            raise Refused("; ".join(words for _, words in history.broken))
        if "statement" in vector:
            raw = header["statement"]
            expect("statement", raw.hex(), vector["statement"])
            expect("message", record.signed_message(header["kind"], raw).hex(), vector["message"])
        if "recovery_message" in vector:
            expect("recovery_message", record.recovery_message(statement).hex(), vector["recovery_message"])
        if "proof_message" in vector:
            expect("proof_message", record.proof_message(statement).hex(), vector["proof_message"])

    def receipt(self, vector):
        pinned = note.VerifierKey.parse(vector["key"])
        try:
            says = verify_receipt(self.read(vector["file"]), self.read(vector["record"]), pinned)
        except (Malformed, Refused, Undecided) as error:
            codes = ((Malformed, MALFORMED), (Refused, BROKEN), (Undecided, UNANSWERED))
            code = next(code for kind, code in codes if isinstance(error, kind))
            if code not in vector["exit"]:
                raise Wrong(f"exit {code}, not {vector['exit']}: {error}") from error
            if isinstance(error, Undecided):
                expect("unknown", [[f"0x{kind:02x}", seq] for kind, seq in error.args], vector["unknown"])
            raise
        if vector["result"] == "good":
            expect("provisional", says[-1].startswith("PROVISIONAL"), vector["provisional"])

    def bundle_bytes(self, vector):
        """A bundle as stored, or the edits of a stored one."""
        if "file" in vector:
            raw = self.read(vector["file"])
        else:
            base, parts, at = self.read(vector["base"]), [], 0
            for edit in vector["edits"]:
                parts += [base[at : edit["at"]], bytes.fromhex(edit["insert"])]
                at = edit["at"] + edit["remove"]
            raw = b"".join(parts) + base[at:]
        expect("sha256", hashlib.sha256(raw).hexdigest(), vector["sha256"])
        return raw

    def bundle_whole(self, vector):
        pinned, code, verdict, why = note.VerifierKey.parse(vector["key"]), None, None, ""
        try:
            head = known_head(
                os.path.join(self.folder, vector["known_head"]) if "known_head" in vector else None, pinned
            )
            policy = Policy(self.read(vector["policy"])) if "policy" in vector else None
            verdict = judge(
                self.bundle_bytes(vector),
                pinned,
                known_head=head,
                policy=policy,
                now=vector["now"],
                age_max=vector.get("max_age"),
            )
            code = exit_of(verdict, vector.get("require", []))
            why = str(
                {
                    question: found
                    for question, found in verdict.findings.items()
                    if found and verdict.answers[question] != "can't be answered"
                }
            )
        except Usage as error:
            code, why = USAGE, str(error)
        except Malformed as error:
            code, why = MALFORMED, str(error)
        if code not in vector["exit"]:
            raise Wrong(f"exit {code}, not {vector['exit']}: {why}")
        if "record" in vector and verdict:
            broken = [
                words
                for question in verdict.findings
                if verdict.answers[question] == "broken"
                for words in verdict.findings[question]
            ]
            if not any(words.startswith(f"record {vector['record']}:") for words in broken):
                raise Wrong(f"record {vector['record']} is not named: {broken}")
        if "unknown" in vector:
            wanted = [f"an identity key of type {kind}, record {seq}" for kind, seq in vector["unknown"]]
            expect("unknown", [words for words in verdict.findings["custody"] if "an identity key" in words], wanted)
        for question, answer in vector["verdict"].items():
            if verdict:
                expect(
                    question,
                    verdict.answers[question] + (" " + why if verdict.answers[question] != answer else ""),
                    answer,
                )
        if code != HOLDS:
            raise Refused(why)

    bundle_range = bundle_whole


def run(folder):
    """Numbers passed and failed."""
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    passed, skipped, checker = 0, 0, Checker(folder)
    for vector in vectors:
        result, why = "good", ""
        try:
            getattr(checker, vector["kind"].replace("-", "_"))(vector)
        except (Malformed, Refused, Undecided, Usage) as error:
            result, why = "bad", str(error)
        except Wrong as error:
            result, why = "wrong", str(error)
        except NotChecked:
            skipped += 1
            continue
        if result == vector["result"]:
            passed += 1
        else:
            print(f"FAILED {vector['name']}: {result} {why}")
        if "--verbose" in sys.argv:
            print(f"{vector['name']}: {why or 'ok'}")
    if skipped:
        print(f"{skipped} vectors NOT CHECKED: this Python has no zstd module")
    return passed, len(vectors) - passed - skipped


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    done, failed = run(arguments[0] if arguments else os.path.join(HERE, "..", "..", "vectors"))
    print(f"{done} passed, {failed} failed")
    sys.exit(1 if failed else 0)

"""Section 6: signed notes, checkpoints, verifier keys."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from . import curve
from .errors import Malformed, Refused, Usage
from .record import check_origin

NOTE_BYTES_MAX = 65_536
SIGNATURES_MAX = 64
PLAIN, TIMESTAMPED = 0x01, 0x04


def unbase64(text):
    """Canonical, padded, standard base64."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"base64: {error}") from error
    if base64.b64encode(raw).decode() != text:
        raise Malformed("base64 is not canonical")
    return raw


def decimal(text, what):
    """A decimal number without leading zeros, up to 2^63-1."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) or int(text) > 2**63 - 1:
        raise Malformed(f"{what} is not a decimal number: {text!r}")
    return int(text)


def key_id(name, kind, public):
    """The first four bytes of SHA-256(name || newline || type || key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass
class VerifierKey:
    """A pinned Ed25519 key with its name."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text):
        """Reads a C2SP vkey."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Usage("a verifier key has three parts joined by '+'")
        try:
            raw = unbase64(parts[2])
        except Malformed as error:
            raise Usage(str(error)) from error
        if len(raw) != 33 or raw[0] not in (PLAIN, TIMESTAMPED):
            raise Usage("the verifier key is not Ed25519")
        problem = curve.key_problem(raw[1:])
        if problem:
            raise Usage(problem)
        key = cls(parts[0], raw[0], raw[1:])
        if parts[1] != key_id(key.name, key.kind, key.public).hex():
            raise Usage("the verifier key's id is not that of its name and key")
        return key

    def text(self):
        """The vkey."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{key_id(self.name, self.kind, self.public).hex()}+{encoded}"


@dataclass
class Line:
    """A signature line: key name, key id, signature bytes."""

    name: str
    key: bytes
    signature: bytes

    def is_of(self, name, kind, public):
        """Whether the line claims to be by this key."""
        return self.name == name and self.key == key_id(name, kind, public)


@dataclass
class Note:
    """A parsed signed note; nothing verified yet."""

    text: str
    lines: list


def parse_note(raw):
    """C2SP signed-note."""
    if len(raw) > NOTE_BYTES_MAX:
        raise Malformed("note is longer than 65,536 bytes")
    try:
        whole = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Malformed("note is not UTF-8") from error
    if any(ord(letter) < 0x20 and letter != "\n" for letter in whole):
        raise Malformed("note holds a control character")
    text, gap, tail = whole.rpartition("\n\n")
    if not gap or not text or not tail.endswith("\n"):
        raise Malformed("note has no text, no empty line or no signature")
    rows = tail[:-1].split("\n")
    if len(rows) > SIGNATURES_MAX:
        raise Malformed("note has more than 64 signature lines")
    return Note(text + "\n", [_parse_line(row) for row in rows])


def _parse_line(row):
    parts = row.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
        raise Malformed(f"not a signature line: {row!r}")
    if "+" in parts[1] or any(letter.isspace() for letter in parts[1]):
        raise Malformed(f"not a key name: {parts[1]!r}")
    signature = unbase64(parts[2])
    if len(signature) < 5:
        raise Malformed("signature line without signature")
    return Line(parts[1], signature[:4], signature[4:])


@dataclass
class Checkpoint:
    """Origin, size and root of a tree."""

    origin: str
    size: int
    root: bytes

    def text(self):
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text):
    """A checkpoint of three lines, without extension lines."""
    rows = text.split("\n")
    if len(rows) != 4 or rows[3]:
        raise Malformed("a checkpoint has exactly three lines")
    found = Checkpoint(rows[0], decimal(rows[1], "checkpoint size"), unbase64(rows[2]))
    check_origin(found.origin)
    if len(found.root) != 32:
        raise Malformed("the checkpoint's root is not 32 bytes")
    return found


def cosigned(seconds, text):
    """What a timestamped line signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def check_plain(note, line, public):
    """Verifies a plain line, or raises."""
    if len(line.signature) != 64 or not curve.verify(public, note.text.encode(), line.signature):
        raise Refused(f"the signature by {line.name} does not verify")


def check_timestamped(note, line, public):
    """Verifies a timestamped line and returns its time in seconds."""
    if len(line.signature) != 72:
        raise Refused(f"the timestamped signature by {line.name} is not 72 bytes")
    seconds = int.from_bytes(line.signature[:8], "big")
    if seconds > 2**63 - 1 or not curve.verify(public, cosigned(seconds, note.text), line.signature[8:]):
        raise Refused(f"the timestamped signature by {line.name} does not verify")
    return seconds


def check_identity(note, pinned):
    """Verifies every line by the pinned key; returns (checkpoint, plain line?, newest time)."""
    found = parse_checkpoint(note.text)
    if found.origin != pinned.name:
        raise Refused(f"the checkpoint is of {found.origin}, the pinned key of {pinned.name}")
    plain, seconds = False, None
    for line in note.lines:
        if line.is_of(pinned.name, PLAIN, pinned.public):
            check_plain(note, line, pinned.public)
            plain = True
        elif line.is_of(pinned.name, TIMESTAMPED, pinned.public):
            seconds = max(check_timestamped(note, line, pinned.public), seconds or 0)
    return found, plain, seconds


def check_epoch_lines(note, origin, first, public):
    """Verifies every line by a certified epoch key; returns how many there are."""
    lines = [line for line in note.lines if line.is_of(f"{origin}#{first}", PLAIN, public)]
    for line in lines:
        check_plain(note, line, public)
    return len(lines)


def check_epoch(note, certificate):
    """Verifies the epoch line under a certificate whose signature has been verified."""
    found = parse_checkpoint(note.text)
    if found.origin != certificate["origin"]:
        raise Refused("the checkpoint is of another origin than the certificate")
    first, public = certificate["first"], certificate["key"][1:]
    if not check_epoch_lines(note, found.origin, first, public):
        raise Refused("the checkpoint has no line of the identity, nor of the certified epoch key")
    if not first < found.size <= certificate["last"]:
        raise Refused(f"size {found.size} lies outside the certificate's span {first + 1} to {certificate['last']}")
    return found

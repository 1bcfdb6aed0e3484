"""Sections 2 and 3: origins, headers, bodies, key-event statements, record files."""

import re

from . import cbor, curve
from .errors import Malformed, Refused

HEADER_BYTES_MAX = 4_096
BODY_BYTES_MAX = 16_384
PAYLOAD_BYTES_MAX = 1_048_576
IDENTITY_TEXTS = ("id", "source", "subject", "actor", "data_subject")
LONG_TEXTS = ("datacontenttype", "correlation_id", "causation_id")
KEY_EVENT_KINDS = ("genesis", "epoch", "identity", "revocation", "kek", "data-key", "erasure", "hold")
SEALED_OVERHEAD = 64


def _is(value, kind):
    """isinstance that does not take a boolean for an integer."""
    return type(value) is kind


def fields(value, what, required, optional=()):
    """The map's keys are exactly the named ones; types are checked."""
    if not _is(value, dict):
        raise Malformed(f"{what} is not a map")
    kinds = {**dict(required), **dict(optional)}
    for key, item in value.items():
        if key not in kinds:
            raise Malformed(f"{what} has an unknown key {key!r}")
        if not _is(item, kinds[key]):
            raise Malformed(f"{what}.{key} is not of type {kinds[key].__name__}")
    for key in dict(required):
        if key not in value:
            raise Malformed(f"{what} lacks {key!r}")
    return value


def hash32(value, what):
    """A byte string of 32 bytes."""
    if not _is(value, bytes) or len(value) != 32:
        raise Malformed(f"{what} is not 32 bytes")
    return value


def id16(value, what):
    """A byte string of 16 bytes."""
    if not _is(value, bytes) or len(value) != 16:
        raise Malformed(f"{what} is not 16 bytes")
    return value


def data_keys(value, what):
    """1 to 64 ids of data keys, strictly ascending."""
    found = [id16(item, what) for item in value]
    if not 1 <= len(found) <= 64 or any(one >= two for one, two in zip(found, found[1:])):
        raise Malformed(f"{what} is not 1 to 64 ids in ascending order")


def hashes(value, what):
    """An array of 32-byte strings."""
    if not _is(value, list):
        raise Malformed(f"{what} is not an array")
    return [hash32(item, what) for item in value]


def text(value, what, limit):
    """A text attribute: not empty, no control character, at most `limit` bytes."""
    if not _is(value, str) or not value:
        raise Malformed(f"{what} is not a text, or empty")
    if len(value.encode()) > limit:
        raise Malformed(f"{what} is longer than {limit} bytes")
    if any(ord(letter) < 0x20 or 0x7F <= ord(letter) <= 0x9F for letter in value):
        raise Malformed(f"{what} holds a control character")


def check_origin(origin):
    """Section 2."""
    if not origin or len(origin) > 200:
        raise Malformed("origin is empty or longer than 200 bytes")
    if any(not "!" <= letter <= "~" or letter in "+#" for letter in origin):
        raise Malformed("origin holds a character that is not allowed")
    parts = origin.split("/")
    if len(parts) < 3 or not all(parts):
        raise Malformed("origin is not <prefix>/<name>/<suffix>")
    if parts[0] in ("indelible", "cosignature"):
        raise Malformed("origin starts like a statement")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", parts[-2]):
        raise Malformed("the ledger's name in the origin is not allowed")
    if not re.fullmatch(r"[0-9a-f]{12}", parts[-1]):
        raise Malformed("the origin's suffix is not 12 hexadecimal digits")


def parse_header(raw):
    """Section 3.1; the header as a dict."""
    if len(raw) > HEADER_BYTES_MAX:
        raise Malformed("header is longer than 4,096 bytes")
    return check_header(cbor.decode(raw))


def check_header(value):
    """Keys and values of a decoded header."""
    if not _is(value, dict) or not _is(value.get("kind"), str):
        raise Malformed("header is not a map with a kind")
    common = dict(v=int, kind=str, seq=int, time=int, prior_key_event=int)
    if value["kind"] == "event":
        sealed = dict(data_key=bytes, key_commitment=bytes) if "data_key" in value or "key_commitment" in value else {}
        fields(
            value, "header", {**common, "type": str, "body": bytes, **sealed}, dict(classification=str, payload=bytes)
        )
        if sealed:
            id16(value["data_key"], "header.data_key")
            hash32(value["key_commitment"], "header.key_commitment")
        text(value["type"], "type", 1024)
        if "classification" in value:
            text(value["classification"], "classification", 1024)
        hash32(value["body"], "header.body")
        hash32(value.get("payload", bytes(32)), "header.payload")
    elif value["kind"] in KEY_EVENT_KINDS:
        fields(value, "header", {**common, "statement": bytes, "signatures": list})
        for signature in value["signatures"]:
            if not _is(signature, bytes) or len(signature) != 64:
                raise Malformed("a signature in the header is not 64 bytes")
        if len(value["signatures"]) != (2 if value["kind"] == "identity" else 1):
            raise Malformed("an identity record carries two signatures, another key event exactly one")
        parse_statement(value["kind"], value["statement"])
    else:
        raise Malformed(f"kind {value['kind']!r} is unknown to this version")
    if value["v"] != 0:
        raise Malformed("header.v is not 0")
    _check_place(value)
    return value


def _check_place(value):
    """What the sequence number alone says about a header."""
    seq, prior, kind = value["seq"], value["prior_key_event"], value["kind"]
    if (seq == 0) != (kind == "genesis"):
        raise Malformed("record 0, and no other, is a genesis")
    if seq == 1 and kind != "epoch":
        raise Malformed("record 1 is the first certificate")
    if prior > max(seq - 1, 0):
        raise Malformed("prior_key_event is not below seq")


def public_key(value, what):
    """0x01 and an acceptable Ed25519 key."""
    if not _is(value, bytes) or len(value) != 33 or value[0] != 1:
        raise Malformed(f"{what} is not 0x01 and 32 bytes")
    problem = curve.key_problem(value[1:])
    if problem:
        raise Malformed(f"{what}: {problem}")


def parse_statement(kind, raw):
    """Section 3.5; the statement as a dict, its signature not yet verified."""
    value = cbor.decode(raw)
    if kind == "epoch":
        fields(value, "epoch", dict(origin=str, key=bytes, first=int, root=bytes, last=int))
        public_key(value["key"], "epoch.key")
        hash32(value["root"], "epoch.root")
    elif kind in SIMPLE_STATEMENTS:
        SIMPLE_STATEMENTS[kind](value)
    else:
        fields(value, "genesis", dict(origin=str, created=int, identity=list), dict(recovery=bytes, predecessor=dict))
        if len(value["identity"]) != 1:
            raise Malformed("genesis names exactly one identity key")
        public_key(value["identity"][0], "genesis.identity")
        if "recovery" in value:
            public_key(value["recovery"], "genesis.recovery")
        if "predecessor" in value:
            before = fields(
                value["predecessor"], "predecessor", dict(origin=str, size=int, root=bytes, chain=bytes), dict(lost=str)
            )
            check_origin(before["origin"])
            hash32(before["root"], "predecessor.root")
            hash32(before["chain"], "predecessor.chain")
    check_origin(value["origin"])
    return value


def _identity(value):
    fields(value, "identity", dict(origin=str, prior=int, identity=list))
    if len(value["identity"]) != 1:
        raise Malformed("an identity record names exactly one identity key")
    public_key(value["identity"][0], "identity.identity")


def _revocation(value):
    fields(value, "revocation", dict(origin=str, key=bytes, size=int), dict(reason=str))
    public_key(value["key"], "revocation.key")
    text(value.get("reason", "-"), "revocation.reason", 1024)


def _kek(value):
    fields(value, "kek", dict(origin=str, kek=bytes, provider=str))
    id16(value["kek"], "kek.kek")
    text(value["provider"], "kek.provider", 64)


def _data_key(value):
    fields(value, "data-key", dict(origin=str, data_key=bytes))
    id16(value["data_key"], "data-key.data_key")


def _erasure(value):
    fields(value, "erasure", dict(origin=str, data_keys=list, basis=str))
    data_keys(value["data_keys"], "erasure.data_keys")
    text(value["basis"], "erasure.basis", 1024)


def _hold(value):
    placed = _is(value, dict) and value.get("action") == "place"
    fields(value, "hold", dict(origin=str, hold=bytes, action=str), dict(data_keys=list, reason=str) if placed else {})
    id16(value["hold"], "hold.hold")
    if value["action"] not in ("place", "release"):
        raise Malformed("hold.action is neither place nor release")
    text(value.get("reason", "-"), "hold.reason", 1024)
    if "data_keys" in value:
        data_keys(value["data_keys"], "hold.data_keys")


SIMPLE_STATEMENTS = {
    "identity": _identity,
    "revocation": _revocation,
    "kek": _kek,
    "data-key": _data_key,
    "erasure": _erasure,
    "hold": _hold,
}


def signed_message(kind, statement):
    """What a key event's signature is over."""
    return f"indelible/{kind}@v1\n".encode() + statement


def check_part(header, part, content):
    """The form of a body or payload, as far as it shows without a key."""
    if "data_key" in header:
        limit = BODY_BYTES_MAX if part == "body" else PAYLOAD_BYTES_MAX
        if not SEALED_OVERHEAD <= len(content) <= limit + SEALED_OVERHEAD:
            raise Malformed(f"{part} has a length that no sealed one has")
    elif part == "body":
        if "data_subject" in parse_body(content):
            raise Refused("the body names a data subject and is not encrypted")
    elif len(content) > PAYLOAD_BYTES_MAX:
        raise Malformed("payload is longer than 1,048,576 bytes")


def parse_body(raw):
    """Section 3.3; the body as a dict."""
    if len(raw) > BODY_BYTES_MAX:
        raise Malformed("body is longer than 16,384 bytes")
    value = cbor.decode(raw)
    optional = dict.fromkeys(("subject", "time", "actor", "data_subject") + LONG_TEXTS, str)
    fields(value, "body", dict(id=str, source=str), {**optional, "facts": dict, "digests": dict, "envelope": dict})
    for names, limit in ((IDENTITY_TEXTS, 256), (LONG_TEXTS, 1024), (("time",), 64)):
        for name in names:
            if name in value:
                text(value[name], name, limit)
    if "facts" in value:
        _check_facts(value["facts"])
    if "digests" in value:
        _check_digests(value["digests"])
    if "envelope" in value:
        _check_envelope(value["envelope"])
    return value


def _check_facts(facts):
    if not 1 <= len(facts) <= 32:
        raise Malformed("facts are left out when empty, and 32 at most")
    for name, fact in facts.items():
        text(name, "name of a fact", 128)
        if _is(fact, str):
            text(fact, f"fact {name}", 1024)
        elif not _is(fact, int) and not _is(fact, bool):
            raise Malformed(f"fact {name} is neither text, integer nor boolean")


def _check_digests(digests):
    total = 0
    for component, algorithms in digests.items():
        text(component, "component of a digest", 128)
        if not _is(algorithms, dict) or not algorithms:
            raise Malformed(f"digests.{component} is not a map, or empty")
        for algorithm, value in algorithms.items():
            text(algorithm, "algorithm of a digest", 128)
            if not _is(value, bytes) or not 16 <= len(value) <= 64:
                raise Malformed(f"digest {component}/{algorithm} is not 16 to 64 bytes")
            if {"sha256": 32, "blake3": 32, "sha512": 64}.get(algorithm, len(value)) != len(value):
                raise Malformed(f"digest {component}/{algorithm} has not its algorithm's length")
            total += 1
    if not 1 <= total <= 32:
        raise Malformed("digests are left out when empty, and 32 at most")


def _check_envelope(envelope):
    fields(envelope, "envelope", dict(key_id=str), dict(nonce=bytes, aad_digest=bytes))
    text(envelope["key_id"], "envelope.key_id", 1024)
    if not 8 <= len(envelope.get("nonce", bytes(8))) <= 32:
        raise Malformed("envelope.nonce is not 8 to 32 bytes")
    hash32(envelope.get("aad_digest", bytes(32)), "envelope.aad_digest")


def disclosed(value, what):
    """An array [salt, bytes]."""
    if not _is(value, list) or len(value) != 2 or not _is(value[0], bytes) or not _is(value[1], bytes):
        raise Malformed(f"{what} is not an array of salt and bytes")
    if len(value[0]) != 32:
        raise Malformed(f"the salt of {what} is not 32 bytes")
    return value


def parse_record_file(raw):
    """Section 7: header, and body and payload where disclosed."""
    value = fields(cbor.decode(raw), "record file", dict(header=bytes), dict(body=list, payload=list, event_key=bytes))
    hash32(value.get("event_key", bytes(32)), "event_key")
    for part in ("body", "payload"):
        if part in value:
            disclosed(value[part], part)
    return value

"""Sections 2 and 3: origins, headers, bodies, key-event statements, record files."""

import hashlib
import re

from . import cbor, curve
from .errors import Malformed, Refused

ED25519 = 0x01
HEADER_BYTES_MAX = 4_096
KEY_EVENT_BYTES_MAX = 16_384
BODY_BYTES_MAX = 16_384
PAYLOAD_BYTES_MAX = 1_048_576
IDENTITY_TEXTS = ("id", "source", "subject", "actor", "data_subject")
LONG_TEXTS = ("datacontenttype", "correlation_id", "causation_id")
WRITTEN_KINDS = ("event", "governance")
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
SEALED_OVERHEAD = 64
BODY_MAPS = dict(facts=dict, digests=dict, envelope=dict, producer=dict)


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
    """Section 3.1; the header as a dict. What its place and its statement ask is not looked at."""
    if len(raw) > KEY_EVENT_BYTES_MAX:
        raise Malformed("header is longer than 16,384 bytes")
    return check_header(cbor.decode(raw), len(raw))


def check_header(value, length):
    """Keys and values of a decoded header of so many bytes."""
    if not _is(value, dict) or not _is(value.get("kind"), str):
        raise Malformed("header is not a map with a kind")
    common = dict(v=int, kind=str, seq=int, time=int, prior_key_event=int)
    if value["kind"] in WRITTEN_KINDS:
        if length > HEADER_BYTES_MAX:
            raise Malformed("header is longer than 4,096 bytes")
        sealed = dict(data_key=bytes, key_commitment=bytes) if "data_key" in value or "key_commitment" in value else {}
        fields(
            value, "header", {**common, "type": str, "body": bytes, **sealed}, dict(classification=str, payload=bytes)
        )
        if sealed:
            id16(value["data_key"], "header.data_key")
            hash32(value["key_commitment"], "header.key_commitment")
        text(value["type"], "type", 1024)
        text(value.get("classification", "-"), "classification", 1024)
        hash32(value["body"], "header.body")
        hash32(value.get("payload", bytes(32)), "header.payload")
    elif value["kind"] in KEY_EVENT_KINDS:
        if length > KEY_EVENT_BYTES_MAX:
            raise Malformed("header is longer than 16,384 bytes")
        fields(value, "header", {**common, "statement": bytes, "signatures": list})
        if not 1 <= len(value["signatures"]) <= 8:
            raise Malformed("a header has 1 to 8 signatures")
        for signature in value["signatures"]:
            if not _is(signature, bytes) or not 1 <= len(signature) <= 8192:
                raise Malformed("a signature in the header is not 1 to 8,192 bytes")
    else:
        raise Malformed(f"kind {value['kind']!r} is unknown to this version")
    if value["v"] != 0:
        raise Malformed("header.v is not 0")
    return value


def is_key_event(header):
    """Whether a header is one of the ledger's own."""
    return header["kind"] in KEY_EVENT_KINDS


def kind_problem(header):
    """What sections 3.2 and 9 say of the kind at a place, or None. It is of custody."""
    seq, kind = header["seq"], header["kind"]
    if (seq == 0) != (kind == "genesis"):
        return "record 0 is no genesis" if seq == 0 else "another record than 0 is a genesis"
    if seq == 1 and kind != "epoch":
        return "record 1 is no certificate"
    return None


def prior_problem(header):
    """What the place alone says of prior_key_event, or None. It is of integrity."""
    seq, prior = header["seq"], header["prior_key_event"]
    if prior > max(seq - 1, 0):
        return "prior_key_event is not below the sequence number"
    if seq >= 2 and prior < 1:
        return "prior_key_event is 0, and record 1 is a key event"
    return None


def public_key(value, what):
    """A public key of type 0x01."""
    if not _is(value, bytes) or len(value) != 33 or value[0] != ED25519:
        raise Malformed(f"{what} is not 0x01 and 32 bytes")
    problem = curve.key_problem(value[1:])
    if problem:
        raise Malformed(f"{what}: {problem}")


def any_public_key(value, what):
    """A public key, of a type that may be unknown."""
    if not _is(value, bytes) or not 2 <= len(value) <= 2048:
        raise Malformed(f"{what} is not 2 to 2,048 bytes")
    if value[0] == ED25519:
        public_key(value, what)


def identity(value, what):
    """1 to 4 keys of different types: the first one, then others in ascending order of the type."""
    if not 1 <= len(value) <= 4:
        raise Malformed(f"{what} has not 1 to 4 keys")
    for key in value:
        any_public_key(key, what)
    types = [key[0] for key in value]
    if len(set(types)) != len(types) or types[1:] != sorted(types[1:]):
        raise Malformed(f"{what}: a type comes twice, or the types are not in ascending order")
    if ED25519 in types[1:]:
        raise Malformed(f"{what}: the key of type 0x01 is not the first")


def ascending(value, what, least, most):
    """Strictly ascending texts, compared by their bytes."""
    if not least <= len(value) <= most:
        raise Malformed(f"{what} has not {least} to {most} entries")
    raw = [item.encode() for item in value]
    if any(one >= two for one, two in zip(raw, raw[1:])):
        raise Malformed(f"{what} is not in strictly ascending order")


def sources(value, what):
    """1 to 64 sources."""
    for item in value:
        text(item, what, 256)
    ascending(value, what, 1, 64)


def settings(value):
    """The map of section 3.5."""
    fields(
        value,
        "settings",
        dict(encryption=str, access_trail=bool, conventions=bool),
        dict(signed_sources=list, retention=list),
    )
    if value["encryption"] not in ("all", "subjects"):
        raise Malformed("settings.encryption is neither all nor subjects")
    if "signed_sources" in value:
        sources(value["signed_sources"], "settings.signed_sources")
    if "retention" in value:
        for rule in value["retention"]:
            _rule(rule)
        ascending([rule["name"] for rule in value["retention"]], "settings.retention", 1, 32)


def _rule(value):
    fields(
        value,
        "rule",
        dict(name=str, action=str, parts=str, after_days=int, clock=str, basis=str),
        dict(type=str, classification=str),
    )
    text(value["name"], "rule.name", 128)
    text(value["basis"], "rule.basis", 1024)
    for key in ("type", "classification"):
        text(value.get(key, "-"), f"rule.{key}", 1024)
    for key, words in (
        ("action", ("erase", "archive")),
        ("parts", ("bodies", "payloads", "all")),
        ("clock", ("recorded", "event")),
    ):
        if value[key] not in words:
            raise Malformed(f"rule.{key} is none of {', '.join(words)}")
    if value["after_days"] < 1:
        raise Malformed("rule.after_days is 0")


def parse_statement(kind, raw):
    """Section 3.5; the statement as a dict, its signatures not yet verified."""
    value = cbor.decode(raw)
    STATEMENTS[kind](value)
    check_origin(value["origin"])
    return value


def _genesis(value):
    fields(
        value,
        "genesis",
        dict(origin=str, created=int, identity=list),
        dict(recovery=bytes, predecessor=dict, settings=dict),
    )
    identity(value["identity"], "genesis.identity")
    if "recovery" in value:
        public_key(value["recovery"], "genesis.recovery")
    if "settings" in value:
        settings(value["settings"])
    if "predecessor" in value:
        before = fields(
            value["predecessor"], "predecessor", dict(origin=str, size=int, root=bytes, chain=bytes), dict(lost=str)
        )
        check_origin(before["origin"])
        hash32(before["root"], "predecessor.root")
        hash32(before["chain"], "predecessor.chain")
        if before["origin"] == value["origin"]:
            raise Malformed("predecessor.origin is the ledger's own")
        if len(before.get("lost", "").encode()) > 65_536:
            raise Malformed("predecessor.lost is longer than a note")


def _epoch(value):
    fields(value, "epoch", dict(origin=str, key=bytes, first=int, root=bytes, last=int))
    public_key(value["key"], "epoch.key")
    hash32(value["root"], "epoch.root")


def _identity(value):
    fields(value, "identity", dict(origin=str, prior=int, identity=list), dict(sequence=int, reason=str))
    identity(value["identity"], "identity.identity")
    text(value.get("reason", "-"), "identity.reason", 1024)


def _revocation(value):
    fields(value, "revocation", dict(origin=str, key=bytes, size=int), dict(reason=str))
    any_public_key(value["key"], "revocation.key")
    text(value.get("reason", "-"), "revocation.reason", 1024)


def _kek(value):
    fields(value, "kek", dict(origin=str, kek=bytes, provider=str), dict(reason=str))
    id16(value["kek"], "kek.kek")
    text(value["provider"], "kek.provider", 64)
    text(value.get("reason", "-"), "kek.reason", 1024)


def _data_key(value):
    fields(value, "data-key", dict(origin=str, data_key=bytes))
    id16(value["data_key"], "data-key.data_key")


def _erasure(value):
    fields(value, "erasure", dict(origin=str, data_keys=list, basis=str))
    data_keys(value["data_keys"], "erasure.data_keys")
    text(value["basis"], "erasure.basis", 1024)


def _action(value, one, other, *optional):
    """The keys that a statement may have beside those that it has with every action."""
    action = value.get("action") if _is(value, dict) else None
    if action not in (one, other):
        raise Malformed(f"action is neither {one} nor {other}")
    return optional[0] if action == one else optional[1]


def _hold(value):
    optional = _action(value, "place", "release", dict(data_keys=list, reason=str), {})
    fields(value, "hold", dict(origin=str, hold=bytes, action=str), optional)
    id16(value["hold"], "hold.hold")
    text(value.get("reason", "-"), "hold.reason", 1024)
    if "data_keys" in value:
        data_keys(value["data_keys"], "hold.data_keys")


def _settings(value):
    fields(value, "settings", dict(origin=str, settings=dict), dict(reason=str))
    text(value.get("reason", "-"), "settings.reason", 1024)
    settings(value["settings"])


def _producer(value):
    required, optional = _action(
        value,
        "register",
        "revoke",
        (dict(name=str, proof=bytes), dict(sources=list)),
        (dict(size=int), dict(reason=str)),
    )
    fields(value, "producer", dict(origin=str, action=str, key=bytes, **required), optional)
    public_key(value["key"], "producer.key")
    text(value.get("name", "-"), "producer.name", 128)
    text(value.get("reason", "-"), "producer.reason", 1024)
    if len(value.get("proof", bytes(64))) != 64:
        raise Malformed("producer.proof is not 64 bytes")
    if "sources" in value:
        sources(value["sources"], "producer.sources")


def _disposal(value):
    fields(value, "disposal", dict(origin=str, rule=str, spans=list), dict(archive=dict))
    text(value["rule"], "disposal.rule", 128)
    if not 1 <= len(value["spans"]) <= 64:
        raise Malformed("disposal.spans has not 1 to 64 spans")
    last = -1
    for span in value["spans"]:
        if not _is(span, list) or len(span) != 2 or not all(_is(number, int) for number in span):
            raise Malformed("a span is not an array of two numbers")
        if not last < span[0] < span[1]:
            raise Malformed("spans are empty, touch, or are not in ascending order")
        last = span[1]
    if "archive" in value:
        archive = fields(value["archive"], "archive", dict(sha256=bytes, location=str))
        hash32(archive["sha256"], "archive.sha256")
        text(archive["location"], "archive.location", 1024)


def _closed(value):
    fields(value, "closed", dict(origin=str), dict(reason=str, successor=str))
    text(value.get("reason", "-"), "closed.reason", 1024)
    if "successor" in value:
        check_origin(value["successor"])
        if value["successor"] == value["origin"]:
            raise Malformed("closed.successor is the ledger's own origin")


STATEMENTS = {
    "genesis": _genesis,
    "epoch": _epoch,
    "identity": _identity,
    "revocation": _revocation,
    "kek": _kek,
    "data-key": _data_key,
    "erasure": _erasure,
    "hold": _hold,
    "settings": _settings,
    "producer": _producer,
    "disposal": _disposal,
    "closed": _closed,
}
KEY_EVENT_KINDS = tuple(STATEMENTS)


def signed_message(kind, statement):
    """What a key event's signatures are over."""
    return f"indelible/{kind}@v1\n".encode() + statement


def recovery_message(statement):
    """What the recovery key signs of a rotation."""
    told = {key: statement[key] for key in ("prior", "origin", "identity")}
    return b"indelible/recovery@v1\n" + cbor.encode(told)


def proof_message(statement):
    """What a producer's key signs when it is registered."""
    told = {key: statement[key] for key in ("key", "name", "origin", "sources") if key in statement}
    return b"indelible/producer-proof@v1\n" + cbor.encode(told)


def producer_message(origin, header, body, payload_digest):
    """What a producer's key signs of an event: section 3.6."""
    told = dict(origin=origin, type=header["type"])
    told["body"] = cbor.encode(dict(body, producer=dict(key=body["producer"]["key"])))
    if "classification" in header:
        told["classification"] = header["classification"]
    if "payload" in header:
        told["payload"] = payload_digest
    return b"indelible/producer@v1\n" + cbor.encode(told)


def check_producer(origin, header, body, payload=None):
    """What section 3.6 asks of integrity, where a body can be read; the payload, where that can be, too."""
    if header["kind"] == "governance":
        if "data_subject" in body:
            raise Refused("the body of a governance record names a data subject")
        if "producer" in body:
            raise Refused("a governance record has a producer")
    if "producer" not in body:
        return
    found = body.get("digests", {}).get("payload", {})
    if "payload" not in header and "payload" in body.get("digests", {}):
        raise Refused("a digest of a payload stands in a signed body, and there is no payload")
    if "payload" in header and "sha256" not in found:
        raise Refused("the SHA-256 of the payload is not in the signed body's digests")
    digest = found.get("sha256")
    signed = producer_message(origin, header, body, digest)
    if not curve.verify(body["producer"]["key"][1:], signed, body["producer"]["signature"]):
        raise Refused("the producer's signature does not verify")
    if payload is not None and hashlib.sha256(payload).digest() != digest:
        raise Refused("the payload has another SHA-256 than the producer signed")


def check_length(header, part, content):
    """The length of a body or payload, as far as it shows without a key."""
    limit = BODY_BYTES_MAX if part == "body" else PAYLOAD_BYTES_MAX
    if "data_key" in header:
        if not SEALED_OVERHEAD <= len(content) <= limit + SEALED_OVERHEAD:
            raise Malformed(f"{part} has a length that no sealed one has")
    elif len(content) > limit:
        raise Malformed(f"{part} is longer than {limit} bytes")


def read_body(header, content):
    """A body in plaintext or opened, as section 3.3 has it for its header."""
    body = parse_body(content)
    if "data_subject" in body and "data_key" not in header:
        raise Refused("the body names a data subject and is not encrypted")
    return body


def parse_body(raw):
    """Section 3.3; the body as a dict."""
    if len(raw) > BODY_BYTES_MAX:
        raise Malformed("body is longer than 16,384 bytes")
    value = cbor.decode(raw)
    optional = dict.fromkeys(("subject", "time", "actor", "data_subject") + LONG_TEXTS, str)
    fields(value, "body", dict(id=str, source=str), {**optional, **BODY_MAPS, "traceparent": str})
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
    if "producer" in value:
        fields(value["producer"], "producer", dict(key=bytes, signature=bytes))
        public_key(value["producer"]["key"], "producer.key")
    if not TRACE.fullmatch(value.get("traceparent", "00-" + "1" * 32 + "-" + "1" * 16 + "-00")):
        raise Malformed("traceparent is not of version 00")
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

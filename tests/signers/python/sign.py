"""A producer's own signature over an event, as docs/evidence-format.md has it (3.6): for Python, with `cryptography`."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def head(major, number):
    """The shortest head of an item."""
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4, 8) if number < 1 << 8 * size)
    return bytes([major << 5 | 23 + size.bit_length()]) + number.to_bytes(size, "big")


def cbor(value):
    """Deterministic CBOR of text, bytes, numbers from 0, booleans, lists and maps."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    pairs = sorted((cbor(key), cbor(item)) for key, item in value.items())
    return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def sign(key: Ed25519PrivateKey, origin, event_type, body, payload=None, classification=None):
    """Signs an event: gives the message and the signature. Append the event with the digest of its payload (component
    "payload", algorithm "sha256"), which is added to `body` here."""
    signed = {"origin": origin, "type": event_type}
    if classification:
        signed["classification"] = classification
    if payload is not None:
        signed["payload"] = hashlib.sha256(payload).digest()
        body.setdefault("digests", {}).setdefault("payload", {})["sha256"] = signed["payload"]
    public = b"\x01" + key.public_key().public_bytes_raw()
    signed["body"] = cbor({**body, "producer": {"key": public}})
    message = b"indelible/producer@v1\n" + cbor(signed)
    return message, key.sign(message)


def prove(key: Ed25519PrivateKey, origin, name, sources=()):
    """The proof with which the key is registered, for these sources or, without any, for all."""
    told = {"key": b"\x01" + key.public_key().public_bytes_raw(), "name": name, "origin": origin}
    if sources:
        told["sources"] = sorted(sources, key=str.encode)
    return key.sign(b"indelible/producer-proof@v1\n" + cbor(told))

"""Section 3.6: bodies and payloads that the daemon encrypted."""

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import merkle
from .errors import Refused

OVERHEAD = 64
PLAIN_DOMAIN = {merkle.SEALED_BODY: merkle.BODY, merkle.SEALED_PAYLOAD: merkle.PAYLOAD}


def derive(context, *parts):
    """BLAKE3 in derive-key mode."""
    return blake3(b"".join(parts), derive_key_context=f"indelible 2026-11-20 {context} v0").digest()


def event_key(data_key, data_key_id, body_salt):
    """The key of one event."""
    return derive("event key", data_key, data_key_id, body_salt)


def key_commitment(key):
    """What the header commits to the key with."""
    return derive("event key commitment", key)


def cipher(key):
    """AES-256-GCM under the event's cipher key."""
    return AESGCM(derive("cipher key", key))


def nonce(domain):
    """One for each part."""
    return bytes(11) + bytes([domain])


def aad(domain, data_key_id, identity_tag, origin):
    """What is authenticated beside the plaintext."""
    return b"indelible/sealed@v0\n" + bytes([domain]) + data_key_id + identity_tag + origin.encode()


def inner(key, domain, plaintext):
    """The commitment inside."""
    return merkle.commitment(derive("inner salt", key, bytes([domain])), PLAIN_DOMAIN[domain], plaintext)


def open_part(key, header, origin, domain, content):
    """The plaintext, or Refused, whatever it is that does not fit."""
    refused = Refused("the part does not open under the event's key")
    if key_commitment(key) != header["key_commitment"] or len(content) < OVERHEAD:
        raise refused
    tag, rest = content[:16], content[16:]
    try:
        found = cipher(key).decrypt(nonce(domain), rest, aad(domain, header["data_key"], tag, origin))
    except InvalidTag as error:
        raise refused from error
    if found[:32] != inner(key, domain, found[32:]):
        raise refused
    return found[32:]

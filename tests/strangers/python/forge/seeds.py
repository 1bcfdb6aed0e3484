"""Everything random in a vector comes from a label."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def fixed(label):
    """32 bytes that anyone can make again; they protect nothing."""
    return hashlib.sha256(f"indelible test vector: {label}".encode()).digest()


class Key:
    """An Ed25519 key pair from a label."""

    def __init__(self, label):
        self.private = Ed25519PrivateKey.from_private_bytes(fixed("key " + label))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.tagged = b"\x01" + self.public

    def sign(self, message):
        """64 bytes."""
        return self.private.sign(message)


class Unknown:
    """A key of a type that this version does not know; its signatures are as good as any."""

    def __init__(self, kind, label, length=1312):
        self.tagged = bytes([kind]) + (fixed(f"unknown key {label}") * (length // 32 + 1))[:length]

    def sign(self, message):
        """Bytes that nobody here can judge."""
        return hashlib.sha256(self.tagged + message).digest() * 3

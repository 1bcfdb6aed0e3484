"""Writes passphrase-v0.txt, from the documented byte layouts and none of the crate's code.

    python3 -m venv v && v/bin/pip install argon2-cffi blake3 cryptography
    v/bin/python keystore/tests/vectors/generate.py > keystore/tests/vectors/passphrase-v0.txt
"""

from argon2.low_level import Type, hash_secret_raw
from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def derive(context, material, length=32):
    return blake3(material, derive_key_context=context).digest(length=length)


passphrase = b"correct horse battery staple"
kek_id = bytes(range(0x10, 0x20))
kdf_salt = bytes(range(0x20, 0x40))
memory_kib, passes, lanes = 19_456, 2, 1

derived = hash_secret_raw(
    passphrase, kdf_salt, time_cost=passes, memory_cost=memory_kib,
    parallelism=lanes, hash_len=32, type=Type.ID, version=0x13,
)
kek = derive("indelible 2026-11-20 passphrase kek v0", derived + kek_id)
verifier = derive("indelible 2026-11-20 passphrase verifier v0", derived + kek_id)

numbers = b"".join(n.to_bytes(4, "big") for n in (memory_kib, passes, lanes))
record = b"ikek" + b"\x00" + kek_id + numbers + kdf_salt + verifier
record += derive("indelible 2026-11-20 kek record checksum v0", record)

scope = b"audit.example.com/decisions/0123456789ab"
purpose_identity = b"\x01"
key_id = bytes(range(0x40, 0x50))
context = b"indelible/key-context@v0\n" + purpose_identity + key_id + scope
key = bytes(range(0x60, 0x80))

front = b"\x00" + b"\x01" + kek_id
front += derive("indelible 2026-11-20 key context id v0", context, 16)
front += derive("indelible 2026-11-20 key commitment v0", key + context)
salt = bytes(range(0x80, 0xA0))
material = derive("indelible 2026-11-20 local wrapping key v0", kek + salt, 44)
wrapped = front + salt + AESGCM(material[:32]).encrypt(material[32:], key, front + context)

print("passphrase", passphrase.hex())
print("record", record.hex())
print("scope", scope.hex())
print("key_id", key_id.hex())
print("key", key.hex())
print("wrapped", wrapped.hex())

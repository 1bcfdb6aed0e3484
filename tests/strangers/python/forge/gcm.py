"""A GCM tag that verifies under two keys: GHASH is linear, so the identity tag of the AAD can be solved for."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

REDUCTION = 0xE1 << 120


def multiply(x, y):
    """In GF(2^128) as GCM writes it."""
    product = 0
    for place in range(127, -1, -1):
        if x >> place & 1:
            product ^= y
        y = y >> 1 ^ (REDUCTION if y & 1 else 0)
    return product


def block(key, content):
    """AES of one block."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return int.from_bytes(encryptor.update(content), "big")


def ghash(key, aad, ciphertext):
    """GHASH of AAD and ciphertext under a cipher key."""
    h, found = block(key, bytes(16)), 0
    for part in (aad, ciphertext):
        for at in range(0, len(part), 16):
            found = multiply(found ^ int.from_bytes(part[at : at + 16].ljust(16, b"\0"), "big"), h)
    lengths = (8 * len(aad)) << 64 | 8 * len(ciphertext)
    return multiply(found ^ lengths, h)


def tag(key, nonce, aad, ciphertext):
    """The tag of a ciphertext that need not be one."""
    return ghash(key, aad, ciphertext) ^ block(key, nonce + b"\0\0\0\1")


def colliding(one, two, nonce, aad_of, ciphertext):
    """16 bytes for the AAD with which the ciphertext has one tag under two cipher keys; None if there are none."""

    def difference(free):
        aad = aad_of(free.to_bytes(16, "big"))
        return tag(one, nonce, aad, ciphertext) ^ tag(two, nonce, aad, ciphertext)

    constant = difference(0)
    rows = [(difference(1 << bit) ^ constant, 1 << bit) for bit in range(128)]
    solved = {}
    for value, free in rows:
        while value and value.bit_length() in solved:
            other = solved[value.bit_length()]
            value, free = value ^ other[0], free ^ other[1]
        if value:
            solved[value.bit_length()] = value, free
    wanted, found = constant, 0
    while wanted:
        if wanted.bit_length() not in solved:
            return None
        value, free = solved[wanted.bit_length()]
        wanted, found = wanted ^ value, found ^ free
    return found.to_bytes(16, "big")

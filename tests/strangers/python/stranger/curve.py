"""Ed25519 as section 3.5 wants it: what RFC 8032 libraries leave open is checked here."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1, 1, 0)


def _add(a, b):
    """Extended coordinates (X, Y, Z, T); complete for this curve."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def multiply(scalar, point):
    """scalar * point."""
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def is_identity(point):
    """Whether the point is the neutral element."""
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def decompress(raw):
    """The point of 32 bytes, or None if they are not a canonical encoding of one."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def compress(point):
    """32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def key_problem(raw):
    """Why 32 bytes can't be a public key, or None."""
    if len(raw) != 32:
        return "public key is not 32 bytes"
    point = decompress(raw)
    if point is None:
        return "public key is not the canonical encoding of a point"
    if is_identity(multiply(8, point)):
        return "public key has small order"
    if not is_identity(multiply(ORDER, point)):
        return "public key is not torsion-free"
    return None


def verify(public, message, signature):
    """Strict verification; the key has passed `key_problem` already."""
    if len(signature) != 64:
        return False
    if int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    r = decompress(signature[:32])
    if r is None or is_identity(multiply(8, r)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True

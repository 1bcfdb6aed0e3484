"""Callers who try to be somebody."""

import random
import zlib

from rig.attack import Steps, attack
from rig.patterns import flood
from rig.target import Target
from wire import calls
from wire.frames import DATA, END_HEADERS, END_STREAM, HEADERS, frame, opening
from wire.headers import call_remembered, literal

SEED = 20_261_129
GUESSES = 2_000
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _guess(chance: random.Random) -> str:
    """A token that was never made, with the right check at its end, so that the daemon has to look further."""
    text = "idlt_" + "".join(chance.choices(ALPHABET, k=40))
    check, left = "", zlib.crc32(text.encode())
    for _ in range(6):
        left, digit = divmod(left, len(ALPHABET))
        check = ALPHABET[digit] + check
    return text + check


@attack("token-guessing", "Calls over TLS without a certificate, each time with another guessed token.", tls=True)
def token_guessing(target: Target) -> Steps:
    chance = random.Random(SEED)
    first, again = call_remembered(calls.STATUS)
    parts = [opening()]
    for index in range(GUESSES):
        token = literal(b"authorization", f"Bearer {_guess(chance)}".encode())
        number = 2 * index + 1
        parts.append(frame(HEADERS, END_HEADERS, number, (again if index else first) + token))
        parts.append(frame(DATA, END_STREAM, number, calls.message(b"")))
    yield from flood(target, [b"".join(parts)])

"""What an attack is, and the list of all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .target import Target

# Seconds for which an attack has nothing to do; 0 says that it would go on at once.
Steps = Iterator[float]


@dataclass(frozen=True)
class Attack:
    """An attack in small steps: after each it may be made to rest."""

    name: str
    what: str
    begin: Callable[[Target], Steps]
    # Whether the daemon under attack listens with TLS.
    tls: bool


ATTACKS: dict[str, Attack] = {}


def attack(name: str, what: str, tls: bool = False) -> Callable[[Callable[[Target], Steps]], Callable[[Target], Steps]]:
    """Puts a function into the list of attacks. `what` says in one sentence what it does."""

    def enter(begin: Callable[[Target], Steps]) -> Callable[[Target], Steps]:
        assert name not in ATTACKS, name
        ATTACKS[name] = Attack(name, what, begin, tls)
        return begin

    return enter

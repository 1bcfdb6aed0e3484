"""What an attack is aimed at: a daemon, or the sink of a control run, which it can't tell apart."""

import collections
import ssl
from dataclasses import dataclass, field
from typing import Any

from wire.link import Link
from wire.talk import Talk


@dataclass
class Target:
    """Where an attack connects to, and the tally of what came of it."""

    address: tuple[str, int]
    tls: ssl.SSLContext | None = None
    sent: int = 0
    connections: int = 0
    refused: int = 0
    closed: collections.Counter[str] = field(default_factory=collections.Counter)
    _open: list[Link] = field(default_factory=list)

    def connect(self, shakes_hands: bool = True) -> Link | None:
        """A new connection, with TLS where the target has it and the attack wants it."""
        try:
            link = Link(self.address, self.tls if shakes_hands else None)
        except OSError:
            self.refused += 1
            return None
        self.connections += 1
        self._open.append(link)
        return link

    def talk(self, window: int | None = None, connection_window: int | None = None) -> Talk | None:
        """A new connection that keeps to the windows of its peer."""
        link = self.connect()
        return None if link is None else Talk(link, window, connection_window)

    def note(self, link: Link) -> None:
        """Counts a connection that is over."""
        if link.is_open:
            link.close()
            how = "by the attack"
        else:
            code = link.farewell()
            how = "by the peer" if code is None else f"by the peer, GOAWAY {code}"
        self.closed[how] += 1
        self.sent += link.sent
        self._open.remove(link)

    def tally(self) -> dict[str, Any]:
        """What was done, for the report."""
        return {
            "sent_bytes": self.sent + sum(link.sent for link in self._open),
            "connections": self.connections,
            "connections_refused": self.refused,
            "closed": dict(self.closed),
        }

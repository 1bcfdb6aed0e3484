"""The shapes that attacks have: floods of prepared bytes, connections that are held, storms of calls.

Each begins with a step that does nothing, before which an attack makes what it sends.
"""

import itertools
from collections.abc import Callable, Sequence

from wire.link import Link
from wire.talk import Talk

from .attack import Steps
from .target import Target

# How long an attack waits when no connection takes anything.
PAUSE = 0.002
CHUNK = 64 * 1_024
# How often connections that are held are looked after.
HELD_PAUSE = 0.02


def flood(
    target: Target,
    openings: Sequence[bytes],
    repeated: bytes = b"",
    connections: int = 4,
    readers: int | None = None,
    chunk: int = CHUNK,
) -> Steps:
    """Sends bytes that were made before as fast as they are taken.

    Each connection sends one of `openings`, and then `repeated` again and again; without it, the connection is closed
    and another takes its place. Only the first `readers` read; by default all do. `chunk` bytes go out at a time.
    """
    yield 0
    turn = itertools.cycle(openings)
    links: list[Link | None] = [None] * connections
    while True:
        moved = False
        for index, link in enumerate(links):
            if link is None or not link.is_open or (link.is_idle and not repeated):
                if link is not None:
                    target.note(link)
                links[index] = link = target.connect()
                if link is None:
                    continue
                link.queue(next(turn))
            elif link.is_idle:
                link.queue(repeated)
            moved |= link.flush(chunk)
            if readers is None or index < readers:
                link.read()
            yield 0
        if not moved:
            yield PAUSE


def hold(target: Target, opening: bytes, connections: int, reads: bool = True, shakes_hands: bool = True) -> Steps:
    """Opens connections, sends each the same, and sends nothing more. Those that are seen to be closed are replaced."""
    yield 0
    links: list[Link | None] = [None] * connections
    while True:
        for index, link in enumerate(links):
            if link is None or not link.is_open:
                if link is not None:
                    target.note(link)
                links[index] = link = target.connect(shakes_hands)
                if link is None:
                    yield PAUSE
                    continue
                link.queue(opening)
            link.flush()
            if reads:
                link.read()
            yield 0
        yield HELD_PAUSE


def storm(
    target: Target,
    begin: Callable[[Talk, int], None],
    connections: int = 4,
    outstanding: int = 16,
    window: int | None = None,
    connection_window: int | None = None,
    calls_max: int = 2_000,
) -> Steps:
    """Keeps so many calls in progress on each connection; `begin` begins one, and is told how many came before it.

    Whoever has not answered after a while is not waited for, so that it is the same before a sink, which never does.
    After `calls_max` calls a connection makes place for another.
    """
    yield 0
    talks: list[tuple[Talk, int] | None] = [None] * connections
    count = 0
    while True:
        moved = False
        for index, entry in enumerate(talks):
            if entry is None or not entry[0].link.is_open or entry[1] >= calls_max and not entry[0].in_progress():
                if entry is not None:
                    target.note(entry[0].link)
                talk = target.talk(window, connection_window)
                talks[index] = None if talk is None else (talk, 0)
                if talk is None:
                    continue
                begun = 0
            else:
                talk, begun = entry
            for _ in range(min(outstanding - talk.in_progress(), calls_max - begun)):
                begin(talk, count)
                begun += 1
                count += 1
            talks[index] = (talk, begun)
            moved |= talk.step()
            yield 0
        if not moved:
            yield PAUSE

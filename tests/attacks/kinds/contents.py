"""Contents that take more to read than to send."""

import gzip

from rig.attack import Steps, attack
from rig.patterns import storm
from rig.target import Target
from wire import calls
from wire.headers import literal
from wire.protobuf import bytes_of, nested_groups
from wire.talk import Talk

MIB = 1_024 * 1_024
# What gzip makes a thousandth of.
BOMB_BYTES = 64 * MIB


@attack("deep-nesting", "Sends groups in groups, JSON in JSON, and mappings of reports that nest 100,000 deep.")
def deep_nesting(target: Target) -> Steps:
    groups = nested_groups(15, 50_000)
    json = b"[" * 100_000
    yaml = b"a: &a [x,x,x,x,x,x,x,x]\n" + b"".join(
        b"b%d: &b%d [%s]\n" % (level, level, b",".join([b"*a" if level == 0 else b"*b%d" % (level - 1)] * 9))
        for level in range(20)
    )
    bodies = [
        (calls.APPEND, calls.append(calls.event("groups") + groups)),
        (calls.APPEND, calls.append(calls.event("json", json, b"application/json"))),
        (calls.APPEND, calls.ledger() + groups),
        (calls.LIST_EVENTS, calls.page() + bytes_of(3, groups)),
        (calls.REPORT, calls.mapping(b"[" * 100_000)),
        (calls.REPORT, calls.mapping(b"- " * 50_000)),
        (calls.REPORT, calls.mapping(yaml)),
    ]
    messages = [(path, calls.message(body)) for path, body in bodies]

    def begin(talk: Talk, count: int) -> None:
        path, body = messages[count % len(messages)]
        talk.call(path, body)

    yield from storm(target, begin)


@attack("compressed-bombs", "Sends messages of 64 KiB that unpack to 64 MiB.")
def compressed_bombs(target: Target) -> Steps:
    bomb = calls.message(gzip.compress(bytes(BOMB_BYTES), 9), packed=True)
    encoding = literal(b"grpc-encoding", b"gzip")

    def begin(talk: Talk, count: int) -> None:
        talk.call([calls.APPEND, calls.APPEND_STREAM][count % 2], bomb, encoding)

    yield from storm(target, begin)

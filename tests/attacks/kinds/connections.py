"""Connections that say nothing, stop half-way, or come without end."""

from rig.attack import Steps, attack
from rig.patterns import flood, hold
from rig.target import Target
from wire import calls
from wire.frames import DATA, END_HEADERS, HEADERS, PREFACE, frame, opening
from wire.headers import call

# More than the daemon takes.
CONNECTIONS = 1_100
# The head of a TLS record with a ClientHello of 508 bytes, and the beginning of that: version 1.2, some random bytes.
HALF_A_HELLO = bytes.fromhex("160301020001 0001fc 0303") + bytes(range(20))


@attack("idle-connections", "Opens 1,100 connections and says nothing; those that are closed are opened again.")
def idle_connections(target: Target) -> Steps:
    yield from hold(target, b"", CONNECTIONS)


@attack("stalled-preface", "Opens 1,100 connections and sends half of the preface on each.")
def stalled_preface(target: Target) -> Steps:
    yield from hold(target, PREFACE[:12], CONNECTIONS)


@attack("stalled-hello", "Opens 1,100 connections and sends half of a ClientHello of TLS on each.", tls=True)
def stalled_hello(target: Target) -> Steps:
    yield from hold(target, HALF_A_HELLO, CONNECTIONS, shakes_hands=False)


@attack("handshakes", "Shakes hands with the TLS listener without end, and leaves.", tls=True)
def handshakes(target: Target) -> Steps:
    yield from flood(target, [opening()], connections=2)


@attack("half-sent-requests", "Sends half of a request and closes the connection, without end.")
def half_sent_requests(target: Target) -> Steps:
    message = calls.message(calls.append(calls.event("half", bytes(2_000))))
    request = opening() + frame(HEADERS, END_HEADERS, 1, call(calls.APPEND))
    cuts = [
        request + frame(DATA, 0, 1, message[: len(message) // 2]),
        request + frame(DATA, 0, 1, message)[:500],
        request[: len(request) - 20],
    ]
    yield from flood(target, cuts)

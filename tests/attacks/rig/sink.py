"""The sink of a control run: it reads and throws away, with TLS or without, and lets its peers send all they want."""

import asyncio
import ssl
import sys

from wire.frames import WINDOW_MAX, opening, PREFACE

READ_BYTES = 256 * 1_024
BACKLOG = 1_024
# A server begins as a client does, without the preface.
GREETING = opening(WINDOW_MAX, WINDOW_MAX)[len(PREFACE) :]

_scratch = bytearray(READ_BYTES)


class Sink(asyncio.BufferedProtocol):
    """One connection. All share a buffer, since none looks at it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(GREETING)

    def get_buffer(self, sizehint: int) -> bytearray:
        return _scratch

    def buffer_updated(self, nbytes: int) -> None:
        pass


async def serve(tls: ssl.SSLContext | None) -> None:
    """Serves on a free port, which it prints, until it is stopped."""
    # Whoever breaks off a handshake is no news.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, ssl=tls, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(certificate: str | None, key: str | None) -> None:
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.set_alpn_protocols(["h2"])
        tls.load_cert_chain(certificate, key)
    try:
        asyncio.run(serve(tls))
    except KeyboardInterrupt:
        sys.exit(0)

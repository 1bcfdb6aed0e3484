//! What whoever listens at an address speaks, asked where a connection broke: a port that takes TLS alone looks damaged to
//! a client without TLS, and the other way round.

use std::{
    io::{self, Read, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    os::unix::net::UnixStream,
    time::Duration,
};

use indelible_server::config::UNIX_SCHEME;

/// How long, and for how much, the daemon is listened to.
const LISTEN_MS: u64 = 200;
const HEARD_BYTES_MAX: u64 = 1_024;
const CONNECT_MS_MAX: u64 = 1_000;

/// What an HTTP/2 client says first: the preface, and a frame of settings without any.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// What a frame of settings has after its length, on the stream of the connection.
const SETTINGS: [u8; 6] = [4, 0, 0, 0, 0, 0];
/// What a TLS alert begins with: its type, and the first byte of every version.
const ALERT: [u8; 2] = [21, 3];

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// HTTP/2 without TLS.
    Plain,
    /// TLS.
    Tls,
}

/// What the daemon says to a connection that says nothing; nothing that can be read, over TLS.
pub(super) fn words(address: &str) -> io::Result<Vec<u8>> {
    if let Some(path) = address.strip_prefix(UNIX_SCHEME) {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(patience()))?;
        return Ok(heard(stream));
    }
    Ok(match address.strip_prefix("http://") {
        Some(place) => heard(connect(place)?),
        None => Vec::new(),
    })
}

/// What is spoken where an `http://` or `https://` address points to; none if it does not show.
pub(super) fn spoken(address: &str) -> Option<Transport> {
    let (_, place) = address.split_once("://")?;
    let mut stream = connect(place).ok()?;
    stream.write_all(GREETING).ok()?;
    of_bytes(&heard(stream))
}

fn of_bytes(heard: &[u8]) -> Option<Transport> {
    if heard.starts_with(&ALERT) {
        return Some(Transport::Tls);
    }
    let after_length = heard.get(3..9)?;
    // An acknowledgement of settings has a flag, and comes later.
    (after_length == SETTINGS).then_some(Transport::Plain)
}

fn connect(place: &str) -> io::Result<TcpStream> {
    let place = place.split('/').next().unwrap_or(place);
    let address = place.to_socket_addrs()?.next();
    let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
    let stream = TcpStream::connect_timeout(&address, Duration::from_millis(CONNECT_MS_MAX))?;
    stream.set_read_timeout(Some(patience()))?;
    Ok(stream)
}

fn heard(stream: impl Read) -> Vec<u8> {
    let mut heard = Vec::new();
    // What came by then is all that is wanted.
    let _late = stream.take(HEARD_BYTES_MAX).read_to_end(&mut heard);
    heard
}

fn patience() -> Duration {
    Duration::from_millis(LISTEN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_port_speaks_shows_in_its_first_bytes() {
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];
        assert_eq!(of_bytes(&settings), Some(Transport::Plain));
        assert_eq!(of_bytes(&[21, 3, 3, 0, 2, 2, 10]), Some(Transport::Tls));
        assert_eq!(of_bytes(b"SSH-2.0-OpenSSH_9.2"), None);
        assert_eq!(of_bytes(b"HTTP/1.1 400 Bad Request\r\n"), None);
        assert_eq!(of_bytes(b""), None);
    }
}

//! Binds the places where the daemon listens.

use std::{
    fmt, fs, io,
    net::SocketAddr,
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use tokio::net::{TcpListener, UnixListener};

use super::error::{DaemonError, Purpose};
use crate::{
    config::{ListenAddress, LoopbackAddress, UNIX_SCHEME, is_safe_directory, own_socket},
    rpc::Listener,
    tls::Watched,
};

/// Who may connect to a socket: everybody of this machine. Who may do something, is decided call by call.
const SOCKET_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o755;

/// A place where the daemon listens, as clients write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listening {
    /// TCP without TLS; the port that the system chose, if the configuration says 0.
    Plain(SocketAddr),
    /// TCP with TLS.
    Tls(SocketAddr),
    /// A Unix socket.
    Socket(PathBuf),
}

impl fmt::Display for Listening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(address) => write!(out, "http://{address}"),
            Self::Tls(address) => write!(out, "https://{address}"),
            Self::Socket(path) => write!(out, "{UNIX_SCHEME}{}", path.display()),
        }
    }
}

/// Binds one place. `tls` is there wherever an address needs it.
pub(super) async fn bind(
    wanted: &ListenAddress,
    tls: Option<&Watched>,
) -> Result<(Listener, Listening), DaemonError> {
    match (wanted, tls) {
        (ListenAddress::Socket(path), _) => {
            let listener = socket(path).map_err(refused(Purpose::Socket, wanted))?;
            Ok((Listener::Local(listener), Listening::Socket(path.clone())))
        }
        (ListenAddress::Tls(address), Some(tls)) => {
            let bound = tcp(*address).await;
            let (listener, address) = bound.map_err(refused(Purpose::Tcp, wanted))?;
            Ok((
                Listener::Tls(listener, tls.clone()),
                Listening::Tls(address),
            ))
        }
        (ListenAddress::Tls(_), None) => Err(DaemonError::TlsMissing),
        (ListenAddress::Loopback(address), _) => {
            let (listener, address) = loopback(Purpose::Tcp, *address).await?;
            Ok((Listener::Plain(listener), Listening::Plain(address)))
        }
    }
}

/// Binds a loopback address.
pub(super) async fn loopback(
    purpose: Purpose,
    wanted: LoopbackAddress,
) -> Result<(TcpListener, SocketAddr), DaemonError> {
    let bound = tcp(wanted.address()).await;
    bound.map_err(refused(purpose, &ListenAddress::Loopback(wanted)))
}

/// Binds an address of TCP, wherever it is.
pub(super) async fn anywhere(
    purpose: Purpose,
    wanted: SocketAddr,
) -> Result<(TcpListener, SocketAddr), DaemonError> {
    let bound = tcp(wanted).await;
    bound.map_err(refused(purpose, &ListenAddress::Tls(wanted)))
}

async fn tcp(wanted: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(wanted).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn refused(purpose: Purpose, wanted: &ListenAddress) -> impl FnOnce(io::Error) -> DaemonError {
    let address = wanted.to_string();
    move |source| DaemonError::Listen {
        purpose,
        address,
        source,
    }
}

/// Makes the directory of a socket that nobody named. It is everybody's to look into, and the user's own to write to.
fn make_directory(socket: &Path) -> io::Result<()> {
    let Some(directory) = socket.parent().filter(|_| socket == own_socket()) else {
        return Ok(());
    };
    match fs::create_dir(directory) {
        Ok(()) => fs::set_permissions(directory, fs::Permissions::from_mode(DIRECTORY_MODE)),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if is_safe_directory(directory) => Ok(()),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can write to the directory; name a socket in another one with --listen unix:PATH",
        )),
    }
}

/// Binds a socket. One that a daemon left behind is replaced; one that answers, and whatever is no socket, is not.
fn socket(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "something else than a socket is under this path",
            ));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "somebody answers there",
            ));
        }
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    make_directory(path)?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// Takes the sockets away, so that whoever comes is told that nobody is there.
pub(super) fn remove_sockets(places: &[Listening]) {
    for place in places {
        if let Listening::Socket(path) = place {
            // Somebody may have removed it already.
            let _gone = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_replaced_and_nothing_else_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let first = socket(&path).unwrap();
        assert_eq!(socket(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(first);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, SOCKET_MODE);
        drop(socket(&path).unwrap());
        let file = directory.path().join("file");
        fs::write(&file, "words").unwrap();
        assert_eq!(
            socket(&file).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(&file).unwrap(), b"words");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(
            socket(&link).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
    }
}

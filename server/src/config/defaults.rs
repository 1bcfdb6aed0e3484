//! What applies if neither a flag nor the file says anything.

use std::{
    env,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::users::own;

/// Where the daemon of the machine listens, which runs as root or under systemd.
pub const MACHINE_SOCKET: &str = "/run/indelible/indelible.sock";

/// An address of TCP, as an example.
pub const LISTEN_EXAMPLE: &str = "127.0.0.1:7311";

/// What origins begin with: good enough for trials only.
pub const ORIGIN_PREFIX_DEFAULT: &str = "localhost";

/// The time between two published checkpoints.
pub(super) const PUBLICATION_INTERVAL_MS_DEFAULT: u64 = 1_000;

/// Where a user's own daemon listens: the machine's socket for root, otherwise one in the user's runtime directory
/// (`XDG_RUNTIME_DIR`), or in a directory of theirs below `/tmp` where there is none.
pub fn own_socket() -> PathBuf {
    match (own(), env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from)) {
        (0, _) => MACHINE_SOCKET.into(),
        (_, Some(runtime)) if runtime.is_absolute() => runtime.join("indelible.sock"),
        (user, _) => format!("/tmp/indelible-{user}/indelible.sock").into(),
    }
}

/// The socket on which a daemon is looked for: the user's own if there is one, otherwise the machine's if there is one,
/// otherwise the user's own all the same.
pub fn known_socket() -> PathBuf {
    let own = own_socket();
    match !own.exists() && Path::new(MACHINE_SOCKET).exists() {
        true => MACHINE_SOCKET.into(),
        false => own,
    }
}

/// Whether nobody but this user and root can have put a socket into this directory. In `/tmp` anybody can make a
/// directory under any name, and would get what was meant for the daemon.
pub fn is_safe_directory(directory: &Path) -> bool {
    is_kept(directory, Some(own()))
}

/// Whether the socket in this directory can be believed to be the daemon's. Only root makes a directory in `/run`, so that of
/// the machine's socket is believed whoever it belongs to: under systemd that is the daemon's user.
pub fn is_believed_directory(directory: &Path) -> bool {
    let is_the_machines = Path::new(MACHINE_SOCKET).parent() == Some(directory);
    is_kept(directory, (!is_the_machines).then(own))
}

/// Whether a directory is one that only its owner and root write to, and is root's or the user's, if one is named.
pub(super) fn is_kept(directory: &Path, user: Option<u32>) -> bool {
    let Ok(found) = directory.symlink_metadata() else {
        return false;
    };
    let is_theirs = user.is_none_or(|user| [0, user].contains(&found.uid()));
    found.is_dir() && is_theirs && found.mode() & 0o022 == 0
}

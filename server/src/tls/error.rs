//! Why certificates and keys are not taken.

use std::path::PathBuf;

use thiserror::Error;

/// Why certificates and keys are not taken. Each says which file it is about.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read, or is not PEM.
    #[error("can't read {what} from {}: {problem}", path.display())]
    Unreadable {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A file has nothing of what it is for.
    #[error("{} holds no {what} in PEM", path.display())]
    Empty {
        /// What the file is for.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key don't belong together, or are of a kind that is not supported.
    #[error("the certificate {} and the key {} can't be used together: {problem}", certificate.display(), key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        problem: String,
    },
    /// Everybody may write to a file.
    #[error("every user may write to {}; take that away (chmod o-w)", path.display())]
    EverybodyWrites {
        /// The file.
        path: PathBuf,
    },
    /// The certificate is over, or not yet valid.
    #[error("the certificate {} is valid from {from} to {until}, and it is {now}", path.display())]
    NotValidNow {
        /// The certificate's file.
        path: PathBuf,
        /// RFC 3339.
        from: String,
        /// RFC 3339.
        until: String,
        /// RFC 3339.
        now: String,
    },
    /// The authorities can't be used to know clients.
    #[error("the client authorities of {} can't be used: {problem}", path.display())]
    Authorities {
        /// The authorities' file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
}

//! What can go wrong with a key, named by what the caller must do next.

use std::{io, path::PathBuf};

use crate::provider::{KekId, ProviderKind};

/// Why a key could not be made, wrapped, unwrapped or used.
///
/// No variant carries key material, nor tells more of a failed decryption than
/// that it failed: a wrong tag, a wrong commitment and a wrong length inside are
/// all [`KeyError::WrappedDamaged`]. The variants that say more are decided from
/// bytes that stand in the clear anyway, before any secret is used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The passphrase does not open this KEK.
    #[error(
        "the passphrase is not the one this data was created with; check the passphrase file or type it again"
    )]
    WrongPassphrase,

    /// The passphrase can't be one.
    #[error("the passphrase {problem}; choose another one")]
    PassphraseUnfit {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },

    /// The passphrase file can't be read.
    #[error("the passphrase file {} can't be read; check the path and its permissions", path.display())]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The stored KEK record is not what was written.
    #[error(
        "the stored KEK record is damaged ({problem}); restore it from a backup, no passphrase can open it"
    )]
    RecordDamaged {
        /// What does not fit.
        problem: &'static str,
    },

    /// The stored KEK record is of another version.
    #[error(
        "the stored KEK record has version {found}, which this program does not know; use the version that wrote it, or a newer one"
    )]
    RecordVersion {
        /// The version found.
        found: u8,
    },

    /// The wrapped key does not open.
    #[error("the wrapped key is damaged or was altered; restore it from a backup")]
    WrappedDamaged,

    /// The wrapped key is of another version.
    #[error(
        "the wrapped key has version {found}, which this program does not know; use the version that wrote it, or a newer one"
    )]
    WrappedVersion {
        /// The version found.
        found: u8,
    },

    /// The wrapped key was made by a provider of another kind.
    #[error(
        "the wrapped key needs the KEK provider with tag {found}, and this is the {provider}; configure the one that wrapped it"
    )]
    OtherProvider {
        /// The provider that was asked.
        provider: ProviderKind,
        /// The tag in the wrapped key.
        found: u8,
    },

    /// The wrapped key was made under another KEK of the same kind.
    #[error(
        "the wrapped key needs KEK {wanted}, and this provider holds {held}; configure the one that wrapped it"
    )]
    OtherKek {
        /// The KEK that the wrapped key names.
        wanted: KekId,
        /// The KEK that the provider holds.
        held: KekId,
    },

    /// The wrapped key is somebody else's.
    #[error(
        "the wrapped key belongs to another ledger, purpose or key; it was misplaced or swapped, restore the right one from a backup"
    )]
    OtherContext,

    /// The identity key that came out is not the expected one.
    #[error(
        "the unwrapped identity key is not the one that the ledger names; it was swapped, restore the right one from a backup"
    )]
    OtherIdentity,

    /// The context can't be one.
    #[error("the key context {problem}")]
    ContextUnfit {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },

    /// The parameters of the passphrase's derivation are out of range.
    #[error(
        "the passphrase derivation can't use {name} = {found}: it must be from {least} to {most}"
    )]
    ParameterRange {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        found: u32,
        /// The least allowed.
        least: u32,
        /// The greatest allowed.
        most: u32,
    },

    /// The derivation could not run.
    #[error(
        "the passphrase derivation needs {memory_kib} KiB of memory and could not run; free memory and try again"
    )]
    DerivationFailed {
        /// The memory that its parameters ask for.
        memory_kib: u32,
    },

    /// A public key is small-order, or not torsion-free: signatures under it prove little.
    #[error("the public key is not one that signatures can be trusted under; draw another key")]
    NotTrustworthy,

    /// Something is to be signed, and no epoch key is there to sign it.
    #[error("no epoch key has been certified; restart the daemon")]
    NoEpochKey,

    /// The operating system gave no random bytes.
    #[error(
        "the operating system gave no random bytes, so no key can be made; try again, then look at the machine"
    )]
    NoEntropy {
        /// What the operating system said.
        #[source]
        source: getrandom::Error,
    },
}

//! What can go wrong with a key, named by what the caller must do next.

use std::{fmt, io, path::PathBuf};

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

    /// The token's PIN can't be one.
    #[error("the PIN of the token {problem}; look at the PIN file")]
    PinUnfit {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },

    /// The file with the token's PIN can't be read.
    #[error("the PIN file {} can't be read; check the path and its permissions", path.display())]
    PinFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The token's configuration can't be one.
    #[error("the configuration of the token {problem}")]
    TokenUnfit {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
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

    /// Two providers hold one KEK.
    #[error("two of the configured providers hold the same KEK; name each once")]
    KekTwice,

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

    /// The environment variable that is to hold the KEK is not there.
    #[error(
        "the environment variable {name} is not set; it must hold the KEK, 32 random bytes as base64 or hexadecimal"
    )]
    EnvironmentUnset {
        /// The variable.
        name: String,
    },

    /// The environment variable does not hold 32 bytes.
    #[error("the environment variable {name} does not hold 32 bytes as base64 or hexadecimal")]
    EnvironmentMalformed {
        /// The variable.
        name: String,
    },

    /// The environment variable holds 32 bytes that nobody drew at random.
    #[error(
        "the environment variable {name} holds a KEK that {problem}; draw one with: head -c 32 /dev/urandom | base64"
    )]
    EnvironmentWeak {
        /// The variable.
        name: String,
        /// Why it can't be random, as the end of a sentence.
        problem: &'static str,
    },

    /// A provider's options contradict each other, or can't be.
    #[error("the {provider} is configured wrongly: {problem}")]
    ProviderOptions {
        /// Which provider.
        provider: ProviderKind,
        /// What is wrong.
        problem: &'static str,
    },

    /// The provider can't do it now, or not at all.
    #[error("the {provider} {fault}: {detail}")]
    Provider {
        /// Which provider.
        provider: ProviderKind,
        /// What kind of trouble it is, and so what is to be done.
        fault: ProviderFault,
        /// What the provider said; holds no secret.
        detail: String,
    },

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

/// What brings back a key that can't be had, and so what a start does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Time, or somebody at the provider: the same call succeeds then, and nothing has to change here.
    Wait,
    /// Nothing but a copy of what is gone: whoever has none puts another key in its place.
    Replace,
    /// Somebody who mends what this program is configured with, or what it stores, and restarts it.
    Fix,
}

impl Remedy {
    /// A fixed name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Replace => "replace",
            Self::Fix => "fix",
        }
    }
}

impl KeyError {
    /// What brings the key back. Trying again is harmless where that is to wait, and nowhere else: a PIN that was refused
    /// must not be sent again.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { fault, .. } => fault.remedy(),
            // What is stored of the key opens nothing any more, or names a key that is not the one.
            Self::WrappedDamaged
            | Self::OtherContext
            | Self::OtherIdentity
            | Self::NotTrustworthy => Remedy::Replace,
            Self::WrongPassphrase
            | Self::PassphraseUnfit { .. }
            | Self::PassphraseFile { .. }
            | Self::PinUnfit { .. }
            | Self::PinFile { .. }
            | Self::TokenUnfit { .. }
            | Self::RecordDamaged { .. }
            | Self::RecordVersion { .. }
            | Self::WrappedVersion { .. }
            | Self::OtherProvider { .. }
            | Self::OtherKek { .. }
            | Self::KekTwice
            | Self::ContextUnfit { .. }
            | Self::ParameterRange { .. }
            | Self::DerivationFailed { .. }
            | Self::NoEpochKey
            | Self::EnvironmentUnset { .. }
            | Self::EnvironmentMalformed { .. }
            | Self::EnvironmentWeak { .. }
            | Self::ProviderOptions { .. }
            | Self::NoEntropy { .. } => Remedy::Fix,
        }
    }
}

/// Why a provider refuses, told apart by what is to be done about it. The runbook has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderFault {
    /// The caller lacks permission.
    AccessDenied,
    /// Too many calls; it will go on.
    Throttled,
    /// No answer in time: whether the call was carried out is not known.
    TimedOut,
    /// It can't be reached, or answers with a failure of its own.
    Unreachable,
    /// The key is disabled.
    KeyDisabled,
    /// The key is scheduled for deletion.
    KeyPendingDeletion,
    /// There is no such key.
    KeyMissing,
    /// The key can't be used for this.
    KeyUnfit,
    /// The PIN is wrong. It is not tried again: tokens lock.
    WrongPin,
    /// The PIN is locked.
    PinLocked,
    /// The module can't be loaded.
    ModuleMissing,
    /// No token has the configured label and serial number.
    TokenMissing,
    /// The token was there and is gone.
    TokenRemoved,
    /// The token has no mechanism that can wrap.
    MechanismMissing,
    /// The token or service is there and fails.
    Failing,
    /// What it answered can't be true, for example another key's name.
    InconsistentAnswer,
}

impl ProviderFault {
    /// Whether the same call may succeed later without anybody's doing.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::TimedOut
                | Self::Unreachable
                | Self::TokenRemoved
                | Self::Failing
        )
    }

    /// What brings a key of such a provider back.
    pub fn remedy(self) -> Remedy {
        match self {
            // They pass, or are mended where the key lies: policies and credentials reach a key service late, a disabled
            // key is enabled, a deletion called off, a token put in, a volume with its module mounted.
            Self::Throttled
            | Self::TimedOut
            | Self::Unreachable
            | Self::Failing
            | Self::AccessDenied
            | Self::KeyDisabled
            | Self::KeyPendingDeletion
            | Self::ModuleMissing
            | Self::TokenMissing
            | Self::TokenRemoved => Remedy::Wait,
            Self::KeyMissing | Self::KeyUnfit => Remedy::Replace,
            // A PIN is never tried twice. A token that can't wrap won't learn it, and who lies is not asked again.
            Self::WrongPin
            | Self::PinLocked
            | Self::MechanismMissing
            | Self::InconsistentAnswer => Remedy::Fix,
        }
    }

    /// A fixed name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "access-denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::KeyDisabled => "key-disabled",
            Self::KeyPendingDeletion => "key-pending-deletion",
            Self::KeyMissing => "key-missing",
            Self::KeyUnfit => "key-unfit",
            Self::WrongPin => "wrong-pin",
            Self::PinLocked => "pin-locked",
            Self::ModuleMissing => "module-missing",
            Self::TokenMissing => "token-missing",
            Self::TokenRemoved => "token-removed",
            Self::MechanismMissing => "mechanism-missing",
            Self::Failing => "failing",
            Self::InconsistentAnswer => "inconsistent-answer",
        }
    }
}

impl fmt::Display for ProviderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "denies access",
            Self::Throttled => "asks for fewer calls",
            Self::TimedOut => "did not answer in time",
            Self::Unreachable => "can't be reached",
            Self::KeyDisabled => "has the key disabled",
            Self::KeyPendingDeletion => "has the key scheduled for deletion",
            Self::KeyMissing => "has no such key",
            Self::KeyUnfit => "has a key that can't be used for this",
            Self::WrongPin => "refuses the PIN",
            Self::PinLocked => "has the PIN locked",
            Self::ModuleMissing => "has no module that can be loaded",
            Self::TokenMissing => "finds no such token",
            Self::TokenRemoved => "has lost its token",
            Self::MechanismMissing => "has no mechanism that can wrap",
            Self::Failing => "fails",
            Self::InconsistentAnswer => "gave an answer that can't be true",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_others_fix_is_waited_for() {
        use ProviderFault as F;
        let waited_for = [
            F::AccessDenied,
            F::Throttled,
            F::TimedOut,
            F::Unreachable,
            F::KeyDisabled,
            F::KeyPendingDeletion,
            F::ModuleMissing,
            F::TokenMissing,
            F::TokenRemoved,
            F::Failing,
        ];
        assert!(
            waited_for
                .iter()
                .all(|fault| fault.remedy() == Remedy::Wait)
        );
        for fault in [
            F::WrongPin,
            F::PinLocked,
            F::MechanismMissing,
            F::InconsistentAnswer,
        ] {
            assert_eq!(fault.remedy(), Remedy::Fix, "{fault}");
        }
        assert_eq!(KeyError::WrongPassphrase.remedy(), Remedy::Fix);
        assert_eq!(KeyError::WrappedDamaged.remedy(), Remedy::Replace);
    }
}

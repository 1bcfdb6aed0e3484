//! What can go wrong with a key, named by what the caller must do next.

mod config;
mod fault;

pub use config::KekConfigError;
pub use fault::{ProviderFault, Remedy};

use crate::provider::{kek_id::KekId, kind::ProviderKind};

/// Why a key could not be made, wrapped, unwrapped or used.
///
/// No variant carries key material, or says more about a failed decryption than that it failed: a wrong tag, a wrong
/// commitment and a wrong length inside are all [`KeyError::WrappedDamaged`]. The variants that say more are decided
/// from bytes that are stored in the clear anyway, before any secret is used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The provider can't be opened as it is configured.
    #[error(transparent)]
    Config(#[from] KekConfigError),

    /// The passphrase does not open this KEK.
    #[error(
        "the passphrase is not one that opens this data: check the passphrase file or type the passphrase again; after a change of \
         the KEK it takes the newest passphrase, and the earlier one under [[previous-kek]] until everything is wrapped anew"
    )]
    WrongPassphrase,

    /// The stored KEK record is not what was written.
    #[error(
        "the stored KEK record is damaged ({problem}), so no passphrase can open it; restore the record from a backup"
    )]
    RecordDamaged {
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The stored KEK record has another version.
    #[error(
        "the stored KEK record has version {found}, which this program does not know; use the program version that wrote the record, or a newer one"
    )]
    RecordVersion {
        /// The version found.
        found: u8,
    },

    /// The wrapped key does not open.
    #[error("the wrapped key is damaged or was altered; restore it from a backup")]
    WrappedDamaged,

    /// The wrapped key has another version.
    #[error(
        "the wrapped key has version {found}, which this program does not know; use the program version that wrote the key, or a newer one"
    )]
    WrappedVersion {
        /// The version found.
        found: u8,
    },

    /// The wrapped key was made by a provider of another kind.
    #[error(
        "the wrapped key needs the KEK provider with tag {found}, but this is the {provider}; configure the provider that wrapped the key"
    )]
    OtherProvider {
        /// The provider that was asked.
        provider: ProviderKind,
        /// The tag in the wrapped key.
        found: u8,
    },

    /// The wrapped key was made under another KEK of the same kind.
    #[error(
        "the wrapped key needs KEK {wanted}, but this provider holds {held}; configure the provider that wrapped the key"
    )]
    OtherKek {
        /// The KEK that the wrapped key names.
        wanted: KekId,
        /// The KEK that the provider holds.
        held: KekId,
    },

    /// The wrapped key belongs to another context.
    #[error(
        "the wrapped key belongs to another ledger, purpose or key, so it was misplaced or swapped; restore the right key from a backup"
    )]
    OtherContext,

    /// The identity key is not the expected one.
    #[error(
        "the unwrapped identity key is not the key that the ledger names, so it was swapped; restore the right key from a backup"
    )]
    OtherIdentity,

    /// The context is not a valid one.
    #[error("the key context {problem}")]
    ContextUnfit {
        /// What is wrong with it, as the end of a sentence.
        problem: &'static str,
    },

    /// A parameter of the passphrase's derivation is out of range.
    #[error(
        "the passphrase derivation can't use {name} = {found}: the value must be from {least} to {most}"
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
    #[error("signatures under this public key can't be trusted; generate another key")]
    NotTrustworthy,

    /// A signature is wanted before an epoch key has been certified.
    #[error("no epoch key has been certified; restart the daemon")]
    NoEpochKey,

    /// The provider can't do it now, or not at all.
    #[error("the {provider} {fault}: {detail}")]
    Provider {
        /// Which provider.
        provider: ProviderKind,
        /// What is wrong, and so what is to be done.
        fault: ProviderFault,
        /// What the provider said; holds no secret.
        detail: String,
    },

    /// The operating system gave no random bytes.
    #[error(
        "the operating system gave no random bytes, so no key can be made; try again, then check the machine"
    )]
    NoEntropy {
        /// What the operating system said.
        #[source]
        source: getrandom::Error,
    },
}

impl KeyError {
    /// What brings the key back. Another try is harmless if the remedy is to wait, and only then: a PIN that was refused
    /// must not be sent again.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { fault, .. } => fault.remedy(),
            // The stored key opens nothing any more, or is another key.
            Self::WrappedDamaged
            | Self::OtherContext
            | Self::OtherIdentity
            | Self::NotTrustworthy => Remedy::Replace,
            Self::Config(_)
            | Self::WrongPassphrase
            | Self::RecordDamaged { .. }
            | Self::RecordVersion { .. }
            | Self::WrappedVersion { .. }
            | Self::OtherProvider { .. }
            | Self::OtherKek { .. }
            | Self::ContextUnfit { .. }
            | Self::ParameterRange { .. }
            | Self::DerivationFailed { .. }
            | Self::NoEpochKey
            | Self::NoEntropy { .. } => Remedy::Fix,
        }
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

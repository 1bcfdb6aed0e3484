//! The kinds of provider.

use std::fmt;

/// The kinds of provider. The byte is stored in wrapped keys and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ProviderKind {
    /// A KEK derived from a passphrase.
    Passphrase = 1,
    /// A KEK that exists in memory only, and is gone with the process.
    Memory = 2,
    /// A KEK in an environment variable.
    Environment = 3,
    /// A symmetric key in AWS KMS, or in what speaks its protocol.
    AwsKms = 4,
    /// A secret key in a PKCS#11 token.
    Pkcs11 = 5,
}

impl ProviderKind {
    /// A fixed name, recorded in the evidence when a ledger's keys move to another KEK.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Memory => "memory",
            Self::Environment => "environment",
            Self::AwsKms => "aws-kms",
            Self::Pkcs11 => "pkcs11",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase provider",
            Self::Memory => "in-memory provider",
            Self::Environment => "environment provider",
            Self::AwsKms => "AWS KMS provider",
            Self::Pkcs11 => "PKCS#11 provider",
        })
    }
}

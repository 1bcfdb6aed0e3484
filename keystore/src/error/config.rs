//! What is wrong with the configuration of a key-encryption key, found before the key is used.

use std::{io, path::PathBuf};

use crate::provider::kind::ProviderKind;

/// Why a KEK provider can't be opened as it is configured. Somebody has to change the configuration, the file or the
/// variable that an error names. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KekConfigError {
    /// The passphrase is not a valid one.
    #[error("the passphrase {problem}; choose another passphrase")]
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

    /// The token's PIN is not a valid one.
    #[error("the token's PIN {problem}; check the PIN file")]
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

    /// The environment variable that should hold the KEK is not set.
    #[error(
        "the environment variable {name} is not set; set it to the KEK, 32 random bytes as base64 or hexadecimal"
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

    /// The environment variable holds 32 bytes that were not drawn at random.
    #[error(
        "the environment variable {name} holds a KEK that {problem}; generate one with: head -c 32 /dev/urandom | base64"
    )]
    EnvironmentWeak {
        /// The variable.
        name: String,
        /// Why the bytes can't be random, as the end of a sentence.
        problem: &'static str,
    },

    /// A provider's options are invalid, or contradict each other.
    #[error("the {provider} is configured wrongly: {problem}")]
    ProviderOptions {
        /// Which provider.
        provider: ProviderKind,
        /// What is wrong.
        problem: &'static str,
    },

    /// Two providers hold one KEK.
    #[error("two of the configured providers hold the same KEK; configure each KEK once")]
    KekTwice,
}

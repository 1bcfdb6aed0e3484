//! The providers, a folder for each place where a key-encryption key can lie.

mod aws_kms;
mod local;
mod pkcs11;
mod secret_file;

pub use aws_kms::{AwsKmsOptions, AwsKmsProvider};
pub use local::{
    EnvironmentProvider, KEK_RECORD_BYTES, KEK_VARIABLE, KdfParameters, KekRecord, MemoryProvider,
    PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, Passphrase, PassphraseProvider,
};
pub use pkcs11::{
    MechanismChoice, PIN_BYTES_MAX, Pin, Pkcs11Options, Pkcs11Provider, TOKEN_CALL_TIMEOUT_MS,
};

//! A key-encryption key in this process's memory, and where it comes from: a passphrase, a variable, or chance.

mod environment;
mod kdf;
mod kek;
mod kek_record;
mod memory;
mod passphrase;

pub use environment::{EnvironmentProvider, KEK_VARIABLE};
pub use kdf::KdfParameters;
pub use kek_record::{KEK_RECORD_BYTES, KekRecord};
pub use memory::MemoryProvider;
pub use passphrase::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN, Passphrase, PassphraseProvider};

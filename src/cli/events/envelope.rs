//! Envelopes of the client's own on the command line: the key's file, and what binds a payload to its event.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_interchange::envelope::{Binding, EnvelopeKey, KEY_FILE_BYTES_MAX, SealedPayload};
use indelible_proto::v1::{Envelope, Event};
use zeroize::Zeroizing;

use crate::cli::error::CliError;

/// With which key an event's payload is encrypted.
#[derive(Debug, Args)]
pub(crate) struct EncryptWith {
    /// Encrypt the payload before it is sent, with the key in this file, so that no daemon can read it; the key has 32
    /// bytes, as they are, in hexadecimal or in base64. `indelible decrypt` reads the payload with the same key
    #[arg(long, value_name = "KEYFILE", requires_all = ["key_id", "payload_file", "time"])]
    encrypt_with: Option<PathBuf>,
    /// The key's name, which is stored in the event
    #[arg(long, value_name = "ID", requires = "encrypt_with")]
    key_id: Option<String>,
}

impl EncryptWith {
    /// The payload's envelope, if there is to be one.
    pub(crate) fn seal(&self, event: &Event, payload: &[u8]) -> Result<Option<Envelope>, CliError> {
        let Some(path) = &self.encrypt_with else {
            return Ok(None);
        };
        let binding = Binding {
            event_id: &event.id,
            system_id: &event.source,
            timestamp: &event.time,
        };
        let sealed = SealedPayload::seal(&key(path)?, &binding, payload)?;
        Ok(Some(Envelope {
            ciphertext: sealed.ciphertext.into(),
            key_id: self.key_id.clone().unwrap_or_default(),
            nonce: sealed.nonce.into(),
            aad_digest: sealed.aad_digest.into(),
        }))
    }
}

/// Reads a key's file.
pub(crate) fn key(path: &Path) -> Result<EnvelopeKey, CliError> {
    // As large as it can get, so that growing leaves no copy behind.
    let limit = KEY_FILE_BYTES_MAX as u64 + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES_MAX * 2));
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|source| CliError::file(path, source))?;
    EnvelopeKey::parse(&bytes).map_err(|error| CliError::Input {
        name: path.display().to_string(),
        problem: error.to_string(),
    })
}

//! What is signed to override gates that failed.

use crate::{
    digest::Digest,
    json::{Form, Value},
    record::entry::OverrideRequested,
};

/// What a signature is over, before the digest of the message.
const SIGNED: &[u8] = b"indelible override v1\n";

impl OverrideRequested {
    /// The message: canonical JSON of the ledger, the act, the proposal, the justification and the failed gates.
    pub fn message_text(&self, ledger: &str) -> String {
        let value = serde_json::json!({
            "act": self.act.to_string(),
            "failed_gates": self.failed_gates,
            "justification": self.justification,
            "ledger": ledger,
            "message": "indelible.override.v1",
            "proposal": self.proposal,
        });
        let text = Value::from(value).canonical(Form::Jcs).unwrap_or_default();
        String::from_utf8(text).unwrap_or_default()
    }
}

/// The bytes that are signed for a message of this digest.
pub fn override_bytes(message: &Digest) -> Vec<u8> {
    [SIGNED, message.as_bytes()].concat()
}

//! Roots of trees as text.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

/// A root in base64, as checkpoints and the offline verifier print it, so that both can be compared by eye.
pub(crate) fn root_text(root_hash: &[u8]) -> String {
    BASE64.encode(root_hash)
}

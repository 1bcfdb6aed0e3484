//! Names made of content.

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::canonical;

/// The namespace of all names that are made here: a name of its own, in the nil namespace.
fn namespace() -> Uuid {
    Uuid::new_v5(&Uuid::nil(), b"indelible-report")
}

/// The UUID of some content: version 5 over the content's SHA-256, since OSCAL admits versions 4 and 5 alone. SHA-1
/// only makes a name of a digest here; nothing rests on it.
fn of_content(kind: &str, content: &[u8]) -> String {
    let mut name = kind.as_bytes().to_vec();
    name.push(0);
    name.extend_from_slice(&Sha256::digest(content));
    Uuid::new_v5(&namespace(), &name).to_string()
}

/// The UUID of a part of something that has one: `clause`, `12(1)`.
pub(crate) fn of_part(whole: &str, kind: &str, part: &str) -> String {
    of_content(kind, format!("{whole}\0{part}").as_bytes())
}

/// The UUID of a value: of a report or a verification, without the id that it is to have.
pub(crate) fn of_value(kind: &str, value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(of_content(kind, &canonical::to_bytes(value)?))
}

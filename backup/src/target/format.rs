//! The file that says that a place is one for backups, and which.

use data_encoding::HEXLOWER;

use crate::object::Digest;

/// What the file begins with.
const FORMAT_TITLE: &str = "indelible-backups 1 ";

/// What the format file of a new directory says.
pub(super) fn format_text(random: [u8; 8]) -> String {
    let id = HEXLOWER.encode(&random);
    format!("{FORMAT_TITLE}{id} {}\n", check(&id))
}

/// The id in a format file, if it is one of this form.
pub(super) fn own_id(text: &str) -> Option<&str> {
    let (id, found) = text
        .strip_prefix(FORMAT_TITLE)?
        .strip_suffix('\n')?
        .split_once(' ')?;
    (id.len() == 16 && found == check(id)).then_some(id)
}

/// What shows that an id is as it was written.
fn check(id: &str) -> String {
    Digest::of(id.as_bytes()).to_string()[..8].to_owned()
}

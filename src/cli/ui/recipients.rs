//! To whom something is encrypted, for people.

/// The recipients, or that there are none.
#[must_use]
pub(crate) fn encrypted_to(recipients: &[String]) -> String {
    match recipients {
        [] => "nobody".to_owned(),
        some => some.join(", "),
    }
}

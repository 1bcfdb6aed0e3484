//! The version of all rules of this crate together.

/// What a policy means, what a claim costs, what a digest is of. A record puts a version in force; a decision names the one
/// that it was made under. What a version means never changes.
pub const SEMANTICS_VERSION: u32 = 1;

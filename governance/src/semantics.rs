//! The version of all rules of this crate together.

/// What a policy means, what a claim costs, what a digest is of. A record puts a version in force; a decision names the one
/// that it was made under. What a version means never changes.
///
/// | version | what is new in it |
/// | --- | --- |
/// | 1 | policies of the kinds `aigc` and `gate` |
/// | 2 | policies of AEGIS' kind, baselines of drift, signers; approvals and overrides are bound to what an act costs and to what an AIGC policy sees, too; the rest as in 1 |
/// | 3 | what an act put out is held against the policies of its decision when it is completed; calls that came to nothing leave a record, which moves nothing; the rest as in 2 |
/// | 4 | acts whose outputs do not fit their schema are tried again as often as the policy says; the rest as in 3 |
pub const SEMANTICS_VERSION: u32 = 4;

/// The first version with policies of AEGIS' kind.
pub(crate) const AEGIS_SEMANTICS: u32 = 2;

/// The first version under which the digest of an act is that of what is asked for.
pub const ASKED_SEMANTICS: u32 = 2;

/// The first version under which what an act put out is judged.
pub const OUTPUT_SEMANTICS: u32 = 3;

/// The first version under which attempts at an output are counted.
pub const RETRY_SEMANTICS: u32 = 4;

/// Whether this build decides under a version.
pub(crate) const fn is_known(version: u32) -> bool {
    1 <= version && version <= SEMANTICS_VERSION
}

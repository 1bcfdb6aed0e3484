//! What may be tried again: an act whose output does not fit its schema.

use crate::{
    claim::{Act, Failure, Stage},
    digest::Digest,
};

/// The code of an output that does not fit its schema.
const SCHEMA: &str = "OUTPUT_SCHEMA_VALIDATION_ERROR";
/// What the digest of an act that may be tried again is of.
const RETRIED: &str = "indelible 2026 retried act v1";

impl Failure {
    /// Whether it is that of an output that does not fit its schema, after which the act may be tried again.
    pub(super) fn is_of_schema(&self) -> bool {
        self.stage == Stage::OutputSchema && self.code == SCHEMA
    }
}

impl Act {
    /// The digest of what further attempts have in common with the first: agent, session, act and policies. What is sent to a
    /// model may be another, since it often says what was wrong.
    pub(super) fn retried_digest(&self, policies: &[Digest]) -> Digest {
        let session = self.session.as_deref();
        let mut parts: Vec<&[u8]> = vec![
            self.agent.as_bytes(),
            if session.is_some() { b"1" } else { b"0" },
            session.unwrap_or_default().as_bytes(),
            self.kind.name().as_bytes(),
            self.name.as_bytes(),
        ];
        parts.extend(policies.iter().map(|policy| &policy.as_bytes()[..]));
        Digest::of_parts(RETRIED, &parts)
    }
}

//! Custody: were keys introduced and used lawfully?

use std::collections::HashSet;

use crate::hash::TreeHash;
use crate::key_event::{Erasure, Revocation};
use crate::verdict::{Finding, FindingCode};

use super::holds::Holds;
use super::statement::{KeyEvent, Statement};

/// Follows the key events of one ledger, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Custody {
    genesis: bool,
    /// Sequence number and span's end of the certificate in force.
    certificate: Option<(u64, u64)>,
    certificates: u64,
    /// The record that must be a certificate, since the one before it introduced an identity.
    awaited: Option<u64>,
    /// The identity in force.
    identity: Option<[u8; 32]>,
    /// Keys of earlier identities and of epochs: those that can be revoked.
    revocable: HashSet<[u8; 32]>,
    holds: Holds,
}

impl Custody {
    /// Before record 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many certificates there were.
    pub fn certificates(&self) -> u64 {
        self.certificates
    }

    /// Takes in the next key event. `root` is the root of the tree before it, where that is known; where it is
    /// not, the caller proves the certificate's root in some other way.
    pub fn advance(
        &mut self,
        event: &KeyEvent,
        root: Option<&TreeHash>,
        mut found: impl FnMut(Finding),
    ) {
        let sequence = event.sequence;
        if sequence == 0 {
            self.genesis = matches!(event.statement, Ok(Statement::Genesis(_)) | Err(_));
        }
        let awaited = self.awaited.take();
        // What does not hold is a finding of its own already, whatever it was to be.
        let certifies = matches!(event.statement, Ok(Statement::Epoch { .. }) | Err(_));
        if let Some(awaited) = awaited
            && !(certifies && awaited == sequence)
        {
            found(not_certified(awaited));
        }
        match &event.statement {
            Err(finding) => found(finding.clone()),
            Ok(Statement::Genesis(genesis)) => {
                self.identity = genesis.identity.key().map(|key| *key.as_bytes());
            }
            Ok(Statement::Epoch {
                key,
                root: bound,
                last,
            }) => {
                self.revocable.insert(*key.as_bytes());
                if let Some(root) = root {
                    check_root(sequence, bound, root, &mut found);
                }
                self.certificate(sequence, *last, &mut found);
            }
            Ok(Statement::Identity { change, .. }) => {
                self.close(sequence, &mut found);
                self.revocable.extend(self.identity);
                self.identity = change.identity.key().map(|key| *key.as_bytes());
                self.awaited = Some(sequence + 1);
                if let Some((_, last)) = &mut self.certificate {
                    *last = sequence.saturating_add(1).max(*last);
                }
            }
            Ok(Statement::Revocation(revocation)) => {
                self.revocation(sequence, revocation, &mut found);
            }
            Ok(Statement::Erasure(erasure)) => self.erasure(sequence, erasure, &mut found),
            Ok(Statement::Hold(hold)) => {
                if let Err(problem) = self.holds.advance(hold) {
                    found(Finding::of_record(
                        FindingCode::HoldInvalid,
                        sequence,
                        problem,
                    ));
                }
            }
            Ok(
                Statement::Kek(_)
                | Statement::DataKey(_)
                | Statement::Settings(_)
                | Statement::Producer(_)
                | Statement::Disposal(_)
                | Statement::Closed(_),
            ) => {}
        }
    }

    fn certificate(&mut self, sequence: u64, last: u64, found: &mut impl FnMut(Finding)) {
        self.certificates += 1;
        if last <= sequence {
            let detail = format!("the certificate's span is empty: it ends at size {last}");
            found(Finding::of_record(
                FindingCode::CertificateSpan,
                sequence,
                detail,
            ));
        }
        self.close(sequence, found);
        self.certificate = Some((sequence, last));
    }

    fn revocation(
        &mut self,
        sequence: u64,
        revocation: &Revocation,
        found: &mut impl FnMut(Finding),
    ) {
        let key = revocation.key.ed25519();
        if !key.is_some_and(|key| self.revocable.contains(key.as_bytes())) {
            let detail = "it revokes a key that is neither an earlier identity's nor an epoch's";
            found(Finding::of_record(
                FindingCode::RevocationInvalid,
                sequence,
                detail,
            ));
        }
    }

    fn erasure(&mut self, sequence: u64, erasure: &Erasure, found: &mut impl FnMut(Finding)) {
        let mut held = erasure.data_keys.iter().filter(|key| self.holds.hold(key));
        if let Some(data_key) = held.next() {
            let detail = format!("the data key {data_key} was under a hold when it was destroyed");
            found(Finding::of_record(
                FindingCode::ErasureUnderHold,
                sequence,
                detail,
            ));
        }
    }

    /// Takes in the end of the ledger at the checkpoint's size.
    pub fn finish(mut self, size: u64, mut found: impl FnMut(Finding)) {
        if let Some(awaited) = self.awaited.take()
            && awaited < size
        {
            found(not_certified(awaited));
        }
        if !self.genesis {
            found(Finding::of_record(
                FindingCode::GenesisInvalid,
                0,
                "the first record is not a genesis",
            ));
        }
        self.close(size, &mut found);
    }

    /// Checks that no record below `end` lies outside of the newest span. Records 0 and `end` need none. A record
    /// that introduces an identity ends the span before it, and needs none itself.
    fn close(&mut self, end: u64, found: &mut impl FnMut(Finding)) {
        match self.certificate {
            None if end > 1 => {
                let detail = "there is no certificate for it: the first one must be record 1";
                found(Finding::of_record(FindingCode::CertificateSpan, 1, detail));
            }
            Some((first, last)) if last < end => {
                let detail = format!(
                    "it lies beyond the span of the certificate {first}, which ends at size {last}"
                );
                found(Finding::of_record(
                    FindingCode::CertificateSpan,
                    last.max(first),
                    detail,
                ));
            }
            _ => {}
        }
    }
}

/// Holds the root that a certificate binds against that of the tree before it.
pub(super) fn check_root(
    sequence: u64,
    bound: &TreeHash,
    root: &TreeHash,
    found: &mut impl FnMut(Finding),
) {
    if bound != root {
        let detail = "the certificate binds another root than that of the tree before it";
        found(Finding::of_record(
            FindingCode::CertificateRoot,
            sequence,
            detail,
        ));
    }
}

fn not_certified(sequence: u64) -> Finding {
    let detail =
        "it must be an epoch's certificate by the identity that the record before it introduces";
    Finding::of_record(FindingCode::IdentityWithoutEpoch, sequence, detail)
}

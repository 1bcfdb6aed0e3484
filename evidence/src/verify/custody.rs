//! Custody: were keys introduced and used by the rules of the format?

use std::collections::{HashMap, HashSet};

use crate::hash::{DataKeyId, TreeHash};
use crate::key_event::{
    Disposal, Erasure, IdentityKeys, ProducerAction, ProducerChange, RetentionAction, Revocation,
    Settings, TypedKey,
};
use crate::verdict::{Finding, FindingCode};

use super::holds::Holds;
use super::key_event::{KeyEvent, Statement};
use super::rules::after_closed;

/// Follows the key events of one ledger, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Custody {
    genesis: bool,
    /// Sequence number and span's end of the certificate in force.
    certificate: Option<(u64, u64)>,
    certificates: u64,
    /// The record that must be a certificate, since the one before it introduced an identity.
    awaited: Option<u64>,
    /// The keys of the identity in force, by their digests.
    identity: Vec<[u8; 32]>,
    /// Keys of earlier identities and of epochs: those that can be revoked.
    revocable: HashSet<[u8; 32]>,
    /// The ledger-wide data keys so far.
    data_keys: HashSet<DataKeyId>,
    /// The data keys that were destroyed.
    erased: HashSet<DataKeyId>,
    /// The settings in force, if there are any.
    settings: Option<Settings>,
    /// The producers' keys, and whether each was revoked.
    producers: HashMap<[u8; 32], bool>,
    holds: Holds,
    /// The record at which the ledger's life ended.
    closed: Option<u64>,
}

/// Whether a key event has the effect that it states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Effect {
    /// It has.
    AsStated,
    /// It is not valid, or so unlawful that it has none.
    None,
}

type Unlawful = (FindingCode, String);

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
    ) -> Effect {
        let sequence = event.sequence;
        if sequence == 0 {
            self.genesis = matches!(event.statement, Ok(Statement::Genesis(_)) | Err(_));
        }
        let awaited = self.awaited.take();
        // What is not valid is a finding of its own already, whatever it was to be.
        let certifies = matches!(event.statement, Ok(Statement::Epoch { .. }) | Err(_));
        if let Some(awaited) = awaited
            && !(certifies && awaited == sequence)
        {
            found(not_certified(awaited));
        }
        let statement = match &event.statement {
            Ok(statement) => statement,
            Err(finding) => {
                found(finding.clone());
                return Effect::None;
            }
        };
        if let Some(closed) = self.closed.filter(|_| !may_follow_the_end(statement)) {
            let code = FindingCode::RecordAfterClosed;
            found(Finding::of_record(code, sequence, after_closed(closed)));
            return Effect::None;
        }
        let lawful = match statement {
            Statement::Epoch { root: bound, .. } => {
                if let Some(root) = root {
                    check_root(sequence, bound, root, &mut found);
                }
                self.keys(sequence, statement, &mut found);
                Ok(())
            }
            Statement::Genesis(_) | Statement::Identity { .. } => {
                self.keys(sequence, statement, &mut found);
                Ok(())
            }
            other => self.rest(sequence, other),
        };
        let Err((code, detail)) = lawful else {
            return Effect::AsStated;
        };
        found(Finding::of_record(code, sequence, detail));
        match statement {
            // The keys were destroyed all the same.
            Statement::Erasure(_) => Effect::AsStated,
            _ => Effect::None,
        }
    }

    /// Takes in what changes the keys of identity and epoch.
    fn keys(&mut self, sequence: u64, statement: &Statement, found: &mut impl FnMut(Finding)) {
        match statement {
            Statement::Genesis(genesis) => {
                self.identity = digests(&genesis.identity);
                self.settings = genesis.settings.clone();
            }
            Statement::Epoch { key, last, .. } => {
                self.revocable.insert(TypedKey::from(*key).digest());
                self.certificates += 1;
                self.close(sequence, found);
                self.certificate = Some((sequence, *last));
            }
            Statement::Identity { change, .. } => {
                self.close(sequence, found);
                self.revocable.extend(self.identity.drain(..));
                self.identity = digests(&change.identity);
                self.awaited = Some(sequence + 1);
                if let Some((_, last)) = &mut self.certificate {
                    *last = sequence.saturating_add(1).max(*last);
                }
            }
            _ => {}
        }
    }

    /// Takes in what all others state, or tells why it is unlawful.
    fn rest(&mut self, sequence: u64, statement: &Statement) -> Result<(), Unlawful> {
        match statement {
            Statement::Revocation(revocation) => self.revocation(revocation),
            Statement::DataKey(change) => {
                if self.erased.contains(&change.data_key) {
                    let detail = "it names the id of a data key that was destroyed before";
                    return Err((FindingCode::ErasedKeyUsed, detail.to_owned()));
                }
                if self.data_keys.insert(change.data_key) {
                    return Ok(());
                }
                let detail = "it names the id of a data key that an earlier record names already";
                Err((FindingCode::DataKeyRepeated, detail.to_owned()))
            }
            Statement::Erasure(erasure) => self.erasure(erasure),
            Statement::Hold(hold) => {
                let advanced = self.holds.advance(hold);
                advanced.map_err(|problem| (FindingCode::HoldInvalid, problem.to_owned()))
            }
            Statement::Settings(change) => self.settings(&change.settings),
            Statement::Producer(change) => self.producer(change),
            Statement::Disposal(disposal) => self.disposal(disposal),
            Statement::Closed(_) => {
                self.closed = Some(sequence);
                Ok(())
            }
            Statement::Genesis(_)
            | Statement::Epoch { .. }
            | Statement::Identity { .. }
            | Statement::Kek(_) => Ok(()),
        }
    }

    fn revocation(&self, revocation: &Revocation) -> Result<(), Unlawful> {
        if self.revocable.contains(&revocation.key.digest()) {
            return Ok(());
        }
        let detail = "it revokes a key that is neither an earlier identity's nor an epoch's";
        Err((FindingCode::RevocationInvalid, detail.to_owned()))
    }

    fn erasure(&mut self, erasure: &Erasure) -> Result<(), Unlawful> {
        self.erased.extend(&erasure.data_keys);
        let mut held = erasure.data_keys.iter().filter(|key| self.holds.hold(key));
        let Some(data_key) = held.next() else {
            return Ok(());
        };
        let detail = format!("the data key {data_key} was under a hold when it was destroyed");
        Err((FindingCode::ErasureUnderHold, detail))
    }

    fn settings(&mut self, settings: &Settings) -> Result<(), Unlawful> {
        if let Some(previous) = &self.settings {
            settings.check_follows(previous).map_err(|promise| {
                let detail = format!("the settings take back a promise: {promise}");
                (FindingCode::SettingsTakenBack, detail)
            })?;
        }
        self.settings = Some(settings.clone());
        Ok(())
    }

    fn producer(&mut self, change: &ProducerChange) -> Result<(), Unlawful> {
        let known = self.producers.get_mut(change.key.as_bytes());
        let problem = match (&change.action, known) {
            (ProducerAction::Register { .. }, None) => {
                self.producers.insert(*change.key.as_bytes(), false);
                return Ok(());
            }
            (ProducerAction::Register { .. }, Some(_)) => {
                "it registers a producer's key that was registered before"
            }
            (ProducerAction::Revoke { .. }, Some(revoked)) if !*revoked => {
                *revoked = true;
                return Ok(());
            }
            (ProducerAction::Revoke { .. }, Some(_)) => {
                "it revokes a producer's key that was revoked before"
            }
            (ProducerAction::Revoke { .. }, None) => {
                "it revokes a producer's key that no record before it registers"
            }
        };
        Err((FindingCode::ProducerInvalid, problem.to_owned()))
    }

    fn disposal(&self, disposal: &Disposal) -> Result<(), Unlawful> {
        let rule = self.settings.as_ref();
        let rule = rule.and_then(|settings| settings.rule(&disposal.rule));
        let problem = match (rule.map(|rule| rule.action), &disposal.archive) {
            (None, _) => format!("no rule `{}` is in force there", disposal.rule),
            (Some(RetentionAction::Erase), Some(_)) => {
                format!(
                    "the rule `{}` erases, but the disposal names an archive",
                    disposal.rule
                )
            }
            (Some(RetentionAction::Archive), None) => {
                format!(
                    "the rule `{}` archives, but the disposal names no archive",
                    disposal.rule
                )
            }
            _ if self.holds.hold_all() => "the whole ledger was under a hold".to_owned(),
            _ => return Ok(()),
        };
        let detail = format!("the disposal breaks the rules of the format: {problem}");
        Err((FindingCode::DisposalInvalid, detail))
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

/// Whether a record of that kind may follow the end of the ledger's life.
fn may_follow_the_end(statement: &Statement) -> bool {
    match statement {
        Statement::Epoch { .. }
        | Statement::Identity { .. }
        | Statement::Revocation(_)
        | Statement::Kek(_)
        | Statement::Erasure(_)
        | Statement::Hold(_)
        | Statement::Disposal(_) => true,
        Statement::Genesis(_)
        | Statement::DataKey(_)
        | Statement::Settings(_)
        | Statement::Producer(_)
        | Statement::Closed(_) => false,
    }
}

/// The keys of an identity, by their digests.
fn digests(identity: &IdentityKeys) -> Vec<[u8; 32]> {
    let known = identity.key().map(|key| TypedKey::from(*key));
    let unknown = identity.unknown().cloned().map(TypedKey::Unknown);
    let keys = known.into_iter().chain(unknown);
    keys.map(|key| key.digest()).collect()
}

/// Holds the root that a certificate binds against that of the tree before it.
fn check_root(sequence: u64, bound: &TreeHash, root: &TreeHash, found: &mut impl FnMut(Finding)) {
    if bound != root {
        found(unbound_root(sequence));
    }
}

pub(super) fn unbound_root(sequence: u64) -> Finding {
    let detail = "the root in the certificate is not the root of the tree before it";
    Finding::of_record(FindingCode::CertificateRoot, sequence, detail)
}

fn not_certified(sequence: u64) -> Finding {
    let detail =
        "it must be an epoch's certificate by the identity that the record before it introduces";
    Finding::of_record(FindingCode::IdentityWithoutEpoch, sequence, detail)
}

//! Admission: which events of a submission are new, which repeat what is there, and whether the submission
//! may be linked at all. All of it is, or nothing.

use std::{collections::HashMap, hash::BuildHasherDefault, sync::Arc};

use indelible_evidence::IdentityTag;
use indelible_evidence::header::{Header, RecordKind};
use indelible_keystore::{KeyError, Signer};
use indelible_store::{
    Store,
    record::{Part, RecordLayoutError, StoredRecord},
};

use crate::{
    keys::{
        epoch::{OpenEpoch, OwnedStatement},
        signers::Signers,
    },
    state::{
        all_halted::AllHalted,
        append::{Acknowledgement, NewRange, Placement},
        custody::IdentityError,
        environment::Environment,
        error::AppendError,
        quarantine::on_damage,
    },
    write::{
        acknowledgement::Drafted,
        conditions::{check_expected, check_keys, check_producers},
        event::Prepared,
        key_event_kind::KeyEventKind,
        link::{Draft, Tip},
        original,
        place::Place,
        repeat::{content_of, content_of_stored, differences, is_comparable, unreadable},
        request::{KeyEventWork, Submission},
        unindexed_ids::AsIs,
    },
};

/// What linking a submission needs besides the draft.
pub(crate) struct Admission<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) signers: &'a Signers,
    /// Records that this round brings to the ledger, at most.
    pub(crate) round_records: u64,
    pub(crate) epoch_span: u64,
    pub(crate) environment: &'a Environment,
    pub(crate) all_halted: &'a AllHalted,
}

/// Where a repeat's original is.
#[derive(Clone, Copy)]
enum Original {
    /// A record that is linked already. It is read before anything is linked: once records are, nothing may
    /// fail that can.
    Linked(Acknowledgement),
    /// Earlier in the same submission.
    InThisBatch,
}

/// A submission's repeats, in order; all its other events are new.
type Repeats = Vec<(u32, Original)>;

impl Admission<'_> {
    /// Links a submission's new events, and answers for its repeats.
    pub(crate) fn append(
        &self,
        draft: &mut Draft<'_>,
        submission: &Submission,
    ) -> Result<Drafted, AppendError> {
        let repeats = self.repeats(draft, submission)?;
        let new = submission.events.len() - repeats.len();
        if new > 0 {
            check_expected(submission.expected, draft.tip().last_event)?;
            let repeated = repeats.iter().map(|(index, _)| *index as usize);
            check_keys(submission, repeated.clone())?;
            check_producers(submission, repeated)?;
            submission.cell.keys().check_goes_on()?;
            self.ensure_epoch(draft)?;
        }
        let first = draft.tip().size();
        let mut skip = repeats.iter().map(|(index, _)| *index as usize).peekable();
        for (index, event) in submission.events.iter().enumerate() {
            if skip.next_if_eq(&index).is_none() {
                draft.event(event);
            }
        }
        let new = (new > 0).then(|| NewRange {
            first,
            count: u32::try_from(new).unwrap_or(u32::MAX),
            time: draft.time(),
            chain: draft.tip().chain,
            tree_size: draft.tip().size(),
        });
        let repeats = repeats.into_iter().map(|(index, original)| {
            let acknowledgement = match original {
                Original::Linked(acknowledgement) => acknowledgement,
                Original::InThisBatch => {
                    self.in_this_batch(draft, &submission.events[index as usize])?
                }
            };
            Ok((index, acknowledgement))
        });
        let repeats = repeats.collect::<Result<_, AppendError>>()?;
        Ok(Drafted::new(Placement { new, repeats }))
    }

    /// Links a key event, if it may follow those that are there.
    pub(crate) fn key_event(
        &self,
        draft: &mut Draft<'_>,
        work: &KeyEventWork,
    ) -> Result<Drafted, AppendError> {
        work.kind.check(&work.cell.keys())?;
        work.kind.check_size(draft.tip().size())?;
        let sequence = match &work.kind {
            kind if draft.len() > 0 && kind.begins_epoch(&work.cell.keys()) => {
                return Err(AppendError::Rotating);
            }
            KeyEventKind::Epoch => {
                let sequence = draft.tip().size();
                self.certify(draft, self.signers.of(&work.cell))?;
                sequence
            }
            kind => {
                if kind.begins_epoch(&work.cell.keys()) {
                    self.certify(draft, self.signers.of(&work.cell))?;
                }
                self.ensure_epoch(draft)?;
                self.link_key_event(draft, work)?
            }
        };
        Ok(recorded(draft, sequence))
    }

    /// Links another identity, which was signed for its place, and its certificate: both, or neither.
    pub(crate) fn rotation(
        &self,
        draft: &mut Draft<'_>,
        place: &Place,
        identity: &OwnedStatement,
        (epoch, certificate): (OpenEpoch, OwnedStatement),
    ) -> Result<Drafted, AppendError> {
        if draft.len() > 0 || !place.is_next(draft.tip()) {
            return Err(AppendError::Rotating);
        }
        let kind = RecordKind::Identity(identity.as_statement());
        let (header, certified) = (
            place.header(kind),
            place.certificate(RecordKind::Epoch(certificate.as_statement())),
        );
        let cell = Arc::clone(&draft.tip().cell);
        // Verified before it is linked: what is linked can't be taken back.
        cell.change_keys(|keys| keys.admit_rotation(&header, &certified))
            .map_err(|error| unreadable(&error))?;
        let sequence = draft.key_event(header.kind);
        draft.begin_epoch(epoch, &certificate);
        Ok(recorded(draft, sequence))
    }

    fn link_key_event(
        &self,
        draft: &mut Draft<'_>,
        work: &KeyEventWork,
    ) -> Result<u64, AppendError> {
        // Another identity came between the signature and the record.
        if work.introduced != work.cell.keys().identities().introduced(u64::MAX) {
            return Err(AppendError::Rotating);
        }
        // Verified before it is linked: what is linked can't be taken back.
        let header = draft.next_header(work.kind.record(work.signed.as_statement()));
        work.cell
            .change_keys(|keys| keys.admit(&header))
            .map_err(|error| unreadable(&error))?;
        Ok(draft.key_event(header.kind))
    }

    /// A certificate is its commit's first record, so it comes before everything else of the round.
    pub(super) fn ensure_epoch(&self, draft: &mut Draft<'_>) -> Result<(), AppendError> {
        if draft.len() > 0 {
            return Ok(());
        }
        if draft.has_epoch(self.round_records) {
            return Ok(());
        }
        let identity = self.signers.of(&draft.tip().cell);
        self.certify(draft, identity)
    }

    fn certify(
        &self,
        draft: &mut Draft<'_>,
        identity: Result<Arc<dyn Signer>, IdentityError>,
    ) -> Result<(), AppendError> {
        draft
            .certify(
                self.round_records,
                self.epoch_span,
                &*identity?,
                self.environment.entropy(),
            )
            .map_err(|error| identity_unavailable(&error))
    }

    /// Finds the repeats, and that each has the content of its original.
    fn repeats(&self, draft: &Draft<'_>, submission: &Submission) -> Result<Repeats, AppendError> {
        let looked_up_again;
        let known = if submission.known_below >= draft.tip().pending.floor() {
            &submission.known
        } else {
            // The index has moved past what the caller's task looked up.
            looked_up_again = self.look_up(draft.tip(), submission)?;
            &looked_up_again
        };
        let mut repeats = Repeats::new();
        let mut batch: HashMap<IdentityTag, usize, BuildHasherDefault<AsIs>> = HashMap::default();
        let several = submission.events.len() > 1;
        if several {
            batch.reserve(submission.events.len());
        }
        for (position, event) in submission.events.iter().enumerate() {
            let index = u32::try_from(position).unwrap_or(u32::MAX);
            let original = draft
                .tip()
                .pending
                .find(&event.id)
                .or_else(|| known.get(position).copied().flatten());
            if let Some(sequence) = original {
                let acknowledgement = self.repeat_of(draft, index, sequence, event)?;
                repeats.push((index, Original::Linked(acknowledgement)));
            } else if several && let Some(first) = batch.insert(event.id, position) {
                let there = content_of(&submission.events[first])?;
                let differs = differences(&draft.tip().cell.keys(), event, &there);
                if !differs.is_empty() {
                    return Err(AppendError::Conflict {
                        index,
                        sequence: None,
                        differs,
                    });
                }
                repeats.push((index, Original::InThisBatch));
            }
        }
        Ok(repeats)
    }

    fn look_up(&self, tip: &Tip, submission: &Submission) -> Result<Vec<Option<u64>>, AppendError> {
        let ids: Vec<_> = submission.events.iter().map(|event| event.id).collect();
        let mut known = Vec::with_capacity(ids.len());
        self.store.find_ids(tip.cell.id, &ids, &mut known)?;
        Ok(known)
    }

    /// Acknowledges a repeat of a record, whose content must be the event's.
    fn repeat_of(
        &self,
        draft: &Draft<'_>,
        index: u32,
        sequence: u64,
        event: &Prepared,
    ) -> Result<Acknowledgement, AppendError> {
        let tree_size = draft.tip().size();
        self.check_original(draft, sequence, &event.id)?;
        let (differs, acknowledgement) = self.with_stored(draft, sequence, |stored| {
            let content = content_of_stored(stored)?;
            let keys = draft.tip().cell.keys();
            if !is_comparable(&keys, event, &content) {
                return Err(AppendError::Incomparable { index, sequence });
            }
            let differs = differences(&keys, event, &content);
            Ok((differs, acknowledgement(sequence, stored, tree_size)?))
        })??;
        if differs.is_empty() {
            Ok(acknowledgement)
        } else {
            Err(AppendError::Conflict {
                index,
                sequence: Some(sequence),
                differs,
            })
        }
    }

    /// What a repeat is answered from must be the event's record, and the signed tree's. What is on its way to the disk
    /// was never out of this process.
    pub(super) fn check_original(
        &self,
        draft: &Draft<'_>,
        sequence: u64,
        id: &IdentityTag,
    ) -> Result<(), AppendError> {
        let tip = draft.tip();
        let is_in_memory = draft.unsealed(sequence).is_some() || in_flight(tip, sequence).is_some();
        if is_in_memory {
            return Ok(());
        }
        let checked = original::check(&tip.cell, self.store, sequence, id);
        on_damage(&tip.cell, checked).map_err(|error| unreadable(&error))
    }

    /// Acknowledges a repeat of an event of the same submission, which is linked by now.
    fn in_this_batch(
        &self,
        draft: &Draft<'_>,
        event: &Prepared,
    ) -> Result<Acknowledgement, AppendError> {
        let tip = draft.tip();
        let sequence = tip.pending.find(&event.id);
        let sequence =
            sequence.ok_or_else(|| unreadable(&"the original of a repeat is not linked"))?;
        self.with_stored(draft, sequence, |stored| {
            acknowledgement(sequence, stored, tip.size())
        })?
    }

    /// Reads a record wherever it is: in this draft, on its way to the disk, or in the store.
    pub(super) fn with_stored<T>(
        &self,
        draft: &Draft<'_>,
        sequence: u64,
        read: impl FnOnce(&StoredRecord<'_>) -> T,
    ) -> Result<T, AppendError> {
        let decode = |value: &[u8]| StoredRecord::decode(value).map(|stored| read(&stored));
        let tip = draft.tip();
        let decoded: Result<T, RecordLayoutError> = if let Some(value) = draft.unsealed(sequence) {
            decode(value)
        } else if let Some(value) = in_flight(tip, sequence) {
            decode(value)
        } else {
            let value = self.store.record(tip.cell.id, sequence)?;
            decode(&value.ok_or_else(|| {
                unreadable(&format!("record {sequence} is missing from the store"))
            })?)
        };
        decoded.map_err(|error| unreadable(&error))
    }
}

/// What was acknowledged for a record. `tree_size` is replaced once the commit's is known.
pub(super) fn acknowledgement(
    sequence: u64,
    stored: &StoredRecord<'_>,
    tree_size: u64,
) -> Result<Acknowledgement, AppendError> {
    let header = Header::decode(stored.header).map_err(|error| unreadable(&error))?;
    Ok(Acknowledgement {
        sequence,
        time: header.time,
        chain: stored.chain,
        tree_size,
        erased: stored.body == Part::Erased || stored.payload == Part::Erased,
    })
}

fn in_flight(tip: &Tip, sequence: u64) -> Option<&[u8]> {
    let commit = tip
        .in_flight
        .iter()
        .map(crate::write::link::InFlight::commit)
        .rfind(|commit| commit.expected_size <= sequence)?;
    commit
        .records
        .iter()
        .nth(usize::try_from(sequence - commit.expected_size).ok()?)
}

fn recorded(draft: &Draft<'_>, sequence: u64) -> Drafted {
    let new = NewRange {
        first: sequence,
        count: 1,
        time: draft.time(),
        chain: draft.tip().chain,
        tree_size: draft.tip().size(),
    };
    Drafted::new(Placement {
        new: Some(new),
        repeats: Vec::new(),
    })
}

fn identity_unavailable(error: &KeyError) -> AppendError {
    AppendError::IdentityUnavailable {
        why: error.to_string(),
    }
}

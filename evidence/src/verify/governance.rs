//! Reads the governance states that a bundle carries, and the records that recorded them.

use crate::body::Body;
use crate::bundle::items::{
    GOVERNANCE_ITEM_BYTES_MAX, GovernanceItem, Part, WitnessRecord, disclosed_key_of,
};
use crate::bundle::manifest::StateLine;
use crate::bundle::{BundleFile, BundleKind, FileSource, Manifest, STATE_BYTES_MAX};
use crate::chain::ChainHasher;
use crate::commitment::PartKind;
use crate::hash::TreeHash;
use crate::header::{Header, RecordKind};
use crate::verdict::{Finding, FindingCode};

use super::authorship::Reader;
use super::fault::Fault;
use super::held::{HeldHeader, Neighbourhood, held};
use super::item_file::{digest_file, read_short};
use super::judge::Judge;
use super::key_events::check_inclusion;
use super::part_judgement::{judge_part, judge_presence};
use super::parts::{Opener, check};
use super::record_facts::RecordFacts;
use super::seen::SeenBody;

/// The type of the records that record a state.
const STATE_TYPE: &str = "indelible.governance.state.v1";
/// Under which component and algorithm such a record has the digest of its state.
const STATE_COMPONENT: &str = "state";
const STATE_ALGORITHM: &str = "sha256";

/// Reads all of them. Those headers that were proven are left to be held against the others of the bundle.
pub(super) fn read_states<S: FileSource>(
    source: &mut S,
    manifest: &Manifest,
    root: &TreeHash,
    near: &Neighbourhood,
    judge: &mut Judge,
    headers: &mut Vec<HeldHeader>,
) -> Result<(), Fault> {
    let mut reading = Reading {
        manifest,
        root,
        near,
        hasher: ChainHasher::new(),
    };
    for state in manifest.states() {
        let file = BundleFile::GovernanceRecord(state.sequence);
        let item = read_short(source, file, GOVERNANCE_ITEM_BYTES_MAX as u64)?;
        let file = BundleFile::GovernanceState(state.sequence);
        let digest = digest_file(source, file, STATE_BYTES_MAX)?;
        if let Err(finding) = reading.record(state, &digest, &item, judge, headers) {
            judge.found(finding);
        }
    }
    Ok(())
}

struct Reading<'a> {
    manifest: &'a Manifest,
    root: &'a TreeHash,
    near: &'a Neighbourhood,
    hasher: ChainHasher,
}

impl Reading<'_> {
    fn record(
        &mut self,
        state: &StateLine,
        digest: &[u8; 32],
        item: &[u8],
        judge: &mut Judge,
        headers: &mut Vec<HeldHeader>,
    ) -> Result<(), Finding> {
        let sequence = state.sequence;
        let wrong = |code, problem: &str| Finding::of_record(code, sequence, problem);
        let mismatch = |problem: &str| wrong(FindingCode::StateMismatch, problem);
        let form = |problem: &dyn std::fmt::Display| {
            let problem = format!("the record of the governance state is malformed: {problem}");
            wrong(FindingCode::StateForm, &problem)
        };
        let proven = self.manifest.kind() == BundleKind::Range;
        let item = GovernanceItem::decode(item, proven).map_err(|error| form(&error))?;
        let header = Header::decode(item.header).map_err(|error| form(&error))?;
        if header.sequence != sequence {
            let problem = format!("record {} stands in its place", header.sequence);
            return Err(mismatch(&problem));
        }
        let facts = RecordFacts::under(&header, &judge.rules());
        judge.governance_record(sequence, item.header);
        if proven {
            headers.push(self.prove(&item, &header)?);
            judge.record_outside(&facts);
        }
        let is_state =
            matches!(&header.kind, RecordKind::Governance(event) if event.event_type == STATE_TYPE);
        if !is_state {
            let problem = format!("it is not a governance record of the type {STATE_TYPE}");
            return Err(mismatch(&problem));
        }
        let recorded = self.recorded_digest(&item, &facts, judge)?;
        if recorded != Some(*digest) {
            return Err(mismatch(
                "the governance state is not the one that it records",
            ));
        }
        if state.sha256 != *digest {
            return Err(mismatch(
                "the digest of the governance state is not the one in the manifest",
            ));
        }
        Ok(())
    }

    fn prove(
        &mut self,
        item: &GovernanceItem<'_>,
        header: &Header<'_>,
    ) -> Result<HeldHeader, Finding> {
        let sequence = header.sequence;
        let (previous, inclusion) = item.proof.clone().unwrap_or_else(|| {
            let none = ChainHasher::start(self.manifest.origin());
            (none, Vec::new())
        });
        let record = WitnessRecord {
            header: item.header,
            previous,
            inclusion,
        };
        let size = self.manifest.size();
        if check_inclusion(&mut self.hasher, &record, sequence, size, self.root).is_err() {
            let detail = "its inclusion proof does not lead to the checkpoint's root";
            let code = FindingCode::StateMismatch;
            return Err(Finding::of_record(code, sequence, detail));
        }
        let newest = self.near.newest_below(sequence).unwrap_or(0);
        if header.prior_key_event != newest {
            let detail = format!(
                "it names {} as the newest key event before it, but the list of key events names {newest}",
                header.prior_key_event
            );
            let code = FindingCode::PriorKeyEvent;
            return Err(Finding::of_record(code, sequence, detail));
        }
        Ok(held(&mut self.hasher, header, item.header, previous))
    }

    /// The digest of the state that the record's body has; none if it has none.
    fn recorded_digest(
        &self,
        item: &GovernanceItem<'_>,
        facts: &RecordFacts,
        judge: &mut Judge,
    ) -> Result<Option<[u8; 32]>, Finding> {
        let rules = judge.rules();
        let reader = Reader {
            sequence: facts.sequence,
            header: item.header,
            origin: self.manifest.origin(),
            rules: &rules,
            digest_wanted: false,
        };
        let key = disclosed_key_of(&item.body);
        let opener = key.and_then(|key| Opener::new(item.header, key, self.manifest.origin()));
        let (mut can_be_read, mut recorded) = (false, None);
        let checked = check(
            PartKind::Body,
            facts.data_key.is_some(),
            &item.body,
            &reader,
            opener.as_ref(),
            &mut |seen| {
                if let SeenBody::Open { body, .. } = seen {
                    (can_be_read, recorded) = (true, state_digest(body));
                }
            },
        );
        judge_part(PartKind::Body, facts, &checked, None, &judge.erasures)?;
        let present = judge_presence(PartKind::Body, facts, &checked, &judge.erasures);
        if let Some(finding) = present {
            judge.custody_finding(finding);
        }
        if can_be_read {
            return Ok(recorded);
        }
        let problem = match item.body {
            Part::Present { .. } | Part::Disclosed { .. } => "its body can't be read",
            _ => "its body is not there",
        };
        let code = FindingCode::StateMismatch;
        Err(Finding::of_record(code, facts.sequence, problem))
    }
}

fn state_digest(body: &Body<'_>) -> Option<[u8; 32]> {
    let mut digests = body.digests.iter();
    let digest = digests.find(|digest| {
        digest.component == STATE_COMPONENT && digest.algorithm == STATE_ALGORITHM
    })?;
    digest.value.try_into().ok()
}

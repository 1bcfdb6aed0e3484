//! Reads `key-events`: in a whole bundle a list to hold the records against, in a range proven by itself.

use crate::bundle::items::{KEY_EVENT_ITEM_BYTES_MAX, KeyEventItem, WitnessRecord};
use crate::bundle::{BundleFile, BundleKind, FileSource, Manifest};
use crate::chain::ChainHasher;
use crate::hash::TreeHash;
use crate::header::{Header, RecordKind};
use crate::tree::{leaf_hash, root_from_inclusion, verify_consistency};
use crate::verdict::{Finding, FindingCode};

use super::fault::Fault;
use super::held::{HeldHeader, Neighbourhood, compare, held};
use super::item_file::ItemFile;
use super::judge::Judge;
use super::key_event::{KeyEvent, Statement};
use super::key_event_list::{KeyEventList, KeyEvents};
use super::statement::check_key_event;

struct Reading<'a> {
    manifest: &'a Manifest,
    root: &'a TreeHash,
    hasher: ChainHasher,
    newest: Option<(u64, u64)>,
    /// The newest one, where it was proven.
    held: Option<HeldHeader>,
    events: KeyEvents,
}

/// Reads the file, takes each event to the judge, and in a range bundle proves it before.
pub(super) fn read_key_events<S: FileSource>(
    source: &mut S,
    manifest: &Manifest,
    root: &TreeHash,
    judge: &mut Judge,
) -> Result<KeyEvents, Fault> {
    let mut file = ItemFile::open(source, BundleFile::KeyEvents, KEY_EVENT_ITEM_BYTES_MAX)?;
    let (from, to, size) = (manifest.from(), manifest.to(), manifest.size());
    let states = manifest.states().iter().map(|state| state.sequence);
    let places = [from.saturating_sub(1), from, to, size - 1];
    let events = KeyEvents {
        in_bundle: KeyEventList::default(),
        near: Neighbourhood::of(places.into_iter().chain(states)),
    };
    let mut reading = Reading {
        manifest,
        root,
        hasher: ChainHasher::new(),
        newest: None,
        held: None,
        events,
    };
    loop {
        let block = file.cut(source, 256, 256 << 10)?;
        for item in block.items() {
            reading.item(item, judge)?;
        }
        if let Some(problem) = block.problem {
            return Err(form(format!("the file {problem}")).into());
        }
        if block.ends.is_empty() {
            break;
        }
    }
    file.close(source)?;
    let Reading { newest, events, .. } = reading;
    newest.ok_or_else(|| form("the file of key events holds no genesis".to_owned()))?;
    Ok(events)
}

fn form(problem: String) -> Finding {
    Finding::new(
        FindingCode::KeyEventsForm,
        format!("key-events is malformed: {problem}"),
    )
}

impl Reading<'_> {
    fn item(&mut self, item: &[u8], judge: &mut Judge) -> Result<(), Finding> {
        let proven = self.manifest.kind() == BundleKind::Range;
        let item = KeyEventItem::decode(item, proven).map_err(|error| form(error.to_string()))?;
        let bytes = match &item {
            KeyEventItem::Plain { header } => header,
            KeyEventItem::Proven { record, .. } => record.header,
        };
        let header = Header::decode(bytes).map_err(|error| form(error.to_string()))?;
        self.place(&header)?;
        let event = check_key_event(&header, judge.identities());
        if let KeyEventItem::Proven {
            record,
            consistency,
        } = &item
        {
            let consistency = consistency.as_deref();
            self.prove(&header, record, consistency, event.as_ref(), judge)?;
            self.hold(&header, record, judge);
        }
        event.iter().for_each(|event| judge.key_event(event));
        let sequence = header.sequence;
        if (self.manifest.from()..self.manifest.to()).contains(&sequence) {
            self.events
                .in_bundle
                .push(sequence, blake3::hash(bytes).as_bytes());
        }
        self.newest = Some((sequence, header.time));
        Ok(())
    }

    /// Holds it against the one before, and keeps it for the headers next to it.
    fn hold(&mut self, header: &Header<'_>, record: &WitnessRecord<'_>, judge: &mut Judge) {
        let held = held(&mut self.hasher, header, record.header, record.previous);
        if let Some(before) = self.held.replace(held) {
            compare(&before, &held, &mut |finding| {
                let unlinked = finding.code != FindingCode::TimeDecreased;
                judge.found(finding);
                if unlinked {
                    judge.forget_custody();
                }
            });
        }
        self.events.near.advance(&held);
    }

    /// Each follows the one before, and the first is record 0.
    fn place(&self, header: &Header<'_>) -> Result<(), Finding> {
        let sequence = header.sequence;
        let wrong = |code, problem: &str| Err(Finding::of_record(code, sequence, problem));
        if !header.is_key_event() || sequence >= self.manifest.size() {
            return wrong(
                FindingCode::KeyEventsForm,
                "it is not a key event below the checkpoint's size",
            );
        }
        match self.newest {
            None if sequence != 0 => wrong(
                FindingCode::KeyEventsMismatch,
                "it is the first key event listed, but it is not record 0",
            ),
            Some((newest, _)) if sequence <= newest => wrong(
                FindingCode::KeyEventsMismatch,
                "the key events are not listed in their order",
            ),
            newest if header.prior_key_event != newest.map_or(0, |(sequence, _)| sequence) => {
                wrong(
                    FindingCode::PriorKeyEvent,
                    "it does not name the key event that is listed before it",
                )
            }
            _ => Ok(()),
        }
    }

    fn prove(
        &mut self,
        header: &Header<'_>,
        record: &WitnessRecord<'_>,
        consistency: Option<&[TreeHash]>,
        event: Option<&KeyEvent>,
        judge: &mut Judge,
    ) -> Result<(), Finding> {
        let (sequence, size) = (header.sequence, self.manifest.size());
        let unproven = |what: &str| {
            Finding::of_record(
                FindingCode::KeyEventProof,
                sequence,
                format!("{what} does not lead to the checkpoint's root"),
            )
        };
        if sequence == 0 && record.previous != ChainHasher::start(self.manifest.origin()) {
            return Err(unproven("genesis does not continue from the origin, so it"));
        }
        check_inclusion(&mut self.hasher, record, sequence, size, self.root)
            .map_err(|()| unproven("the key event's inclusion proof"))?;
        let needs_consistency = matches!(header.kind, RecordKind::Epoch(_));
        if needs_consistency != consistency.is_some() {
            return Err(form(format!(
                "record {sequence} has a consistency proof that it must not have, or lacks one that it needs"
            )));
        }
        let statement = event.map(|event| &event.statement);
        if let (Some(proof), Some(Ok(Statement::Epoch { root, .. }))) = (consistency, statement)
            && !verify_consistency(sequence, size, root, self.root, proof)
        {
            let detail = "the certificate does not bind the root of the tree before it: its consistency proof does not hold";
            judge.custody_finding(Finding::of_record(
                FindingCode::CertificateRoot,
                sequence,
                detail,
            ));
        }
        Ok(())
    }
}

/// Links a record to the chain and proves its leaf.
pub(super) fn check_inclusion(
    hasher: &mut ChainHasher,
    record: &WitnessRecord<'_>,
    sequence: u64,
    size: u64,
    root: &TreeHash,
) -> Result<(), ()> {
    let leaf = leaf_hash(&hasher.link(&record.previous, record.header));
    match root_from_inclusion(&leaf, sequence, size, &record.inclusion) {
        Some(computed) if computed == *root => Ok(()),
        _ => Err(()),
    }
}

//! Everything that the certificate of an erasure says.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_interchange::hex;
use indelible_proto::{
    time::timestamp,
    v1::{Erasure, Ledger, LedgerRecord, PartState},
};
use serde::Serialize;

use crate::cli::{
    privacy::{backups::HoldingBackup, not_looked_at, trail::Recipient},
    ui::time,
};

/// What an erasure leaves, wherever it was done.
const REMAINS: [&str; 4] = [
    "the header of each event: type, classification, recorded time, and hashes over what was there, so that every proof \
     stays valid",
    "the record of the erasure, with its legal basis, and the entries of the access trail",
    "events that name the person elsewhere than as their data subject, or in another spelling",
    "copies that the daemon can't reach: bundles and other files that were exported before, and backups. A bundle without \
     disclosed keys holds the contents encrypted, under keys that are destroyed here, and that an older backup may still \
     have; a bundle with disclosed keys, and every decrypted copy, can be read by whoever has it",
];

/// What headers still tell of what was erased.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) sequences: Vec<u64>,
    pub(super) first_time: String,
    pub(super) last_time: String,
    pub(super) types: BTreeMap<String, u64>,
    /// Events of which something can still be read in the data directory.
    pub(super) readable: u64,
}

impl Counted {
    pub(super) fn add(&mut self, record: &LedgerRecord) {
        let recorded = time::to_text(record.recorded_time.as_ref());
        if self.sequences.is_empty() {
            self.first_time.clone_from(&recorded);
        }
        self.last_time = recorded;
        self.sequences.push(record.sequence);
        let event = record.event.as_ref();
        let event_type = event.map(|event| event.r#type.clone()).unwrap_or_default();
        *self.types.entry(event_type).or_default() += 1;
        let is_gone = |state: PartState| matches!(state, PartState::Erased | PartState::None);
        if !is_gone(record.body_state()) || !is_gone(record.payload_state()) {
            self.readable += 1;
        }
    }
}

/// What proves that the erasure is on record.
#[derive(Serialize)]
pub(super) struct Proof {
    /// Whether only the epoch key has signed for it yet.
    pub(super) provisional: bool,
    pub(super) receipt: String,
    /// The record that the receipt is checked against, in base64.
    pub(super) record_file: String,
}

/// Everything that the certificate says.
#[derive(Serialize)]
pub(super) struct Certified<'a> {
    /// The form of what follows.
    pub(super) certificate: &'static str,
    pub(super) made_time: String,
    pub(super) ledger: &'a str,
    pub(super) origin: &'a str,
    pub(super) verifier_key: &'a str,
    pub(super) erasure: u64,
    pub(super) recorded_time: String,
    pub(super) legal_basis: &'a str,
    pub(super) data_keys: Vec<String>,
    /// Whether nothing of it is left in the daemon's data directory.
    pub(super) complete: bool,
    pub(super) events: u64,
    pub(super) first_event_time: &'a str,
    pub(super) last_event_time: &'a str,
    pub(super) types: &'a BTreeMap<String, u64>,
    pub(super) events_still_readable: u64,
    pub(super) remains: [&'static str; 4],
    /// Backups of the daemon's own that may still hold what was erased, when the certificate was made.
    pub(super) backups: Vec<HoldingBackup>,
    pub(super) not_looked_at: [&'static str; 5],
    /// Who had these events decrypted before; nothing where the ledger keeps no access trail.
    pub(super) opened_before: Option<Vec<Recipient>>,
    pub(super) proof: Proof,
    /// How to check the proof without the daemon, from the certificate in JSON.
    pub(super) how_to_check: String,
    #[serde(skip)]
    pub(super) recorded_for_people: String,
    #[serde(skip)]
    pub(super) made_for_people: String,
}

/// How to cut receipt and record out of a certificate in JSON, and to check them offline.
fn from_json(sequence: u64) -> String {
    format!(
        "jq -j .proof.receipt CERTIFICATE.json > {sequence}.receipt; jq -r .proof.record_file CERTIFICATE.json | base64 -d > \
         {sequence}.record; indelible-verify receipt {sequence}.receipt --record {sequence}.record --key KEY"
    )
}

impl<'a> Certified<'a> {
    pub(super) fn new(
        ledger: &'a Ledger,
        erasure: &'a Erasure,
        counted: &'a Counted,
        (recipients, backups): (Vec<Recipient>, Vec<HoldingBackup>),
        proof: Proof,
    ) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = timestamp(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
        Self {
            certificate: "indelible erasure certificate v1",
            made_time: time::to_text(Some(&now)),
            ledger: &ledger.name,
            origin: &ledger.origin,
            verifier_key: &ledger.verifier_key,
            erasure: erasure.sequence,
            recorded_time: time::to_text(erasure.recorded_time.as_ref()),
            legal_basis: &erasure.basis,
            data_keys: erasure
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            complete: erasure.complete,
            events: counted.sequences.len() as u64,
            first_event_time: &counted.first_time,
            last_event_time: &counted.last_time,
            types: &counted.types,
            events_still_readable: counted.readable,
            remains: REMAINS,
            backups,
            not_looked_at: not_looked_at::BY_ONE,
            opened_before: ledger.access_trail.then_some(recipients),
            proof,
            how_to_check: from_json(erasure.sequence),
            recorded_for_people: time::for_people(erasure.recorded_time.as_ref()),
            made_for_people: time::for_people(Some(&now)),
        }
    }

    /// How to check the proof without the daemon, from the page itself.
    pub(super) fn check(&self) -> String {
        let sequence = self.erasure;
        format!(
            "copy the receipt below into a file {sequence}.receipt, each line as it stands and one line end after the last, \
             and the record below into a file {sequence}.base64. Then, without the daemon and without a network: \
             base64 -d {sequence}.base64 > {sequence}.record; indelible-verify receipt {sequence}.receipt --record \
             {sequence}.record --key KEY"
        )
    }
}

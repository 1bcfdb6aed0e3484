//! Everything that the certificate of an erasure says.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_compliance::reports::counted;
use indelible_interchange::hex;
use indelible_proto::{
    time::timestamp,
    v1::{Erasure, Ledger, LedgerRecord, PartState},
};
use serde::Serialize;

use crate::cli::{
    privacy::{
        backups::HoldingBackup,
        caution::caution,
        disposals::{Disposals, in_few_words},
        not_looked_at,
        opened::{Opened, Source},
        trail::Recipient,
    },
    ui::time,
};

/// What an erasure leaves, wherever it was done, in a ledger that keeps an access trail or does not.
fn remains(access_trail: bool) -> [&'static str; 5] {
    [
        "the header of each event: type, classification, recorded time, and hashes over what was there, so that every proof \
         stays valid",
        not_looked_at::own_records(Some(access_trail)),
        "events that name the person elsewhere than as their data subject, or in another spelling",
        not_looked_at::ARCHIVED,
        "copies that the daemon can't reach: bundles and other files that were exported before, and backups. Copies of keys \
         for the recipients of [rescue] are destroyed here with the keys, and an older backup may still have them. A bundle without \
         disclosed keys holds the contents encrypted, under keys that are destroyed here, and that an older backup may still \
         have; a bundle with disclosed keys, and every decrypted copy, can be read by whoever has it",
    ]
}

/// What remains besides where the ledger takes no records.
const CONTENTS: &str = "the contents themselves, in the ledger and in every bundle of it, encrypted under the keys that are \
                        destroyed: the ledger takes no records, so nothing in it may change";

/// What headers still tell of what was erased.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) sequences: Vec<u64>,
    pub(super) first_time: String,
    pub(super) last_time: String,
    pub(super) types: BTreeMap<String, u64>,
    /// Events of which something can still be read in the data directory.
    pub(super) readable: u64,
    /// Those whose contents rules of retention had let go of before, by the disposal: these the erasure did not destroy.
    pub(super) gone_before: BTreeMap<u64, GoneBefore>,
}

/// Events whose contents were gone before the erasure, under one rule of retention.
#[derive(Serialize)]
pub(super) struct GoneBefore {
    /// The record of the disposal.
    disposal: u64,
    pub(super) events: u64,
    /// The rule and its ground, in words.
    pub(super) because: String,
}

impl Counted {
    /// Takes in a record under a key that the erasure destroyed.
    pub(super) fn add(
        &mut self,
        record: &LedgerRecord,
        (erasure, end): (&Erasure, u64),
        disposals: &Disposals,
    ) {
        if let Some(disposal) = disposals.of_body(record, end) {
            let gone = self.gone_before.entry(disposal.sequence);
            let gone = gone.or_insert_with(|| GoneBefore {
                disposal: disposal.sequence,
                events: 0,
                because: in_few_words(disposal),
            });
            gone.events += 1;
            return;
        }
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
        // Where another ledger records it, what is sealed stays, and nobody has the key any more.
        let is_shut = !erasure.recorded_in_origin.is_empty() && erasure.complete;
        let is_left = !is_gone(record.body_state()) || !is_gone(record.payload_state());
        if is_left && !is_shut {
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
    /// What may be missing of what is told here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caution: Option<&'static str>,
    pub(super) erasure: u64,
    /// The origin of the ledger whose record it is, where that is another one, since this one takes no records.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) recorded_in: &'a str,
    /// The key of that ledger, against which the proof is checked.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) recorded_in_verifier_key: &'a str,
    pub(super) recorded_time: String,
    pub(super) legal_basis: &'a str,
    pub(super) data_keys: Vec<String>,
    /// How many of the keys are the ledger's own, and no person's.
    pub(super) keys_of_the_ledger: u64,
    /// The record that ended the ledger, if the keys were destroyed because of that, and not on account of one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ledger_ended: Option<u64>,
    /// Whether nothing of it is left in the daemon's data directory.
    pub(super) complete: bool,
    pub(super) events: u64,
    pub(super) first_event_time: &'a str,
    pub(super) last_event_time: &'a str,
    pub(super) types: &'a BTreeMap<String, u64>,
    pub(super) events_still_readable: u64,
    /// Events whose contents were gone before, and that are not among the others.
    pub(super) events_gone_before: Vec<&'a GoneBefore>,
    pub(super) remains: Vec<&'static str>,
    /// Backups of the daemon's own that may still hold what was erased, when the certificate was made.
    pub(super) backups: Vec<HoldingBackup>,
    pub(super) not_looked_at: &'static [&'static str],
    /// Who had these events decrypted before; null where it is not known.
    pub(super) opened_before: Option<&'a [Recipient]>,
    pub(super) opened_before_as_told_by: Source,
    /// Why it is not known, or what is not among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) opened_before_lack: Option<&'a str>,
    #[serde(skip)]
    pub(super) opened: &'a Opened,
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
        (ledger, recorded_in): (&'a Ledger, &'a Ledger),
        erasure: &'a Erasure,
        counted: &'a Counted,
        (opened, backups): (&'a Opened, Vec<HoldingBackup>),
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
            caution: caution(ledger),
            erasure: erasure.sequence,
            recorded_in: &erasure.recorded_in_origin,
            recorded_in_verifier_key: match erasure.recorded_in_origin.is_empty() {
                true => "",
                false => &recorded_in.verifier_key,
            },
            recorded_time: time::to_text(erasure.recorded_time.as_ref()),
            legal_basis: &erasure.basis,
            data_keys: erasure
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            keys_of_the_ledger: erasure.ledger_key_count,
            ledger_ended: erasure.end_sequence,
            complete: erasure.complete,
            events: counted.sequences.len() as u64,
            first_event_time: &counted.first_time,
            last_event_time: &counted.last_time,
            types: &counted.types,
            events_still_readable: counted.readable,
            events_gone_before: counted.gone_before.values().collect(),
            remains: match erasure.recorded_in_origin.is_empty() {
                true => remains(ledger.access_trail).to_vec(),
                false => [&[CONTENTS][..], &remains(ledger.access_trail)].concat(),
            },
            backups,
            not_looked_at: not_looked_at::BY_ONE,
            opened_before: opened.by.as_deref(),
            opened_before_as_told_by: opened.source,
            opened_before_lack: opened.lack.as_deref(),
            opened,
            proof,
            how_to_check: from_json(erasure.sequence),
            recorded_for_people: time::for_people(erasure.recorded_time.as_ref()),
            made_for_people: time::for_people(Some(&now)),
        }
    }

    /// The record of the erasure, and in which ledger that is, if it is another one.
    pub(super) fn record(&self) -> String {
        match self.recorded_in {
            "" => self.erasure.to_string(),
            origin => format!("{} of {origin}", self.erasure),
        }
    }

    /// Whose keys were destroyed, in a few words.
    pub(super) fn whose(&self) -> String {
        let of_people = (self.data_keys.len() as u64).saturating_sub(self.keys_of_the_ledger);
        let of_people = counted(of_people, "key of a person", "keys of people");
        match self.keys_of_the_ledger {
            0 => of_people,
            own => {
                let own = counted(
                    own,
                    "key of the ledger\u{2019}s own",
                    "keys of the ledger\u{2019}s own",
                );
                format!("{of_people} and {own}")
            }
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

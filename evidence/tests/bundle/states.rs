//! Governance states that a bundle carries: each is the one that its record records.

use crate::support::{
    Ledger,
    archive::{pack, unpack},
    sha256,
};
use indelible_evidence::bundle::items::GovernanceItem;
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::verdict::{FindingCode, Verdict};
use indelible_evidence::verify::{Trust, verify};
use indelible_evidence::{Body, ComponentDigest};

const STATE_TYPE: &str = "indelible.governance.state.v1";

fn body_of(state: &[u8]) -> Vec<u8> {
    let digest = sha256(state);
    let mut body = Body {
        id: "state",
        source: "urn:indelible:governance",
        digests: vec![ComponentDigest {
            component: "state",
            algorithm: "sha256",
            value: &digest,
        }],
        ..Body::default()
    };
    let mut out = Vec::new();
    body.encode_into(&mut out).unwrap();
    out
}

fn state() -> Vec<u8> {
    (0..400_000u32).map(|at| at as u8).collect()
}

/// A ledger with states at 4 and 9, of 14 records.
fn ledger(event_type: &str) -> Ledger {
    let mut ledger = Ledger::new("states", 1);
    for at in [4, 9] {
        while ledger.size() < at {
            ledger.events(1);
        }
        ledger.governance_record(event_type, body_of(&state()));
        ledger.governance.push((at, state()));
    }
    ledger.events(4);
    ledger
}

const SELECTIONS: [Selection; 4] = [
    Selection::Whole,
    Selection::Range { from: 6, to: 8 },
    Selection::Range { from: 4, to: 9 },
    Selection::Range { from: 0, to: 14 },
];

fn verdict(tar: &[u8], ledger: &Ledger) -> Verdict {
    let trust = Trust::in_key(ledger.key());
    verify(TarSource::new(tar), &trust).unwrap().verdict
}

fn codes(tar: &[u8], ledger: &Ledger) -> Vec<(FindingCode, Option<u64>)> {
    let integrity = verdict(tar, ledger).integrity;
    let found = integrity.findings().iter();
    found.map(|it| (it.code, it.sequence)).collect()
}

#[test]
fn states_are_carried_and_verified() {
    for selection in SELECTIONS {
        let mut ledger = ledger(STATE_TYPE);
        let tar = ledger.bundle(selection);
        let verdict = verdict(&tar, &ledger);
        assert!(verdict.integrity.holds(), "{selection:?}: {verdict:?}");
        assert!(verdict.custody.holds(), "{selection:?}: {verdict:?}");
        let files = unpack(&tar);
        assert!(files.iter().any(|(name, _)| name == "governance/9/state"));
    }
}

#[test]
fn a_state_that_is_not_the_recorded_one_is_found() {
    let mismatch = FindingCode::StateMismatch;
    for selection in SELECTIONS {
        let mut other = ledger("indelible.governance.other.v1");
        let tar = other.bundle(selection);
        let both = [(mismatch, Some(4)), (mismatch, Some(9))];
        assert_eq!(codes(&tar, &other), both);
        let mut ledger = ledger(STATE_TYPE);
        let files = unpack(&ledger.bundle(selection));
        let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
            let mut files = files.clone();
            change(&mut files.iter_mut().find(|file| file.0 == name).unwrap().1);
            codes(&pack(&files), &ledger)
        };
        let state = changed("governance/9/state", &|state| state[300_000] ^= 1);
        assert_eq!(state, [(mismatch, Some(9))]);
        let shorter = changed("governance/9/state", &|state| state.truncate(9));
        assert_eq!(shorter, [(mismatch, Some(9))]);
        let line = changed("manifest", &|manifest| {
            let at = manifest.len() - 3;
            manifest[at] = if manifest[at] == b'0' { b'1' } else { b'0' };
        });
        assert_eq!(line, [(mismatch, Some(9))]);
        let garbage = changed("governance/4/record", &|record| record[0] = 0xa1);
        assert_eq!(garbage, [(FindingCode::StateForm, Some(4))]);
        let proven = selection != Selection::Whole;
        let without_body = changed("governance/4/record", &|record| {
            let mut item = GovernanceItem::decode(record, proven).unwrap();
            item.body = Part::Withheld;
            let mut out = Vec::new();
            item.encode_into(&mut out);
            *record = out;
        });
        assert_eq!(without_body, [(mismatch, Some(4))]);
        let of_another = files.iter().find(|it| it.0 == "governance/9/record");
        let of_another = of_another.unwrap().1.clone();
        let swapped = changed("governance/4/record", &|record| {
            *record = of_another.clone()
        });
        assert_eq!(swapped, [(mismatch, Some(4))]);
    }
}

#[test]
fn a_record_that_is_not_in_the_ledger_is_found() {
    for selection in SELECTIONS {
        let mut ledger = ledger(STATE_TYPE);
        let mut forged = ledger.clone();
        forged.records[4].header[60] ^= 1;
        let files = unpack(&ledger.bundle(selection));
        let mut mixed = files.clone();
        let record = mixed.iter_mut().find(|it| it.0 == "governance/4/record");
        let record = &mut record.unwrap().1;
        let proven = selection != Selection::Whole;
        let item = GovernanceItem::decode(record, proven).unwrap();
        let mut header = indelible_evidence::Header::decode(item.header).unwrap();
        header.time += 1;
        let header = header.encode();
        let item = GovernanceItem {
            header: &header,
            ..item
        };
        let mut out = Vec::new();
        item.encode_into(&mut out);
        *record = out;
        let found = codes(&pack(&mixed), &ledger);
        assert!(
            found.contains(&(FindingCode::StateMismatch, Some(4))),
            "{found:?}"
        );
    }
}

#[test]
fn a_governance_record_names_no_data_subject_and_no_producer() {
    let mut body = Body {
        id: "1",
        source: "urn:indelible:governance",
        data_subject: Some("somebody"),
        ..Body::default()
    };
    let mut out = Vec::new();
    body.encode_into(&mut out).unwrap();
    let mut ledger = Ledger::new("nobody", 1);
    ledger.governance_record("indelible.governance.decided.v1", out);
    let tar = ledger.bundle(Selection::Whole);
    let form = (FindingCode::BodyForm, Some(2));
    assert_eq!(codes(&tar, &ledger), [form]);
}

//! Structured tampering is detected and named: naive edits by record, re-linked ones by what diverges first.

use crate::support::{
    Ledger,
    archive::{items, pack, unpack},
    salt, signing_key,
};
use indelible_evidence::bundle::{Part, Selection, TarSource};
use indelible_evidence::verdict::{Answer, FindingCode, Verdict};
use indelible_evidence::verify::{Trust, VerifyError, verify};
use indelible_evidence::{Domain, Header, Salt};

mod files;
mod key_events;

type Files = Vec<(String, Vec<u8>)>;
type Findings = Vec<(FindingCode, Option<u64>)>;

fn verdict(tar: &[u8], ledger: &Ledger) -> Verdict {
    verify(TarSource::new(tar), &Trust::in_key(ledger.key()))
        .unwrap()
        .verdict
}

fn listed(answer: &Answer) -> Findings {
    answer
        .findings()
        .iter()
        .map(|finding| (finding.code, finding.sequence))
        .collect()
}

fn integrity(files: &Files, ledger: &Ledger) -> Findings {
    listed(&verdict(&pack(files), ledger).integrity)
}

fn custody(ledger: &mut Ledger, selection: Selection) -> Findings {
    let tar = ledger.bundle(selection);
    let verdict = verdict(&tar, ledger);
    assert_eq!(verdict.integrity, Answer::Holds);
    listed(&verdict.custody)
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::new("tampered", 1);
    ledger.events(8);
    ledger
}

fn whole() -> (Ledger, Files) {
    let mut ledger = ledger();
    let files = unpack(&ledger.bundle(Selection::Whole));
    (ledger, files)
}

fn range() -> (Ledger, Files) {
    let mut ledger = ledger();
    let files = unpack(&ledger.bundle(Selection::Range { from: 3, to: 8 }));
    (ledger, files)
}

fn content<'f>(files: &'f mut Files, name: &str) -> &'f mut Vec<u8> {
    &mut files
        .iter_mut()
        .find(|file| file.0 == name)
        .unwrap_or_else(|| panic!("no {name}"))
        .1
}

/// Rewrites the items of one file.
fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let file = content(files, name);
    let mut list = items(file);
    change(&mut list);
    *file = list.concat();
}

fn part(salt: Salt, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Part::Present { salt, bytes }.encode_into(&mut out);
    out
}

fn expect_detected(tar: &[u8], ledger: &Ledger, what: impl Fn() -> String) {
    match verify(TarSource::new(tar), &Trust::in_key(ledger.key())) {
        Ok(report) => assert!(!report.verdict.integrity.holds(), "{}", what()),
        Err(VerifyError::NotABundle(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn naive_edits_are_named_by_record() {
    let (ledger, files) = whole();
    let case = |name: &str, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut files = files.clone();
        edit(&mut files, name, change);
        integrity(&files, &ledger)
    };
    let forged = part(salt(7, Domain::Payload), b"payload of record 8");
    assert_eq!(
        case("payloads/000", &|list| list[7] = forged.clone()),
        [(FindingCode::PayloadMismatch, Some(7))]
    );
    let forged = part(salt(5, Domain::Body), &crate::support::body(6));
    assert_eq!(
        case("bodies/000", &|list| list[5] = forged.clone()),
        [(FindingCode::BodyMismatch, Some(5))]
    );
    let forged = |list: &mut Vec<Vec<u8>>| {
        let mut header = Header::decode(&list[4]).unwrap();
        header.time += 1;
        let bytes = header.encode();
        list[4] = bytes;
    };
    assert_eq!(
        case("headers/000", &forged),
        [(FindingCode::ChainMismatch, Some(4))]
    );
    let swapped = [
        (FindingCode::BodyMismatch, Some(5)),
        (FindingCode::BodyMismatch, Some(6)),
    ];
    assert_eq!(case("bodies/000", &|list| list.swap(5, 6)), swapped);
    let swapped = [
        (FindingCode::SequenceGap, Some(5)),
        (FindingCode::SequenceGap, Some(6)),
    ];
    assert_eq!(case("headers/000", &|list| list.swap(5, 6)), swapped);
    let none = [0x64, b'n', b'o', b'n', b'e'].to_vec();
    assert_eq!(
        case("payloads/000", &|list| list[7] = none.clone()),
        [(FindingCode::CommitmentMismatch, Some(7))]
    );
    assert_eq!(
        case("payloads/000", &|list| list[3] = list[7].clone()),
        [(FindingCode::CommitmentMismatch, Some(3))]
    );
    assert_eq!(
        case("payloads/000", &|list| list[0] = list[7].clone()),
        [(FindingCode::CommitmentMismatch, Some(0))]
    );
}

#[test]
fn records_deleted_inserted_and_doubled_are_named() {
    let (ledger, files) = whole();
    for name in ["headers/000", "bodies/000", "payloads/000"] {
        for change in [
            |list: &mut Vec<Vec<u8>>| drop(list.remove(5)),
            |list: &mut Vec<Vec<u8>>| list.insert(5, list[4].clone()),
        ] {
            let mut files = files.clone();
            edit(&mut files, name, change);
            let found = integrity(&files, &ledger);
            assert_eq!(found[0].1, Some(5), "{name}: {found:?}");
            assert_eq!(
                found.last().unwrap().0,
                FindingCode::FileLength,
                "{name}: {found:?}"
            );
        }
    }
}

#[test]
fn relinked_edits_are_named_by_the_first_divergent_tile_or_root() {
    let mut honest = ledger();
    let files = unpack(&honest.bundle(Selection::Whole));
    let mut forged = Ledger::new("tampered", 1);
    forged.events(4);
    forged.event(Some(b"another story"));
    forged.events(3);
    let other = unpack(&forged.bundle(Selection::Whole));
    let with = |names: &[&str]| {
        let mut mixed = files.clone();
        for name in names {
            *content(&mut mixed, name) =
                other.iter().find(|file| file.0 == *name).unwrap().1.clone();
        }
        integrity(&mixed, &honest)
    };
    let records = ["headers/000", "bodies/000", "payloads/000"];
    let (entries, tile) = ("tile/entries/000.p/10", "tile/0/000.p/10");
    assert_eq!(with(&records)[0], (FindingCode::ChainMismatch, Some(6)));
    assert_eq!(
        with(&[&records[..], &[entries]].concat())[0],
        (FindingCode::LeafMismatch, Some(6))
    );
    assert_eq!(
        with(&[&records[..], &[entries, tile]].concat()),
        [(FindingCode::RootMismatch, None)]
    );
}

#[test]
fn an_upper_tile_that_diverges_is_named() {
    let mut ledger = Ledger::new("tall", 1);
    ledger.events(600);
    let mut files = unpack(&ledger.bundle(Selection::Whole));
    content(&mut files, "tile/1/000.p/2")[40] ^= 1;
    let Answer::Broken(findings) = verdict(&pack(&files), &ledger).integrity else {
        panic!("not broken")
    };
    assert_eq!(
        findings.listed()[0].to_string(),
        "record 256: tile/1/000.p/2 differs from what the leaves give, from this record on"
    );
}

#[test]
fn records_that_break_the_rules_are_found_though_they_are_signed() {
    for selection in [Selection::Whole, Selection::Range { from: 4, to: 8 }] {
        let case = |change: &dyn Fn(&mut Header<'_>)| {
            let mut ledger = Ledger::new("rules", 1);
            ledger.events(4);
            let body = (salt(6, Domain::Body), crate::support::body(6));
            ledger.event_with(body, None, change);
            ledger.events(4);
            let tar = ledger.bundle(selection);
            listed(&verdict(&tar, &ledger).integrity)
        };
        assert_eq!(case(&|_| ()), []);
        assert_eq!(
            case(&|header| header.time -= 1_000_000),
            [(FindingCode::TimeDecreased, Some(6))]
        );
        assert_eq!(
            case(&|header| header.prior_key_event = 0),
            [(FindingCode::PriorKeyEvent, Some(6))]
        );
        assert_eq!(
            case(&|header| header.sequence = 9),
            [(FindingCode::SequenceGap, Some(6))]
        );
        assert_eq!(
            case(&|header| header.time += 1 << 40),
            [(FindingCode::TimeDecreased, Some(7))]
        );
    }
}

#[test]
fn the_neighbours_of_a_range_are_held_to_it() {
    let mut ledger = Ledger::new("neighbours", 1);
    ledger.events(20);
    let bundle =
        |ledger: &mut Ledger, from, to| unpack(&ledger.bundle(Selection::Range { from, to }));
    let files = bundle(&mut ledger, 5, 10);
    for (from, to) in [(4, 10), (6, 10), (5, 9), (5, 11), (5, 21), (0, 10)] {
        let other = bundle(&mut ledger, from, to);
        for name in ["range", "headers/000", "bodies/000", "payloads/000"] {
            let mut mixed = files.clone();
            *content(&mut mixed, name) =
                other.iter().find(|file| file.0 == name).unwrap().1.clone();
            expect_detected(&pack(&mixed), &ledger, || {
                format!("{name} of {from} to {to}")
            });
        }
    }
}

//! What folds see of a bundle: every record once and in order, however its units are spread over threads.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Mutex;

use indelible_compliance::{
    gate::Entry,
    projections::record::{BodyView, PayloadState, Record},
    survey::bundle_records::{check_and_show, show_governed, show_payloads},
};
use indelible_evidence::{
    DataKeyId, Domain, EventHeader, RecordKind,
    body::Body,
    bundle::{Part, Selection, TarSource},
    hash::Salt,
    verify::{Begun, Report, Trust, Unit, begin},
};
use support::{
    Ledger,
    archive::{items, pack, unpack},
};

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const RECORDS: u64 = 4_700;
const WITHHELD: u64 = 20;

/// One record, as a line: its number, and what of its body could be read.
fn line(record: &Record<'_>) -> String {
    let body = match &record.event {
        None => "key event".to_owned(),
        Some(event) => match &event.body {
            BodyView::Open(body) => format!("open {}", body.id),
            other => format!("{other:?}"),
        },
    };
    format!("{} {body}", record.header.sequence)
}

/// Every seventh event is encrypted; the keys of every second one of those are disclosed.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new("folded", 1);
    let (kept, erased) = (
        DataKeyId::from_bytes([1; 16]),
        DataKeyId::from_bytes([2; 16]),
    );
    while ledger.size() < RECORDS {
        let at = ledger.size();
        match at {
            4_000 => {
                ledger.sealed_event(erased);
                for domain in [Domain::Body, Domain::Payload] {
                    ledger.states.push((at, domain, Part::Erased));
                }
            }
            4_001 => ledger.erase(&[erased]),
            _ if at.is_multiple_of(7) => {
                let key = ledger.sealed_event(kept);
                if at.is_multiple_of(2) {
                    ledger.disclosed.insert(at, *key.as_bytes());
                }
            }
            _ => ledger.events(1),
        }
    }
    ledger.states.push((WITHHELD, Domain::Body, Part::Withheld));
    ledger
}

fn expected(ledger: &Ledger, sequence: u64) -> String {
    let state = match sequence {
        0 | 1 | 4_001 => "key event".to_owned(),
        4_000 => "Erased".to_owned(),
        WITHHELD => "Withheld".to_owned(),
        _ if sequence.is_multiple_of(7) && !ledger.disclosed.contains_key(&sequence) => {
            "Sealed".to_owned()
        }
        _ => format!("open event-{sequence:08}"),
    };
    format!("{sequence} {state}")
}

/// Folds and verifies with units taken in any order by several threads.
fn folded(tar: &[u8], ledger: &Ledger) -> (Vec<String>, u64, Report) {
    let trust = Trust::in_key(ledger.key());
    let Begun::Open {
        mut cutter,
        mut judge,
    } = begin(TarSource::new(tar), &trust).unwrap()
    else {
        panic!("it ended early");
    };
    let mut units: Vec<(usize, Unit)> = Vec::new();
    while let Some(unit) = cutter.next_unit().unwrap() {
        units.push((units.len(), unit));
    }
    let (waiting, done) = (Mutex::new(units), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                // The last one first, so that the order in which they are checked is not theirs.
                while let Some((number, unit)) = { waiting.lock().unwrap().pop() } {
                    let mut lines = Vec::new();
                    let unit = check_and_show(unit, &mut |record| lines.push(line(record)));
                    assert_eq!(unit.shown, lines.len() as u64);
                    done.lock().unwrap().push((number, lines, unit));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(number, ..)| *number);
    let (mut all, mut passed_over) = (Vec::new(), 0);
    for (_, lines, unit) in done {
        all.extend(lines);
        passed_over += unit.passed_over;
        judge.accept(unit.checked);
    }
    (all, passed_over, judge.finish())
}

#[test]
fn every_record_is_shown_once_in_order_and_as_far_as_it_can_be_read() {
    let mut ledger = ledger();
    for (selection, from, to) in [
        (Selection::Whole, 0, RECORDS),
        (
            Selection::Range {
                from: 13,
                to: 4_600,
            },
            13,
            4_600,
        ),
        (
            Selection::Range {
                from: 4_096,
                to: 4_097,
            },
            4_096,
            4_097,
        ),
    ] {
        let tar = ledger.bundle(selection);
        let (lines, passed_over, report) = folded(&tar, &ledger);
        assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
        let expected: Vec<_> = (from..to).map(|at| expected(&ledger, at)).collect();
        assert_eq!((lines, passed_over), (expected, 0), "{selection:?}");
        let opened = ledger.disclosed.range(from..to).count() as u64;
        assert_eq!(report.bundle.bodies.opened, opened);
    }
}

#[test]
fn what_was_altered_is_not_shown_as_what_the_client_wrote() {
    let mut ledger = ledger();
    let mut files = unpack(&ledger.bundle(Selection::Range { from: 2, to: 40 }));
    let mut edit = |name: &str, change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let content = &mut files.iter_mut().find(|(file, _)| file == name).unwrap().1;
        let mut list = items(content);
        change(&mut list);
        *content = list.concat();
    };
    // Records 3 and 4 have each other's bodies, 5 has none, 6 is no item, and the header of 8 is none.
    edit("bodies/000", &|list| {
        list.swap(1, 2);
        list[3] = b"\x64none".to_vec();
        list[4] = vec![0];
    });
    edit("headers/000", &|list| list[6] = vec![0xa0]);
    let (lines, passed_over, report) = folded(&pack(&files), &ledger);
    assert!(report.verdict.integrity.is_broken());
    assert_eq!(passed_over, 1);
    let seen: Vec<_> = lines.iter().take(6).map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "2 open event-00000002",
            "3 Unreadable",
            "4 Unreadable",
            "5 Missing",
            "6 Unreadable",
            "7 Sealed",
        ]
    );
    assert_eq!(lines.len(), 37);
}

#[test]
fn what_became_of_every_payload_is_seen_once_and_in_order() {
    let mut ledger = ledger();
    ledger
        .states
        .push((WITHHELD, Domain::Payload, Part::Withheld));
    let tar = ledger.bundle(Selection::Whole);
    let trust = Trust::in_key(ledger.key());
    let Begun::Open { mut cutter, .. } = begin(TarSource::new(&tar[..]), &trust).unwrap() else {
        panic!("it ended early");
    };
    let (mut seen, mut committed) = (Vec::new(), Vec::new());
    while let Some(unit) = cutter.next_unit().unwrap() {
        show_payloads(&unit, &mut |record, state| {
            seen.push((record.sequence(), state));
        });
        check_and_show(unit, &mut |record| {
            let event = record.event.as_ref();
            if event.is_some_and(|event| event.header.payload.is_some()) {
                committed.push(record.sequence());
            }
        });
    }
    let expected: Vec<_> = committed
        .into_iter()
        .map(|sequence| match sequence {
            4_000 => (sequence, PayloadState::Erased),
            WITHHELD => (sequence, PayloadState::Withheld),
            _ => (sequence, PayloadState::There),
        })
        .collect();
    assert!(expected.contains(&(4_000, PayloadState::Erased)));
    assert_eq!(seen, expected);
}

/// A record of the gate: it gave a decision back.
fn released(ledger: &mut Ledger, decision: u64) -> u64 {
    let sequence = ledger.size();
    let (id, salt) = (sequence.to_string(), Salt::from_bytes([7; 32]));
    let mut body = Vec::new();
    let mut written = Body {
        id: &id,
        source: "urn:indelible:governance",
        ..Body::default()
    };
    written.encode_into(&mut body).unwrap();
    let content = format!("{{\"decision\":{decision},\"entry\":\"released\"}}");
    let payload = Some((salt, content.into_bytes()));
    ledger.event_with((salt, body), payload, |header| {
        if let RecordKind::Event(event) = header.kind.clone() {
            header.kind = RecordKind::Governance(EventHeader {
                event_type: "indelible.governance.released.v1",
                ..event
            });
        }
    });
    sequence
}

/// Sequence numbers of the gate's records, each with the decision that it names, if it can be read.
fn governed(tar: &[u8], ledger: &Ledger) -> Vec<(u64, Option<u64>)> {
    let trust = Trust::in_key(ledger.key());
    let Begun::Open { mut cutter, .. } = begin(TarSource::new(tar), &trust).unwrap() else {
        panic!("it ended early");
    };
    let mut seen = Vec::new();
    while let Some(unit) = cutter.next_unit().unwrap() {
        show_governed(&unit, &mut |record| {
            let decision = record.entry.as_ref().map(|entry| match entry {
                Entry::Released { decision } => *decision,
                other => panic!("{other:?}"),
            });
            seen.push((record.sequence(), decision));
        });
    }
    seen
}

#[test]
fn what_the_gate_recorded_is_read_once_in_order_and_only_as_it_was_recorded() {
    let mut ledger = Ledger::new("gated", 1);
    ledger.events(3);
    let mut wanted: Vec<_> = (0..4)
        .map(|decision| {
            ledger.events(1);
            (released(&mut ledger, decision), Some(decision))
        })
        .collect();
    assert_eq!(governed(&ledger.bundle(Selection::Whole), &ledger), wanted);
    ledger
        .states
        .push((wanted[1].0, Domain::Payload, Part::Withheld));
    wanted[1].1 = None;
    let tar = ledger.bundle(Selection::Whole);
    assert_eq!(governed(&tar, &ledger), wanted);
    // Two of them have each other's contents.
    let mut files = unpack(&tar);
    let content = &mut files
        .iter_mut()
        .find(|(file, _)| file == "payloads/000")
        .unwrap()
        .1;
    let mut list = items(content);
    let place = |sequence: u64| usize::try_from(sequence).unwrap();
    list.swap(place(wanted[2].0), place(wanted[3].0));
    *content = list.concat();
    wanted[2].1 = None;
    wanted[3].1 = None;
    assert_eq!(governed(&pack(&files), &ledger), wanted);
}

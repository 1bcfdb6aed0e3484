//! A later and larger bundle gives the report that an older checkpoint gave: the same bytes, unless what it rests on
//! changed since.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use indelible_compliance::{
    frameworks::shipped,
    projections::{catalogue::Catalogue, measure::Value},
    reports::{AnswerName, Asked, Report, View, Whose, assess},
    survey::{AsOfError, Question, SurveyError, survey},
};
use indelible_evidence::{
    DataKeyId, Domain,
    bundle::{Part, Selection, TarSource},
    verify::{KnownHead, Trust},
};
use support::{
    BEGINNING, Ledger,
    archive::{items, pack, unpack},
    signing_key,
};

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const WHOLE: Selection = Selection::Whole;

fn try_report(
    ledger: &Ledger,
    tar: &[u8],
    asked: Asked,
    as_of: Option<u64>,
) -> Result<Vec<u8>, SurveyError> {
    let mut trust = Trust::in_key(ledger.key());
    let note = ledger.checkpoint(&[]).to_string();
    trust.known_head = Some(KnownHead::parse(note.as_bytes(), &ledger.key()).unwrap());
    let question = Question {
        asked,
        whose: Whose::Clients,
        view: View::Bodies,
        with_tables: true,
        as_of,
    };
    let (subject, _) = survey(TarSource::new(tar), &trust, question, &|_| ())?;
    let framework = shipped("eu-ai-act", None).unwrap();
    let framework = framework.read(&Catalogue::of_this_build()).unwrap();
    let report = assess(&framework, &framework.select(&[]).unwrap(), &subject).unwrap();
    Ok(report.to_json().unwrap())
}

fn report(ledger: &Ledger, tar: &[u8], asked: Asked, as_of: Option<u64>) -> Vec<u8> {
    try_report(ledger, tar, asked, as_of).unwrap()
}

fn read(json: &[u8]) -> Report {
    Report::from_json(json).unwrap()
}

/// When a record was recorded.
fn time(sequence: u64) -> Option<u64> {
    Some(BEGINNING + sequence * 1_000)
}

/// Events, sealed ones among them, up to that size.
fn grow(ledger: &mut Ledger, size: u64) {
    while ledger.size() < size {
        match ledger.size() % 11 {
            3 => drop(ledger.sealed_event(DataKeyId::from_bytes([1; 16]))),
            _ => ledger.events(1),
        }
    }
}

/// The ledger goes on: another epoch, another identity, and many events.
fn later(ledger: &Ledger, more: u64) -> Ledger {
    let mut later = ledger.clone();
    grow(&mut later, ledger.size() + more / 2);
    later.epoch(1_000_000_000);
    later.rotate(signing_key(2));
    grow(&mut later, ledger.size() + more);
    later
}

#[test]
fn a_later_bundle_gives_the_same_bytes() {
    let mut ledger = Ledger::new("as-of", 1);
    for size in [2, 3, 255, 256, 257, 300, 512, 4_097] {
        grow(&mut ledger, size);
        let questions = [
            Asked::Whole,
            Asked::Records { from: 1, to: size },
            Asked::Records {
                from: size / 3,
                to: size / 2 + 1,
            },
            Asked::Period {
                from: time(size / 4),
                to: time(size - 1),
            },
            // Not over at that size, though it is at a later one.
            Asked::Period {
                from: None,
                to: time(size + 1),
            },
            Asked::Period {
                from: time(size / 2),
                to: None,
            },
            Asked::EventPeriod {
                records: None,
                from: time(size / 3),
                to: time(size / 2),
            },
            Asked::EventPeriod {
                records: Some((size / 4, size)),
                from: None,
                to: time(size),
            },
        ];
        let then = ledger.bundle(WHOLE);
        for more in [1, 40, 700] {
            let mut now = later(&ledger, more.max(4));
            let whole = now.bundle(WHOLE);
            // A range that ends there shows the root, too.
            let ending = now.bundle(Selection::Range { from: 0, to: size });
            for asked in questions {
                let first = report(&ledger, &then, asked, None);
                assert_eq!(read(&first).evidence.custody.answer, AnswerName::Holds);
                let again = report(&now, &whole, asked, Some(size));
                assert!(first == again, "{asked:?} as of {size}, {more} later");
                let again = report(&now, &ending, asked, Some(size));
                assert!(first == again, "{asked:?} as of {size}, of a range");
            }
        }
        // A report of a range is made of that range alone, and one that ends at the size reproduces it.
        if size > 4 {
            let (from, to) = (size / 3, size / 2 + 1);
            let asked = Asked::Records { from, to };
            let part = ledger.bundle(Selection::Range { from, to });
            let first = report(&ledger, &part, asked, None);
            let mut now = later(&ledger, 40);
            let ending = now.bundle(Selection::Range { from, to: size });
            for tar in [ending, now.bundle(WHOLE)] {
                assert!(first == report(&now, &tar, asked, Some(size)), "{size}");
            }
        }
    }
}

/// A period that was over at the checkpoint is looked at to its end, though nothing was recorded in it any more.
#[test]
fn a_period_that_was_over_reaches_to_its_end() {
    let mut ledger = Ledger::new("until", 1);
    grow(&mut ledger, 20);
    let tar = ledger.bundle(WHOLE);
    let until = |asked: Asked, as_of: Option<u64>| {
        let trust = Trust::in_key(ledger.key());
        let question = Question {
            asked,
            whose: Whose::Clients,
            view: View::Bodies,
            with_tables: false,
            as_of,
        };
        let (subject, _) = survey(TarSource::new(&tar[..]), &trust, question, &|_| ()).unwrap();
        let last = subject.times.unwrap().1;
        let span = subject.measures.0["records.span"].value.clone();
        assert_eq!(span, Value::Nanoseconds(subject.span()));
        (subject.until, last)
    };
    // Between the records 9 and 10.
    let to = BEGINNING + 9 * 1_000 + 500;
    let period = Asked::Period {
        from: None,
        to: Some(to),
    };
    assert_eq!(until(period, None), (Some(to - 1), BEGINNING + 9_000));
    // As of a size at which it was not known to be over.
    assert_eq!(until(period, Some(10)).0, None);
    assert_eq!(until(Asked::Whole, None).0, None);
    let open = Asked::Period {
        from: time(3),
        to: None,
    };
    assert_eq!(until(open, None).0, None);
}

/// Everything that whoever holds a bundle can do to one record of it.
fn forged(files: &[(String, Vec<u8>)], at: usize) -> Vec<Vec<u8>> {
    let mut forged = Vec::new();
    for name in [
        "headers/000",
        "bodies/000",
        "payloads/000",
        "tile/entries/000.p/",
        "tile/0/000.p/",
    ] {
        let mut files = files.to_vec();
        let Some((_, content)) = files.iter_mut().find(|(file, _)| file.starts_with(name)) else {
            panic!("{name} is there");
        };
        if name.starts_with("tile") {
            let width = if name.contains("entries") { 34 } else { 32 };
            content[at * width + width - 1] ^= 1;
        } else {
            let mut list = items(content);
            let last = list[at].len() - 1;
            list[at][last] ^= 1;
            *content = list.concat();
        }
        forged.push(pack(&files));
    }
    forged
}

#[test]
fn what_is_forged_below_the_size_never_gives_the_same_bytes() {
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 60);
    let then = ledger.bundle(WHOLE);
    let mut now = later(&ledger, 40);
    let files = unpack(&now.bundle(WHOLE));
    for asked in [Asked::Whole, Asked::Records { from: 2, to: 60 }] {
        let first = report(&ledger, &then, asked, None);
        for at in 2..60 {
            for tar in forged(&files, at) {
                if let Ok(again) = try_report(&now, &tar, asked, Some(60)) {
                    assert!(first != again, "record {at}");
                    let integrity = read(&again).evidence.integrity.answer;
                    assert_ne!(integrity, AnswerName::Holds, "record {at}");
                }
            }
        }
    }
    // The operator's own keys write another history that holds, and it is another one.
    let mut other = Ledger::new("as-of", 1);
    other.event(Some(b"another payload"));
    grow(&mut other, 100);
    let again = report(&other, &other.clone().bundle(WHOLE), Asked::Whole, Some(60));
    assert_eq!(read(&again).evidence.integrity.answer, AnswerName::Holds);
    let roots = [report(&ledger, &then, Asked::Whole, None), again];
    let roots = roots.map(|json| read(&json).ledger.checkpoint_root);
    assert_ne!(roots[0], roots[1]);
}

#[test]
fn what_broke_outside_of_the_records_says_nothing_against_them() {
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 60);
    let asked = Asked::Records { from: 10, to: 40 };
    let first = report(&ledger, &ledger.clone().bundle(WHOLE), asked, None);
    let mut now = later(&ledger, 40);
    for (at, same) in [(9, true), (10, false), (39, false), (40, true), (80, true)] {
        for part in [Domain::Body, Domain::Payload] {
            let mut broken = now.clone();
            broken.states.push((at, part, Part::Missing));
            let again = report(&broken, &broken.clone().bundle(WHOLE), asked, Some(60));
            assert_eq!(first == again, same, "the part {part:?} of record {at}");
        }
    }
    // A log that is broken anywhere proves nothing of what lies below.
    let mut files = unpack(&now.bundle(WHOLE));
    let headers = files
        .iter_mut()
        .find(|(name, _)| name.starts_with("headers/"));
    let content = &mut headers.unwrap().1;
    let last = content.len() - 1;
    content[last] ^= 1;
    let again = report(&now, &pack(&files), asked, Some(60));
    assert_eq!(read(&again).evidence.integrity.answer, AnswerName::Broken);
}

#[test]
fn custody_is_that_of_the_size() {
    // A certificate that binds another root, below the size and after it.
    let wrong = |ledger: &mut Ledger| {
        let identity = ledger.identity.clone();
        let root = Ledger::new("another", 3).root();
        ledger.epoch_with(&identity, |certificate| certificate.root = root);
    };
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 30);
    let mut broken = ledger.clone();
    wrong(&mut broken);
    for (ledger, answer) in [(&ledger, AnswerName::Holds), (&broken, AnswerName::Broken)] {
        let first = report(ledger, &ledger.clone().bundle(WHOLE), Asked::Whole, None);
        assert_eq!(read(&first).evidence.custody.answer, answer);
        let mut now = later(ledger, 40);
        wrong(&mut now);
        grow(&mut now, 90);
        let size = ledger.size();
        let again = report(&now, &now.clone().bundle(WHOLE), Asked::Whole, Some(size));
        assert!(first == again, "{answer:?}");
        // A range proves its certificates in another way, and says of a wrong one the same in other words.
        let ending = now.bundle(Selection::Range { from: 0, to: size });
        let again = report(&now, &ending, Asked::Whole, Some(size));
        assert_eq!(read(&again).evidence.custody.answer, answer);
    }
}

#[test]
fn a_revocation_reaches_back_to_the_size_that_it_names() {
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 60);
    let first = report(&ledger, &ledger.clone().bundle(WHOLE), Asked::Whole, None);
    let now = later(&ledger, 40);
    for (revoked_at, answer) in [
        (59, AnswerName::Unanswerable),
        (60, AnswerName::Holds),
        (70, AnswerName::Holds),
    ] {
        let mut now = now.clone();
        now.revoke(&signing_key(1), revoked_at);
        let again = report(&now, &now.clone().bundle(WHOLE), Asked::Whole, Some(60));
        let custody = read(&again).evidence.custody;
        assert_eq!(custody.answer, answer, "at size {revoked_at}");
        assert_eq!(first == again, answer == AnswerName::Holds);
        if answer == AnswerName::Unanswerable {
            assert!(custody.missing[0].contains("at size 59"), "{custody:?}");
        }
    }
}

#[test]
fn an_erasure_reaches_back() {
    let (kept, erased) = (
        DataKeyId::from_bytes([1; 16]),
        DataKeyId::from_bytes([2; 16]),
    );
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 40);
    ledger.sealed_event(erased);
    let at = ledger.size() - 1;
    ledger.sealed_event(kept);
    let size = ledger.size();
    let first = report(&ledger, &ledger.clone().bundle(WHOLE), Asked::Whole, None);
    let mut now = later(&ledger, 40);
    now.erase(&[erased]);
    for domain in [Domain::Body, Domain::Payload] {
        now.states.push((at, domain, Part::Erased));
    }
    let again = report(&now, &now.clone().bundle(WHOLE), Asked::Whole, Some(size));
    let (first, again) = (read(&first), read(&again));
    assert_eq!(again.evidence.integrity.answer, AnswerName::Holds);
    let (then, now) = (first.evidence.bodies, again.evidence.bodies);
    assert_eq!((then.erased, now.erased), (0, 1));
    assert_eq!(then.sealed, now.sealed + 1);
    assert_eq!(first.range, again.range);
    assert_eq!(first.ledger, again.ledger);
}

#[test]
fn what_a_bundle_can_not_show_is_said() {
    let mut ledger = Ledger::new("as-of", 1);
    grow(&mut ledger, 600);
    let refused = |tar: &[u8], asked: u64| match try_report(&ledger, tar, Asked::Whole, Some(asked))
    {
        Err(SurveyError::AsOf(error)) => error,
        other => panic!("{other:?}"),
    };
    let whole = ledger.clone().bundle(WHOLE);
    assert_eq!(refused(&whole, 0), AsOfError::Nothing);
    let (asked, size) = (601, 600);
    assert_eq!(refused(&whole, asked), AsOfError::Beyond { asked, size });
    let (from, to) = (300, 400);
    let part = ledger.clone().bundle(Selection::Range { from, to });
    for asked in [1, 299, 401, 599] {
        let wanted = AsOfError::NotShown {
            asked,
            from,
            to,
            size,
        };
        assert_eq!(refused(&part, asked), wanted);
    }
    for shown in [300, 301, 350, 400, 600] {
        let json = report(&ledger, &part, Asked::Whole, Some(shown));
        assert!(!read(&json).headline.starts_with("All the evidence"));
    }
}

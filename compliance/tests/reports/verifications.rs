//! Chain verifications as reports.

use indelible_compliance::reports::AnswerName;
use indelible_compliance::reports::{
    Asking, Given, TimesSeen, Verification,
    forms::verdict::{html, text},
};
use indelible_evidence::bundle::BundleKind;
use indelible_evidence::hash::TreeHash;
use indelible_evidence::verdict::{Answer, FindingCode, Question, Verdict};
use indelible_evidence::verify::{
    AfterCheckpoint, BundleFacts, FormatPage, FreshnessFacts, KeyHistory, KnownHead, Neighbours,
    PartCounts, Recorded, Report as Verified, Trust, Word,
};
use indelible_evidence::{SignatureType, VerifierKey};

use crate::fixture::{ORIGIN, broken};

pub(crate) fn verified(verdict: Verdict) -> Verified {
    let parts = PartCounts {
        present: 204_101,
        ..PartCounts::default()
    };
    Verified {
        verdict,
        bundle: BundleFacts {
            origin: ORIGIN.to_owned(),
            kind: BundleKind::Range,
            from: 512_000,
            to: 716_118,
            size: 731_220,
            root: Some(TreeHash::from_bytes([0x5a; 32])),
            format_page: Some(FormatPage {
                sha256: [0x11; 32],
                is_own: true,
            }),
            neighbours: Neighbours::default(),
            recorded: Some(Recorded {
                first: 1_799_000_000_000_000_000,
                last: 1_800_000_000_000_000_000,
                after_checkpoint: None,
            }),
            records: 204_118,
            bodies: parts,
            payloads: parts,
            certificates: 4,
            keys: KeyHistory::default(),
        },
        freshness: FreshnessFacts {
            time: Some((1_800_000_000, Word::Operator)),
            ..FreshnessFacts::default()
        },
        scoped: None,
    }
}

pub(crate) fn trust() -> Trust {
    let public = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key();
    let key = VerifierKey::new(ORIGIN, SignatureType::Ed25519, public.to_bytes());
    Trust::in_key(key.expect("a key"))
}

/// The root of the checkpoint and of known heads, as text.
pub(crate) const ROOT: &str = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";

/// A head of the ledger that somebody knew.
pub(crate) fn head_of(size: u64, trust: &Trust) -> KnownHead {
    let text = format!("{ORIGIN}\n{size}\n{ROOT}\n");
    let note = format!("{text}\n\u{2014} {ORIGIN} AAAAAAA=\n");
    KnownHead::parse(note.as_bytes(), &trust.key).expect("a head")
}

pub(crate) fn asking<'a>(trust: &'a Trust, required: &'a [Question]) -> Asking<'a> {
    static NOTHING_TYPED: Given = Given {
        policy: None,
        is_now_typed: false,
    };
    Asking {
        trust,
        given: &NOTHING_TYPED,
        required,
        event_times: None,
    }
}

pub(crate) fn verification(verdict: Verdict, required: &[Question]) -> Verification {
    Verification::of(&verified(verdict), asking(&trust(), required)).expect("a verification")
}

pub(crate) fn lawful_verification() -> Verification {
    let verdict = Verdict {
        integrity: Answer::Holds,
        completeness: Answer::unanswerable("a known head or a witness policy"),
        freshness: Answer::Holds,
        custody: Answer::Holds,
    };
    verification(verdict, &[Question::Freshness])
}

pub(crate) fn broken_verification() -> Verification {
    let verdict = Verdict {
        integrity: broken(
            FindingCode::BodyMismatch,
            612_044,
            "its body does not match its commitment",
            120,
        ),
        completeness: broken(
            FindingCode::KnownHeadLarger,
            0,
            "the known head is larger",
            0,
        ),
        freshness: Answer::unanswerable("the time now"),
        custody: Answer::Holds,
    };
    verification(verdict, &[])
}

#[test]
fn the_first_line_says_what_the_verdict_comes_to() {
    assert_eq!(
        lawful_verification().headline,
        "Integrity, freshness and custody hold. Not asked: completeness. What was required (custody, freshness and integrity) holds, and nothing is broken."
    );
    assert_eq!(
        broken_verification().headline,
        "Integrity and completeness are BROKEN. Custody holds. Not asked: freshness. Something is missing or altered, or keys were used against the rules of the format: rely on nothing that the findings touch."
    );
    for verification in [lawful_verification(), broken_verification()] {
        let page = html(&verification);
        let first = page.find("class=\"headline\"").expect("a first line");
        assert!(first < page.find("<h1").expect("a heading"));
        let text = text(&verification);
        assert!(
            verification
                .headline
                .starts_with(text.lines().next().expect("a line"))
        );
    }
}

#[test]
fn a_required_question_without_answer_is_no_success() {
    let verdict = Verdict {
        integrity: Answer::Holds,
        completeness: Answer::unanswerable("a known head"),
        freshness: Answer::Holds,
        custody: Answer::Holds,
    };
    let of = |required: &[Question]| verification(verdict.clone(), required).result;
    assert_eq!(of(&[]), AnswerName::Holds);
    assert_eq!(of(&[Question::Completeness]), AnswerName::Unanswerable);
    assert_eq!(broken_verification().result, AnswerName::Broken);
}

#[test]
fn what_is_not_listed_is_counted() {
    let integrity = broken_verification().verdict.integrity;
    assert_eq!(
        integrity.findings.len() as u64 + integrity.findings_omitted,
        121
    );
}

#[test]
fn what_nobody_asked_is_no_answer_that_fails() {
    let verdict = || Verdict {
        integrity: Answer::Holds,
        completeness: Answer::unanswerable("a known head"),
        freshness: Answer::unanswerable("the greatest age"),
        custody: Answer::Holds,
    };
    let shown = text(&verification(verdict(), &[]));
    assert!(
        shown.contains("completeness  not asked (--known-head or --policy)\n"),
        "{shown}"
    );
    assert!(
        shown.contains("freshness     not asked (--max-age)\n"),
        "{shown}"
    );
    assert!(
        !shown.contains("can't be answered") && !shown.contains("missing:"),
        "{shown}"
    );
    assert!(
        shown.contains("Not asked: completeness, freshness."),
        "{shown}"
    );
    let page = html(&verification(verdict(), &[]));
    assert!(page.contains("(--max-age)") && !page.contains("missing:"));

    // Whoever requires an answer asked for it, and so did whoever gave what could answer it.
    let required = verification(verdict(), &[Question::Freshness]);
    assert_eq!(required.not_asked, ["completeness"]);
    assert_eq!(required.result, AnswerName::Unanswerable);
    assert!(text(&required).contains("missing: the greatest age"));
    let mut with_age = trust();
    with_age.age_seconds_max = Some(5);
    let asked = Verification::of(&verified(verdict()), asking(&with_age, &[])).expect("one");
    assert_eq!(asked.not_asked, ["completeness"]);
}

#[test]
fn the_period_is_told_and_a_clock_that_was_ahead() {
    let verdict = || Verdict {
        integrity: Answer::Holds,
        completeness: Answer::Holds,
        freshness: Answer::Holds,
        custody: Answer::Holds,
    };
    let mut verified = verified(verdict());
    let trust = trust();
    let mut of = asking(&trust, &[]);
    of.event_times = Some(TimesSeen {
        beyond: 0,
        earliest: 1_700_000_000_000_000_000,
        latest: 1_800_000_000_000_000_000,
        events: 7,
    });
    let right = Verification::of(&verified, of).expect("one");
    let shown = text(&right);
    for told in [
        "recorded      from 3 January 2027 18:13:20 UTC to 15 January 2027 08:00 UTC, by the operator's clock\n",
        "event times   from 14 November 2023 22:13:20 UTC to 15 January 2027 08:00 UTC, on the producers' word, in 7 events",
    ] {
        assert!(shown.contains(told), "{shown}");
    }
    assert!(!right.headline.contains("calendar"), "{}", right.headline);
    let recorded = verified.bundle.recorded.as_mut().expect("times");
    recorded.after_checkpoint = Some(AfterCheckpoint {
        records: 2,
        first: 716_116,
    });
    let wrong = Verification::of(&verified, of).expect("one");
    assert!(
        wrong.headline.contains("from record 716,116 on"),
        "{}",
        wrong.headline
    );
    assert!(
        text(&wrong).contains("2 records bear a time later than"),
        "{}",
        text(&wrong)
    );
    assert!(html(&wrong).contains("no completeness in calendar time is claimed"));
    verified.verdict.integrity = broken(FindingCode::BodyMismatch, 612_044, "x", 0);
    let broken = Verification::of(&verified, of).expect("one");
    assert_eq!(broken.bundle.event_times, None);
    assert!(text(&broken).contains("as the broken bundle has it"));
}

#[test]
fn after_a_rotation_it_is_told_what_to_do_and_what_that_is_worth() {
    let verdict = |missing: &str| Verdict {
        integrity: Answer::Holds,
        completeness: Answer::Holds,
        freshness: Answer::Holds,
        custody: Answer::unanswerable(missing),
    };
    let rotated = verification(
        verdict("a known or witnessed head at or past size 618"),
        &[],
    );
    for shown in [text(&rotated), html(&rotated)] {
        for told in [
            "of size 618 or more",
            "--known-head",
            "--policy",
            "and nothing against the operator",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
    }
    let other = verification(verdict("the other records"), &[]);
    assert!(!text(&other).contains("what to do"));
}

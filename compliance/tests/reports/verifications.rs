//! Chain verifications as reports.

use indelible_compliance::reports::AnswerName;
use indelible_compliance::reports::{
    Verification,
    forms::verdict::{html, text},
};
use indelible_evidence::bundle::BundleKind;
use indelible_evidence::hash::TreeHash;
use indelible_evidence::verdict::{Answer, FindingCode, Question, Verdict};
use indelible_evidence::verify::{
    BundleFacts, FreshnessFacts, KeyHistory, Neighbours, PartCounts, Report as Verified, Word,
};

use crate::fixture::{ORIGIN, broken, subject};

fn verified(verdict: Verdict) -> Verified {
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
            neighbours: Neighbours::default(),
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

fn verification(verdict: Verdict, required: &[Question]) -> Verification {
    let key = subject().verifier_key;
    Verification::of(&verified(verdict), &key, required).expect("a verification")
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
        "Integrity, freshness and custody hold. Completeness can't be answered. What was required (custody, freshness and integrity) holds, and nothing is broken."
    );
    assert_eq!(
        broken_verification().headline,
        "Integrity and completeness are BROKEN. Custody holds. Freshness can't be answered. Something is missing or altered, or keys were used against the rules of the format: rely on nothing that the findings touch."
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

use super::*;

fn broken() -> Answer {
    let mut list = FindingList::default();
    list.push(Finding::of_record(
        FindingCode::BodyMismatch,
        17,
        "body does not match its commitment",
    ));
    list.into_answer(|| Answer::Holds)
}

fn verdict(completeness: Answer, freshness: Answer) -> Verdict {
    Verdict {
        integrity: Answer::Holds,
        completeness,
        freshness,
        custody: Answer::Holds,
    }
}

#[test]
fn unrequired_questions_may_stay_open() {
    let verdict = verdict(
        Answer::unanswerable("a known head"),
        Answer::unanswerable("a time"),
    );
    assert_eq!(verdict.conclusion(&[]), Conclusion::Holds);
    assert_eq!(
        verdict.conclusion(&[Question::Completeness]),
        Conclusion::Unanswerable
    );
    assert_eq!(
        verdict.conclusion(&[Question::Freshness]),
        Conclusion::Unanswerable
    );
}

#[test]
fn anything_broken_decides_even_when_it_is_not_required() {
    assert_eq!(
        verdict(Answer::Holds, broken()).conclusion(&[]),
        Conclusion::Broken
    );
}

#[test]
fn integrity_and_custody_are_always_required() {
    let mut verdict = verdict(Answer::Holds, Answer::Holds);
    verdict.custody = Answer::unanswerable("records");
    assert_eq!(verdict.conclusion(&[]), Conclusion::Unanswerable);
}

#[test]
fn findings_past_the_limit_are_counted() {
    let mut list = FindingList::default();
    for sequence in 0..130 {
        list.push(Finding::of_record(
            FindingCode::PartMissing,
            sequence,
            "payload is missing",
        ));
    }
    let Answer::Broken(findings) = list.into_answer(|| Answer::Holds) else {
        panic!("not broken")
    };
    assert_eq!((findings.listed().len(), findings.omitted()), (100, 30));
}

#[test]
fn codes_are_distinct() {
    let mut codes: Vec<_> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), FindingCode::ALL.len());
}

//! What the verifier knew, and what it can do: the same in every form of a verdict.

use indelible_compliance::reports::{
    Given, Verification,
    data::keys::{Erasure, Producer},
    forms::verdict::{csv, html, oscal, text},
};
use indelible_evidence::policy::Policy;
use indelible_evidence::verdict::{Answer, FindingCode, Question, Verdict};

use crate::fixture::broken;
use crate::verifications::{ROOT, asking, head_of, trust, verification, verified};

/// What a page shows, without its markup, in one line.
fn plain(page: &str) -> String {
    let mut within = false;
    let mut shown = String::new();
    for c in page.chars() {
        match c {
            '<' => within = true,
            '>' => within = false,
            c if !within => shown.push(c),
            _ => {}
        }
    }
    let shown = shown.replace("&quot;", "\"").replace("&#39;", "'");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every form says what was trusted, whatever it was.
#[test]
fn what_was_trusted_stands_in_every_form() {
    let mut trust = trust();
    trust.known_head = Some(head_of(600_000, &trust));
    trust.policy = Some(Policy::parse(b"quorum none\n").expect("a policy"));
    trust.now = Some(1_800_000_100);
    trust.age_seconds_max = Some(3_600);
    let mut of = asking(&trust, &[]);
    let given = Given {
        policy: Some(("witnesses.policy".to_owned(), [0xcd; 32])),
        is_now_typed: true,
    };
    of.given = &given;
    let verdict = Verdict {
        integrity: Answer::Holds,
        completeness: Answer::Holds,
        freshness: Answer::Holds,
        custody: Answer::Holds,
    };
    let one = Verification::of(&verified(verdict), of).expect("one");
    let oscal = String::from_utf8(oscal(&one).expect("OSCAL")).expect("text");
    let json = String::from_utf8(one.to_json().expect("JSON")).expect("text");
    let digest = "cd".repeat(32);
    for shown in [text(&one), plain(&html(&one)), csv(&one), oscal, json] {
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [ROOT, &digest, "witnesses.policy", &"11".repeat(32)] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        for (one, other) in [
            ("600,000", "600000"),
            ("15 January 2027 08:01:40 UTC", "2027-01-15T08:01:40"),
            ("1 h", "3600"),
            ("--now", "given"),
        ] {
            assert!(
                shown.contains(one) || shown.contains(other),
                "{one}: {shown}"
            );
        }
    }
    let machines = Verification::of(
        &verified(Verdict {
            integrity: Answer::Holds,
            completeness: Answer::Holds,
            freshness: Answer::Holds,
            custody: Answer::Holds,
        }),
        asking(&trust, &[]),
    );
    let told = text(&machines.expect("one"));
    assert!(told.contains("by the clock of the machine"), "{told}");
}

/// A checkpoint that is ahead of the clock is not too old.
#[test]
fn a_checkpoint_of_the_future_is_not_called_too_old() {
    let verdict = |code| Verdict {
        integrity: Answer::Holds,
        completeness: Answer::unanswerable("a known head"),
        freshness: broken(code, 0, "x", 0),
        custody: Answer::Holds,
    };
    let mut trust = trust();
    trust.now = Some(1_799_996_400);
    trust.age_seconds_max = Some(3_600);
    let of = |code, age| {
        let mut verified = verified(verdict(code));
        verified.freshness.age_seconds = Some(age);
        Verification::of(&verified, asking(&trust, &[])).expect("one")
    };
    let future = of(FindingCode::FromFuture, -3_600);
    for shown in [text(&future), plain(&html(&future)), csv(&future)] {
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains("1 h") && shown.contains("--now"), "{shown}");
        assert!(!shown.contains("too old for"), "{shown}");
    }
    assert!(
        future
            .headline
            .contains("from the future, by 1 h: check this machine's clock"),
        "{}",
        future.headline
    );
    assert!(!text(&future).contains("as the broken bundle has it"));
    let old = of(FindingCode::TooOld, 7_200);
    assert!(old.headline.contains("too old for what was asked"));
}

/// A bundle that is older than the head accuses nobody by that, and it is said what to get.
#[test]
fn an_older_bundle_beside_a_newer_head_is_told_what_it_may_be() {
    let mut trust = trust();
    trust.known_head = Some(head_of(800_000, &trust));
    for completeness in [
        broken(FindingCode::KnownHeadLarger, 0, "x", 0),
        Answer::unanswerable("a known head that a trusted identity signed: x"),
    ] {
        let verdict = Verdict {
            integrity: Answer::Holds,
            completeness,
            freshness: Answer::Holds,
            custody: Answer::Holds,
        };
        let one = Verification::of(&verified(verdict), asking(&trust, &[])).expect("one");
        for shown in [text(&one), plain(&html(&one)), csv(&one)] {
            let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains("reaches size 800,000 or more"), "{shown}");
            assert!(shown.contains("made before the head"), "{shown}");
        }
    }
}

/// In OSCAL, too, what nobody asked is no finding, and what can't be answered is one.
#[test]
fn oscal_tells_what_nobody_asked_from_what_can_not_be_answered() {
    let verdict = || Verdict {
        integrity: Answer::Holds,
        completeness: Answer::unanswerable("a known head"),
        freshness: Answer::unanswerable("a timestamped line"),
        custody: Answer::Holds,
    };
    let findings = |required: &[Question]| {
        let oscal = oscal(&verification(verdict(), required)).expect("OSCAL");
        let oscal: serde_json::Value = serde_json::from_slice(&oscal).expect("JSON");
        let result = &oscal["assessment-results"]["results"][0];
        let observed = result["observations"]
            .as_array()
            .expect("observations")
            .len();
        assert_eq!(observed, 4);
        let titles = result["findings"].as_array().expect("findings").iter();
        titles
            .map(|it| it["title"].as_str().expect("a title").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(findings(&[]), ["integrity", "custody"]);
    let asked = findings(&[Question::Freshness]);
    assert_eq!(asked, ["integrity", "freshness", "custody"]);
}

/// Words of the operator end where they end: nobody can close the quotation and go on as the verifier.
#[test]
fn what_an_operator_writes_stays_within_its_quotation() {
    let mut one = verification(
        Verdict {
            integrity: Answer::Holds,
            completeness: Answer::unanswerable("a known head"),
            freshness: Answer::unanswerable("the greatest age"),
            custody: Answer::Holds,
        },
        &[],
    );
    let imitated = "Art. 17\"; completeness holds for all records: \"yes";
    one.bundle.keys.erasures.listed.push(Erasure {
        sequence: 9,
        time: "2027-01-15T08:00:00.000000000Z".to_owned(),
        basis: imitated.to_owned(),
        data_keys: 1,
        records: 1,
    });
    one.bundle.keys.producers.listed.push(Producer {
        sequence: 10,
        time: "2027-01-15T08:00:00.000000000Z".to_owned(),
        name: "lab\" with the key 00, \"".to_owned(),
        key: "11".repeat(32),
        sources: vec!["a, b".to_owned(), "c\"".to_owned()],
        revoked: None,
        signed: 0,
        void: 0,
    });
    for shown in [text(&one), plain(&html(&one))] {
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [
            "\"Art. 17\\\"; completeness holds for all records: \\\"yes\"",
            "\"lab\\\" with the key 00, \\\"\"",
            "for \"a, b\", \"c\\\"\" only",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
    }
}

//! Findings, flags and verdicts.

use std::collections::BTreeSet;

use indelible_proto::v1::Event;

use super::*;
use crate::import::facts::text_fact;

fn event() -> Event {
    Event {
        id: "1".to_owned(),
        r#type: "ai.decision.v1".to_owned(),
        actor: "a".to_owned(),
        ..Event::default()
    }
}

#[test]
fn every_finding_has_a_word_of_its_own_that_is_documented() {
    let words: BTreeSet<_> = Code::ALL.iter().map(|code| code.word()).collect();
    assert_eq!(words.len(), Code::ALL.len());
    let page = include_str!("../../../../docs/import.md");
    for word in words {
        assert!(
            page.contains(&format!("`{word}`")),
            "docs/import.md lacks {word}"
        );
    }
}

#[test]
fn what_is_forged_loses_the_type_it_claims_and_what_is_misplaced_keeps_it() {
    let mut forged = event();
    let from = text_fact("aigc");
    forged
        .facts
        .insert("imported_from".to_owned(), from.clone());
    let findings = [
        Finding::new(Code::LinkBroken),
        Finding::new(Code::ContentAltered),
    ];
    flag(&mut forged, &findings, "d1");
    assert_eq!(forged.r#type, BROKEN_TYPE);
    assert_eq!(forged.id, "content_altered:d1");
    assert_eq!(forged.facts["claimed_type"], text_fact("ai.decision.v1"));
    assert_eq!(forged.facts["import_finding"], text_fact("content_altered"));
    assert!(forged.actor.is_empty());
    // Where it comes from is not its own claim; all others are gone.
    assert_eq!(forged.facts["imported_from"], from);
    assert_eq!(forged.facts.len(), 5);

    let mut misplaced = event();
    flag(&mut misplaced, &[Finding::new(Code::LinkBroken)], "d1");
    assert_eq!(
        (misplaced.id.as_str(), misplaced.r#type.as_str()),
        ("1", "ai.decision.v1")
    );
    assert_eq!(misplaced.facts["import_finding"], text_fact("link_broken"));

    let mut open = event();
    flag(&mut open, &[Finding::new(Code::NoKey)], "d1");
    assert_eq!(open, event());
}

#[test]
fn nothing_is_verified_that_was_not_checked() {
    let verdict = |codes: &[&[Code]], unreadable: u64| {
        let mut tally = Tally::default();
        for (line, codes) in (1..).zip(codes) {
            let findings = codes.iter().map(|code| Finding::new(*code)).collect();
            let event = Some(event());
            let key = KeyFit::NotAsked;
            let examined = Examined {
                findings,
                key,
                event,
            };
            tally.count(Spot { file: 0, line }, &examined);
        }
        (0..unreadable).for_each(|line| tally.count_unreadable(line));
        FileVerdict::new("aigc", "00".to_owned(), 0, &tally)
    };
    assert_eq!(
        verdict(&[&[], &[Code::TimeBack]], 0).verdict,
        Verdict::Verified
    );
    assert_eq!(verdict(&[], 0).verdict, Verdict::Unverified);
    assert_eq!(verdict(&[&[]], 1).verdict, Verdict::Unverified);
    assert_eq!(
        verdict(&[&[], &[Code::Unsigned]], 0).verdict,
        Verdict::Unverified
    );
    let broken = verdict(&[&[Code::NoKey], &[Code::NoKey, Code::Fork]], 0);
    assert_eq!(broken.verdict, Verdict::Broken);
    assert_eq!(broken.first_broken_line, Some(2));
    assert_eq!(broken.event(), broken.event());
    assert_ne!(broken.event().id, verdict(&[&[Code::NoKey]], 0).event().id);
}

#[test]
fn keys_are_doubted_only_where_none_fits_anything_and_all_else_holds() {
    let doubted = |artifacts: &[(KeyFit, &[Code])]| {
        let mut tally = Tally::default();
        for (line, (key, codes)) in (1..).zip(artifacts) {
            let examined = Examined {
                findings: codes.iter().map(|code| Finding::new(*code)).collect(),
                key: *key,
                event: Some(event()),
            };
            tally.count(Spot { file: 0, line }, &examined);
        }
        FileVerdict::new("aigc", "00".to_owned(), 0, &tally).unfitted_by_all
    };
    let unfitted: (KeyFit, &[Code]) = (KeyFit::FitsNone, &[Code::ContentAltered, Code::TimeBack]);
    assert_eq!(doubted(&[unfitted]), 1);
    assert_eq!(
        doubted(&[unfitted, unfitted, (KeyFit::NotAsked, &[Code::Unsigned])]),
        2
    );
    assert_eq!(doubted(&[]), 0);
    assert_eq!(doubted(&[(KeyFit::NotAsked, &[Code::NoKey])]), 0);
    assert_eq!(doubted(&[unfitted, (KeyFit::Fits, &[])]), 0);
    assert_eq!(
        doubted(&[unfitted, (KeyFit::NotAsked, &[Code::Placeholder])]),
        0
    );
    assert_eq!(
        doubted(&[
            unfitted,
            (
                KeyFit::FitsNone,
                &[Code::SignatureInvalid, Code::LinkBroken]
            )
        ]),
        0
    );
}

#[test]
fn keys_that_prove_nothing_are_refused() {
    let mut keys = Keyring::default();
    let refused = |keys: &mut Keyring, content: &[u8]| keys.add(content, 32, 8, true).unwrap_err();
    assert_eq!(refused(&mut keys, b"x\n"), KeyError::Short { bytes: 1 });
    assert_eq!(
        refused(&mut keys, b"0123456012345601234560123456012345"),
        KeyError::Monotonous { needed: 8 }
    );
    assert_eq!(refused(&mut keys, &[7; 70_000]), KeyError::Long);
    assert!(keys.is_empty());
    // Without bounds of its own, sixteen bytes are the least.
    assert_eq!(
        keys.add(b"k", 0, 0, false),
        Err(KeyError::Short { bytes: 1 })
    );
    assert_eq!(keys.add(b"0123456789abcdef\r\n", 0, 0, false), Ok(()));
    assert_eq!(keys.all().count(), 2);
}

//! Settings, their rules, producers and disposals: what can be said, and what follows from it.

use super::*;
use crate::commitment::PartKind;

#[test]
fn a_promise_is_not_taken_back() {
    let with = |encryption, access_trail| Settings {
        encryption,
        access_trail,
        ..settings()
    };
    use Encryption::{All, Subjects};
    let follows = |new: Settings, old: Settings| new.check_follows(&old);
    for (encryption, access_trail) in [
        (All, true),
        (All, false),
        (Subjects, true),
        (Subjects, false),
    ] {
        let same = with(encryption, access_trail);
        assert_eq!(follows(same.clone(), same.clone()), Ok(()));
        assert_eq!(follows(with(All, true), same), Ok(()));
    }
    assert_eq!(
        follows(with(Subjects, true), with(All, true)),
        Err(PromiseBroken::Encryption)
    );
    assert_eq!(
        follows(with(All, false), with(All, true)),
        Err(PromiseBroken::AccessTrail)
    );
    let otherwise = Settings {
        conventions: !full_settings().conventions,
        signed_sources: Vec::new(),
        retention: Vec::new(),
        ..full_settings()
    };
    assert_eq!(follows(otherwise.clone(), full_settings()), Ok(()));
    assert_eq!(follows(full_settings(), otherwise), Ok(()));
}

#[test]
fn rules_and_sources_are_bounded_and_ascending() {
    let names = |count: usize| (0..count).map(|number| format!("{number:03}"));
    let with_rules = |rules: Vec<RetentionRule>| {
        let settings = Settings {
            retention: rules,
            ..settings()
        };
        SettingsChange::decode(&settings_change(settings, None).encode()).is_ok()
    };
    let rules = |count| names(count).map(|name| bare_rule(&name)).collect();
    assert!(with_rules(rules(32)));
    assert!(!with_rules(rules(33)));
    // By bytes, whatever their lengths.
    assert!(with_rules(vec![bare_rule("aa"), bare_rule("b")]));
    assert!(!with_rules(vec![bare_rule("b"), bare_rule("aa")]));
    assert!(!with_rules(vec![bare_rule("b"), bare_rule("b")]));

    let with_sources = |sources: Vec<String>| {
        let settings = Settings {
            signed_sources: sources,
            ..settings()
        };
        SettingsChange::decode(&settings_change(settings, None).encode()).is_ok()
    };
    assert!(with_sources(names(64).collect()));
    assert!(!with_sources(names(65).collect()));
    assert!(with_sources(vec!["aa".to_owned(), "b".to_owned()]));
    assert!(!with_sources(vec!["b".to_owned(), "aa".to_owned()]));
    assert!(!with_sources(vec!["b".to_owned(), "b".to_owned()]));
    assert!(!with_sources(vec!["s".repeat(257)]));
    let producer = |sources: &[&str]| ProducerChange::decode(&registration(sources).encode());
    assert!(producer(&["aa", "b"]).is_ok());
    assert!(producer(&["b", "aa"]).is_err());
    assert!(producer(&[""]).is_err());
}

#[test]
fn a_set_that_is_empty_is_left_out() {
    let origin = origin();
    let statement = |settings: &dyn Fn(&mut Encoder<'_>)| {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        encoder.map(2);
        encoder.text("origin");
        encoder.text(origin.as_str());
        encoder.text("settings");
        settings(&mut encoder);
        SettingsChange::decode(&out).is_ok()
    };
    let required = |encoder: &mut Encoder<'_>, encryption: &str| {
        encoder.text("encryption");
        encoder.text(encryption);
        encoder.text("conventions");
        encoder.boolean(true);
        encoder.text("access_trail");
        encoder.boolean(true);
    };
    assert!(statement(&|encoder| {
        encoder.map(3);
        required(encoder, "all");
    }));
    assert!(!statement(&|encoder| {
        encoder.map(3);
        required(encoder, "some");
    }));
    assert!(!statement(&|encoder| {
        encoder.map(4);
        encoder.text("retention");
        encoder.array(0);
        required(encoder, "all");
    }));
    assert!(!statement(&|encoder| {
        encoder.map(4);
        required(encoder, "all");
        encoder.text("signed_sources");
        encoder.array(0);
    }));
}

#[test]
fn the_fields_of_a_rule_have_their_limits() {
    let good = |rule: RetentionRule| {
        let settings = Settings {
            retention: vec![rule],
            ..settings()
        };
        SettingsChange::decode(&settings_change(settings, None).encode()).is_ok()
    };
    let text = |length: usize| "w".repeat(length);
    assert!(good(rule(&text(128))));
    for name in [text(129), text(0), "a\tb".to_owned()] {
        assert!(!good(rule(&name)), "{name}");
    }
    let with = |change: &dyn Fn(&mut RetentionRule)| {
        let mut rule = rule("a");
        change(&mut rule);
        good(rule)
    };
    assert!(with(&|rule| rule.after_days = crate::limits::UINT_MAX));
    assert!(!with(&|rule| rule.after_days = 0));
    assert!(with(&|rule| rule.basis = text(1_024)));
    assert!(!with(&|rule| rule.basis = text(1_025)));
    assert!(!with(&|rule| rule.basis = text(0)));
    assert!(with(&|rule| rule.event_type = Some(text(1_024))));
    assert!(!with(&|rule| rule.event_type = Some(text(1_025))));
    assert!(!with(&|rule| rule.classification = Some(text(1_025))));
}

#[test]
fn a_rule_says_what_it_is_about() {
    assert!(RetentionParts::All.contain(PartKind::Body));
    assert!(RetentionParts::All.contain(PartKind::Payload));
    assert!(RetentionParts::Bodies.contain(PartKind::Body));
    assert!(!RetentionParts::Bodies.contain(PartKind::Payload));
    assert!(!RetentionParts::Payloads.contain(PartKind::Body));
    assert!(RetentionParts::Payloads.contain(PartKind::Payload));
    let day = 86_400_000_000_000;
    let rule = bare_rule("a");
    assert!(rule.is_due(5, day + 5));
    assert!(!rule.is_due(6, day + 5));
    let never = RetentionRule {
        after_days: crate::limits::UINT_MAX,
        ..rule
    };
    assert!(!never.is_due(crate::limits::UINT_MAX, crate::limits::UINT_MAX));
    for (word, action) in [
        ("erase", RetentionAction::Erase),
        ("archive", RetentionAction::Archive),
    ] {
        assert_eq!(RetentionAction::from_word(word), Some(action));
        assert_eq!(action.as_str(), word);
    }
    assert_eq!(RetentionAction::from_word("keep"), None);
    assert_eq!(full_settings().rule("b"), Some(&bare_rule("b")));
    assert!(full_settings().wants_signature("urn:b"));
    assert!(!full_settings().wants_signature("urn:"));
}

#[test]
fn spans_are_ascending_and_apart() {
    let most: Vec<_> = (0..64).map(|number| (3 * number, 3 * number + 2)).collect();
    let above: Vec<_> = (0..65).map(|number| (3 * number, 3 * number + 2)).collect();
    for (spans, good) in [
        (&most[..], true),
        (&above, false),
        (&[], false),
        (&[(0, 1)], true),
        (&[(1, 1)], false),
        (&[(2, 1)], false),
        (&[(1, 3), (4, 5)], true),
        (&[(1, 3), (3, 5)], false),
        (&[(1, 3), (2, 5)], false),
        (&[(4, 5), (1, 3)], false),
    ] {
        let decoded = Disposal::decode(&disposal(spans, false).encode());
        assert_eq!(decoded.is_ok(), good, "{spans:?}");
    }
    let disposal = disposal(&[(2, 4), (7, 8)], false);
    let covered: Vec<_> = (0..10)
        .filter(|sequence| disposal.covers(*sequence))
        .collect();
    assert_eq!(covered, [2, 3, 7]);
    assert_eq!(disposal.end(), 8);
}

#[test]
fn a_registration_proves_possession() {
    assert!(registration(&[]).is_proven());
    assert!(registration(&["a"]).is_proven());
    assert!(producer_revocation(None).is_proven());
    let changed = |change: &dyn Fn(&mut ProducerChange)| {
        let mut registration = registration(&["a"]);
        change(&mut registration);
        registration.is_proven()
    };
    assert!(!changed(&|it| it.key = public_key(7)));
    assert!(!changed(&|it| {
        it.origin = Origin::parse(SUCCESSOR).unwrap();
    }));
    assert!(!changed(&|it| {
        if let ProducerAction::Register { sources, .. } = &mut it.action {
            sources.push("b".to_owned());
        }
    }));
    assert!(!changed(&|it| {
        if let ProducerAction::Register { sources, .. } = &mut it.action {
            sources.clear();
        }
    }));
    assert!(!changed(&|it| {
        if let ProducerAction::Register { name, .. } = &mut it.action {
            name.push('5');
        }
    }));
}

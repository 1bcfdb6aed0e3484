//! A report says which of its records have recorded times after that of the checkpoint over them.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use indelible_compliance::{
    frameworks::shipped,
    projections::catalogue::Catalogue,
    reports::{Asked, Report, View, Whose, assess, forms},
    survey::{Question, survey},
};
use indelible_evidence::{
    bundle::{Selection, TarSource},
    verify::Trust,
};
use support::Ledger;

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const DAY: i64 = 86_400_000_000_000;

/// A report over a ledger.
fn report(ledger: &mut Ledger, asked: Asked) -> Report {
    let tar = ledger.bundle(Selection::Whole);
    let question = Question {
        asked,
        whose: Whose::Clients,
        view: View::Bodies,
        with_tables: false,
        as_of: None,
    };
    let trust = Trust::in_key(ledger.key());
    let (subject, _) = survey(TarSource::new(&tar[..]), &trust, question, &|_| ()).unwrap();
    let framework = shipped("eu-ai-act", None).unwrap();
    let framework = framework.read(&Catalogue::of_this_build()).unwrap();
    assess(&framework, &framework.select(&[]).unwrap(), &subject).unwrap()
}

#[test]
fn a_clock_that_was_ahead_is_told_in_every_form() {
    let mut ledger = Ledger::new("ahead", 1);
    ledger.events(5);
    let right = report(&mut ledger, Asked::Whole);
    assert_eq!(right.recorded_ahead, None);
    ledger.time_shift = 3_650 * DAY;
    let first = ledger.size();
    ledger.events(3);
    let size = ledger.size();
    let whole = report(&mut ledger, Asked::Whole);
    let ahead = whole.recorded_ahead.as_ref().unwrap();
    assert_eq!((ahead.first, ahead.records), (first, 3));
    let said = "when a checkpoint over them was signed. A checkpoint is signed after its records";
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for form in [
        forms::text::text(&whole),
        forms::html::html(&whole),
        String::from_utf8(forms::oscal::oscal(&whole).unwrap()).unwrap(),
    ] {
        assert!(on_one_line(&form).contains(said), "{form}");
    }
    let text = on_one_line(&forms::text::text(&whole));
    let when = format!(
        "The recorded times of 3 records from record {first} on are later than 15 January 2027 08:01:40 UTC,"
    );
    assert!(text.contains(&when), "{text}");
    let csv = forms::csv::criteria(&whole);
    assert!(
        csv.contains("recorded-ahead") && !csv.contains("complete"),
        "{csv}"
    );
    // Of a range, what lies in it.
    let from = Asked::Records {
        from: first + 2,
        to: size,
    };
    let ahead = report(&mut ledger, from).recorded_ahead.unwrap();
    assert_eq!((ahead.first, ahead.records), (first + 2, 1));
    let before = Asked::Records { from: 0, to: first };
    assert_eq!(report(&mut ledger, before).recorded_ahead, None);
    // At the same size another checkpoint may be signed later, so a report is not named by it.
    let unsaid = Report {
        recorded_ahead: None,
        ..whole.clone()
    };
    let json = unsaid.to_json().unwrap();
    assert_eq!(Report::from_json(&json).unwrap().id, whole.id);
    assert_eq!(Report::from_json(&whole.to_json().unwrap()).unwrap(), whole);
}

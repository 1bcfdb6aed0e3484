//! A report on a ledger that succeeds another is no report on the whole of what was recorded.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use indelible_compliance::{
    frameworks::shipped,
    projections::catalogue::Catalogue,
    reports::{Asked, CaveatCode, OutcomeFacts, Report, State, View, Whose, assess, forms},
    survey::{Question, survey},
};
use indelible_evidence::{
    Body, Domain, FactValue, Origin, Predecessor, RecordKind,
    body::ComponentDigest,
    bundle::{Selection, TarSource},
    hash::{ChainHash, TreeHash},
    verify::Trust,
};
use support::{Ledger, salt};

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const LOST: &str = "audit.example.com/credit/00000000000a\n140\nAAAA\n\n";

/// A report over all of a ledger with ten events, which succeeds another or none.
fn report(predecessor: Option<Option<&str>>, framework: &str) -> Report {
    let mut ledger = Ledger::empty("successor", 1);
    ledger.genesis(|genesis| {
        genesis.predecessor = predecessor.map(|lost| Predecessor {
            origin: Origin::parse("audit.example.com/credit/00000000000a").unwrap(),
            size: 120,
            root: TreeHash::from_bytes([5; 32]),
            chain: ChainHash::from_bytes([6; 32]),
            lost: lost.map(str::to_owned),
        });
    });
    ledger.epoch(1_000_000_000);
    let id = [("consent_id", "c")];
    event(
        &mut ledger,
        "privacy.consent.v1",
        &[id[0], ("status", "withdrawn")],
    );
    let on_another = [("legal_basis", "consent"), ("consent_id", "d")];
    event(&mut ledger, "com.example.letter", &on_another);
    let decision = [("system", "credit"), ("result", "pass")];
    event(&mut ledger, "ai.decision.v1", &decision);
    let reviewer = [("reviewer", "a.berg"), ("system", "credit")];
    event(&mut ledger, "ai.override.v1", &reviewer);
    let tar = ledger.bundle(Selection::Whole);
    let question = Question {
        asked: Asked::Whole,
        whose: Whose::Clients,
        view: View::Bodies,
        with_tables: false,
        as_of: None,
    };
    let trust = Trust::in_key(ledger.key());
    let (subject, _) = survey(TarSource::new(&tar[..]), &trust, question, &|_| ()).unwrap();
    let framework = shipped(framework, None).unwrap();
    let framework = framework.read(&Catalogue::of_this_build()).unwrap();
    assess(&framework, &framework.select(&[]).unwrap(), &subject).unwrap()
}

fn event(ledger: &mut Ledger, event_type: &'static str, facts: &[(&str, &str)]) {
    let sequence = ledger.size();
    let id = format!("event-{sequence}");
    let facts = facts.iter();
    let digest = |component| ComponentDigest {
        component,
        algorithm: "sha256",
        value: match component {
            "final_output" => &[8; 32],
            _ => &[7; 32],
        },
    };
    let mut body = Body {
        id: &id,
        source: "tests/succession",
        correlation_id: Some("a case of before"),
        facts: facts
            .map(|(name, value)| (*name, FactValue::Text(value)))
            .collect(),
        digests: vec![digest("original_output"), digest("final_output")],
        ..Body::default()
    };
    if event_type == "ai.decision.v1" {
        body.correlation_id = Some("another case");
    }
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    ledger.event_with((salt(sequence, Domain::Body), bytes), None, |header| {
        if let RecordKind::Event(event) = &mut header.kind {
            event.event_type = event_type;
        }
    });
}

fn on_one_line(form: &str) -> String {
    form.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_successor_says_whom_it_succeeds_and_what_was_lost() {
    let said = "This ledger succeeds audit.example.com/credit/00000000000a, whose records end at size 120; genesis holds a \
                checkpoint by which its records 120 to 139 were lost.";
    let whole = report(Some(Some(LOST)), "gdpr");
    let caveat = whole
        .caveats
        .iter()
        .find(|one| one.code == CaveatCode::Succeeds);
    assert!(caveat.unwrap().text.starts_with(said), "{caveat:?}");
    assert!(whole.headline.contains(said), "{}", whole.headline);
    let text = on_one_line(&forms::text::text(&whole));
    assert!(text.contains(said), "{text}");
    assert!(
        !text.contains("The whole ledger at this checkpoint"),
        "{text}"
    );
    assert!(forms::csv::criteria(&whole).contains("succeeds"));
    assert!(!forms::csv::criteria(&whole).contains("no-caveats"));
    assert_eq!(Report::from_json(&whole.to_json().unwrap()).unwrap(), whole);
    let unknown = report(Some(None), "gdpr");
    let text = on_one_line(&forms::text::text(&unknown));
    assert!(
        text.contains("which of its records were lost is not known"),
        "{text}"
    );
    let first = report(None, "gdpr");
    let succeeds = first
        .caveats
        .iter()
        .any(|one| one.code == CaveatCode::Succeeds);
    assert!(!succeeds && first.ledger.predecessor.is_none());
}

/// What stood open in the ledger before limits the same clauses as what stood open before a range.
#[test]
fn what_stood_open_in_the_ledger_before_is_not_known() {
    let clause = |report: &Report, id: &str| {
        let found = report.clauses.iter().find(|clause| clause.id == id);
        found.unwrap().clone()
    };
    let first = clause(&report(None, "gdpr"), "7(3)");
    assert_eq!(first.state, State::PartlyEvidenced, "{:?}", first.why);
    let successor = clause(&report(Some(None), "gdpr"), "7(3)");
    let open = "the ledger succeeds audit.example.com/credit/00000000000a, and what stood open there is not known";
    assert!(
        successor.why.iter().any(|why| why == open),
        "{:?}",
        successor.why
    );
    assert!(!first.why.iter().any(|why| why == open));
    // An override may name a decision of the ledger before.
    let outcome = |report: &Report| {
        let clause = clause(report, "14(4)(d)");
        let mut criteria = clause.criteria.iter();
        let found = criteria.find(|one| one.measure == "oversight.overrides_of_decisions_outside");
        found.unwrap().outcome
    };
    let (first, successor) = (report(None, "eu-ai-act"), report(Some(None), "eu-ai-act"));
    assert_eq!(outcome(&first), OutcomeFacts::NotMet);
    assert_eq!(outcome(&successor), OutcomeFacts::Undecided);
    // The states are those of the daemon's projections.
    assert_eq!(first.projections.len(), successor.projections.len());
}

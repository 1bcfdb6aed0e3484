//! Events of another version of a known type, or of a kind that nobody knows, weigh like what can't be read.

use super::story::{Story, Told, event};
use crate::{
    conventions::SPECS,
    projections::measure::{Measures, Value},
};

fn measures(events: &[Told]) -> Measures {
    let mut story = Story::new();
    for told in events {
        story.tell(told.clone());
    }
    story.told().projections.measures()
}

/// The measures of which one more event than before can't be read.
fn open(before: &Measures, after: &Measures) -> Vec<String> {
    let pairs = before.0.iter().zip(after.0.values());
    let more = pairs.filter(|((_, before), after)| after.unread.count() > before.unread.count());
    more.map(|((name, _), _)| name.clone()).collect()
}

#[test]
fn another_version_of_each_known_type_leaves_measures_of_its_kind_open() {
    let note = event("com.example.note", &[]);
    let nothing = measures(&[note.clone(), note.clone()]);
    // What the daemon records itself it records in its own version.
    let of_clients = |event_type: &str| {
        !event_type.starts_with("indelible.access.") && !event_type.starts_with("indelible.report.")
    };
    for spec in SPECS.iter().filter(|spec| of_clients(spec.event_type)) {
        let (kind, _) = spec.event_type.rsplit_once('.').unwrap();
        let later = event(&format!("{kind}.v99"), &[]);
        let open = open(&nothing, &measures(&[note.clone(), later]));
        assert!(!open.is_empty(), "{kind}.v99 weighs nothing");
    }
    // What is of no known kind weighs nothing.
    let other = event("com.example.other.v99", &[]);
    assert!(open(&nothing, &measures(&[note, other])).is_empty());
}

#[test]
fn an_unknown_kind_may_be_any_of_the_known_ones_beside_it() {
    let stopped = event("ai.agent.stopped.v1", &[("agent", "scorer".into())]);
    let measures = measures(&[stopped]);
    for name in ["agents.halts", "agents.resumes", "agents.declared"] {
        assert_eq!(measures.0[name].unread.once, 1, "{name}");
    }
    // It is one event, whatever it may be.
    assert_eq!(measures.0["agents.halts_by_others"].unread.count(), 1);
    assert_eq!(measures.0["agents.acts"].unread.once, 1);
    assert_eq!(measures.0["decisions.recorded"].unread.once, 0);
}

#[test]
fn a_consent_in_another_version_may_be_a_withdrawal() {
    let consent = |version: &str, status: &str| {
        event(
            &format!("privacy.consent.{version}"),
            &[("consent_id", "c1".into()), ("status", status.into())],
        )
    };
    let visit = event("com.example.visit", &[("consent_id", "c1".into())]);
    let told = [consent("v1", "given"), consent("v2", "withdrawn"), visit];
    let measures = measures(&told);
    let used = &measures.0["consents.used_after_withdrawal"];
    assert_eq!(used.value, Value::Count(0));
    assert!(matches!(used.greatest(), Value::NotComputable(_)));
    assert_eq!(measures.0["consents.withdrawn"].greatest(), Value::Count(1));
}

/// Whoever writes a common fact in another kind hides that the event rests on a consent, and gains nothing.
#[test]
fn an_event_whose_common_facts_are_wrong_may_rest_on_a_consent() {
    for (name, fact) in [
        ("consent_id", 5_u64),
        ("legal_basis", 5),
        ("producer_sequence", 5),
    ] {
        let visit = event("com.example.visit", &[(name, fact.into())]);
        let measures = measures(&[visit]);
        let is_wrong = name != "producer_sequence";
        let share = &measures.0["consents.share_naming_consent"];
        assert_eq!(share.unread.once, u64::from(is_wrong), "{name}");
    }
}

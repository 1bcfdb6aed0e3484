//! Uses that must be on record, matches that people verify, and decisions that people contest.

use super::{
    ending::Ending,
    story::{NOON, SECOND, Shown, Story, Told, event},
};
use crate::projections::{measure::Value, pieces::RECORDS_NAMED_MAX};

const DAY: u64 = 86_400;

fn used(name: &str, state: &str) -> Told {
    event(
        "ai.use.v1",
        &[("use_id", name.into()), ("system", "gate".into())],
    )
    .with("state", state)
}

fn verified(case: &str, state: &str, reviewer: &str) -> Told {
    used("u", state).correlated(case).with("reviewer", reviewer)
}

fn decision(case: &str) -> Told {
    event("ai.decision.v1", &[("system", "credit".into())])
        .with("result", "fail")
        .with("agent", "bot")
        .correlated(case)
}

fn reviewed(case: &str, reviewer: &str) -> Told {
    event("ai.oversight.v1", &[("reviewer", reviewer.into())])
        .with("intervention", "review")
        .correlated(case)
}

fn overridden(case: &str) -> Told {
    event("ai.override.v1", &[("reviewer", "hana".into())])
        .correlated(case)
        .with_digests(&["original_output", "final_output"])
}

fn contest(id: &str) -> Told {
    event("privacy.request.received.v1", &[("request_id", id.into())])
        .with("right", "human_intervention")
        .with("received_at_ns", NOON)
}

#[test]
fn a_use_has_a_period_once_its_end_follows_its_beginning() {
    let mut story = Story::new();
    story.tell(used("u1", "started").with("reference_database", "faces 7")); // 0
    story.tell(used("u1", "ended")); // 1
    story.tell(used("u2", "ended")); // 2: without a beginning
    story.tell(used("u3", "started")); // 3: goes on
    let told = story.told();
    told.counts("uses.recorded", &[0, 2, 3]);
    told.share("uses.share_with_period", 1, 2);
    told.share("uses.share_with_database", 1, 3);
    // It may end in time, or never.
    let share = told.measure("uses.share_with_period");
    assert_eq!(share.least(), Value::Share { part: 1, whole: 3 });
    assert_eq!(share.greatest(), Value::Share { part: 2, whole: 3 });
    story.tell(used("u2", "started")); // 4: after its end
    let told = story.told();
    told.share("uses.share_with_period", 1, 2);
    story.tell(used("u3", "ended")); // 5
    story.told().share("uses.share_with_period", 2, 3);
}

#[test]
fn two_others_than_the_system_confirm_a_match() {
    let matched = |case: &str| used("u", "matched").correlated(case);
    let mut story = Story::new();
    story.tell(event("ai.agent.declared.v1", &[("agent", "bot".into())])); // 0
    story.tell(matched("1").by("camera").with_digests(&["input"])); // 1
    story.tell(matched("2")); // 2
    story.tell(matched("3")); // 3
    story.tell(used("u", "matched")); // 4: nobody can name it
    story.tell(verified("1", "confirmed", "hana")); // 5
    story.tell(verified("1", "confirmed", "hana").by("desk")); // 6: the same one
    story.tell(verified("2", "confirmed", "gate")); // 7: the system
    story.tell(verified("2", "confirmed", "bot")); // 8: an agent
    story.tell(verified("3", "rejected", "hana")); // 9
    let told = story.told();
    told.number("uses.matches", 4);
    told.counts("uses.matches_without_correlation", &[4]);
    told.share("uses.share_matches_with_input", 1, 4);
    told.share("uses.share_matches_verified", 2, 4);
    told.share("uses.share_matches_confirmed_twice", 0, 3);
    story.tell(verified("1", "confirmed", "camera")); // 10: whoever sent the match
    story
        .told()
        .share("uses.share_matches_confirmed_twice", 0, 3);
    story.tell(verified("1", "confirmed", "ivo")); // 11
    story
        .told()
        .share("uses.share_matches_confirmed_twice", 1, 3);
}

/// What is said of a match before there is one confirms nothing.
#[test]
fn a_match_is_confirmed_after_it_was_recorded() {
    let mut story = Story::new();
    story.tell(verified("1", "confirmed", "hana")); // 0
    story.tell(verified("1", "confirmed", "ivo")); // 1
    story.tell(used("u", "matched").correlated("1")); // 2
    story
        .told()
        .share("uses.share_matches_confirmed_twice", 0, 1);
    story.tell(verified("1", "confirmed", "ivo")); // 3
    let told = story.told();
    told.share("uses.share_matches_verified", 1, 1);
    told.share("uses.share_matches_confirmed_twice", 0, 1);
}

/// Every one of them, and not only the first.
#[test]
fn overrides_before_their_decision_are_not_linked_to_it() {
    let mut story = Story::new();
    story.tell(overridden("1")); // 0
    story.tell(overridden("1")); // 1
    story.tell(decision("1")); // 2
    let told = story.told();
    told.number("oversight.overrides_linked", 0);
    told.counts("oversight.overrides_before_decision", &[0, 1]);
    told.share("oversight.share_decisions_reviewed", 0, 1);
    story.tell(overridden("1")); // 3
    story.tell(overridden("1")); // 4
    let told = story.told();
    told.number("oversight.overrides_linked", 2);
    told.number("oversight.interventions_unlinked", 2);
    told.counts("oversight.overrides_before_decision", &[0, 1]);
    told.share("oversight.share_decisions_reviewed", 1, 1);
    assert_eq!(told.measure("oversight.decisions_reviewed").records, [3]);
}

/// The first 16 reactions are kept: what is behind them is not said to be before the decision, nor after it.
#[test]
fn more_reactions_before_a_decision_than_are_kept_leave_open_what_follows() {
    let early = RECORDS_NAMED_MAX as u64;
    let mut story = Story::new();
    for _ in 0..early {
        story.tell(overridden("1"));
    }
    story.tell(decision("1"));
    let told = story.told();
    told.number("oversight.overrides_linked", 0);
    assert_eq!(told.measure("oversight.overrides_linked").unread.open(), 0);
    // One more of them, and then some behind the decision, whose last is known as the reviewer's last word.
    let story_of = |late: u64| {
        let mut story = Story::new();
        for _ in 0..early + 1 {
            story.tell(overridden("1"));
        }
        story.tell(decision("1"));
        for _ in 0..late {
            story.tell(overridden("1"));
        }
        story.told()
    };
    let open = |told: &Ending, name: &str| told.measure(name).unread.open();
    let told = story_of(0);
    told.number("oversight.overrides_linked", 0);
    told.number("oversight.interventions_unlinked", early);
    for name in [
        "oversight.overrides_linked",
        "oversight.interventions_unlinked",
        "oversight.share_interventions_linked",
        "oversight.overrides_before_decision",
        "oversight.overrides_of_decisions_outside",
        "oversight.override_rate",
    ] {
        assert_eq!(open(&told, name), 1, "{name}");
    }
    let told = story_of(3);
    told.number("oversight.overrides_linked", 1);
    told.share("oversight.override_rate", 1, 1);
    assert_eq!(open(&told, "oversight.override_rate"), 0);
    assert_eq!(open(&told, "oversight.overrides_linked"), 3);
    assert_eq!(told.measure("oversight.override_rate").records, [early + 4]);
    assert_eq!(
        told.measure("oversight.overrides_before_decision")
            .records
            .len() as u64,
        early
    );
}

#[test]
fn a_contested_decision_is_looked_after_once_somebody_was_asked_to() {
    let share = "oversight.share_contested_looked_after";
    let mut story = Story::new();
    story.tell(decision("1")); // 0
    story.tell(decision("2")); // 1
    story.tell(reviewed("1", "hana")); // 2: before anybody asked
    story.tell(contest("r1").correlated("1")); // 3
    story.tell(contest("r2").correlated("2")); // 4
    story.tell(contest("r3").correlated("not recorded")); // 5
    story.tell(contest("r4")); // 6
    story.tell(reviewed("1", "bot")); // 7: the agent itself
    let told = story.told();
    told.number("oversight.contests", 4);
    told.counts("oversight.contests_without_decision", &[6]);
    told.counts("oversight.contests_of_decisions_outside", &[5]);
    // There is a month for it.
    told.not_computable(share);
    assert_eq!(told.measure(share).population, Some(2));
    story.wait(40 * DAY);
    story.tell(reviewed("2", "hana")); // 8
    let told = story.told();
    told.share(share, 1, 2);
    let mut silent = told.projections.clone();
    silent.reach(NOON + 400 * DAY * SECOND);
    let value = &silent.measures().0[share].value;
    assert_eq!(*value, Value::Share { part: 1, whole: 2 });
    // A review that nobody can read may be the one that was asked for.
    story.tell(reviewed("1", "hana").shown(Shown::Sealed)); // 9
    let told = story.told();
    told.share(share, 1, 2);
    assert!(matches!(
        told.measure(share).greatest(),
        Value::NotComputable(_)
    ));
    story.tell(reviewed("1", "hana")); // 10
    story.told().share(share, 2, 2);
}

#[test]
fn the_people_concerned_are_told_of_an_incident_before_it_is_closed() {
    let share = "incidents.share_closed_serious_told_people";
    let incident = |id: &str, status: &str| {
        event("ai.incident.v1", &[("incident_id", id.into())])
            .with("status", status)
            .with("severity", "high")
            .with("serious", true)
    };
    let told_of = |id: &str, to: &str| {
        event("ai.incident.reported.v1", &[("incident_id", id.into())]).with("to", to)
    };
    let mut story = Story::new();
    story.tell(incident("1", "opened")); // 0
    story.told().not_computable(share);
    story.tell(told_of("1", "authority")); // 1
    story.tell(incident("1", "closed")); // 2
    story.tell(incident("2", "opened")); // 3
    story.told().share(share, 0, 1);
    story.tell(told_of("1", "person")); // 4
    story.told().share(share, 1, 1);
}

#[test]
fn a_release_says_who_provides_the_model_and_what_it_may_do() {
    let released = |version: &str| {
        event("ai.model.released.v1", &[("model", "m".into())]).with("model_version", version)
    };
    let mut story = Story::new();
    story.tell(
        released("1")
            .with("provider", "acme")
            .with_digests(&["impact_assessment"]),
    ); // 0
    story.tell(released("2").with_digests(&["model"])); // 1
    story.tell(decision("1").with("model", "m").with("model_version", "3")); // 2: is not released
    let told = story.told();
    told.share("registry.share_models_with_impact_assessment", 1, 2);
    told.share("registry.share_models_with_provider", 1, 2);
}

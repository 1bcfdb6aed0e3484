use super::*;
use crate::{
    record::HaltOf,
    state::{HaltRefusal, Presence, refusal::code},
};

fn agent() -> HaltOf {
    HaltOf::Agent("a".to_owned())
}

fn halt(ledger: &mut Ledger, of: HaltOf, people: u8) {
    let by = "operator".to_owned();
    ledger.apply(Entry::Halted { of, by, people });
}

#[test]
fn a_heartbeat_never_ends_a_halt() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", Vec::new());
    halt(&mut ledger, agent(), 1);
    assert_eq!(failed(&ledger.decide(&ask).1), Some(code::HALTED));
    ledger.apply(Entry::Sign {
        agent: "a".to_owned(),
    });
    let again = AgentDeclared {
        agent: "a".to_owned(),
        operator: None,
        speakers: Vec::new(),
    };
    ledger.apply(Entry::Agent(again));
    assert_eq!(failed(&ledger.decide(&ask).1), Some(code::HALTED));
    assert_eq!(
        ledger.state.presence(ledger.time, "a", 300),
        Presence::Halted
    );
    assert!(
        ledger
            .decide(&proposal("b", "call", Vec::new()))
            .1
            .verdict
            .is_allowed()
    );
}

#[test]
fn a_person_who_is_not_the_agent_resumes_it() {
    let mut ledger = Ledger::new();
    halt(&mut ledger, agent(), 1);
    let resume = |ledger: &Ledger, by: &Person| ledger.state.resumption(&agent(), by);
    for own in ["a", "operator-of-a", "gateway"] {
        assert_eq!(
            resume(&ledger, &person(own)),
            Err(HaltRefusal::Own),
            "{own}"
        );
    }
    let token = Person {
        is_person: false,
        ..person("p")
    };
    assert_eq!(resume(&ledger, &token), Err(HaltRefusal::NotAPerson));
    let entry = resume(&ledger, &person("p")).unwrap();
    ledger.apply(entry.clone());
    assert!(
        ledger
            .decide(&proposal("a", "call", Vec::new()))
            .1
            .verdict
            .is_allowed()
    );
    assert_eq!(ledger.tried(entry), Err(Misfit::NotHalted));
}

#[test]
fn where_two_people_must_one_does_not_resume() {
    let mut ledger = Ledger::new();
    halt(&mut ledger, agent(), 2);
    // A second halt that takes one does not weaken the first.
    halt(&mut ledger, agent(), 1);
    let first = ledger.state.resumption(&agent(), &person("p")).unwrap();
    ledger.apply(first);
    assert_eq!(
        failed(&ledger.decide(&proposal("a", "call", Vec::new())).1),
        Some(code::HALTED)
    );
    assert_eq!(
        ledger.state.resumption(&agent(), &person("p")),
        Err(HaltRefusal::SamePerson)
    );
    let second = ledger.state.resumption(&agent(), &person("q")).unwrap();
    ledger.apply(second);
    assert!(
        ledger
            .decide(&proposal("a", "call", Vec::new()))
            .1
            .verdict
            .is_allowed()
    );
}

#[test]
fn sessions_and_everything_are_halted_alike_and_a_successor_is() {
    let mut ledger = Ledger::new();
    halt(&mut ledger, HaltOf::Session("s-1".to_owned()), 1);
    assert_eq!(
        failed(&ledger.decide(&proposal("b", "call", Vec::new())).1),
        Some(code::HALTED)
    );
    let mut elsewhere = proposal("b", "call", Vec::new());
    elsewhere.act.session = Some("s-2".to_owned());
    assert!(ledger.decide(&elsewhere).1.verdict.is_allowed());
    ledger.apply(Entry::Succeeded { people: 2 });
    assert_eq!(failed(&ledger.decide(&elsewhere).1), Some(code::HALTED));
}

#[test]
fn a_halt_tells_what_is_open_and_takes_its_authority() {
    let mut ledger = Ledger::new();
    let (open, _) = ledger.decide(&proposal("a", "call", Vec::new()));
    assert_eq!(ledger.state.standing(ledger.time, open), Standing::Pending);
    assert_eq!(ledger.state.open_decisions(Some("a"), None), [open]);
    halt(&mut ledger, agent(), 1);
    assert_eq!(ledger.state.standing(ledger.time, open), Standing::Halted);
    assert!(ledger.state.open_decisions(Some("b"), None).is_empty());
}

#[test]
fn only_the_agents_own_principal_and_its_speakers_speak_for_it() {
    let mut ledger = Ledger::new();
    let mut ask = proposal("a", "call", Vec::new());
    for (principal, allowed) in [("gateway", true), ("b", false), ("operator-of-a", false)] {
        ask.act.principal = principal.to_owned();
        let (_, decision) = ledger.decide(&ask);
        assert_eq!(decision.verdict.is_allowed(), allowed, "{principal}");
        assert_eq!(failed(&decision), (!allowed).then_some(code::NOT_THE_AGENT));
    }
}

#[test]
fn presence_is_judged_on_the_signs_before() {
    let mut ledger = Ledger::new();
    let ask = proposal(
        "a",
        "call",
        vec![Claim::Present {
            within_seconds: 300,
        }],
    );
    assert_eq!(failed(&ledger.decide(&ask).1), Some(code::UNRESPONSIVE));
    ledger.apply(Entry::Sign {
        agent: "a".to_owned(),
    });
    assert_eq!(ledger.state.presence(ledger.time, "a", 300), Presence::Live);
    assert!(ledger.wait(300).decide(&ask).1.verdict.is_allowed());
    assert!(
        ledger.wait(299).decide(&ask).1.verdict.is_allowed(),
        "an allowed decision is a sign"
    );
    ledger.wait(100);
    assert_eq!(ledger.state.presence(ledger.time, "a", 300), Presence::Idle);
    ledger.wait(201);
    assert_eq!(
        ledger.state.presence(ledger.time, "a", 300),
        Presence::Unresponsive
    );
    assert_eq!(failed(&ledger.decide(&ask).1), Some(code::UNRESPONSIVE));
    assert_eq!(
        failed(&ledger.decide(&ask).1),
        Some(code::UNRESPONSIVE),
        "a denied one is none"
    );
}

#[test]
fn nothing_is_decided_without_rules_or_with_a_clock_that_is_behind() {
    let state = State::new();
    let decision = state.judge(START, &proposal("a", "call", Vec::new()));
    assert_eq!(failed(&decision), Some(code::SEMANTICS));
    let ledger = Ledger::new();
    let decision = ledger
        .state
        .judge(START - 1, &proposal("a", "call", Vec::new()));
    assert_eq!(failed(&decision), Some(code::CLOCK_UNTRUSTED));
}

#[test]
fn whoever_may_not_speak_for_an_agent_fills_no_window_of_it() {
    use crate::claim::{Calls, LoopAction};

    let mut ledger = Ledger::new();
    let calls = Claim::Calls(Calls {
        of: Of::Agent("a".to_owned()),
        window_seconds: 60,
        max_calls: 2,
        action: LoopAction::Halt,
    });
    let own = proposal("a", "call", vec![calls, Claim::SessionSeconds { max: 10 }]);
    let mut foreign = own.clone();
    foreign.act.principal = "stranger".to_owned();
    for _ in 0..5 {
        let (_, decision) = ledger.decide(&foreign);
        assert_eq!(failed(&decision), Some(code::NOT_THE_AGENT));
    }
    assert!(ledger.wait(11).decide(&own).1.verdict.is_allowed());
}

#[test]
fn a_record_that_resumes_or_grants_ones_own_does_not_fit() {
    let mut ledger = Ledger::new();
    halt(&mut ledger, agent(), 1);
    for own in ["a", "operator-of-a", "gateway"] {
        let by = own.to_owned();
        let resumed = Entry::Resumed { of: agent(), by };
        assert_eq!(ledger.tried(resumed), Err(Misfit::Own), "{own}");
    }
    ledger.decide(&proposal("b", "pay", vec![Claim::Approved]));
    let approval = ledger
        .state
        .approval_for(ledger.time, &act("b", "pay"))
        .unwrap();
    for own in ["b", "operator-of-b", "gateway"] {
        let by = own.to_owned();
        let granted = Entry::ApprovalAnswered {
            approval,
            by,
            granted: true,
        };
        assert_eq!(ledger.tried(granted), Err(Misfit::Own), "{own}");
    }
}

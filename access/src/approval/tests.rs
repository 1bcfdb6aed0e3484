use proptest::prelude::*;

use super::*;
use crate::{binding::Binding, reach::Reach, role::Role, table::DualControl};

const NOW: u64 = 1_000;
const EXPIRES: u64 = 2_000;

fn person(name: &str) -> Caller {
    // A user has a number besides the name.
    let uid = name.bytes().map(u32::from).sum();
    Caller::unix(uid, Some(name), &[(50, Some("staff"))]).unwrap()
}

fn of_token(token: &Principal, maker: &str) -> Caller {
    Caller::token(token, person(maker).persons().cloned().collect()).unwrap()
}

fn table(more: &[(&str, Role, &str)]) -> Table {
    let usual = [
        ("unix:alice", Role::PrivacyOfficer, "hr*"),
        ("unix:alice", Role::Approver, "hr*"),
        ("unix:bob", Role::Approver, "hr*"),
        ("unix:eve", Role::Approver, "payments"),
    ];
    let bindings = usual.iter().chain(more).map(|(who, role, on)| {
        let reach = Reach::parse(on).unwrap();
        Binding::new(Principal::parse(who).unwrap(), *role, reach)
    });
    Table::new(bindings.collect(), DualControl::NeverInForce)
}

fn wanted() -> Wanted<'static> {
    Wanted {
        action: Action::Erase,
        scope: Scope::Ledger("hr"),
        content: b"data subject 7",
        grants: &[],
    }
}

fn asked() -> Request {
    Request::ask(
        &table(&[]),
        &person("alice"),
        &wanted(),
        [7; 16],
        NOW,
        EXPIRES,
    )
    .unwrap()
}

fn approve(request: &mut Request, who: &str, now: u64) -> Result<(), ApprovalError> {
    request.approve(&table(&[]), &person(who), wanted().digest(), now)
}

fn carry_out(request: &mut Request, who: &str, now: u64) -> Result<(), ApprovalError> {
    request.carry_out(&table(&[]), &person(who), &wanted(), now)
}

fn is(found: &'static str) -> Result<(), ApprovalError> {
    Err(ApprovalError::State { found })
}

#[test]
fn what_somebody_else_approved_is_carried_out_once() {
    let mut request = asked();
    assert_eq!(carry_out(&mut request, "alice", NOW), is("pending"));
    approve(&mut request, "bob", NOW + 1).unwrap();
    assert_eq!(approve(&mut request, "bob", NOW + 1), is("approved"));
    carry_out(&mut request, "alice", NOW + 2).unwrap();
    assert_eq!(carry_out(&mut request, "alice", NOW + 3), is("used"));
    assert_eq!(request.state_at(EXPIRES).name(), "used");
    let (action, scope) = (request.asked().action, request.scope());
    assert_eq!((action, scope), (Action::Erase, Scope::Ledger("hr")));
}

#[test]
fn nobody_approves_what_they_asked_for() {
    let mut request = asked();
    assert_eq!(
        approve(&mut request, "alice", NOW),
        Err(ApprovalError::SamePerson)
    );
    // By number alone, as on a machine that does not know the name.
    let uid = "alice".bytes().map(u32::from).sum();
    let number = Caller::unix(uid, None, &[]).unwrap();
    let by_number = format!("unix:#{uid}");
    let table = table(&[(&by_number, Role::Approver, "@store")]);
    let approved = request.approve(&table, &number, wanted().digest(), NOW);
    assert_eq!(approved, Err(ApprovalError::SamePerson));
    assert_eq!(
        request.decline(&table, &number, NOW),
        Err(ApprovalError::SamePerson)
    );
    assert_eq!(request.state_at(NOW), State::Pending);
}

#[test]
fn a_token_is_not_a_second_person_beside_its_maker() {
    let token = Principal::token("00000001").unwrap();
    let other = Principal::token("00000002").unwrap();
    let table = table(&[
        ("token:00000001", Role::Approver, "@store"),
        ("token:00000002", Role::PrivacyOfficer, "@store"),
    ]);
    let alices = of_token(&token, "alice");
    let shown = wanted().digest();
    assert_eq!(
        asked().approve(&table, &alices, shown, NOW),
        Err(ApprovalError::SamePerson)
    );
    // What a token asks for, its maker does not approve, nor another token of the maker's.
    let asker = of_token(&other, "bob");
    let mut request = Request::ask(&table, &asker, &wanted(), [7; 16], NOW, EXPIRES).unwrap();
    let by_maker = request.approve(&table, &person("bob"), shown, NOW);
    assert_eq!(by_maker, Err(ApprovalError::SamePerson));
    let bobs = of_token(&token, "bob");
    assert_eq!(
        request.approve(&table, &bobs, shown, NOW),
        Err(ApprovalError::SamePerson)
    );
    request.approve(&table, &alices, shown, NOW).unwrap();
}

#[test]
fn whoever_may_be_anybody_is_no_first_and_no_second_person() {
    let officer = |who: &str| {
        let may = [
            (who, Role::PrivacyOfficer, "hr*"),
            (who, Role::Approver, "hr*"),
        ];
        table(&may)
    };
    let token = Principal::token("00000003").unwrap();
    let local = Caller::insecure_local();
    let made_there = Caller::token(&token, local.persons().cloned().collect()).unwrap();
    for (who, caller) in [("insecure:local", &local), ("token:00000003", &made_there)] {
        let table = officer(who);
        let asked = Request::ask(&table, caller, &wanted(), [7; 16], NOW, EXPIRES);
        assert_eq!(asked, Err(ApprovalError::Anybody), "{who}");
        let mut request = self::asked();
        let approved = request.approve(&table, caller, wanted().digest(), NOW);
        assert_eq!(approved, Err(ApprovalError::Anybody), "{who}");
        let declined = request.decline(&table, caller, NOW);
        assert_eq!(declined, Err(ApprovalError::Anybody), "{who}");
        // What was asked for there before is not carried out there.
        let before = Asked {
            persons: caller.persons().cloned().collect(),
            ..request.asked().clone()
        };
        let by = Principal::parse("unix:bob").unwrap();
        let mut before = Request::restore(before, State::Approved { by, at: NOW });
        let done = before.carry_out(&table, caller, &wanted(), NOW);
        assert_eq!(done, Err(ApprovalError::Anybody), "{who}");
    }
}

#[test]
fn only_an_approver_of_the_place_approves() {
    for who in ["eve", "carol"] {
        let mut request = asked();
        assert_eq!(
            approve(&mut request, who, NOW),
            Err(ApprovalError::NotApprover)
        );
        let declined = request.decline(&table(&[]), &person(who), NOW);
        assert_eq!(declined, Err(ApprovalError::NotApprover));
    }
}

#[test]
fn what_is_carried_out_is_what_was_approved_or_nothing() {
    let others = [
        Wanted {
            content: b"data subject 8",
            ..wanted()
        },
        Wanted {
            content: b"",
            ..wanted()
        },
        Wanted {
            scope: Scope::Ledger("hr2"),
            ..wanted()
        },
        Wanted {
            scope: Scope::Store,
            ..wanted()
        },
        Wanted {
            action: Action::PlaceHold,
            ..wanted()
        },
    ];
    for other in others {
        let mut request = asked();
        let shown = request.approve(&table(&[]), &person("bob"), other.digest(), NOW);
        assert_eq!(shown, Err(ApprovalError::Other), "{other:?}");
        approve(&mut request, "bob", NOW).unwrap();
        let done = request.carry_out(&table(&[]), &person("alice"), &other, NOW);
        assert_eq!(done, Err(ApprovalError::Other), "{other:?}");
        carry_out(&mut request, "alice", NOW).unwrap();
    }
}

#[test]
fn only_whoever_asked_carries_it_out_and_only_while_they_may() {
    let mut request = asked();
    approve(&mut request, "bob", NOW).unwrap();
    assert_eq!(
        carry_out(&mut request, "bob", NOW),
        Err(ApprovalError::NotRequester)
    );
    let withdrawn = request.withdraw(&person("bob"), NOW);
    assert_eq!(withdrawn, Err(ApprovalError::NotRequester));
    let nothing = Table::new(Vec::new(), DualControl::InForce);
    let done = request.carry_out(&nothing, &person("alice"), &wanted(), NOW);
    assert_eq!(done, Err(ApprovalError::NotAllowed));
    assert_eq!(request.state_at(NOW).name(), "approved");
}

#[test]
fn a_request_expires_before_and_after_its_approval() {
    let mut request = asked();
    assert_eq!(approve(&mut request, "bob", EXPIRES), is("expired"));
    approve(&mut request, "bob", EXPIRES - 1).unwrap();
    assert_eq!(carry_out(&mut request, "alice", EXPIRES), is("expired"));
    assert_eq!(request.withdraw(&person("alice"), EXPIRES), is("expired"));
    carry_out(&mut request, "alice", EXPIRES - 1).unwrap();
}

#[test]
fn a_no_and_a_withdrawal_are_final() {
    let mut declined = asked();
    approve(&mut declined, "bob", NOW).unwrap();
    declined.decline(&table(&[]), &person("bob"), NOW).unwrap();
    let mut withdrawn = asked();
    withdrawn.withdraw(&person("alice"), NOW).unwrap();
    for (mut request, state) in [(declined, "declined"), (withdrawn, "withdrawn")] {
        assert_eq!(approve(&mut request, "bob", NOW), is(state));
        assert_eq!(carry_out(&mut request, "alice", NOW), is(state));
        assert_eq!(request.withdraw(&person("alice"), NOW), is(state));
        assert_eq!(request.decline(&table(&[]), &person("bob"), NOW), is(state));
    }
}

#[test]
fn what_needs_nobody_or_may_not_be_is_not_asked_for() {
    let ask = |table: &Table, who: &str, wanted: Wanted<'_>, expires| {
        Request::ask(table, &person(who), &wanted, [7; 16], NOW, expires)
            .map(|request| request.asked().id)
    };
    let both = table(&[]);
    let hold = Wanted {
        action: Action::PlaceHold,
        ..wanted()
    };
    assert_eq!(
        ask(&both, "alice", hold, EXPIRES),
        Err(ApprovalError::NotNeeded)
    );
    assert_eq!(
        ask(&both, "bob", wanted(), EXPIRES),
        Err(ApprovalError::NotAllowed)
    );
    for expires in [0, NOW, NOW + REQUEST_DAYS_MAX * DAY_NS + 1, u64::MAX] {
        assert_eq!(
            ask(&both, "alice", wanted(), expires),
            Err(ApprovalError::Time)
        );
    }
    let long = vec![0; REQUEST_BYTES_MAX + 1];
    let found = long.len();
    let long = Wanted {
        content: &long,
        ..wanted()
    };
    assert_eq!(
        ask(&both, "alice", long, EXPIRES),
        Err(ApprovalError::Length { found })
    );
}

/// Whoever administers two places, and not the store, asks for a token of both; who may not make it asks for nothing.
#[test]
fn a_token_of_several_places_is_asked_for_by_who_administers_each() {
    let of = |on: &str| TokenGrant {
        role: Role::Administrator,
        reach: Reach::parse(on).unwrap(),
        sources: Vec::new(),
    };
    let both = [of("hr"), of("payments")];
    let wanted = |grants| Wanted {
        action: Action::MakePrivilegedToken,
        scope: Scope::Store,
        content: b"a token",
        grants,
    };
    let carol = |places: &[&'static str]| {
        let bound = places
            .iter()
            .map(|on| ("unix:carol", Role::Administrator, *on));
        table(&bound.collect::<Vec<_>>())
    };
    let ask = |table: &Table, grants| {
        let nonce = [7; 16];
        Request::ask(
            table,
            &person("carol"),
            &wanted(grants),
            nonce,
            NOW,
            EXPIRES,
        )
    };
    let refused = ask(&carol(&["hr"]), &both).unwrap_err();
    assert_eq!(refused, ApprovalError::NotAllowed);
    let of_both = carol(&["hr", "payments"]);
    let mut request = ask(&of_both, &both).unwrap();
    let approver = table(&[("unix:bob", Role::Approver, "@store")]);
    let shown = wanted(&both).digest();
    // What is not of one ledger needs an approver of the store.
    let by_one = request.approve(&table(&[]), &person("bob"), shown, NOW);
    assert_eq!(by_one, Err(ApprovalError::NotApprover));
    request
        .approve(&approver, &person("bob"), shown, NOW)
        .unwrap();
    let lost = request.carry_out(&carol(&["hr"]), &person("carol"), &wanted(&both), NOW);
    assert_eq!(lost, Err(ApprovalError::NotAllowed));
    request
        .carry_out(&of_both, &person("carol"), &wanted(&both), NOW)
        .unwrap();
}

#[test]
fn no_two_requests_are_the_same() {
    let id = |nonce: u8, now| {
        let alice = person("alice");
        let request = Request::ask(&table(&[]), &alice, &wanted(), [nonce; 16], now, EXPIRES);
        request.unwrap().asked().id
    };
    assert_eq!(id(7, NOW), id(7, NOW));
    assert_ne!(id(7, NOW), id(8, NOW));
    assert_ne!(id(7, NOW), id(7, NOW + 1));
    // Nothing moves from one field to the next.
    let digest = |ledger, content| {
        Wanted {
            scope: Scope::Ledger(ledger),
            content,
            ..wanted()
        }
        .digest()
    };
    assert_ne!(digest("hr", b"1"), digest("hr1", b""));
    let origin = "a.example/hr/000102abcdef";
    assert_ne!(digest("hr", b"1"), digest(origin, b"1"));
}

/// A step that somebody takes at some time.
type Step = (u8, &'static str, u64);

proptest! {
    /// Whatever is tried in whatever order, what is done was approved by somebody else before, in time, and once.
    #[test]
    fn nothing_is_done_without_two_people(steps in prop::collection::vec(
        (0_u8..4, prop::sample::select(&["alice", "bob", "eve", "carol"][..]), NOW..EXPIRES + 500),
        1..12,
    )) {
        let mut request = asked();
        let (mut done, mut approved): (u32, Option<Step>) = (0, None);
        for step in steps {
            let (kind, who, now) = step;
            match kind {
                0 if approve(&mut request, who, now).is_ok() => approved = Some(step),
                1 if carry_out(&mut request, who, now).is_ok() => {
                    let (_, by, _) = approved.unwrap();
                    prop_assert_eq!((who, by), ("alice", "bob"));
                    prop_assert!(now < EXPIRES);
                    done += 1;
                }
                2 if request.decline(&table(&[]), &person(who), now).is_ok() => approved = None,
                3 if request.withdraw(&person(who), now).is_ok() => approved = None,
                _ => {}
            }
        }
        prop_assert!(done <= 1);
    }
}

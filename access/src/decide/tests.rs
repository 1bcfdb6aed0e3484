use proptest::prelude::*;

use super::*;
use crate::{
    binding::Binding, principal::Principal, reach::Reach, role::Role, sources::SourcePattern,
    table::DualControl,
};

mod properties;

fn binding(who: &str, role: Role, on: &str) -> Binding {
    let reach = Reach::parse(on).unwrap();
    Binding::new(Principal::parse(who).unwrap(), role, reach)
}

fn table(bindings: &[(&str, Role, &str)]) -> Table {
    let bindings = bindings.iter();
    let bindings = bindings.map(|(who, role, on)| binding(who, *role, on));
    Table::new(bindings.collect(), DualControl::NeverInForce)
}

fn alice() -> Caller {
    Caller::unix(1000, Some("alice"), &[(50, Some("staff"))]).unwrap()
}

fn may(table: &Table, action: Action, scope: Scope<'_>) -> bool {
    table.decide(&alice(), action, scope).is_granted()
}

#[test]
fn whoever_sees_all_ledgers_is_told_from_whoever_sees_some() {
    for (on, expected) in [("@store", true), ("*", true), ("hr*", false), ("hr", false)] {
        let table = table(&[("unix:alice", Role::PrivacyOfficer, on)]);
        let covers = |action| table.covers_every_ledger(&alice(), action);
        assert_eq!(covers(Action::DescribeLedger), expected, "{on}");
        assert!(!covers(Action::Append), "{on}");
    }
    let of_group = table(&[
        ("unix:alice", Role::Reader, "hr"),
        ("unix-group:staff", Role::Auditor, "*"),
    ]);
    assert!(of_group.covers_every_ledger(&alice(), Action::DescribeLedger));
}

#[test]
fn bindings_of_names_and_groups_add_up() {
    let table = table(&[
        ("unix:alice", Role::Reader, "pay*"),
        ("unix:#1000", Role::Writer, "payments"),
        ("unix-group:staff", Role::Auditor, "hr"),
        ("unix:bob", Role::Operator, "@store"),
    ]);
    for (action, ledger, expected) in [
        (Action::Read, "payments", true),
        (Action::Append, "payments", true),
        (Action::Append, "payroll", false),
        (Action::Export, "hr", true),
        (Action::Export, "payments", false),
        (Action::Read, "x", false),
        (Action::CloseLedger, "payments", false),
    ] {
        assert_eq!(
            may(&table, action, Scope::Ledger(ledger)),
            expected,
            "{action:?} {ledger}"
        );
    }
    assert!(!may(&table, Action::ReadStatus, Scope::Store));
    assert!(may(&table, Action::ListLedgers, Scope::Store));
}

#[test]
fn the_store_has_its_own_actions_and_covers_every_ledger() {
    let everywhere = table(&[("unix:alice", Role::Operator, "@store")]);
    let ledgers = table(&[("unix:alice", Role::Operator, "*")]);
    assert!(may(&everywhere, Action::ReadStatus, Scope::Store));
    assert!(!may(&ledgers, Action::ReadStatus, Scope::Store));
    for table in [&everywhere, &ledgers] {
        assert!(may(table, Action::CreateLedger, Scope::Ledger("new")));
        assert!(!may(table, Action::CreateLedger, Scope::Store));
        assert!(!may(table, Action::ReadStatus, Scope::Ledger("new")));
    }
}

#[test]
fn a_ledger_is_known_by_its_name_whichever_way_it_is_given() {
    let table = table(&[("unix:alice", Role::Reader, "pay*")]);
    for (text, expected) in [
        ("payments", true),
        ("audit.example/payments/000102abcdef", true),
        ("audit.example/prod/payments/000102abcdef", true),
        // The beginning of an origin is not the name.
        ("pay.example/hr/000102abcdef", false),
        ("payments/hr/000102abcdef", false),
        ("a.example/hr/pay0102abcdef", false),
        ("pay/hr/payments", false),
        ("payments/x", true),
        ("/payments/", true),
        ("payments/", true),
        ("hr/", false),
        ("/", false),
        ("", false),
    ] {
        assert_eq!(
            may(&table, Action::Read, Scope::Ledger(text)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn the_store_s_own_ledgers_are_read_and_never_changed() {
    let all: Vec<_> = Role::ALL
        .iter()
        .map(|role| ("unix:alice", *role, "@store"))
        .collect();
    let all = table(&all);
    for action in [Action::Read, Action::Prove, Action::Export, Action::Verify] {
        assert!(may(&all, action, Scope::Ledger("_system")), "{action:?}");
    }
    for action in [
        Action::Append,
        Action::Erase,
        Action::CloseLedger,
        Action::CreateLedger,
        Action::PlaceHold,
        Action::ConfigureLedger,
        Action::Decrypt,
    ] {
        for name in [
            "_system",
            "audit.example/_system/000102abcdef",
            "audit.example/_system/log/000102abcdef",
            "_system/log/000102abcdef",
        ] {
            assert!(!may(&all, action, Scope::Ledger(name)), "{action:?}");
        }
        for other in [
            "system",
            "a/_system/log/log/000102abcdef",
            "a/_system/logs/000102abcdef",
        ] {
            assert!(
                may(&all, action, Scope::Ledger(other)),
                "{action:?} {other}"
            );
        }
    }
    assert!(!all.decide_source(&alice(), "_system", "urn:a").is_granted());
    let star = table(&[("unix:alice", Role::Auditor, "*")]);
    assert!(!may(&star, Action::Read, Scope::Ledger("_system")));
    let named = table(&[("unix:alice", Role::Auditor, "_system")]);
    assert!(may(&named, Action::Read, Scope::Ledger("_system")));
}

#[test]
fn a_writer_of_some_sources_appends_of_those_alone() {
    let mut own = binding("unix:alice", Role::Writer, "pay*");
    own.sources = vec![SourcePattern::parse("urn:shop:*").unwrap()];
    let mut other = binding("unix-group:staff", Role::Writer, "payments");
    other.sources = vec![SourcePattern::parse("urn:till:1").unwrap()];
    let every = binding("unix:alice", Role::Writer, "hr");
    let table = Table::new(vec![own, other, every], DualControl::NeverInForce);
    let rule = |ledger| match table.decide(&alice(), Action::Append, Scope::Ledger(ledger)) {
        Decision::Granted(grant) => Some(grant.sources),
        Decision::Denied => None,
    };
    assert_eq!(rule("payments"), Some(SourceRule::Some));
    assert_eq!(rule("hr"), Some(SourceRule::Every));
    assert_eq!(rule("x"), None);
    for (ledger, source, expected) in [
        ("payments", "urn:shop:a", true),
        ("payments", "urn:till:1", true),
        ("payments", "urn:till:12", false),
        ("payments", "urn:shop", false),
        ("payments", "", false),
        ("payroll", "urn:shop:a", true),
        ("payroll", "urn:till:1", false),
        ("hr", "urn:anything", true),
        ("x", "urn:shop:a", false),
    ] {
        let decision = table.decide_source(&alice(), ledger, source);
        assert_eq!(decision.is_granted(), expected, "{ledger} {source}");
    }
    assert!(table.actions_on(&alice(), "payments").has(Action::Append));
}

/// The sources of one prefix hold below it, too, and a binding inside takes none of them away.
#[test]
fn sources_add_up_from_the_outside_in() {
    let mut outer = binding("unix:alice", Role::Writer, "pay*");
    outer.sources = vec![SourcePattern::parse("urn:a").unwrap()];
    let mut inner = binding("unix:alice", Role::Writer, "payments");
    inner.sources = vec![SourcePattern::parse("urn:b").unwrap()];
    let reader = binding("unix:alice", Role::Reader, "payroll");
    let table = Table::new(vec![inner, reader, outer], DualControl::NeverInForce);
    for (ledger, source, expected) in [
        ("payments", "urn:a", true),
        ("payments", "urn:b", true),
        ("payroll", "urn:a", true),
        ("payroll", "urn:b", false),
    ] {
        let decision = table.decide_source(&alice(), ledger, source);
        assert_eq!(decision.is_granted(), expected, "{ledger} {source}");
    }
}

#[test]
fn two_people_are_needed_from_the_first_approver_on() {
    let erase = |table: &Table| match table.decide(&alice(), Action::Erase, Scope::Ledger("hr")) {
        Decision::Granted(grant) => grant.needs_approval,
        Decision::Denied => panic!("denied"),
    };
    let officer = ("unix:alice", Role::PrivacyOfficer, "hr");
    assert!(!erase(&table(&[officer])));
    // Wherever the approver is bound.
    assert!(erase(&table(&[
        officer,
        ("unix:bob", Role::Approver, "payments")
    ])));
    // Who made a token may administer a part of the store, and does not decide it for all.
    let bindings = vec![binding("unix:alice", Role::PrivacyOfficer, "hr")];
    let of_token = vec![binding("token:00000001", Role::Approver, "elsewhere")];
    let never = DualControl::NeverInForce;
    assert!(!erase(&Table::with_tokens(
        bindings.clone(),
        of_token,
        never
    )));
    let without = Table::new(bindings, DualControl::InForce);
    assert!(erase(&without), "an approver less must not switch it off");
    let hold = without.decide(&alice(), Action::PlaceHold, Scope::Ledger("hr"));
    let Decision::Granted(grant) = hold else {
        panic!("denied")
    };
    assert!(!grant.needs_approval);
}

#[test]
fn a_list_is_for_whoever_may_see_something() {
    let writer = table(&[("unix:alice", Role::Writer, "payments")]);
    assert!(may(&writer, Action::ListLedgers, Scope::Store));
    assert!(may(
        &writer,
        Action::DescribeLedger,
        Scope::Ledger("payments")
    ));
    assert!(!may(&writer, Action::DescribeLedger, Scope::Ledger("hr")));
    assert!(!may(&writer, Action::ListRequests, Scope::Store));
    let nobody = table(&[]);
    assert!(!may(&nobody, Action::ListLedgers, Scope::Store));
}

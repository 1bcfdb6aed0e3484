use super::*;
use crate::table::DualControl;

fn binding(who: &str, role: Role, on: &str) -> Binding {
    let reach = Reach::parse(on).unwrap();
    Binding::new(Principal::parse(who).unwrap(), role, reach)
}

fn table() -> Table {
    let bindings = vec![
        binding("unix:alice", Role::PrivacyOfficer, "hr*"),
        binding("unix-group:staff", Role::PrivacyOfficer, "@store"),
        binding("unix:root", Role::Administrator, "@store"),
        binding("unix:hr-head", Role::Administrator, "hr"),
        binding("unix:pay-head", Role::Administrator, "payments"),
        binding("unix:bob", Role::Approver, "hr*"),
        binding("unix:eve", Role::Approver, "payments"),
    ];
    Table::new(bindings, DualControl::NeverInForce)
}

fn names(principals: &[&Principal]) -> Vec<String> {
    principals.iter().map(ToString::to_string).collect()
}

#[test]
fn all_that_grants_is_named_and_who_must_approve() {
    let table = table();
    let caller = Caller::unix(7, Some("alice"), &[(50, Some("staff"))]).unwrap();
    let explained = table.explain(&caller, Action::Erase, Scope::Ledger("hr"));
    let by: Vec<_> = explained.by.iter().map(ToString::to_string).collect();
    assert_eq!(
        by,
        [
            "unix:alice is privacy-officer on hr*",
            "unix-group:staff is privacy-officer on @store"
        ]
    );
    assert_eq!(
        names(&explained.administrators),
        ["unix:hr-head", "unix:root"]
    );
    assert_eq!(names(&explained.approvers), ["unix:bob"]);
    let hold = table.explain(&caller, Action::PlaceHold, Scope::Ledger("hr"));
    assert!(hold.approvers.is_empty());
}

#[test]
fn what_is_lacking_is_named_and_who_can_grant_it() {
    let table = table();
    let caller = Caller::unix(8, Some("carol"), &[]).unwrap();
    let explained = table.explain(&caller, Action::Export, Scope::Ledger("payments"));
    assert_eq!(explained.decision, Decision::Denied);
    assert!(explained.by.is_empty());
    assert_eq!(explained.roles.iter().collect::<Vec<_>>(), [Role::Auditor]);
    assert_eq!(
        names(&explained.administrators),
        ["unix:pay-head", "unix:root"]
    );
    let nobody = table.explain(&caller, Action::Append, Scope::Ledger("_system"));
    assert_eq!(nobody.roles, RoleSet::default());
}

#[test]
fn a_refusal_names_nobody_who_administers_one_ledger() {
    let table = table();
    let caller = Caller::unix(8, Some("carol"), &[]).unwrap();
    let refusal = table.refusal(&caller, Action::Read, Scope::Ledger("payments"));
    assert_eq!(
        refusal.to_string(),
        "unix:carol (by unix-socket) may not read on the ledger payments, or there is no such ledger: it needs the role \
         reader, auditor or decryptor there; ask who administers the store (unix:root), or whoever writes the daemon's \
         configuration"
    );
    let absent = table.refusal(&caller, Action::Read, Scope::Ledger("nowhere"));
    let ledger = refusal.ledger.clone();
    assert_eq!(refusal, Refusal { ledger, ..absent });
    let nobody = Table::new(Vec::new(), DualControl::NeverInForce);
    let refusal = nobody.refusal(&caller, Action::AcceptClock, Scope::Store);
    assert!(
        refusal
            .to_string()
            .ends_with("ask whoever writes the daemon's configuration"),
        "{refusal}"
    );
}

/// Only a refusal about a ledger leaves open whether there is one.
#[test]
fn a_refusal_says_what_it_is_about() {
    let table = table();
    let caller = Caller::unix(8, Some("carol"), &[]).unwrap();
    let scopes = [Scope::Store, Scope::Ledger("payments")];
    for action in Action::ALL.iter().copied() {
        for scope in scopes {
            let refusal = table.refusal(&caller, action, scope);
            let text = refusal.to_string();
            let is_of_a_ledger = match action.bound() {
                Bound::Ledger => true,
                Bound::Either => scope != Scope::Store,
                Bound::Store | Bound::Anywhere => false,
            };
            assert_eq!(text.contains("no such ledger"), is_of_a_ledger, "{text}");
            assert_eq!(
                text.contains(" on the store"),
                refusal.place == Place::Store,
                "{text}"
            );
            for role in refusal.role_names() {
                assert!(text.contains(role), "{text}");
            }
        }
    }
}

/// Whoever is on this machine where nobody is asked can't be asked either.
#[test]
fn nobody_is_sent_to_those_who_are_not_known() {
    let everybody = Table::new(
        Binding::everything(&Principal::insecure_local()),
        DualControl::NeverInForce,
    );
    let caller = Caller::unix(8, Some("carol"), &[]).unwrap();
    let refusal = everybody.refusal(&caller, Action::ReadStatus, Scope::Store);
    assert!(refusal.administrators.is_empty(), "{refusal}");
}

/// Where nobody can do it, nobody can help, root and whoever administers the store least of all; and nobody is sent to
/// themselves.
#[test]
fn nobody_is_sent_to_those_who_can_t_help() {
    let root = Principal::unix_user(0).unwrap();
    let bindings = Binding::everything(&root);
    let bindings = bindings
        .into_iter()
        .filter(|bound| bound.role != Role::Approver)
        .chain([binding("dns:admin.example", Role::Administrator, "@store")]);
    let table = Table::new(bindings.collect(), DualControl::NeverInForce);
    let caller = Caller::unix(0, Some("root"), &[]).unwrap();
    for (action, scope) in [
        (Action::Append, Scope::Ledger("_system")),
        (Action::Decrypt, Scope::Ledger("_system")),
        (Action::Erase, Scope::Ledger("example.org/_system/log/abc")),
        (Action::Approve, Scope::Ledger("payments")),
        (Action::Approve, Scope::Store),
    ] {
        let refusal = table.refusal(&caller, action, scope);
        let text = refusal.to_string();
        assert!(
            refusal.administrators.is_empty() && refusal.roles.is_empty(),
            "{text}"
        );
        assert!(text.ends_with("; nobody can, whatever is bound"), "{text}");
    }
    let admin = Caller::certificate(&[], &["admin.example"]).unwrap();
    let refusal = table.refusal(&admin, Action::Read, Scope::Ledger("payments"));
    assert_eq!(
        names(&refusal.administrators.iter().collect::<Vec<_>>()),
        ["unix:#0"]
    );
    let text = table
        .refusal(&admin, Action::ListRequests, Scope::Store)
        .to_string();
    assert!(
        !text.contains("approver"),
        "no such role can be bound: {text}"
    );
}

#[test]
fn a_refusal_repeats_no_more_of_what_was_asked_than_a_name_can_be() {
    let table = table();
    let caller = Caller::unix(8, Some("carol"), &[]).unwrap();
    let long = "a".repeat(LEDGER_TOLD_BYTES_MAX + 1);
    for (asked, told) in [
        (
            "example.org/payments/abc",
            "on the ledger example.org/payments/abc, or",
        ),
        ("pay*", "on the ledgers pay*, or"),
        (long.as_str(), "on this ledger, or"),
        ("a\nb", "on this ledger, or"),
        ("", "on this ledger, or"),
    ] {
        let text = table
            .refusal(&caller, Action::Read, Scope::Ledger(asked))
            .to_string();
        assert!(text.contains(told), "{text}");
    }
}

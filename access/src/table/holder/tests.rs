use super::*;
use crate::principal::Principal;

/// Each place has an action of its own.
const ROLES: [Role; 4] = [
    Role::Writer,
    Role::Auditor,
    Role::PrivacyOfficer,
    Role::Operator,
];
const OWN: [Action; 4] = [
    Action::Append,
    Action::Export,
    Action::Erase,
    Action::CloseLedger,
];

fn holder(places: &[&str]) -> Holder {
    let bind = |(text, role): (&&str, &Role)| {
        let principal = Principal::parse("unix:alice").unwrap();
        Binding::new(principal, *role, Reach::parse(text).unwrap())
    };
    let bindings: Vec<_> = places.iter().zip(&ROLES).map(bind).collect();
    assert_eq!(bindings.len(), places.len());
    Holder::new(&bindings, 0)
}

/// Which of the places apply to a name.
fn apply(holder: &Holder, name: &str) -> Vec<usize> {
    let held = holder.on_ledger(name).map(|held| held.actions);
    let all = held.fold(ActionSet::EMPTY, ActionSet::and);
    (0..OWN.len()).filter(|at| all.has(OWN[*at])).collect()
}

#[test]
fn all_places_of_a_name_apply_and_no_others() {
    let holder = holder(&["*", "pay*", "pay", "payments*"]);
    for (name, expected) in [
        ("pay", &[0, 1, 2][..]),
        ("payments", &[0, 1, 3]),
        ("payments-eu", &[0, 1, 3]),
        ("payroll", &[0, 1]),
        ("pa", &[0]),
        ("q", &[0]),
        ("", &[0]),
        ("Payments", &[0]),
        ("\u{440}ay", &[0]),
        // A beginning that ends within a character.
        ("p\u{430}y", &[0]),
    ] {
        assert_eq!(apply(&holder, name), expected, "{name}");
    }
}

#[test]
fn where_nothing_covers_a_name_nothing_applies() {
    let holder = holder(&["pay*", "a", "a/", "long-name-of-a-ledger"]);
    for name in [
        "",
        "p",
        "pa",
        "q",
        "a0",
        "long-name",
        "long-name-of-a-ledger-2",
        "\0",
    ] {
        assert_eq!(apply(&holder, name), [0; 0], "{name}");
    }
    assert_eq!(apply(&holder, "a/b"), [2]);
    assert_eq!(apply(&holder, "a"), [1]);
}

#[test]
fn all_ledgers_are_not_those_of_the_store() {
    let holder = holder(&["*", "_x", "_s*"]);
    assert_eq!(apply(&holder, "_system"), [2]);
    assert_eq!(apply(&holder, "_x"), [1]);
    assert_eq!(apply(&holder, "_"), [0; 0]);
    assert_eq!(apply(&holder, "zz"), [0]);
}

#[test]
fn the_longest_prefix_is_found_too() {
    let longest = "a".repeat(LEDGER_NAME_BYTES_MAX);
    let holder = holder(&[&format!("{longest}*"), "a*"]);
    assert_eq!(apply(&holder, &longest), [0, 1]);
    assert_eq!(apply(&holder, &format!("{longest}b")), [0, 1]);
    assert_eq!(apply(&holder, &longest[1..]), [1]);
}

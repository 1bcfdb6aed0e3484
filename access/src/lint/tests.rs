use super::*;
use crate::{binding::file::parse, principal::Principal, table::DualControl};

const QUIET: &str = r#"
[[access]]
principals = ["unix:root"]
roles = ["administrator"]
on = ["@store"]

[[access]]
principals = ["unix:bob", "unix:carol"]
roles = ["approver"]
on = ["@store"]

[[access]]
principals = ["unix:alice"]
roles = ["privacy-officer", "reader"]
on = ["hr"]
"#;

const LEDGERS: &[&str] = &["hr", "payments", "_system"];

fn lint(more: &str, known: Known<'_>) -> Vec<String> {
    let text = format!("{QUIET}{more}");
    let table = Table::new(parse(&text).unwrap(), DualControl::NeverInForce);
    table.lint(known).iter().map(Finding::to_string).collect()
}

/// The names of what is found with one entry more.
fn found(principal: &str, role: &str, on: &str, sources: &str) -> Vec<&'static str> {
    let more = entry(principal, role, on, sources);
    let text = format!("{QUIET}{more}");
    let table = Table::new(parse(&text).unwrap(), DualControl::NeverInForce);
    let known = Known {
        ledgers: Some(LEDGERS),
        ..Known::default()
    };
    table
        .lint(known)
        .iter()
        .map(|finding| finding.lint.name())
        .collect()
}

fn entry(principal: &str, role: &str, on: &str, sources: &str) -> String {
    let sources = match sources {
        "" => String::new(),
        sources => format!("sources = [\"{sources}\"]\n"),
    };
    format!(
        "[[access]]\nprincipals = [\"{principal}\"]\nroles = [\"{role}\"]\non = [\"{on}\"]\n{sources}"
    )
}

/// What is found about approvers in bindings that nobody else is in.
fn approvers(bindings: &[(&str, &str, &str)], two_people: bool) -> Vec<String> {
    let entries = bindings.iter();
    let text: String = entries
        .map(|(who, role, on)| entry(who, role, on, ""))
        .collect();
    let table = Table::new(parse(&text).unwrap(), DualControl::NeverInForce);
    let known = Known {
        two_people,
        ..Known::default()
    };
    let found = table.lint(known).into_iter();
    let found = found.filter(|finding| finding.lint == Lint::NoApprover);
    found.map(|finding| finding.to_string()).collect()
}

#[test]
fn every_place_without_an_approver_is_named() {
    let asking = [
        ("unix:alice", "privacy-officer", "hr"),
        ("unix:alice", "privacy-officer", "pay-*"),
        ("unix:dora", "operator", "pay-*"),
        ("unix:erna", "operator", "@store"),
        ("unix:frida", "reader", "other"),
    ];
    assert!(approvers(&asking, false).is_empty());
    let with = |more: &[(&'static str, &'static str, &'static str)]| [&asking[..], more].concat();
    let of_hr = with(&[("unix:bob", "approver", "hr")]);
    let of_hr = approvers(&of_hr, false);
    let [pay, store] = of_hr.as_slice() else {
        panic!("{of_hr:#?}");
    };
    assert!(
        pay.contains("on pay-*") && pay.contains("nobody is approver there"),
        "{pay}"
    );
    assert!(
        store.contains("@store") && store.contains("only hr has an approver"),
        "{store}"
    );
    let on_all = with(&[("unix:bob", "approver", "*")]);
    assert_eq!(approvers(&on_all, false).len(), 1);
    let on_the_store = with(&[("unix:bob", "approver", "@store")]);
    assert!(approvers(&on_the_store, true).is_empty());
    // The last approver was removed, and two people are needed all the same.
    assert_eq!(approvers(&asking, true).len(), 3);
}

#[test]
fn nothing_is_found_where_nothing_is_odd() {
    let known = Known {
        ledgers: Some(LEDGERS),
        methods: Some(&[Method::UnixSocket]),
        issuers: Some(&[]),
        tokens: Some(&[]),
        two_people: false,
    };
    assert_eq!(lint("", known), [""; 0]);
    for (who, role, on, sources) in [
        ("unix:dan", "writer", "payments", "urn:a:*"),
        ("unix:dan", "auditor", "_system", ""),
        ("unix:dan", "administrator", "pay*", ""),
        ("unix:dan", "auditor", "@store", ""),
        ("unix:dan", "writer", "*", ""),
    ] {
        assert_eq!(found(who, role, on, sources), [""; 0], "{who} {role} {on}");
    }
}

/// Every store has its own ledger, in which nothing can be done that takes two people.
#[test]
fn the_stores_own_ledger_is_there_and_needs_no_approver() {
    for role in ["auditor", "privacy-officer", "administrator"] {
        let found = found("unix:dan", role, "_system", "");
        assert!(!found.contains(&"no-ledger"), "{role}: {found:?}");
    }
    assert_eq!(
        approvers(&[("unix:dan", "privacy-officer", "_system")], true),
        [""; 0]
    );
}

#[test]
fn each_oddity_is_found() {
    for (who, role, on, sources, expected) in [
        ("unix:alice", "reader", "hr", "", "covered"),
        ("unix:root", "administrator", "payments", "", "covered"),
        ("unix:dan", "writer", "_system", "", "nothing-there"),
        ("unix:dan", "decryptor", "absent", "", "no-ledger"),
        ("unix:dan", "reader", "absent*", "", "no-ledger"),
        ("unix:dan", "reader", "hr/", "", "no-ledger"),
        ("unix:nobody", "reader", "hr", "", "nobody"),
        (
            "unix-group:staff",
            "administrator",
            "hr",
            "",
            "wide-administrator",
        ),
        ("unix:dan", "administrator", "*", "", "wide-administrator"),
        ("unix:dan", "writer", "hr", "*", "every-source"),
        ("unix:bob", "privacy-officer", "hr", "", "asks-and-approves"),
    ] {
        assert_eq!(
            found(who, role, on, sources),
            [expected],
            "{who} {role} {on}"
        );
    }
}

#[test]
fn every_lint_says_where_and_what_to_do() {
    let all: Vec<_> = Role::ALL
        .iter()
        .map(|role| format!("\"{}\"", role.name()))
        .collect();
    let all = format!(
        "[[access]]\nprincipals = [\"unix:dan\"]\nroles = [{}]\non = [\"@store\"]\n",
        all.join(", ")
    );
    let said = lint(&all, Known::default());
    assert_eq!(said.len(), 2, "{said:?}");
    let expected = "line 17: unix:dan may do everything on the store; split the roles (everything)";
    assert!(said.contains(&expected.to_owned()), "{said:?}");
    // Where nobody can be bound as approver, all the rest is everything.
    let rest = lint(&all.replace("\"approver\", ", ""), Known::default());
    let expected = "line 17: unix:dan may do everything but approve on the store; split the roles (everything)";
    assert_eq!(rest, [expected]);
    let less = all
        .replace("\"approver\", ", "")
        .replace("\"writer\", ", "");
    assert_eq!(lint(&less, Known::default()), [""; 0]);
    let wide = lint(&entry("unix:alice", "reader", "*", ""), Known::default());
    assert_eq!(
        wide,
        [
            "line 13: unix:alice is reader on hr grants nothing that unix:alice is reader on * (line 17) does not; remove it \
          (covered)"
        ]
    );
}

#[test]
fn sources_count_in_what_covers_what() {
    let both = |one: &str, other: &str| {
        let entries = [one, other].map(|sources| entry("unix:dan", "writer", "hr", sources));
        lint(&entries.concat(), Known::default()).len()
    };
    assert_eq!(both("urn:a", "urn:b"), 0);
    assert_eq!(both("urn:a*", "urn:b*"), 0);
    assert_eq!(both("urn:a", "urn:a*"), 1);
    assert_eq!(both("urn:a*", "urn:a"), 1);
    assert_eq!(both("", "urn:a"), 1);
    assert_eq!(both("urn:a", ""), 1);
}

#[test]
fn those_who_can_never_call_are_found() {
    let token = Principal::parse("token:4Kd02Lmx").unwrap();
    let known = Known {
        methods: Some(&[Method::UnixSocket, Method::Token, Method::Jwt]),
        issuers: Some(&["https://id.example"]),
        tokens: Some(std::slice::from_ref(&token)),
        ..Known::default()
    };
    for (who, expected) in [
        ("unix:dan", 0),
        ("token:4Kd02Lmx", 0),
        ("token:4Kd02Lmy", 1),
        ("jwt:https://id.example#a", 0),
        ("jwt:https://other.example#a", 1),
        ("jwt-group:https://other.example#a", 1),
        ("dns:a.example", 1),
        ("spiffe://a.example/b", 1),
        ("insecure:local", 1),
    ] {
        let said = lint(&entry(who, "reader", "hr", ""), known);
        assert_eq!(said.len(), expected, "{said:?}");
        assert!(
            said.iter().all(|text| text.ends_with("(nobody)")),
            "{said:?}"
        );
    }
}

#[test]
fn too_few_who_matter_are_found() {
    let without = |who: &str| QUIET.replace(who, "\"unix:eve\"");
    let lint = |text: &str| -> Vec<&'static str> {
        let table = Table::new(parse(text).unwrap(), DualControl::NeverInForce);
        table
            .lint(Known::default())
            .iter()
            .map(|finding| finding.lint.name())
            .collect()
    };
    assert_eq!(
        lint(&without("\"unix:bob\", \"unix:carol\"")),
        ["one-approver"]
    );
    assert_eq!(
        lint(&QUIET.replace("[\"@store\"]", "[\"hr\"]")),
        ["no-administrator"]
    );
    assert_eq!(lint(""), ["no-administrator"]);
}

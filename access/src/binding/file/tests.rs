use super::*;

const GOOD: &str = r#"
[[access]]
principals = [
    "unix:alice",
    "unix-group:staff",
]
roles = ["writer"]
on = ["payments", "pay-*"]
sources = ["urn:shop:*"]

[[access]]
principals = ["unix:root"]
roles = ["administrator", "operator"]
on = ["@store"]
"#;

fn said(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn every_principal_has_every_role_in_every_place() {
    let found: Vec<_> = parse(GOOD)
        .unwrap()
        .iter()
        .map(Binding::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "unix:alice is writer on payments for urn:shop:* (line 3)",
            "unix:alice is writer on pay-* for urn:shop:* (line 3)",
            "unix-group:staff is writer on payments for urn:shop:* (line 3)",
            "unix-group:staff is writer on pay-* for urn:shop:* (line 3)",
            "unix:root is administrator on @store (line 12)",
            "unix:root is operator on @store (line 12)",
        ]
    );
    assert_eq!(parse("").unwrap(), []);
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_what_to_write() {
    for (was, becomes, expected) in [
        (
            "    \"unix-group:staff\"",
            "    \"group:staff\"",
            "line 5: principals \"group:staff\": it must begin with unix:, unix-group:, spiffe://, dns:, token:, jwt: or \
             jwt-group:, or be insecure:local",
        ),
        (
            "[\"writer\"]",
            "[\"Writer\"]",
            "line 7: roles \"Writer\": is not a role; the roles are writer, reader, auditor, decryptor, privacy-officer, \
             operator, approver, administrator, agent-approver",
        ),
        (
            "\"pay-*\"",
            "\"*-pay\"",
            "line 8: on \"*-pay\": a '*' stands at the end only: a prefix has no other pattern in it",
        ),
        (
            "\"pay-*\"",
            "\"payments\"",
            "line 8: on has \"payments\" twice",
        ),
        (
            "[\"payments\", \"pay-*\"]",
            "[]",
            "line 8: on is empty, so the entry binds nobody; name at least one, or remove the entry",
        ),
        (
            "[\"urn:shop:*\"]",
            "[]",
            "line 9: sources is empty, so the entry binds nobody; name at least one, or remove the entry",
        ),
        (
            "[\"writer\"]",
            "[\"writer\", \"reader\"]",
            "line 9: sources are for the role writer alone; give the other roles an entry of their own",
        ),
    ] {
        let text = GOOD.replacen(was, becomes, 1);
        assert_ne!(text, GOOD, "{was}");
        assert_eq!(said(&text), expected);
    }
}

#[test]
fn keys_that_are_unknown_or_missing_are_refused_with_their_line() {
    let unknown = said(&GOOD.replacen("sources =", "source =", 1));
    assert!(
        unknown.contains("line 9") && unknown.contains("`source`"),
        "{unknown}"
    );
    assert!(unknown.contains("`sources`"), "{unknown}");
    let missing = said(&GOOD.replacen("on = [\"@store\"]\n", "", 1));
    assert!(missing.contains("missing field `on`"), "{missing}");
    let nested = said(&GOOD.replacen("roles = [\"writer\"]", "roles = \"writer\"", 1));
    assert!(nested.contains("line 7"), "{nested}");
    assert!(said("[[acces]]\n").contains("`access`"));
}

#[test]
fn what_multiplies_has_an_end() {
    let many = |name: &str, count: usize| -> String {
        let texts: Vec<_> = (0..count).map(|at| format!("\"{name}{at}\"")).collect();
        texts.join(",")
    };
    let text = format!(
        "[[access]]\nprincipals = [{}]\nroles = [\"reader\"]\non = [{}]\n",
        many("unix:u", 400),
        many("l", 400)
    );
    assert_eq!(parse(&text), Err(FileError::Bindings { line: 2 }));
    let text = format!(
        "[[access]]\nprincipals = [\"unix:a\"]\nroles = [\"writer\"]\non = [\"l\"]\nsources = [{}]\n",
        many("s", SOURCES_MAX + 1)
    );
    let found = SOURCES_MAX + 1;
    assert_eq!(parse(&text), Err(FileError::Sources { line: 5, found }));
}

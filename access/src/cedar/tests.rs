use super::*;
use crate::binding::file::parse;

const BINDINGS: &str = r#"
[[access]]
principals = ["unix:alice"]
roles = ["writer"]
on = ["pay*"]
sources = ["urn:a", "urn:b\"*"]

[[access]]
principals = ['unix:CORP\bob']
roles = ["approver"]
on = ["*"]

[[access]]
principals = ["unix:carol"]
roles = ["privacy-officer"]
on = ["hr"]
"#;

fn cedar(text: &str) -> String {
    Table::new(parse(text).unwrap(), DualControl::NeverInForce).cedar()
}

#[test]
fn conditions_and_places_are_written_out() {
    let text = cedar(BINDINGS);
    for expected in [
        "resource.name like \"pay*\" && (context.source == \"urn:a\" || context.source like \"urn:b\\\"*\")",
        "principal in Indelible::Principal::\"unix:CORP\\\\bob\"",
        "when { !(resource.name like \"_*\") }",
        "action in [Indelible::Action::\"erase\"],\n  resource == Indelible::Ledger::\"hr\"\n) when { context.approved }",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let alone = BINDINGS.replace("\"approver\"", "\"reader\"");
    assert!(!cedar(&alone).contains("context.approved"));
}

#[test]
fn the_schema_has_every_action() {
    let schema = schema();
    for action in Action::ALL {
        assert!(
            schema.contains(&format!("action \"{}\" ", action.name())),
            "{action:?}"
        );
    }
    assert_eq!(schema.matches("approved").count(), 6);
}

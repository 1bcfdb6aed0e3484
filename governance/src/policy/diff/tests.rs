use super::*;

fn found(before: &str, after: &str) -> Vec<String> {
    let found = documents(("a.yaml", before.as_bytes()), ("b.yaml", after.as_bytes()));
    found.unwrap().iter().map(ToString::to_string).collect()
}

const POLICY: &str = "version: '1'
scope: {allowed_tools: [search, pay]}
budgets:
  - {name: day, by: agent, usd: '1.00'}
  - {name: hour, by: session, tokens: 9, rolling_seconds: 3600}
";

#[test]
fn what_means_the_same_is_no_difference() {
    let other = "# said otherwise
budgets:
  - {by: session, name: hour, tokens: 9, rolling_seconds: 3600}
  - {name: day, usd: \"1.00\", by: agent}
scope:
  allowed_tools: [pay, search]
version: \"1\"
";
    assert_eq!(found(POLICY, other), Vec::<String>::new());
}

#[test]
fn each_place_that_differs_is_told_once_in_words() {
    let other = POLICY
        .replace("[search, pay]", "[search, mail]")
        .replace("usd: '1.00'", "usd: '9.00'")
        .replace(
            "  - {name: hour, by: session, tokens: 9, rolling_seconds: 3600}\n",
            "",
        )
        + "default_max_tokens: 2\n";
    assert_eq!(
        found(POLICY, &other),
        [
            "budgets[day].usd was \"1.00\", and is \"9.00\"",
            "budgets[hour] is gone; it was {\"by\":\"session\",\"name\":\"hour\",\"rolling_seconds\":3600,\"tokens\":9}",
            "default_max_tokens is new: 2",
            "scope.allowed_tools is gone; it was \"pay\"",
            "scope.allowed_tools is new: \"mail\"",
        ]
    );
}

/// Two budgets of one name are no names to go by.
#[test]
fn entries_without_names_of_their_own_go_by_their_places() {
    let twice = "loops:\n  - {name: a, max: 1}\n  - {name: a, max: 2}\n";
    assert_eq!(
        found(twice, &twice.replace("max: 2", "max: 3")),
        ["loops[1].max was 2, and is 3"]
    );
}

#[test]
fn a_base_that_changed_is_a_difference_of_what_is_composed() {
    let chain = |base: &str| {
        let find = |_: &str| Some(base.as_bytes().to_vec());
        Chain::resolve("p.yaml", b"extends: base.yaml\n", &find).unwrap()
    };
    let before = chain("policy_version: '1'\nroles: [planner, admin]\n");
    let after = chain("policy_version: '1'\nroles: [planner]\n");
    let found = chains(&before, &after);
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["roles is gone; it was \"admin\""]);
    assert!(chains(&after, &after).is_empty());
}

#[test]
fn what_is_no_policy_is_told_by_its_name() {
    let error = documents(("a.yaml", b"a: 1"), ("b.yaml", b"- 1")).unwrap_err();
    assert_eq!(error.document, "b.yaml");
}

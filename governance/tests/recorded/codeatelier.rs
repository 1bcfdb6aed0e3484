//! What Code Atelier Governance was recorded to answer.

use indelible_governance::{json::Value, policy::gate::GatePolicy};

use crate::reading::{cases, document, member, number, text, texts};

#[test]
fn models_cost_what_code_atelier_says_and_unknown_ones_are_never_free() {
    let file = document(include_str!("../vectors/budgets.json"));
    let mut yaml = "version: '1'\nprices:\n".to_owned();
    for price in member(&file, "prices").as_array().unwrap() {
        let (model, input, output) = (
            text(price, "model"),
            text(price, "input"),
            text(price, "output"),
        );
        yaml.push_str(&format!("  - {{model: {model:?}, input_usd_per_million: {input}, output_usd_per_million: {output}}}\n"));
    }
    let prices = GatePolicy::read("prices", yaml.as_bytes()).unwrap().prices;
    assert_eq!(prices.prices().len(), 25);
    for case in member(&file, "costs").as_array().unwrap() {
        let cost = prices.cost(
            text(case, "model"),
            number(case, "input_tokens"),
            number(case, "output_tokens"),
        );
        let cost = cost.map(|cost| cost.to_string().trim_end_matches(" USD").to_owned());
        match text(case, "model") {
            "" => assert_eq!(cost, None, "it was free there"),
            _ => assert_eq!(
                cost.as_deref(),
                Some(text(case, "usd")),
                "{}",
                text(case, "id")
            ),
        }
    }
}

#[test]
fn caps_are_taken_and_refused_as_code_atelier_does() {
    let file = document(include_str!("../vectors/budgets.json"));
    for case in member(&file, "caps").as_array().unwrap() {
        let caps = member(case, "caps").as_object().unwrap();
        let mut yaml = "version: '1'\n".to_owned();
        let mut budget = "{name: n, by: session".to_owned();
        for (name, cap) in caps.members() {
            let cap = cap.as_text().unwrap();
            match name {
                "per_session_usd" => budget.push_str(&format!(", usd: {cap}")),
                "per_session_seconds" => yaml.push_str(&format!("session_seconds: {cap}\n")),
                other => panic!("{other}"),
            }
        }
        if !yaml.contains("seconds") {
            yaml.push_str(&format!("budgets: [{budget}}}]\n"));
        }
        let taken = GatePolicy::read("g", yaml.as_bytes()).is_ok();
        assert_eq!(
            &Value::Bool(taken),
            member(case, "taken"),
            "{}: {yaml}",
            text(case, "id")
        );
    }
}

#[test]
fn scopes_allow_what_code_atelier_does_but_for_its_hole() {
    let file = document(include_str!("../vectors/scope.json"));
    let policy = member(&file, "policy");
    let list = |name: &str| {
        let names: Vec<_> = texts(member(policy, name))
            .into_iter()
            .map(|name| format!("{name:?}"))
            .collect();
        format!("{name}: [{}]", names.join(", "))
    };
    let lists = ["allowed_tools", "allowed_apis", "hidden_tools"]
        .map(list)
        .join(", ");
    let yaml = format!("version: '1'\nscope: {{{lists}}}\n");
    let scope = GatePolicy::read("g", yaml.as_bytes())
        .unwrap()
        .scope
        .unwrap();
    for case in cases(&file) {
        let (id, tool, api) = (
            text(case, "id"),
            member(case, "tool").as_text(),
            member(case, "api").as_text(),
        );
        let allowed = tool.is_none_or(|tool| scope.tool(tool).is_ok())
            && api.is_none_or(|api| scope.api(api).is_ok());
        match id {
            "scope-11" => assert!(!allowed, "the way around the prefix is closed"),
            id => assert_eq!(&Value::Bool(allowed), member(case, "allowed"), "{id}"),
        }
    }
    let visible = scope.visible(texts(member(&file, "registered")));
    assert_eq!(visible, texts(member(&file, "visible")));
}

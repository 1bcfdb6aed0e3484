//! The policies that `deploy/` shows allow what the provider does, and nothing else.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use indelible_keystore::{AwsKmsProvider, KekProvider};
use serde_json::Value;

use super::{
    Credentials, context, key,
    script::{ARN, OTHER_ARN, Script},
    wrap,
};
use crate::rigs::{Emulator, Flavour};

const KEY_POLICY: &str = include_str!("../../../../deploy/kms-key-policy.json");
const IDENTITY_POLICY: &str = include_str!("../../../../deploy/kms-identity-policy.json");

/// The statements of a policy for whom the name fits.
fn statements(policy: &str, principal: Option<&str>) -> Vec<Value> {
    let policy: Value = serde_json::from_str(policy).expect("JSON");
    let mut statements = policy["Statement"].as_array().expect("statements").clone();
    statements.retain(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        statement["Principal"]["AWS"].as_str() == principal
    });
    statements
}

fn words(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(words).collect(),
        value => BTreeSet::from([value.as_str().expect("text").to_owned()]),
    }
}

fn actions(statements: &[Value]) -> BTreeSet<String> {
    statements
        .iter()
        .flat_map(|statement| words(&statement["Action"]))
        .collect()
}

fn named(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|&action| action.to_owned()).collect()
}

#[test]
fn the_key_policy_allows_what_the_provider_asks_for() {
    let contexts = Arc::new(Mutex::new(Vec::new()));
    let seen = contexts.clone();
    let script = Script::start(move |honest, request| {
        let names = [
            "EncryptionContext",
            "SourceEncryptionContext",
            "DestinationEncryptionContext",
        ];
        let found = names.map(|name| request.body[name].clone());
        seen.lock().expect("the contexts").extend(found);
        honest.answer(request)
    });
    let credentials = Credentials::new();
    let connect = |arn| {
        AwsKmsProvider::connect(&credentials.options(&script.url(), arn)).expect("it connects")
    };
    let (provider, other) = (connect(ARN), connect(OTHER_ARN));
    provider.health().expect("it is healthy");
    let wrapped = wrap(&provider, &key());
    other
        .rewrap(&context(), &wrapped, &provider)
        .expect("it moves");
    let mut asked: BTreeSet<_> = script
        .seen()
        .iter()
        .map(|name| format!("kms:{name}"))
        .collect();
    assert!(
        asked.remove("kms:ReEncrypt"),
        "the one that needs two permissions"
    );
    asked.extend(named(&["kms:ReEncryptFrom", "kms:ReEncryptTo"]));

    let allowed = statements(KEY_POLICY, Some("arn:aws:iam::123456789012:role/indelible"));
    assert_eq!(actions(&allowed), asked);
    let bound = allowed
        .iter()
        .find(|statement| !statement["Condition"].is_null());
    let condition = &bound.expect("a bound statement")["Condition"];
    let scopes = words(&condition["StringLike"]["kms:EncryptionContext:indelible-scope"]);
    let purposes = words(&condition["StringEquals"]["kms:EncryptionContext:indelible-purpose"]);
    let names = words(&condition["ForAllValues:StringEquals"]["kms:EncryptionContextKeys"]);
    let mut contexts = contexts.lock().expect("the contexts").clone();
    contexts.retain(|context| !context.is_null());
    assert_eq!(contexts.len(), 6);
    for context in contexts {
        let context = context.as_object().expect("names and values");
        assert_eq!(context.keys().cloned().collect::<BTreeSet<_>>(), names);
        let scope = context["indelible-scope"].as_str().expect("text");
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(front) => scope.starts_with(front),
            None => scope == pattern,
        };
        assert!(scopes.iter().any(fits), "{scope}");
        assert!(purposes.contains(context["indelible-purpose"].as_str().expect("text")));
    }
    assert_eq!(purposes, named(&["identity", "index", "data"]));

    let uses = [
        "Encrypt",
        "Decrypt",
        "ReEncrypt",
        "GenerateDataKey",
        "Sign",
        "CreateGrant",
        "*",
    ];
    let administrators = Some("arn:aws:iam::123456789012:role/kms-administrator");
    for action in actions(&statements(KEY_POLICY, administrators)) {
        assert!(!uses.iter().any(|used| action.contains(used)), "{action}");
    }
}

#[test]
fn the_identity_policy_allows_to_make_find_and_sign() {
    let allowed = statements(IDENTITY_POLICY, None);
    let expected = [
        "kms:CreateKey",
        "kms:DescribeKey",
        "kms:GetPublicKey",
        "kms:Sign",
    ];
    assert_eq!(actions(&allowed), named(&expected));
    for statement in &allowed {
        let condition = &statement["Condition"]["StringEquals"];
        assert_eq!(
            condition["kms:KeySpec"], "ECC_NIST_EDWARDS25519",
            "{statement}"
        );
    }
}

#[test]
fn the_emulators_take_the_key_policy() {
    for flavour in [Flavour::MiniStack, Flavour::Moto] {
        let emulator = Emulator::shared(flavour);
        let arn = emulator.create_key();
        let id = arn.rsplit('/').next().expect("an id");
        let body = serde_json::json!({"KeyId": id, "PolicyName": "default", "Policy": KEY_POLICY});
        emulator.call("PutKeyPolicy", &body.to_string());
        super::connect(&emulator, &arn)
            .health()
            .expect("it is healthy");
    }
}

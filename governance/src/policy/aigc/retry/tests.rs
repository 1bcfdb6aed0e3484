use super::*;
use crate::policy::{
    Compatibility, PolicyFault,
    aigc::{Chain, Known},
};

const BASE: &str = "policy_version: '1'
roles: [planner]
output_schema: {type: object, required: [answer]}
retry_policy: {max_retries: 2, backoff_ms: 500}
";
const CHILD: &str = "extends: base.yaml\nretry_policy: {max_retries: 5, backoff_ms: 100}\n";

fn chain(text: &str) -> Chain {
    let base = |name: &str| (name == "base.yaml").then(|| BASE.as_bytes().to_vec());
    Chain::resolve("p.yaml", text.as_bytes(), &base).unwrap()
}

fn said(text: &str, compatibility: Compatibility) -> Option<(u32, u32)> {
    let compiled = Compiled::new(&chain(text), compatibility).unwrap();
    let retry = compiled.retry();
    retry.map(|retry| (retry.max_retries, retry.backoff_ms))
}

#[test]
fn the_fewest_attempts_and_the_longest_wait_of_all_levels_count() {
    assert_eq!(said(BASE, Compatibility::Default), Some((2, 500)));
    assert_eq!(said(CHILD, Compatibility::Default), Some((2, 500)));
    assert_eq!(said(CHILD, Compatibility::Aigc03), Some((5, 100)));
    let bounded = BASE.replace(
        "max_retries: 2, backoff_ms: 500",
        "max_retries: 123456789012",
    );
    assert_eq!(said(&bounded, Compatibility::Default), Some((1_000, 0)));
    let longer = BASE.replace(
        "max_retries: 2, backoff_ms: 500",
        "backoff_ms: 99999999999999999999999",
    );
    assert_eq!(said(&longer, Compatibility::Default), Some((0, 86_400_000)));
    // Without a schema nothing fails it.
    let free = BASE.replace("output_schema: {type: object, required: [answer]}\n", "");
    assert_eq!(said(&free, Compatibility::Default), None);
    let guarded = format!(
        "{free}conditions: {{vip: {{type: boolean, default: false}}}}\nguards:\n- when: {{condition: vip}}\n  then: {{output_schema: {{type: object, required: [a]}}}}\n"
    );
    assert_eq!(said(&guarded, Compatibility::Default), Some((2, 500)));
    let silent = BASE.replace("retry_policy: {max_retries: 2, backoff_ms: 500}\n", "");
    assert_eq!(said(&silent, Compatibility::Default), None);
}

#[test]
fn what_says_nothing_of_further_attempts_is_found() {
    let found = |text: &str| {
        let findings = chain(text).findings(Compatibility::Default, &Known::default());
        let of_retry = findings
            .iter()
            .filter(|finding| finding.fault == PolicyFault::NoEffect);
        of_retry
            .map(|finding| finding.message.clone())
            .collect::<Vec<_>>()
    };
    assert!(found(BASE).is_empty());
    let free = BASE.replace("output_schema: {type: object, required: [answer]}\n", "");
    let cases = [
        (free, "nothing is ever tried again"),
        (CHILD.to_owned(), "the base allows fewer attempts"),
        (
            BASE.replace("max_retries: 2", "max_retries: 1001"),
            "max_retries counts as 1000",
        ),
        (
            format!(
                "{BASE}conditions: {{vip: {{type: boolean, default: false}}}}\nguards:\n- when: {{condition: vip}}\n  then: {{retry_policy: {{max_retries: 9}}}}\n"
            ),
            "a guard's retry_policy has no effect",
        ),
    ];
    for (text, message) in cases {
        let messages = found(&text);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with(message), "{messages:?}");
    }
}

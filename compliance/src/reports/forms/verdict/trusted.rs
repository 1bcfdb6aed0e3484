//! What the verifier knew besides the evidence, and what of the bundle no signature covers: in every form of a verdict.

use crate::reports::{
    data::{Verification, verification::trusted::PolicyFacts},
    inert::quoted,
    moments::{shown_span, shown_text},
    words::shown_number,
};

/// Names and what they have.
pub(crate) fn trusted(verification: &Verification) -> Vec<(&'static str, String)> {
    let trusted = &verification.trusted;
    let head = match &trusted.known_head {
        None => "none was given (--known-head)".to_owned(),
        Some(head) => format!("size {}, root {}", shown_number(head.size), head.root),
    };
    let mut lines = vec![("known head", head)];
    let policy = match &trusted.policy {
        None => "none was given (--policy)".to_owned(),
        Some(policy) => of_policy(policy),
    };
    lines.push(("policy", policy));
    let age = match trusted.max_age_seconds {
        None => "none was given (--max-age)".to_owned(),
        Some(seconds) => shown_span(seconds.saturating_mul(1_000_000_000)),
    };
    lines.push(("greatest age", age));
    lines.extend(trusted.now.as_ref().map(|now| {
        let word = match now.word.as_str() {
            "given" => "as whoever verified gave it (--now)",
            _ => "by the clock of the machine that verified",
        };
        ("time now", format!("{}, {word}", shown_text(&now.time)))
    }));
    lines
}

/// The copy of the format's page that the bundle carries: names and what they have.
pub(crate) fn format_page(verification: &Verification) -> Vec<(&'static str, String)> {
    let Some(page) = &verification.bundle.format_page else {
        return Vec::new();
    };
    let told = match page.known {
        true => "evidence-format.md in this bundle is the page that this program was built with",
        false => {
            "evidence-format.md in this bundle is not the page that this program knows, and no signature covers it: take no \
             rules from it, but from the page that came with this program"
        }
    };
    vec![
        ("format page", told.to_owned()),
        ("its SHA-256", page.sha256.clone()),
    ]
}

fn of_policy(policy: &PolicyFacts) -> String {
    let file = policy.file.as_deref().map_or_else(String::new, quoted);
    let sha256 = policy.sha256.as_ref();
    let sha256 = sha256.map(|sha256| format!("SHA-256 {sha256}"));
    let quorum = match policy.quorum_met {
        None => "its quorum asks for no witness, or nothing was verified",
        Some(true) => "a quorum of its witnesses cosigned the checkpoint",
        Some(false) => "no quorum of its witnesses for this ledger cosigned the checkpoint",
    };
    let file = [Some(file).filter(|file| !file.is_empty()), sha256];
    let parts = file.into_iter().flatten().chain([quorum.to_owned()]);
    parts.collect::<Vec<_>>().join(", ")
}

//! Every code has a section in the runbook, and every section for a code has a code.

use std::collections::BTreeSet;

use indelible_ledger::NoticeCode;
use indelible_proto::{LIMIT_OF_CONNECTIONS, v1::ErrorReason};

const RUNBOOK: &str = include_str!("../../../docs/runbook.md");

/// Every reason and every notice code. Some are both, and have one section. A refused connection has no status to carry
/// a reason, and a section all the same.
fn codes() -> BTreeSet<&'static str> {
    let reasons = ErrorReason::all().map(ErrorReason::name);
    let notices = NoticeCode::ALL.iter().map(|code| code.name());
    reasons
        .chain(notices)
        .chain([LIMIT_OF_CONNECTIONS])
        .collect()
}

/// The headings of the third level that are written like codes.
fn headings() -> Vec<&'static str> {
    let headings = RUNBOOK
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::trim);
    let is_code = |heading: &&str| {
        heading
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    headings.filter(is_code).collect()
}

#[test]
fn every_code_has_one_section_and_every_section_a_code() {
    let headings = headings();
    let sections: BTreeSet<&str> = headings.iter().copied().collect();
    assert_eq!(sections, codes());
    assert_eq!(headings.len(), sections.len(), "a code has two sections");
}

#[test]
fn every_section_of_a_reason_names_its_code() {
    for reason in ErrorReason::all() {
        let heading = format!("\n### {}\n", reason.name());
        let (_, section) = RUNBOOK.split_once(&heading).expect("its section");
        let first = section.trim_start().lines().next().unwrap_or_default();
        let code = format!("`{}`", status_name(reason.code()));
        assert!(first.contains(&code), "{}: {first}", reason.name());
    }
}

/// The code as gRPC's documentation writes it: `NotFound` is `NOT_FOUND`.
fn status_name(code: tonic::Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn links_lead_to_headings() {
    let anchors: BTreeSet<String> = RUNBOOK
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect();
    for link in RUNBOOK.split("](#").skip(1) {
        let target = link.split(')').next().unwrap_or_default();
        assert!(anchors.contains(target), "#{target} leads nowhere");
    }
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

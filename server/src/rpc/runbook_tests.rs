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
fn every_section_of_a_code_says_what_its_client_and_its_operator_do() {
    for code in codes() {
        let section = section(code);
        for part in ["**Client:** ", "**Operator:** "] {
            // What comes in steps or in a table begins on a line of its own.
            let is_there =
                section.contains(part) || section.contains(&format!("{}\n", part.trim()));
            assert!(is_there, "{code} has no {part}");
        }
    }
}

#[test]
fn every_notice_has_what_is_at_risk_and_when_it_clears() {
    let (_, notices) = RUNBOOK.split_once("\n## Notices\n").unwrap();
    let table = notices.split("\n### ").next().unwrap_or_default();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| [")?.split(" | ").collect();
        assert!(
            cells.len() == 3 && cells.iter().all(|cell| cell.len() > 3),
            "{line}"
        );
        cells[0].split(']').next()
    });
    let told: Vec<&str> = rows.collect();
    let wanted: BTreeSet<_> = NoticeCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(told.len(), wanted.len(), "a notice stands there twice");
}

const ALERTS: &str = include_str!("../../../deploy/prometheus/alerts.yml");

/// The alerts, each with where it sends whoever is called.
fn alerts() -> Vec<(&'static str, &'static str)> {
    let after = |key: &'static str| {
        let lines = ALERTS
            .lines()
            .map(|line| line.trim_start_matches([' ', '-']));
        lines.filter_map(move |line| line.strip_prefix(key))
    };
    let (names, urls): (Vec<_>, Vec<_>) =
        (after("alert: ").collect(), after("runbook_url: ").collect());
    assert!(names.len() > 15);
    assert_eq!(names.len(), urls.len(), "an alert says nowhere what to do");
    names.into_iter().zip(urls).collect()
}

#[test]
fn every_alert_has_a_section_with_all_its_parts_and_every_section_an_alert() {
    let (_, rest) = RUNBOOK.split_once("\n## Alerts\n").unwrap();
    let sections = rest.split("\n## ").next().unwrap_or_default();
    let headings = sections
        .lines()
        .filter_map(|line| line.strip_prefix("### "));
    let headings: BTreeSet<_> = headings.collect();
    let names: BTreeSet<_> = alerts().into_iter().map(|(name, _)| name).collect();
    assert_eq!(headings, names);
    for name in names {
        let section = section(name);
        for part in ["**Means:** ", "**At risk:** ", "**Do:** ", "**Clears:** "] {
            assert!(
                section.contains(&format!("\n{part}")),
                "{name} lacks {part}"
            );
        }
    }
}

#[test]
fn every_alert_leads_to_a_section() {
    let anchors = anchors();
    for (name, url) in alerts() {
        let (page, fragment) = url.split_once('#').expect("a section");
        assert_eq!(page, "runbook.md", "{name}");
        // What an alert tells of many codes leads to the section of each.
        let is_of_codes = fragment == "{{ $labels.code | toLower }}"
            || fragment == "{{ $labels.reason | toLower }}";
        assert!(
            is_of_codes || anchors.contains(fragment),
            "{name}: #{fragment}"
        );
    }
    for code in codes() {
        assert!(anchors.contains(&code.to_lowercase()), "{code}");
    }
}

/// What stands under a heading of the third level.
fn section(heading: &str) -> &'static str {
    let (_, rest) = RUNBOOK
        .split_once(&format!("\n### {heading}\n"))
        .expect("its section");
    let end = rest
        .find("\n### ")
        .into_iter()
        .chain(rest.find("\n## "))
        .min();
    &rest[..end.unwrap_or(rest.len())]
}

fn anchors() -> BTreeSet<String> {
    let headings = RUNBOOK.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

#[test]
fn links_lead_to_headings() {
    let anchors = anchors();
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

//! Every form, byte for byte. After a change that is meant: `INDELIBLE_GOLDEN=write cargo test -p indelible-compliance
//! --test reports golden`, and look at what changed.

use std::path::PathBuf;

use indelible_compliance::reports::{
    Report,
    forms::{csv, dsse, html, oscal, text, verdict},
};

use crate::fixture::{forged, report_of, subject, with_closed_bodies};
use crate::full;
use crate::ledger::{reports, subject_from};
use crate::verifications::{broken_verification, lawful_verification};

pub(crate) fn hold_against(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("INDELIBLE_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, bytes).expect("golden file written");
    }
    let golden = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        golden == bytes,
        "{} is not what is made now",
        path.display()
    );
}

fn forms(name: &str, report: &Report) {
    hold_against(&format!("{name}.json"), &report.to_json().expect("JSON"));
    hold_against(&format!("{name}.html"), html::html(report).as_bytes());
    hold_against(&format!("{name}.txt"), text::text(report).as_bytes());
    hold_against(&format!("{name}.csv"), csv::criteria(report).as_bytes());
    hold_against(
        &format!("{name}.oscal.json"),
        &oscal::oscal(report).expect("OSCAL"),
    );
    hold_against(
        &format!("{name}.intoto.json"),
        &dsse::statement(report).expect("a statement"),
    );
}

#[test]
fn every_form_is_as_it_was() {
    let report = report_of(&subject());
    forms("whole", &report);
    hold_against(
        "whole.by_model.csv",
        csv::table(&report.tables[0]).as_bytes(),
    );
    forms("bodies-closed", &report_of(&with_closed_bodies()));
    forms("forged", &report_of(&forged()));
}

#[test]
fn every_form_of_a_verification_is_as_it_was() {
    for (name, verification) in [
        ("verified", lawful_verification()),
        ("refuted", broken_verification()),
    ] {
        hold_against(
            &format!("{name}.json"),
            &verification.to_json().expect("JSON"),
        );
        hold_against(
            &format!("{name}.html"),
            verdict::html(&verification).as_bytes(),
        );
        hold_against(
            &format!("{name}.txt"),
            verdict::text(&verification).as_bytes(),
        );
        hold_against(
            &format!("{name}.csv"),
            verdict::csv(&verification).as_bytes(),
        );
        hold_against(
            &format!("{name}.oscal.json"),
            &verdict::oscal(&verification).expect("OSCAL"),
        );
        let statement = dsse::verification_statement(&verification).expect("a statement");
        hold_against(&format!("{name}.intoto.json"), &statement);
    }
}

#[test]
fn a_report_over_what_the_gate_decided_is_as_it_was() {
    let reports = reports(&subject_from(0, &full::governed()));
    let mut reports = reports.iter();
    let report = reports.find(|report| report.framework.id == "owasp-agentic");
    let report = report.expect("a report");
    hold_against("owasp-agentic.html", html::html(report).as_bytes());
    hold_against("owasp-agentic.txt", text::text(report).as_bytes());
}

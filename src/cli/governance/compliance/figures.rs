//! What AIGC's compliance export comes to, with what is added here.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use crate::cli::{governance::table, ui::table::Table};

/// What it comes to. The first fields are AIGC's.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    pub(super) total_artifacts: u64,
    pub(super) pass_count: u64,
    pub(super) fail_count: u64,
    pub(super) invalid_artifacts: u64,
    /// Of the valid ones those that passed, in percent, to two decimals.
    pub(super) compliance_rate: f64,
    pub(super) failure_gates_summary: BTreeMap<String, u64>,
    pub(super) policies: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lineage: Option<Lineage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) artifacts: Option<Vec<Value>>,
    /// `holds`, `broken`, or `not_checked`: no artifact is in a chain.
    pub(super) chain: &'static str,
    /// `holds`, `broken`, or `not_checked`: no key was given, or artifacts are unsigned.
    pub(super) signatures: &'static str,
    /// Acts of a ledger that are no artifacts.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) of_ledger: Option<OfLedger>,
    /// What was found, with the line.
    pub(super) findings: Vec<String>,
}

/// How artifacts derive from one another.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lineage {
    /// Checksums of those that derive from none.
    pub(super) roots: Vec<String>,
    /// Of those that none derives from.
    pub(super) leaves: Vec<String>,
    /// Of those that derive from one that is not here.
    pub(super) orphans: Vec<String>,
    /// Whether some derive from themselves.
    pub(super) has_cycle: bool,
}

/// Acts that AIGC would not have written an artifact of.
#[derive(Debug, Default, Serialize)]
pub(super) struct OfLedger {
    /// A human was asked.
    pub(super) escalated: u64,
    /// Allowed, and nothing came of them yet.
    pub(super) open: u64,
    /// Released, because nothing ran.
    pub(super) released: u64,
}

pub(super) const HOLDS: &str = "holds";
pub(super) const BROKEN: &str = "broken";
pub(super) const NOT_CHECKED: &str = "not_checked";

impl Figures {
    /// Reckons the rate, and says how many are valid.
    pub(super) fn rate(&mut self) -> u64 {
        let valid = self.pass_count + self.fail_count;
        if valid > 0 {
            let percent = self.pass_count as f64 * 100.0 / valid as f64;
            self.compliance_rate = (percent * 100.0).round() / 100.0;
        }
        valid
    }
}

impl OfLedger {
    fn rows(&self, table: &mut Table) {
        table
            .row("escalated", self.escalated)
            .row("open", self.open)
            .row("released", self.released);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("artifacts", self.total_artifacts)
                .row("passed", self.pass_count)
                .row("failed", self.fail_count)
                .row("not valid", self.invalid_artifacts)
                .row("compliance", format!("{:.2} %", self.compliance_rate));
            for (gate, count) in &self.failure_gates_summary {
                table.row("failed at", format!("{gate}: {count}"));
            }
            for (policy, count) in &self.policies {
                table.row("policy", format!("{policy}: {count}"));
            }
            if let Some(of_ledger) = &self.of_ledger {
                of_ledger.rows(table);
            }
            if let Some(lineage) = &self.lineage {
                table
                    .row("roots", lineage.roots.join(" "))
                    .row("leaves", lineage.leaves.join(" "))
                    .row_if("orphans", &lineage.orphans.join(" "))
                    .row("cycle", if lineage.has_cycle { "yes" } else { "no" });
            }
            table
                .row("chain", self.chain.replace('_', " "))
                .row("signatures", self.signatures.replace('_', " "));
            for finding in &self.findings {
                table.row("found", finding);
            }
        })
    }
}

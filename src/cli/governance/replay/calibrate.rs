//! `indelible policy calibrate`: thresholds of drift from recorded decisions, as a draft for people to look at.

use std::{
    fmt, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_evidence::verify::Trust;
use indelible_governance::{
    digest::Digest,
    drift::{Calibration, DailyDivergence},
    policy::{Compatibility, aegis::AegisPolicy},
    real::Real,
    record::{DriftBaseline, Entry},
};
use indelible_ledger::Rules;
use serde::Serialize;

use super::{bundle, key};
use crate::cli::{error::CliError, governance::table, session::Session};

/// Write a draft of a policy of the kind aegis, with thresholds of drift from recorded decisions; needs no daemon
///
/// The bundle is verified first. The figures of its decisions under the policy are held against the policy's last baseline, day
/// by day: nine of ten days are below the new tau_warning, ninety-nine of a hundred below the new tau_critical. Nothing is in
/// force before somebody registers the draft and binds it.
#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// The bundle: a .tar or .tar.zst file of the whole ledger
    bundle: PathBuf,
    /// A file with the ledger's key, as `indelible ledger key` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The digest of the policy
    #[arg(long, value_name = "DIGEST")]
    policy: String,
    /// Only decisions from this record on
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    from: u64,
    /// Only decisions up to this record
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    /// Where the draft is written; there must be no such file
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

/// What a bundle has of one policy.
#[derive(Default)]
struct Figures {
    rules: Rules,
    baseline: Option<DriftBaseline>,
    /// Recorded times and values.
    figures: Vec<(u64, Real)>,
}

impl Calibrate {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let trust = Trust::in_key(key(&self.key)?);
        let governed = bundle::read(&self.bundle, &trust)?;
        let wrong = |problem: String| CliError::Input {
            name: self.bundle.display().to_string(),
            problem,
        };
        let policy = Digest::parse(&self.policy);
        let policy = policy.ok_or_else(|| wrong(format!("{:?} is not a digest", self.policy)))?;
        let range = (self.from, self.to.unwrap_or(u64::MAX));
        let (read, calibration, days) =
            calibrated(&governed.records, policy, range).map_err(wrong)?;
        write(&self.out, &read.draft(&calibration))?;
        session.output.answer(&Calibrated {
            draft: self.out.display().to_string(),
            tau_warning: calibration.tau_warning.get(),
            tau_critical: calibration.tau_critical.get(),
            days: days.len(),
            figures: days.iter().map(|day: &DailyDivergence| day.values).sum(),
        })
    }
}

/// The policy, the thresholds that decisions of a range give, and the days that they are taken from.
fn calibrated(
    records: &[bundle::GovernanceRecord],
    policy: Digest,
    range: (u64, u64),
) -> Result<(AegisPolicy, Calibration, Vec<DailyDivergence>), String> {
    let mut found = Figures::default();
    for record in records {
        found.take(policy, range, record)?;
    }
    let read = document(&found.rules, policy)?;
    let baseline = found.baseline;
    let baseline = baseline.ok_or("no baseline is recorded for the policy; record one first")?;
    let days = baseline.daily(&found.figures);
    let calibration = Calibration::of(&days).map_err(|error| error.to_string())?;
    Ok((read, calibration, days))
}

impl Figures {
    fn take(
        &mut self,
        policy: Digest,
        (from, to): (u64, u64),
        record: &bundle::GovernanceRecord,
    ) -> Result<(), String> {
        let (position, actor) = (record.position, record.actor.as_deref());
        let sequence = position.sequence;
        let entry = self
            .rules
            .read(sequence, &record.event_type, &record.payload, actor)?;
        match entry {
            Some(Entry::DriftBaseline(baseline)) if baseline.policy == policy => {
                self.baseline = Some(baseline);
            }
            Some(Entry::Decision(decision)) if decision.policies.contains(&policy) => {
                let is_asked = (from..=to).contains(&sequence);
                let evaluation = decision.trail.aegis.filter(|_| is_asked);
                let value = evaluation.map(|evaluation| evaluation.observation.value);
                self.figures
                    .extend(value.map(|value| (position.time, value)));
            }
            _ => {}
        }
        Ok(())
    }
}

fn document(rules: &Rules, policy: Digest) -> Result<AegisPolicy, String> {
    let registered = rules.policies.get(&policy);
    let document = registered.and_then(|registered| {
        let (name, digest) = registered.policy.documents.first()?;
        Some((name, rules.documents.get(digest)?))
    });
    let (name, bytes) = document.ok_or("the bundle has no policy of this digest")?;
    AegisPolicy::read(name, bytes, Compatibility::Aegis).map_err(|error| error.to_string())
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let made = fs::File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    made.map_err(|source| CliError::file(path, source))
}

#[derive(Serialize)]
struct Calibrated {
    draft: String,
    tau_warning: f64,
    tau_critical: f64,
    days: usize,
    figures: u64,
}

impl fmt::Display for Calibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("draft", &self.draft)
                .row("tau_warning", self.tau_warning)
                .row("tau_critical", self.tau_critical)
                .row("days", self.days)
                .row("figures", self.figures);
        })
    }
}

#[cfg(test)]
mod tests;

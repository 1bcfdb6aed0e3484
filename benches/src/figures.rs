//! Figures as they are measured: printed at once, kept for the end, written as JSON.

use std::{collections::BTreeMap, fs, io, path::Path, thread};

use serde::Serialize;
use serde_json::Value;

/// All figures of one run, with the machine they belong to.
#[derive(Serialize)]
pub(crate) struct Figures {
    machine: BTreeMap<&'static str, String>,
    figures: BTreeMap<String, f64>,
    /// Whole reports, for those who want more than the figures.
    reports: BTreeMap<String, Value>,
}

impl Figures {
    pub(crate) fn of_this_machine() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value.map_or_else(
                || "unknown".to_owned(),
                |(_, value)| value.trim().to_owned(),
            )
        };
        let cores = thread::available_parallelism().map_or(0, usize::from);
        let machine = BTreeMap::from([
            ("cores", cores.to_string()),
            ("processor", field(&read("/proc/cpuinfo"), "model name")),
            ("memory", field(&read("/proc/meminfo"), "MemTotal")),
            (
                "kernel",
                read("/proc/sys/kernel/osrelease").trim().to_owned(),
            ),
            ("load_before", read("/proc/loadavg").trim().to_owned()),
        ]);
        for (name, value) in &machine {
            println!("{name:<34} {value}");
        }
        Self {
            machine,
            figures: BTreeMap::new(),
            reports: BTreeMap::new(),
        }
    }

    /// Keeps a figure and prints it.
    pub(crate) fn note(&mut self, name: &str, value: f64) {
        println!("{name:<44} {:>14}", show(value));
        self.figures.insert(name.to_owned(), value);
    }

    /// Keeps a load generator's report, and notes its rate and its median latency.
    pub(crate) fn note_report(&mut self, name: &str, report: Value) {
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        self.note(
            &format!("{name}.events_per_second"),
            number(&report["events_per_second"]),
        );
        self.note(
            &format!("{name}.p50_ms"),
            number(&report["latency"]["p50_ms"]),
        );
        self.note(
            &format!("{name}.p99_ms"),
            number(&report["latency"]["p99_ms"]),
        );
        if let Some(failures) = report["failures"].as_object() {
            for (code, failure) in failures {
                println!(
                    "  failures: {} × {code}: {}",
                    failure["count"], failure["example"]
                );
            }
        }
        self.reports.insert(name.to_owned(), report);
    }

    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        self.figures.get(name).copied()
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, serde_json::to_vec_pretty(self)?)
    }
}

/// Four digits or whole numbers, with commas.
pub(crate) fn show(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.3}");
    }
    let digits = format!("{:.0}", value);
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

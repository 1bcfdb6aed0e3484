//! A report for terminals: plain text, no colours, lines wrapped, nothing in it that steers a terminal.

use crate::reports::{
    data::{AnswerFacts, Report, State},
    forms::parts::asked_words,
    inert::inert,
    words::{joined, shown_number},
};

/// Where lines are wrapped, in characters.
const COLUMNS: usize = 100;

/// Lays out a report.
pub fn text(report: &Report) -> String {
    let mut out = Lines::default();
    out.wrapped("", &report.headline);
    out.blank();
    let framework = &report.framework;
    out.field("framework", &framework.title);
    out.field(
        "mapping",
        &format!(
            "{} version {} of {}: {}",
            framework.id,
            framework.version,
            framework.date,
            framework.review.words()
        ),
    );
    out.field("ledger", &report.ledger.origin);
    let ledger = &report.ledger;
    out.field("pinned key", &ledger.verifier_key);
    out.field(
        "checkpoint",
        &format!(
            "size {}, root {}",
            shown_number(ledger.checkpoint_size),
            ledger.checkpoint_root
        ),
    );
    out.field("range", &asked_words(report));
    let bodies = report.evidence.bodies.states();
    let bodies = bodies.iter().filter(|(_, count)| *count > 0);
    let bodies: Vec<_> = bodies
        .map(|(name, count)| format!("{} {name}", shown_number(*count)))
        .collect();
    let none = "no events".to_owned();
    out.field(
        "bodies",
        &if bodies.is_empty() {
            none
        } else {
            joined(&bodies)
        },
    );
    answer(&mut out, "integrity", &report.evidence.integrity);
    answer(&mut out, "custody", &report.evidence.custody);
    for application in &framework.applies {
        let words = format!(
            "{}: {} (source: {})",
            application.from, application.what, application.source
        );
        out.field("applies", &words);
    }
    for clause in &report.clauses {
        out.blank();
        let heading = format!("{} {}  {}", sign(clause.state), clause.id, clause.title);
        out.wrapped(
            "",
            &format!("{heading}: {}", clause.state.words().to_uppercase()),
        );
        out.wrapped("      ", &format!("{}.", clause.why.join("; ")));
        for criterion in &clause.criteria {
            out.wrapped(
                "      - ",
                &format!("{} [{}]", criterion.says, criterion.measure),
            );
            out.wrapped("          ", &criterion.words);
            if !criterion.records.is_empty() {
                let records: Vec<_> = criterion.records.iter().map(u64::to_string).collect();
                out.wrapped("          ", &format!("records {}", records.join(", ")));
            }
        }
        for unknown in &clause.unknown {
            out.wrapped("      ? ", unknown);
        }
    }
    out.blank();
    for projection in &report.projections {
        out.field(
            "projection",
            &format!(
                "{} version {}, {} records, state {}",
                projection.name,
                projection.version,
                shown_number(projection.records),
                projection.digest.0
            ),
        );
    }
    out.field("report", &format!("{} {}", report.format, report.id));
    out.blank();
    out.wrapped(
        "",
        "This report says what records show. It does not say that anybody complies with anything. A line with ? says what the ledger can't know.",
    );
    out.0
}

fn sign(state: State) -> &'static str {
    match state {
        State::Evidenced => "[ + ]",
        State::PartlyEvidenced => "[+/-]",
        State::NotEvidenced => "[ - ]",
        State::NotAssessable => "[ . ]",
    }
}

fn answer(out: &mut Lines, name: &str, answer: &AnswerFacts) {
    out.field(name, answer.answer.words());
    for finding in &answer.findings {
        let place = finding
            .sequence
            .map(|sequence| format!("record {sequence}: "));
        let text = format!(
            "{}{} [{}]",
            place.unwrap_or_default(),
            finding.detail,
            finding.code
        );
        out.wrapped("            - ", &text);
    }
    if answer.findings_omitted > 0 {
        out.wrapped(
            "            - ",
            &format!("and {} more", answer.findings_omitted),
        );
    }
    for missing in &answer.missing {
        out.wrapped("            - ", &format!("missing: {missing}"));
    }
}

/// Lines being written.
#[derive(Default)]
pub(crate) struct Lines(pub(super) String);

impl Lines {
    pub(crate) fn blank(&mut self) {
        self.0.push('\n');
    }

    /// A name and what it has.
    pub(crate) fn field(&mut self, name: &str, text: &str) {
        self.wrapped(&format!("{name:<12}"), text);
    }

    /// A paragraph: its first line behind `lead`, the others as far in. Words longer than a line stay whole.
    pub(crate) fn wrapped(&mut self, lead: &str, text: &str) {
        let text = inert(text);
        let indent = lead.chars().count();
        self.0.push_str(lead);
        let mut column = indent;
        for (index, word) in text.split(' ').enumerate() {
            let length = word.chars().count();
            if index > 0 && column + 1 + length > COLUMNS {
                while self.0.ends_with(' ') {
                    self.0.pop();
                }
                self.0.push('\n');
                self.0.push_str(&" ".repeat(indent));
                column = indent;
            } else if index > 0 {
                self.0.push(' ');
                column += 1;
            }
            self.0.push_str(word);
            column += length;
        }
        self.0.push('\n');
    }
}

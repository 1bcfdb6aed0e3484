//! A report for terminals: plain text, no colours, lines wrapped, nothing in it that steers a terminal.

use crate::reports::{
    data::{AnswerFacts, ClauseFinding, Report, State},
    forms::parts::asked_words,
    inert::inert,
    words::{joined, shown_number},
};

/// Where lines are wrapped, in characters.
const COLUMNS: usize = 100;
/// How wide names are; the longest is `completeness`.
const NAME_COLUMNS: usize = 14;

/// Lays out a report.
pub fn text(report: &Report) -> String {
    let mut out = Lines::wrapped_at_columns();
    out.wrapped("", &report.headline);
    out.blank();
    head(&mut out, report);
    for finding in &report.clauses {
        clause(&mut out, finding);
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
    out.text
}

/// What the report is about, and on which evidence.
fn head(out: &mut Lines, report: &Report) {
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
    answer(out, "integrity", &report.evidence.integrity);
    answer(out, "custody", &report.evidence.custody);
    for application in &framework.applies {
        let words = format!(
            "{}: {} (source: {})",
            application.from, application.what, application.source
        );
        out.field("applies", &words);
    }
}

fn clause(out: &mut Lines, clause: &ClauseFinding) {
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

fn sign(state: State) -> &'static str {
    match state {
        State::Evidenced => "[ + ]",
        State::PartlyEvidenced => "[+/-]",
        State::NotEvidenced => "[ - ]",
        State::NotAssessable => "[ . ]",
    }
}

/// In front of each finding of an answer.
const DETAIL: &str = "  - ";

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
        out.wrapped(DETAIL, &text);
    }
    if answer.findings_omitted > 0 {
        out.wrapped(DETAIL, &format!("and {} more", answer.findings_omitted));
    }
    for missing in &answer.missing {
        out.wrapped(DETAIL, &format!("missing: {missing}"));
    }
}

/// Lines being written.
pub(crate) struct Lines {
    pub(crate) text: String,
    /// Where they are wrapped; none leaves each whole, so that it can be searched.
    columns: Option<usize>,
}

impl Lines {
    /// Lines for reading.
    pub(crate) fn wrapped_at_columns() -> Self {
        Self {
            text: String::new(),
            columns: Some(COLUMNS),
        }
    }

    /// Lines for searching, too.
    pub(crate) fn unwrapped() -> Self {
        Self {
            text: String::new(),
            columns: None,
        }
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A name and what it has.
    pub(crate) fn field(&mut self, name: &str, text: &str) {
        self.wrapped(&format!("{name:<NAME_COLUMNS$}"), text);
    }

    /// A paragraph: its first line behind `lead`, the others as far in. Words longer than a line stay whole.
    pub(crate) fn wrapped(&mut self, lead: &str, text: &str) {
        let text = inert(text);
        let indent = lead.chars().count();
        self.text.push_str(lead);
        let mut column = indent;
        for (index, word) in text.split(' ').enumerate() {
            let length = word.chars().count();
            if index > 0
                && self
                    .columns
                    .is_some_and(|columns| column + 1 + length > columns)
            {
                while self.text.ends_with(' ') {
                    self.text.pop();
                }
                self.text.push('\n');
                self.text.push_str(&" ".repeat(indent));
                column = indent;
            } else if index > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        self.text.push('\n');
    }
}

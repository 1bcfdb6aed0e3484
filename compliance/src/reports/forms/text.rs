//! A report for terminals: plain text, no colours, lines wrapped, nothing in it that steers a terminal.

use crate::reports::{
    data::{AnswerFacts, ClauseFinding, NamedRecord, Report, State},
    forms::{
        first::{First, Said, limits, records_lead, sums},
        parts::{ON_WHOSE_WORD, asked_words, state_name, titled, unread_words},
    },
    inert::inert,
    moments::shown_in_column,
    words::{counted, joined, shown_number},
};

/// Where lines are wrapped, in characters.
const COLUMNS: usize = 100;
/// How wide names are; the longest is `key handling`.
const NAME_COLUMNS: usize = 14;

/// Lays out a report.
pub fn text(report: &Report) -> String {
    let mut out = Lines::wrapped_at_columns();
    out.wrapped("", &titled(&report.framework.title, report));
    out.wrapped("", &report.ledger.origin);
    out.wrapped("", &asked_words(report));
    out.blank();
    front_matter(&mut out, report);
    for sum in sums(report) {
        out.wrapped("", &sum);
    }
    out.blank();
    first(&mut out, report);
    head(&mut out, report);
    let assessable = |clause: &&ClauseFinding| clause.state != State::NotAssessable;
    for finding in report.clauses.iter().filter(assessable) {
        clause(&mut out, finding);
    }
    unassessable(&mut out, report);
    named(&mut out, report);
    out.blank();
    for projection in &report.projections {
        out.field(
            "projection",
            &format!(
                "{} version {}, {}, state {}",
                projection.name,
                projection.version,
                counted(projection.records, "record", "records"),
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

/// Who made it, for whom and about what, on whose word.
fn front_matter(out: &mut Lines, report: &Report) {
    let Some(front) = &report.front_matter else {
        return;
    };
    out.wrapped("", ON_WHOSE_WORD);
    for (name, text) in front.lines() {
        out.field(&format!("  {name}"), text);
    }
    out.blank();
}

/// What is not met, what could not be decided, and what limits the report.
fn first(out: &mut Lines, report: &Report) {
    let first = First::of(report);
    out.wrapped("", &first.heading().to_uppercase());
    match first.nothing {
        Some(why) => out.wrapped("  ", &ascii(why)),
        None if first.not_met.is_empty() => out.wrapped("  ", First::NONE),
        None => {
            for said in &first.not_met {
                self::said(out, report, said);
            }
        }
    }
    out.blank();
    if !first.undecided.is_empty() || first.vacuous > 0 {
        out.wrapped("", &format!("NOT DECIDED: {}", first.undecided.len()));
        for said in &first.undecided {
            self::said(out, report, said);
        }
        if let Some(vacuous) = first.vacuous_words() {
            out.wrapped("  ", &vacuous);
        }
        out.blank();
    }
    out.wrapped("", "WHAT LIMITS THIS REPORT");
    for limit in limits(report) {
        out.wrapped(DETAIL, &ascii(&limit));
    }
    out.blank();
}

fn said(out: &mut Lines, report: &Report, said: &Said<'_>) {
    let clauses = said.clauses.iter();
    let clauses: Vec<_> = clauses
        .filter_map(|place| Some(report.clauses.get(*place)?.id.as_str()))
        .collect();
    out.wrapped(
        DETAIL,
        &format!("{} [{}]", said.sentence, clauses.join(", ")),
    );
    out.wrapped("    ", &ascii(&said.detail));
    records(out, "    ", said.records);
}

/// Apostrophes as terminals of every kind have them.
fn ascii(text: &str) -> String {
    text.replace('’', "'")
}

fn records(out: &mut Lines, lead: &str, records: &[u64]) {
    if !records.is_empty() {
        let numbers: Vec<_> = records.iter().map(u64::to_string).collect();
        let text = format!("{} {}", records_lead(records), numbers.join(", "));
        out.wrapped(lead, &text);
    }
}

/// What the report is about, and on which evidence.
fn head(out: &mut Lines, report: &Report) {
    let framework = &report.framework;
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
    let states = report.evidence.bodies.states();
    let states = states.iter().filter(|(_, count)| *count > 0);
    let states: Vec<_> = states
        .map(|(name, count)| format!("{} {}", shown_number(*count), state_name(name)))
        .collect();
    let none = "no events".to_owned();
    out.field(
        "contents",
        &if states.is_empty() {
            none
        } else {
            format!("of events: {}", joined(&states))
        },
    );
    answer(out, "integrity", &report.evidence.integrity);
    answer(out, "key handling", &report.evidence.custody);
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
        records(out, "          ", &criterion.records);
    }
    for unknown in &clause.unknown {
        out.wrapped("      ? ", unknown);
    }
}

/// The clauses that can't be assessed, together.
fn unassessable(out: &mut Lines, report: &Report) {
    let clauses = report.clauses.iter();
    let clauses: Vec<_> = clauses
        .filter(|clause| clause.state == State::NotAssessable)
        .collect();
    if clauses.is_empty() {
        return;
    }
    out.blank();
    out.wrapped("", &format!("NOT ASSESSABLE: {}", clauses.len()));
    for finding in clauses {
        clause(out, finding);
    }
}

/// The records that are named, a line each.
fn named(out: &mut Lines, report: &Report) {
    if report.records.is_empty() {
        return;
    }
    out.blank();
    out.wrapped("", "RECORDS NAMED IN THIS REPORT");
    for record in &report.records {
        out.wrapped(DETAIL, &named_words(record));
    }
    if report.records_omitted > 0 {
        let more = shown_number(report.records_omitted);
        out.wrapped(DETAIL, &format!("and {more} more, not described here"));
    }
}

fn named_words(record: &NamedRecord) -> String {
    let mut words = format!(
        "{}  {}  recorded {} UTC",
        record.sequence,
        record.what,
        shown_in_column(&record.recorded)
    );
    let parts = [
        ("event time", &record.event_time),
        ("who acted", &record.actor),
        ("case", &record.correlation_id),
        ("came to", &record.outcome),
    ];
    for (name, text) in parts {
        if let Some(text) = text {
            words.push_str(&format!("; {name}: {text}"));
        }
    }
    if let Some(why) = unread_words(record.body) {
        words.push_str(&format!("; {why}"));
    }
    words
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
            .map(|sequence| format!("record {}: ", shown_number(sequence)));
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

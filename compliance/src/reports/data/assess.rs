//! From measures and a mapping to findings.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;

use crate::{
    frameworks::{Clause, Criterion, Framework, Outcome, Span},
    projections::{
        measure::{Measure, RECORDS_NAMED_MAX, Value},
        pieces::SUM_MAX as INTEGER_MAX,
        table::{Cell, Table},
    },
    reports::{
        data::{
            caveats::{caveats, headline},
            finding::{ClauseFinding, CriterionFinding, OutcomeFacts, State, Summary, ValueFacts},
            report::{
                AskedFacts, EvidenceFacts, FrameworkFacts, LedgerFacts, REPORT_FORMAT, RangeFacts,
                Report, TableRows,
            },
            subject::{Asked, Subject},
        },
        moments::rfc3339,
        words::{counted, criterion_words, shown_share},
    },
};

/// Makes the report on `clauses`, as [`Framework::select`] gave them.
pub fn assess(
    framework: &Framework,
    clauses: &[&Clause],
    subject: &Subject,
) -> Result<Report, serde_json::Error> {
    let limits = Limits::of(subject);
    let clauses: Vec<_> = clauses
        .iter()
        .map(|clause| clause_finding(clause, subject, &limits))
        .collect();
    let summary = summary(&clauses);
    let caveats = caveats(subject, framework.review);
    let read = |name: &str| framework.projections.contains_key(name);
    let projections = subject
        .projections
        .iter()
        .filter(|projection| read(&projection.name));
    let mut report = Report {
        format: REPORT_FORMAT.to_owned(),
        id: String::new(),
        headline: headline(&caveats, &summary),
        caveats,
        ledger: LedgerFacts {
            origin: subject.checkpoint.origin.to_string(),
            verifier_key: subject.verifier_key.clone(),
            checkpoint_size: bounded(subject.checkpoint.size),
            checkpoint_root: STANDARD.encode(subject.checkpoint.root.as_bytes()),
        },
        range: range_facts(subject),
        evidence: EvidenceFacts {
            integrity: (&subject.verdict.integrity).into(),
            custody: (&subject.verdict.custody).into(),
            bodies: subject.bodies,
        },
        framework: framework_facts(framework),
        summary,
        clauses,
        projections: projections.cloned().collect(),
        tables: subject.tables.iter().map(table_rows).collect(),
    };
    report.id = report.computed_id()?;
    Ok(report)
}

/// What limits every clause, whatever was measured.
struct Limits {
    /// Nothing can be assessed, and why.
    nothing: Vec<String>,
    /// Nothing can be more than partly evidenced, and why.
    partly: Vec<String>,
}

impl Limits {
    fn of(subject: &Subject) -> Self {
        let mut nothing = Vec::new();
        for (question, answer) in [
            ("integrity", &subject.verdict.integrity),
            ("custody", &subject.verdict.custody),
        ] {
            if answer.is_broken() {
                nothing.push(format!("the {question} of these records is broken"));
            } else if !answer.holds() {
                nothing.push(format!(
                    "it is not known whether the {question} of these records holds"
                ));
            }
        }
        if subject.records == 0 {
            nothing.push("there are no records in this range".to_owned());
        }
        let outside = !subject.outside.is_empty();
        let partly =
            outside.then(|| "a part of what was asked for lies outside the evidence".to_owned());
        Self {
            nothing,
            partly: partly.into_iter().collect(),
        }
    }
}

fn clause_finding(clause: &Clause, subject: &Subject, limits: &Limits) -> ClauseFinding {
    let criteria: Vec<_> = clause
        .criteria
        .iter()
        .map(|criterion| criterion_finding(criterion, subject.measures.0.get(&criterion.measure)))
        .collect();
    let records: BTreeSet<u64> = criteria
        .iter()
        .flat_map(|criterion| criterion.records.iter().copied())
        .collect();
    let (state, why) = judge(clause, &criteria, subject, limits);
    ClauseFinding {
        id: clause.id.clone(),
        title: clause.title.clone(),
        asks: clause.asks.clone(),
        state,
        why,
        criteria,
        records: records.into_iter().take(RECORDS_NAMED_MAX).collect(),
        unknown: clause.unknown.clone(),
    }
}

/// The state of a clause, and every reason for it that is not a criterion's own.
fn judge(
    clause: &Clause,
    criteria: &[CriterionFinding],
    subject: &Subject,
    limits: &Limits,
) -> (State, Vec<String>) {
    if let Some(why) = &clause.not_assessable {
        return (
            State::NotAssessable,
            vec![why.trim_end_matches('.').to_owned()],
        );
    }
    if !limits.nothing.is_empty() {
        return (State::NotAssessable, limits.nothing.clone());
    }
    let mut why = limits.partly.clone();
    if let Some(wanted) = clause.bodies {
        let (open, total) = (subject.bodies.open, subject.bodies.total());
        let enough = u128::from(open) * 1_000_000 >= u128::from(total) * u128::from(wanted);
        if total > 0 && open == 0 && wanted > 0 {
            return (
                State::NotAssessable,
                vec!["no body of these events can be read, and this clause needs them".to_owned()],
            );
        }
        if !enough {
            why.push(format!(
                "{open} of {} can be read, and this clause needs {}",
                counted(total, "body", "bodies"),
                shown_share(u64::from(wanted))
            ));
        }
    }
    let count = |outcome| {
        criteria
            .iter()
            .filter(|criterion| criterion.outcome == outcome)
            .count() as u64
    };
    let (met, not_met) = (count(OutcomeFacts::Met), count(OutcomeFacts::NotMet));
    let open = count(OutcomeFacts::NotComputable);
    let deciding = met + not_met + open;
    let capped = !why.is_empty();
    why.insert(0, format!("criteria met: {met} of {deciding}"));
    if open > 0 {
        why.push(format!("{open} can't be computed from these records"));
    }
    let state = match (met, not_met) {
        (0, 0) => State::NotAssessable,
        (0, _) => State::NotEvidenced,
        _ if met == deciding && !capped => State::Evidenced,
        _ => State::PartlyEvidenced,
    };
    (state, why)
}

fn criterion_finding(criterion: &Criterion, measure: Option<&Measure>) -> CriterionFinding {
    let absent = Value::NotComputable("the projection did not give this measure".to_owned());
    let value = measure.map_or(&absent, |measure| &measure.value);
    let held = criterion
        .threshold
        .as_ref()
        .map(|threshold| threshold.hold_against(value));
    let (outcome, why_not) = match &held {
        None => (OutcomeFacts::Shown, None),
        Some(Outcome::Met) => (OutcomeFacts::Met, None),
        Some(Outcome::NotMet) => (OutcomeFacts::NotMet, None),
        Some(Outcome::NotComputable(why)) => (OutcomeFacts::NotComputable, Some(why.as_str())),
    };
    let value = value_facts(value);
    let records = measure
        .map(|measure| measure.records.as_slice())
        .unwrap_or_default();
    CriterionFinding {
        measure: criterion.measure.clone(),
        says: criterion.says.clone(),
        words: criterion_words(&value, criterion.threshold.as_ref(), outcome, why_not),
        value,
        threshold: criterion.threshold.clone(),
        outcome,
        records: records.iter().map(|record| bounded(*record)).collect(),
    }
}

fn value_facts(value: &Value) -> ValueFacts {
    match value {
        Value::Count(count) => ValueFacts::Count(bounded(*count)),
        Value::Share { part, whole } => {
            let scaled = u128::from(*part) * 1_000_000;
            let millionths = scaled.checked_div(u128::from(*whole)).unwrap_or_default();
            ValueFacts::Share {
                part: bounded(*part),
                whole: bounded(*whole),
                millionths: bounded(u64::try_from(millionths).unwrap_or(u64::MAX)),
            }
        }
        Value::Nanoseconds(span) => ValueFacts::Span(Span::of(*span)),
        Value::Flag(flag) => ValueFacts::Flag(*flag),
        Value::NotComputable(why) => ValueFacts::NotComputable(why.clone()),
    }
}

fn summary(clauses: &[ClauseFinding]) -> Summary {
    let count = |state| {
        clauses
            .iter()
            .filter(|clause| clause.state == state)
            .count() as u64
    };
    Summary {
        evidenced: count(State::Evidenced),
        partly_evidenced: count(State::PartlyEvidenced),
        not_evidenced: count(State::NotEvidenced),
        not_assessable: count(State::NotAssessable),
    }
}

fn range_facts(subject: &Subject) -> RangeFacts {
    RangeFacts {
        asked: match subject.asked {
            Asked::Whole => AskedFacts::Whole {},
            Asked::Records { from, to } => AskedFacts::Records {
                from: bounded(from),
                to: bounded(to),
            },
            Asked::Period { from, to } => AskedFacts::Period {
                from: from.map(rfc3339),
                to: to.map(rfc3339),
            },
        },
        from: bounded(subject.from),
        to: bounded(subject.to),
        records: bounded(subject.records),
        first_time: subject.times.map(|(first, _)| rfc3339(first)),
        last_time: subject.times.map(|(_, last)| rfc3339(last)),
        view: subject.view,
    }
}

fn framework_facts(framework: &Framework) -> FrameworkFacts {
    FrameworkFacts {
        id: framework.id.clone(),
        version: framework.version,
        date: framework.date.clone(),
        title: framework.title.clone(),
        short: framework.short.clone(),
        review: framework.review,
        about: framework.about.clone(),
        digest: HEXLOWER.encode(&framework.digest),
        sources: framework.sources.clone(),
        applies: framework.applies.clone(),
    }
}

fn table_rows(table: &Table) -> TableRows {
    let cell = |cell: &Cell| match cell {
        Cell::Number(number) => Cell::Number(bounded(*number)),
        Cell::Records(records) => {
            Cell::Records(records.iter().map(|record| bounded(*record)).collect())
        }
        other => other.clone(),
    };
    TableRows {
        name: table.name.to_owned(),
        columns: table
            .columns
            .iter()
            .map(|&column| column.to_owned())
            .collect(),
        rows: table
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
    }
}

/// Numbers saturate where JSON readers stop being exact, as the folds' own sums do.
fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}

//! From measures and a mapping to findings.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;

use crate::{
    frameworks::{Between, Clause, Criterion, Found, Framework, Judged, Outcome, Span},
    projections::{
        measure::{Measures, RECORDS_NAMED_MAX, Value},
        pieces::{SUM_MAX as INTEGER_MAX, Spread},
        table::{Cell, Table},
    },
    reports::{
        data::{
            answers::AnswerFacts,
            caveats::{caveats, headline},
            either::{self, Deciding},
            finding::{
                ClauseFinding, CriterionFinding, OfWhichFacts, OutcomeFacts, PopulationFacts,
                SpreadFacts, State, Summary, ThresholdFacts, ValueFacts,
            },
            judge::{Limits, judge},
            left_out::{left_out_words, not_among},
            lost::before_all,
            named::{RECORDS_DESCRIBED_MAX, named_by},
            report::{
                AskedFacts, ByEventTimeFacts, Caveat, CaveatCode, EvidenceFacts, FrameworkFacts,
                LedgerFacts, REPORT_FORMAT, RangeFacts, RecordsFacts, Report, TableRows,
            },
            subject::{Asked, Subject, Whose},
        },
        moments::rfc3339,
        words::{Open, criterion_words},
    },
};

/// Measures that are sums of unlike things: what these are, and in how many places.
const PARTS: &[(&str, &[&str])] = &[(
    "gaps.number_faults",
    &[
        "gaps.numbers_skipped",
        "gaps.jumps",
        "gaps.numbers_repeated",
        "gaps.numbers_backward",
    ],
)];

/// Measures whose shares are numbers as producers gave them, in millionths of one: no part of a whole.
const SCORES: &[&str] = &[
    "decisions.greatest_risk_score",
    "performance.greatest_drift",
];

/// Makes the report on the clauses `asked`, as [`Framework::select`] gave them.
pub fn assess(
    framework: &Framework,
    asked: &[&Clause],
    subject: &Subject,
) -> Result<Report, serde_json::Error> {
    let limits = Limits::of(subject, framework);
    let clauses: Vec<_> = asked
        .iter()
        .map(|clause| clause_finding(clause, subject, framework.clocks_within, &limits))
        .collect();
    let summary = summary(&clauses);
    let left_out = not_among(framework, asked);
    let mut caveats = caveats(subject, framework);
    if !left_out.is_empty() {
        caveats.push(Caveat {
            code: CaveatCode::ClausesLeftOut,
            text: left_out_words(asked.len(), &left_out),
        });
        caveats.sort_by_key(|caveat| caveat.code);
    }
    let read = |name: &str| framework.projections.contains_key(name);
    let projections = subject
        .projections
        .iter()
        .filter(|projection| read(&projection.name));
    let integrity = AnswerFacts::from(&subject.verdict.integrity);
    let custody = AnswerFacts::from(&subject.verdict.custody);
    let named = named_by(&clauses, [&integrity, &custody]);
    let records: Vec<_> = subject
        .named
        .iter()
        .filter(|record| named.contains(&record.sequence))
        .take(RECORDS_DESCRIBED_MAX)
        .cloned()
        .collect();
    let mut report = Report {
        format: REPORT_FORMAT.to_owned(),
        id: String::new(),
        front_matter: None,
        recorded_ahead: subject.recorded_ahead.clone(),
        lost: subject.lost,
        headline: before_all(
            subject.lost.as_ref(),
            subject.recorded_ahead.as_ref(),
            headline(&caveats, &summary, subject.bodies.total() > 0),
        ),
        caveats,
        ledger: LedgerFacts {
            origin: subject.checkpoint.origin.to_string(),
            verifier_key: subject.verifier_key.clone(),
            checkpoint_size: bounded(subject.checkpoint.size),
            checkpoint_root: STANDARD.encode(subject.checkpoint.root.as_bytes()),
            predecessor: subject.predecessor.clone(),
        },
        range: range_facts(subject),
        evidence: EvidenceFacts {
            integrity,
            custody,
            bodies: subject.bodies,
        },
        framework: framework_facts(framework, left_out),
        summary,
        clauses,
        records_omitted: named.len().saturating_sub(records.len()) as u64,
        records,
        series: subject.series.clone(),
        projections: projections.cloned().collect(),
        tables: subject.tables.iter().map(table_rows).collect(),
    };
    report.id = report.computed_id()?;
    Ok(report)
}

fn clause_finding(
    clause: &Clause,
    subject: &Subject,
    within: Option<Span>,
    limits: &Limits,
) -> ClauseFinding {
    let found = Found {
        measures: &subject.measures,
        clocks: &subject.clocks,
        span: subject.span(),
        period: match subject.asked {
            Asked::EventPeriod {
                from: Some(from),
                to: Some(to),
                ..
            } => Some(to.saturating_sub(from)),
            _ => None,
        },
        elsewhen: subject.elsewhen(),
        live: Between {
            left_out: subject.by_origin.live,
            unknown: subject.by_origin.unknown,
        },
        unusable: subject.unusable(),
        is_imported: subject.whose == Whose::OtherSystems,
        wrongly_timed: subject.wrongly_timed(),
    };
    let mut carried = false;
    let mut criteria: Vec<_> = clause
        .criteria
        .iter()
        .map(|criterion| {
            let judged = criterion.judge(&found, within);
            carried |= judged.carried;
            criterion_finding(criterion, judged, &found)
        })
        .collect();
    either::choose(clause, &mut criteria, |finding| Open {
        unread: finding.unread,
        unsaid: finding.unsaid,
        unusable: found.unusable,
    });
    let records: BTreeSet<u64> = criteria
        .iter()
        .flat_map(|criterion| criterion.records.iter().copied())
        .collect();
    let deciding = Deciding::of(clause, &criteria);
    let (state, why) = judge(clause, &deciding, carried, limits);
    ClauseFinding {
        id: clause.id.clone(),
        title: clause.title.clone(),
        asks: clause.asks.clone(),
        kind: clause.kind,
        state,
        why,
        criteria,
        records: records.into_iter().take(RECORDS_NAMED_MAX).collect(),
        unknown: clause.unknown.clone(),
    }
}

fn criterion_finding(criterion: &Criterion, judged: Judged, found: &Found<'_>) -> CriterionFinding {
    let measures = found.measures;
    let measure = measures.0.get(&criterion.measure);
    let held = criterion.held.as_ref();
    let (outcome, why_not) = match judged.outcome {
        None => (OutcomeFacts::Shown, None),
        Some(Outcome::Met) => (OutcomeFacts::Met, None),
        Some(Outcome::NotMet) => (OutcomeFacts::NotMet, None),
        Some(Outcome::Vacuous(why)) => (OutcomeFacts::Vacuous, Some(why)),
        Some(Outcome::Undecided(why)) => (OutcomeFacts::Undecided, Some(why)),
    };
    let value = match &judged.value {
        Value::Share { part, .. } if SCORES.contains(&criterion.measure.as_str()) => {
            ValueFacts::Decimal {
                millionths: bounded(*part),
            }
        }
        value => value_facts(value),
    };
    let (spread, asked) = judged
        .spread
        .map(|(found, asked)| (spread(found), spread(asked)))
        .unzip();
    let threshold = held
        .zip(judged.threshold)
        .map(|(held, bound)| ThresholdFacts {
            bound,
            every: held.every,
            spread: asked,
            set_by: held.set_by.clone(),
        });
    let open = Open {
        unread: bounded(judged.unread),
        unsaid: bounded(judged.unsaid),
        unusable: found.unusable,
    };
    let records = measure.map(|measure| either::shown_by(measure, outcome, held));
    let records = records.unwrap_or_default();
    CriterionFinding {
        measure: criterion.measure.clone(),
        says: criterion.says.clone(),
        words: criterion_words(
            (&value, spread.as_ref()),
            open,
            threshold.as_ref(),
            outcome,
            why_not.as_deref(),
        ),
        value,
        unread: open.unread,
        unsaid: open.unsaid,
        population: held.map(|held| PopulationFacts {
            measure: held.of.clone(),
            count: judged.population.map(bounded),
        }),
        threshold,
        outcome,
        spread,
        records: records.iter().map(|record| bounded(*record)).collect(),
        parts: parts(&criterion.measure, measures),
    }
}

fn spread(spread: Spread) -> SpreadFacts {
    SpreadFacts {
        days: bounded(spread.days),
        longest_pause: Span::of(spread.longest_pause),
    }
}

/// What a measure is the sum of, where it is one of unlike things.
fn parts(measure: &str, measures: &Measures) -> Vec<OfWhichFacts> {
    let found = PARTS.iter().find(|(whole, _)| *whole == measure);
    let names = found.map_or(&[][..], |(_, parts)| *parts);
    let part = |name: &&str| match measures.0.get(*name)?.value {
        Value::Count(count) if count > 0 => Some(OfWhichFacts {
            measure: (*name).to_owned(),
            count: bounded(count),
        }),
        _ => None,
    };
    names.iter().filter_map(part).collect()
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
            Asked::EventPeriod { records, from, to } => AskedFacts::EventPeriod {
                records: records.map(|(from, to)| RecordsFacts {
                    from: bounded(from),
                    to: bounded(to),
                }),
                from: from.map(rfc3339),
                to: to.map(rfc3339),
            },
        },
        imported_alone: subject.whose == Whose::OtherSystems,
        by_event_time: subject
            .by_event_time
            .as_ref()
            .map(|times| ByEventTimeFacts {
                within: bounded(times.within),
                elsewhen: bounded(times.elsewhen),
                closed: bounded(times.closed),
                without_time: bounded(times.without_time),
                earliest: times.ends.map(|(first, _)| rfc3339(first)),
                latest: times.ends.map(|(_, last)| rfc3339(last)),
            }),
        from: bounded(subject.from),
        to: bounded(subject.to),
        records: bounded(subject.records),
        first_time: subject.times.map(|(first, _)| rfc3339(first)),
        last_time: subject.times.map(|(_, last)| rfc3339(last)),
        view: subject.view,
        clock_distance: subject.clocks.greatest_distance().map(Span::of),
    }
}

fn framework_facts(framework: &Framework, left_out: Vec<String>) -> FrameworkFacts {
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
        clocks_within: framework.clocks_within,
        applies: framework.applies.clone(),
        left_out,
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

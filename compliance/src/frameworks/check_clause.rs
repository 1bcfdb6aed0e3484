//! What a clause must be beyond its form: each criterion can fail, and counts what others did over what there is.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::{
    error::Problem,
    file::{ClauseFile, CriterionFile, Source},
    framework::{Clause, Criterion, Held},
    measured::{Counted, counted, is_by_day, is_on_time, tell_when},
    spanned::{Refused, limit, line, span, text},
    threshold::{Limit, Span, Threshold},
};
use crate::projections::catalogue::Catalogue;

/// What clauses may name.
pub(super) struct Known<'a> {
    /// The projections that the mapping lists.
    pub(super) listed: &'a BTreeMap<String, Spanned<u32>>,
    /// Those that there are.
    pub(super) catalogue: &'a Catalogue,
    /// The mapping's sources.
    pub(super) sources: &'a [Source],
    /// The mapping says how far the two clocks may be apart.
    pub(super) has_clocks: bool,
    /// The mapping says how long a range must reach for a clause to be evidenced over it.
    pub(super) has_length: bool,
}

/// Checks a clause and takes it over.
pub(super) fn checked_clause(
    file: ClauseFile,
    known: &Known<'_>,
    read: &mut BTreeSet<String>,
) -> Result<Clause, Refused> {
    let place = line(&file.id);
    let id = text("a clause's id", file.id)?;
    let mut criteria = Vec::with_capacity(file.criteria.len());
    for criterion in file.criteria {
        criteria.push(checked_criterion(criterion, known, read)?);
    }
    let decided = criteria.iter().any(|criterion| criterion.held.is_some());
    let problem = match (&file.not_assessable, decided, &file.kind, &file.partly) {
        (None, false, ..) => Some((place, Problem::Undecided { clause: id.clone() })),
        (Some(why), true, ..) => Some((line(why), Problem::DecidedAnyway { clause: id.clone() })),
        (None, _, None, _) => Some((place, Problem::KindMissing { clause: id.clone() })),
        (Some(why), _, Some(_), _) | (Some(why), .., Some(_)) => {
            Some((line(why), Problem::KindOfNothing { clause: id.clone() }))
        }
        _ => None,
    };
    if let Some(problem) = problem {
        return Err(problem);
    }
    let is_decisive =
        |criterion: &Criterion| criterion.held.as_ref().is_some_and(|held| held.decisive);
    if decided && !criteria.iter().any(is_decisive) {
        return Err((place, Problem::DecisiveMissing { clause: id }));
    }
    if let Some(problem) = alone(&criteria) {
        return Err((place, problem));
    }
    let not_assessable = file.not_assessable.map(|why| text("`not_assessable`", why));
    let partly = file.partly.map(|why| text("`partly`", why));
    let unknown = file
        .unknown
        .into_iter()
        .map(|unknown| text("an entry of `unknown`", unknown));
    let clause = Clause {
        id,
        title: text("a clause's title", file.title)?,
        asks: text("what a clause asks for", file.asks)?,
        kind: file.kind.map(|kind| kind.value),
        partly: partly.transpose()?,
        criteria,
        unknown: unknown.collect::<Result<_, _>>()?,
        not_assessable: not_assessable.transpose()?,
    };
    match too_soon(&clause, known) {
        Some(problem) => Err((place, problem)),
        None => Ok(clause),
    }
}

/// What is wrong with criteria of which one that is met is enough: something too much is there whatever the others say, and
/// one alone leaves no choice.
fn alone(criteria: &[Criterion]) -> Option<Problem> {
    let held = || {
        criteria
            .iter()
            .filter_map(|one| Some((&one.measure, one.held.as_ref()?)))
    };
    held().find_map(|(measure, one)| {
        let either = one.either.as_ref()?;
        let of_group = held().filter(|(_, other)| other.either.as_ref() == Some(either));
        match &one.threshold {
            Threshold::AtLeast(_) if of_group.count() > 1 => None,
            Threshold::AtLeast(_) => Some(Problem::EitherAlone {
                found: either.clone(),
            }),
            _ => Some(Problem::EitherOfWhat {
                measure: measure.clone(),
            }),
        }
    })
}

/// Why a clause would be evidenced by a single record.
fn too_soon(clause: &Clause, known: &Known<'_>) -> Option<Problem> {
    if !clause.can_be_evidenced() {
        return None;
    }
    let name = clause.id.clone();
    let again_and_again = clause.criteria.iter().any(|criterion| {
        let lower = |held: &Held| matches!(held.threshold, Threshold::AtLeast(_));
        let held = criterion.held.as_ref().filter(|held| lower(held));
        held.is_some_and(|held| held.every.is_some() || is_by_day(&criterion.measure))
    });
    match (known.has_length, again_and_again) {
        (false, _) => Some(Problem::LengthMissing { clause: name }),
        (true, false) => Some(Problem::RateMissing { clause: name }),
        (true, true) => None,
    }
}

fn checked_criterion(
    file: CriterionFile,
    known: &Known<'_>,
    read: &mut BTreeSet<String>,
) -> Result<Criterion, Refused> {
    let place = line(&file.measure);
    let measure = known.measure(&file.measure, read)?;
    let threshold = threshold(&file, &measure)?;
    let says = text("what a criterion says", file.says)?;
    let Some(threshold) = threshold else {
        let more = [
            ("of", file.of.is_some()),
            ("decisive", file.decisive.is_some()),
            ("either", file.either.is_some()),
            ("every", file.every.is_some()),
            ("set_by", file.set_by.is_some()),
            ("where_any", file.where_any.is_some()),
        ];
        if let Some((key, _)) = more.into_iter().find(|(_, given)| *given) {
            return Err((place, Problem::ShownWith { measure, key }));
        }
        return Ok(Criterion {
            measure,
            held: None,
            says,
        });
    };
    let Some(of) = &file.of else {
        return Err((place, Problem::PopulationMissing { measure }));
    };
    let population = known.measure(of, read)?;
    let every = file.every.as_ref().map(|every| span(&measure, every));
    let every = every.transpose()?;
    let problem = can_not_decide(&measure, &threshold, &population, every, known.has_clocks);
    if let Some(problem) = problem {
        return Err((place, problem));
    }
    if file.where_any == Some(true) && (every.is_some() || is_by_day(&measure)) {
        return Err((place, Problem::AnyOfTimes { measure }));
    }
    if let Some(source) = &file.set_by
        && !known.sources.iter().any(|known| known.id == source.value)
    {
        let problem = Problem::SourceUnknown {
            found: source.value.clone(),
            allowed: known
                .sources
                .iter()
                .map(|source| source.id.clone())
                .collect(),
        };
        return Err((line(source), problem));
    }
    Ok(Criterion {
        measure,
        held: Some(Held {
            threshold,
            of: population,
            decisive: file.decisive == Some(true),
            every,
            set_by: file.set_by.map(|source| source.value),
            either: file.either.map(|either| either.value),
            where_any: file.where_any == Some(true),
        }),
        says,
    })
}

impl Known<'_> {
    /// A measure that a listed projection gives.
    fn measure(
        &self,
        spanned: &Spanned<String>,
        read: &mut BTreeSet<String>,
    ) -> Result<String, Refused> {
        let (place, measure) = (line(spanned), spanned.value.clone());
        let projection = measure.split('.').next().unwrap_or_default().to_owned();
        let Some(version) = self.listed.get(&projection) else {
            let allowed = self.listed.keys().cloned().collect();
            return Err((place, Problem::ProjectionNotListed { measure, allowed }));
        };
        let given = self.catalogue.measures(&projection, version.value);
        if !given.is_some_and(|given| given.contains(&measure)) {
            let problem = Problem::MeasureUnknown {
                found: measure,
                allowed: given.into_iter().flatten().cloned().collect(),
            };
            return Err((place, problem));
        }
        read.insert(projection);
        Ok(measure)
    }
}

fn threshold(file: &CriterionFile, measure: &str) -> Result<Option<Threshold>, Refused> {
    let given = [
        file.at_least.is_some(),
        file.at_most.is_some(),
        file.is.is_some(),
        file.shown == Some(true),
    ];
    let found = given.into_iter().filter(|given| *given).count();
    if found != 1 {
        let measure = measure.to_owned();
        return Err((line(&file.measure), Problem::Thresholds { measure, found }));
    }
    let limit = |spanned: &Spanned<String>| limit(measure, spanned);
    Ok(match (&file.at_least, &file.at_most, file.is) {
        (Some(least), ..) => Some(Threshold::AtLeast(limit(least)?)),
        (_, Some(most), _) => Some(Threshold::AtMost(limit(most)?)),
        (.., Some(wanted)) => Some(Threshold::Is(wanted)),
        _ => None,
    })
}

/// Why a criterion may not decide: it can't fail, or it counts what nobody did, or only the one who says so.
fn can_not_decide(
    measure: &str,
    threshold: &Threshold,
    population: &str,
    every: Option<Span>,
    has_clocks: bool,
) -> Option<Problem> {
    let whole = Limit::Millionths(1_000_000);
    let nothing = [
        Limit::Count(0),
        Limit::Millionths(0),
        Limit::Span(Span::of(0)),
    ];
    let name = measure.to_owned();
    let can_not_fail = |why| {
        let measure = measure.to_owned();
        Some(Problem::CanNotFail { measure, why })
    };
    if counted(population) == Counted::Everything {
        let measure = population.to_owned();
        return Some(Problem::PopulationOfAll { measure });
    }
    for name in [measure, population] {
        let measure = name.to_owned();
        match counted(name) {
            Counted::LedgersOwn => return Some(Problem::LedgersOwn { measure }),
            Counted::OwnWord => return Some(Problem::OwnWord { measure }),
            _ => {}
        }
    }
    if counted(measure) == Counted::Certain {
        return can_not_fail("evidence in which it has another value is broken already");
    }
    match threshold {
        Threshold::AtLeast(limit) if nothing.contains(limit) => {
            return can_not_fail("there is always at least so much");
        }
        Threshold::AtMost(limit) if *limit == whole => {
            return can_not_fail("a part is never more than the whole");
        }
        Threshold::AtLeast(Limit::Count(1))
            if every.is_none()
                && (measure == population || counted(measure) == Counted::Everything) =>
        {
            return can_not_fail("it is there wherever its population is");
        }
        Threshold::AtMost(Limit::Count(0)) if measure == population => {
            return Some(Problem::CanNotHold { measure: name });
        }
        _ => {}
    }
    if every.is_some() && !matches!(threshold, Threshold::AtLeast(Limit::Count(_))) {
        return Some(Problem::EveryOfWhat { measure: name });
    }
    if every.is_some() && !tell_when().contains(&measure) {
        return Some(Problem::EveryUntold { measure: name });
    }
    (is_timed(measure, threshold, every) && !has_clocks)
        .then_some(Problem::ClocksMissing { measure: name })
}

/// Whether a criterion is on time, so that the two clocks must agree for it.
pub(super) fn is_timed(measure: &str, threshold: &Threshold, every: Option<Span>) -> bool {
    let of_spans = matches!(
        threshold,
        Threshold::AtLeast(Limit::Span(_)) | Threshold::AtMost(Limit::Span(_))
    );
    is_on_time(measure) || of_spans || every.is_some()
}

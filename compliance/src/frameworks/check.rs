//! What a mapping must be beyond its form.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::{
    error::Problem,
    file::{
        Application, ApplicationFile, ClauseFile, CriterionFile, MAPPING_FORMAT, MappingFile,
        Source, SourceFile,
    },
    framework::{Clause, Criterion, Framework},
    threshold::{Limit, Threshold, parse_share},
};
use crate::{projections::catalogue::Catalogue, time};

/// A line, from 1, and what is wrong there.
type Refused = (u64, Problem);

fn line<T>(spanned: &Spanned<T>) -> u64 {
    spanned.referenced.line()
}

/// Checks a mapping and takes it over.
pub(super) fn checked(
    file: MappingFile,
    digest: [u8; 32],
    catalogue: &Catalogue,
) -> Result<Framework, Refused> {
    if file.format.value != MAPPING_FORMAT {
        let found = file.format.value.clone();
        return Err((line(&file.format), Problem::Format { found }));
    }
    name("the id", &file.id)?;
    let first_line = line(&file.id);
    let sources = sources(file.sources, first_line)?;
    let applies = applications(file.applies, &sources)?;
    projections(&file.projections, catalogue)?;
    let mut clauses = Vec::with_capacity(file.clauses.len());
    let mut lines = BTreeMap::new();
    let mut read = BTreeSet::new();
    for clause in file.clauses {
        once("clause", &clause.id, &mut lines)?;
        clauses.push(checked_clause(
            clause,
            &file.projections,
            catalogue,
            &mut read,
        )?);
    }
    if clauses.is_empty() {
        return Err((
            first_line,
            Problem::Empty {
                what: "the list of clauses",
            },
        ));
    }
    for (projection, version) in &file.projections {
        if !read.contains(projection) {
            let found = projection.clone();
            return Err((line(version), Problem::ProjectionUnused { found }));
        }
    }
    let sets = sets(file.sets, &clauses)?;
    let versions = file.projections.iter();
    Ok(Framework {
        id: file.id.value.clone(),
        version: file.version,
        date: date(&file.date)?,
        title: text("the title", file.title)?,
        short: text("the short name", file.short)?,
        review: file.review,
        about: file.about,
        sources,
        applies,
        projections: versions
            .map(|(name, version)| (name.clone(), version.value))
            .collect(),
        sets,
        clauses,
        digest,
    })
}

fn sources(files: Vec<SourceFile>, first_line: u64) -> Result<Vec<Source>, Refused> {
    let mut lines = BTreeMap::new();
    let sources: Vec<_> = files
        .into_iter()
        .map(|source| {
            name("the source", &source.id)?;
            once("source", &source.id, &mut lines)?;
            Ok(Source {
                id: source.id.value.clone(),
                title: text("the source's title", source.title)?,
                date: date(&source.date)?,
                kind: source.kind,
            })
        })
        .collect::<Result<_, Refused>>()?;
    if sources.is_empty() {
        return Err((
            first_line,
            Problem::Empty {
                what: "the list of sources",
            },
        ));
    }
    Ok(sources)
}

fn applications(
    files: Vec<ApplicationFile>,
    sources: &[Source],
) -> Result<Vec<Application>, Refused> {
    let checked = files.into_iter().map(|application| {
        if !sources
            .iter()
            .any(|source| source.id == application.source.value)
        {
            let problem = Problem::SourceUnknown {
                found: application.source.value.clone(),
                allowed: sources.iter().map(|source| source.id.clone()).collect(),
            };
            return Err((line(&application.source), problem));
        }
        Ok(Application {
            from: date(&application.from)?,
            what: text("what applies", application.what)?,
            source: application.source.value,
        })
    });
    checked.collect()
}

fn projections(
    listed: &BTreeMap<String, Spanned<u32>>,
    catalogue: &Catalogue,
) -> Result<(), Refused> {
    for (projection, version) in listed {
        let allowed: Vec<_> = catalogue.versions(projection).collect();
        if allowed.is_empty() {
            let problem = Problem::ProjectionUnknown {
                found: projection.clone(),
                allowed: catalogue.names().map(str::to_owned).collect(),
            };
            return Err((line(version), problem));
        }
        if !allowed.contains(&version.value) {
            let problem = Problem::VersionUnknown {
                projection: projection.clone(),
                found: version.value,
                allowed,
            };
            return Err((line(version), problem));
        }
    }
    Ok(())
}

fn sets(
    files: BTreeMap<String, Vec<Spanned<String>>>,
    clauses: &[Clause],
) -> Result<BTreeMap<String, Vec<String>>, Refused> {
    for clause in files.values().flatten() {
        if !clauses.iter().any(|known| known.id == clause.value) {
            let problem = Problem::ClauseOfSetUnknown {
                found: clause.value.clone(),
                allowed: clauses.iter().map(|clause| clause.id.clone()).collect(),
            };
            return Err((line(clause), problem));
        }
    }
    let values =
        |clauses: Vec<Spanned<String>>| clauses.into_iter().map(|clause| clause.value).collect();
    Ok(files
        .into_iter()
        .map(|(name, clauses)| (name, values(clauses)))
        .collect())
}

fn checked_clause(
    file: ClauseFile,
    listed: &BTreeMap<String, Spanned<u32>>,
    catalogue: &Catalogue,
    read: &mut BTreeSet<String>,
) -> Result<Clause, Refused> {
    let place = line(&file.id);
    let id = text("a clause's id", file.id)?;
    let bodies = file.bodies.as_ref().map(share).transpose()?;
    let mut criteria = Vec::with_capacity(file.criteria.len());
    for criterion in file.criteria {
        let (projection, criterion) = checked_criterion(criterion, listed, catalogue)?;
        read.insert(projection);
        criteria.push(criterion);
    }
    let decided = criteria
        .iter()
        .any(|criterion| criterion.threshold.is_some());
    match (&file.not_assessable, decided) {
        (None, false) => return Err((place, Problem::Undecided { clause: id })),
        (Some(why), true) => return Err((line(why), Problem::DecidedAnyway { clause: id })),
        _ => {}
    }
    let not_assessable = file.not_assessable.map(|why| text("`not_assessable`", why));
    let unknown = file
        .unknown
        .into_iter()
        .map(|unknown| text("an entry of `unknown`", unknown));
    Ok(Clause {
        id,
        title: text("a clause's title", file.title)?,
        asks: text("what a clause asks for", file.asks)?,
        bodies,
        criteria,
        unknown: unknown.collect::<Result<_, _>>()?,
        not_assessable: not_assessable.transpose()?,
    })
}

fn checked_criterion(
    file: CriterionFile,
    listed: &BTreeMap<String, Spanned<u32>>,
    catalogue: &Catalogue,
) -> Result<(String, Criterion), Refused> {
    let (place, measure) = (line(&file.measure), file.measure.value);
    let projection = measure.split('.').next().unwrap_or_default().to_owned();
    let Some(version) = listed.get(&projection) else {
        let allowed = listed.keys().cloned().collect();
        return Err((place, Problem::ProjectionNotListed { measure, allowed }));
    };
    let given = catalogue.measures(&projection, version.value);
    if !given.is_some_and(|given| given.contains(&measure)) {
        let problem = Problem::MeasureUnknown {
            found: measure,
            allowed: given.into_iter().flatten().cloned().collect(),
        };
        return Err((place, problem));
    }
    let shown = file.shown.is_some_and(|shown| shown);
    let given = [
        file.at_least.is_some(),
        file.at_most.is_some(),
        file.is.is_some(),
        shown,
    ];
    let found = given.into_iter().filter(|given| *given).count();
    if found != 1 {
        return Err((place, Problem::Thresholds { measure, found }));
    }
    let limit = |spanned: &Spanned<String>| limit(&measure, spanned);
    let threshold = match (&file.at_least, &file.at_most, file.is) {
        (Some(least), ..) => Some(Threshold::AtLeast(limit(least)?)),
        (_, Some(most), _) => Some(Threshold::AtMost(limit(most)?)),
        (.., Some(wanted)) => Some(Threshold::Is(wanted)),
        _ => None,
    };
    let says = text("what a criterion says", file.says)?;
    Ok((
        projection,
        Criterion {
            measure,
            threshold,
            says,
        },
    ))
}

fn limit(measure: &str, spanned: &Spanned<String>) -> Result<Limit, Refused> {
    Limit::parse(&spanned.value).map_err(|problem| {
        let problem = Problem::Threshold {
            measure: measure.to_owned(),
            found: spanned.value.clone(),
            problem,
        };
        (line(spanned), problem)
    })
}

fn share(spanned: &Spanned<String>) -> Result<u32, Refused> {
    let refused = |problem| {
        let problem = Problem::Threshold {
            measure: "bodies".to_owned(),
            found: spanned.value.clone(),
            problem,
        };
        (line(spanned), problem)
    };
    let share = spanned
        .value
        .strip_suffix('%')
        .ok_or(super::ThresholdError::Form);
    share.and_then(parse_share).map_err(refused)
}

/// Refuses a second one of a name.
fn once(
    what: &'static str,
    spanned: &Spanned<String>,
    lines: &mut BTreeMap<String, u64>,
) -> Result<(), Refused> {
    match lines.insert(spanned.value.clone(), line(spanned)) {
        None => Ok(()),
        Some(first) => {
            let found = spanned.value.clone();
            Err((line(spanned), Problem::Duplicate { what, found, first }))
        }
    }
}

fn name(what: &'static str, spanned: &Spanned<String>) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = &spanned.value;
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(allowed) {
        return Ok(());
    }
    let found = name.clone();
    Err((line(spanned), Problem::Name { what, found }))
}

fn text(what: &'static str, spanned: Spanned<String>) -> Result<String, Refused> {
    let trimmed = spanned.value.trim();
    if trimmed.is_empty() {
        return Err((line(&spanned), Problem::Empty { what }));
    }
    Ok(trimmed.to_owned())
}

fn date(spanned: &Spanned<String>) -> Result<String, Refused> {
    let text = spanned.value.clone();
    match time::is_day(&text) {
        true => Ok(text),
        false => Err((line(spanned), Problem::Date { found: text })),
    }
}

//! What a mapping must be beyond its form.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::{
    check_clause::{Known, checked_clause},
    error::Problem,
    file::{Application, ApplicationFile, MAPPING_FORMAT, MappingFile, Source, SourceFile},
    framework::{Clause, Framework},
    spanned::{Refused, date, line, name, once, span, text},
    threshold::Span,
};
use crate::projections::catalogue::Catalogue;

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
    let clocks_within = span_if_given("clocks_within", file.clocks_within.as_ref())?;
    let evidenced_over = span_if_given("evidenced_over", file.evidenced_over.as_ref())?;
    let known = Known {
        listed: &file.projections,
        catalogue,
        sources: &sources,
        has_clocks: clocks_within.is_some(),
        has_length: evidenced_over.is_some(),
    };
    let mut clauses = Vec::with_capacity(file.clauses.len());
    let mut lines = BTreeMap::new();
    let mut read = BTreeSet::new();
    for clause in file.clauses {
        once("clause", &clause.id, &mut lines)?;
        clauses.push(checked_clause(clause, &known, &mut read)?);
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
        clocks_within,
        evidenced_over,
        projections: versions
            .map(|(name, version)| (name.clone(), version.value))
            .collect(),
        sets,
        clauses,
        digest,
    })
}

fn span_if_given(of: &str, given: Option<&Spanned<String>>) -> Result<Option<Span>, Refused> {
    given.map(|given| span(of, given)).transpose()
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

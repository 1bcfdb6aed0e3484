//! Reading what a mapping says in single places, with the line of each.

use std::collections::BTreeMap;

use serde_saphyr::Spanned;

use super::{
    error::Problem,
    threshold::{Limit, Span, ThresholdError},
};
use crate::time;

/// A line, from 1, and what is wrong there.
pub(super) type Refused = (u64, Problem);

pub(super) fn line<T>(spanned: &Spanned<T>) -> u64 {
    spanned.referenced.line()
}

/// A limit with its unit. `of` is what it limits.
pub(super) fn limit(of: &str, spanned: &Spanned<String>) -> Result<Limit, Refused> {
    Limit::parse(&spanned.value).map_err(|problem| refused_limit(of, spanned, problem))
}

/// A span of time. `of` is what it limits.
pub(super) fn span(of: &str, spanned: &Spanned<String>) -> Result<Span, Refused> {
    match limit(of, spanned)? {
        Limit::Span(span) if span != Span::of(0) => Ok(span),
        _ => Err(refused_limit(of, spanned, ThresholdError::NoSpan)),
    }
}

fn refused_limit(of: &str, spanned: &Spanned<String>, problem: ThresholdError) -> Refused {
    let problem = Problem::Threshold {
        measure: of.to_owned(),
        found: spanned.value.clone(),
        problem,
    };
    (line(spanned), problem)
}

/// Refuses a second one of a name.
pub(super) fn once(
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

pub(super) fn name(what: &'static str, spanned: &Spanned<String>) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = &spanned.value;
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(allowed) {
        return Ok(());
    }
    let found = name.clone();
    Err((line(spanned), Problem::Name { what, found }))
}

pub(super) fn text(what: &'static str, spanned: Spanned<String>) -> Result<String, Refused> {
    let trimmed = spanned.value.trim();
    if trimmed.is_empty() {
        return Err((line(&spanned), Problem::Empty { what }));
    }
    Ok(trimmed.to_owned())
}

pub(super) fn date(spanned: &Spanned<String>) -> Result<String, Refused> {
    let text = spanned.value.clone();
    match time::is_day(&text) {
        true => Ok(text),
        false => Err((line(spanned), Problem::Date { found: text })),
    }
}

//! The forms in which records are shown.

use std::io::{self, Write};

use clap::ValueEnum;

use super::csv::Csv;
use super::ndjson::Ndjson;
use super::page::{Page, RECORDS_MAX};
use super::shower::{Head, Shower};
use super::text::Text;
use crate::failure::Failure;
use crate::output::OfForm;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For a terminal.
    Text,
    /// One JSON object in each line.
    Ndjson,
    /// One row for each record.
    Csv,
    /// One page to read and to print, for whoever has no terminal.
    Html,
}

impl OfForm for Form {
    const DEFAULT: Self = Self::Text;
    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("txt", Self::Text),
        ("ndjson", Self::Ndjson),
        ("jsonl", Self::Ndjson),
        ("csv", Self::Csv),
        ("html", Self::Html),
        ("htm", Self::Html),
    ];
}

impl Form {
    /// Whether programs read it, so that nothing but records can stand in it.
    pub(super) fn is_for_programs(self) -> bool {
        matches!(self, Self::Ndjson | Self::Csv)
    }

    /// Whether it can hold that many records.
    pub(super) fn check(self, head: &Head<'_>) -> Result<(), Failure> {
        if self != Self::Html || head.wanted <= RECORDS_MAX {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{} records are more than the {RECORDS_MAX} that a page can hold for a reader; choose some with --from, --to, \
             --type or --actor, make several pages, or use --format ndjson or csv",
            head.wanted
        )))
    }

    /// Begins to show.
    pub(super) fn begin<'a>(
        self,
        out: &'a mut dyn Write,
        head: &'a Head<'a>,
    ) -> io::Result<Box<dyn Shower + 'a>> {
        Ok(match self {
            Self::Text => Box::new(Text::begin(out, head)?),
            Self::Ndjson => Box::new(Ndjson::begin(out, head)),
            Self::Csv => Box::new(Csv::begin(out)?),
            Self::Html => Box::new(Page::begin(out, head)?),
        })
    }
}

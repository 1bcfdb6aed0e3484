//! `indelible frameworks`: the mappings that come with the program.

use std::{collections::BTreeMap, fmt};

use clap::Args;
use indelible_compliance::{
    frameworks::{Review, SHIPPED, shipped},
    projections::catalogue::Catalogue,
};
use serde::Serialize;

use crate::cli::{error::CliError, session::Session};

/// List the mappings that come with this program
#[derive(Debug, Args)]
pub(crate) struct Frameworks {
    /// Print the mapping of this framework, to read or to change: as YAML, or with --output json as JSON, which is a mapping, too
    framework: Option<String>,
}

impl Frameworks {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        if let Some(id) = &self.framework {
            let found = shipped(id, None).map_err(|error| CliError::Usage(error.to_string()))?;
            if session.output.is_json() {
                let document = found.document();
                let document = document.map_err(|error| CliError::Usage(error.to_string()))?;
                return session.output.object(&document);
            }
            return session.output.bytes(found.text.as_bytes());
        }
        let catalogue = Catalogue::of_this_build();
        for shipped in SHIPPED {
            let framework = shipped
                .read(&catalogue)
                .map_err(|error| CliError::Usage(error.to_string()))?;
            session.output.item(&FrameworkView {
                id: shipped.id,
                version: shipped.version,
                date: &framework.date,
                title: &framework.title,
                review: framework.review,
                sets: &framework.sets,
                clauses: framework.clauses.iter().map(|clause| &*clause.id).collect(),
            })?;
        }
        Ok(())
    }
}

/// A mapping that comes with the program.
#[derive(Serialize)]
struct FrameworkView<'a> {
    id: &'a str,
    version: u32,
    date: &'a str,
    title: &'a str,
    review: Review,
    sets: &'a BTreeMap<String, Vec<String>>,
    clauses: Vec<&'a str>,
}

impl fmt::Display for FrameworkView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, version, date, title) = (self.id, self.version, self.date, self.title);
        let review = self.review.words();
        write!(f, "{id:12}  version {version}  {date}  {title}  ({review})")?;
        if self.sets.is_empty() {
            return Ok(());
        }
        let sets: Vec<_> = self.sets.keys().map(String::as_str).collect();
        write!(f, "\n{:12}  sets: {}", "", sets.join(", "))
    }
}

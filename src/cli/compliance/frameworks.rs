//! `indelible frameworks`: the mappings that come with the program.

use clap::Args;
use indelible_compliance::{
    catalogue::Catalogue,
    framework::{SHIPPED, shipped},
};
use serde_json::json;

use crate::cli::{error::CliError, session::Session};

/// List the mappings that come with this program
#[derive(Debug, Args)]
pub(crate) struct Frameworks {
    /// Print the mapping of this framework, to read or to change
    framework: Option<String>,
}

impl Frameworks {
    pub(crate) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        if let Some(id) = &self.framework {
            let found = shipped(id, None).map_err(|error| CliError::Usage(error.to_string()))?;
            return session.output.bytes(found.text.as_bytes());
        }
        let catalogue = Catalogue::of_this_build();
        for shipped in SHIPPED {
            let framework = shipped
                .read(&catalogue)
                .map_err(|error| CliError::Usage(error.to_string()))?;
            if session.output.is_json() {
                session.output.object_line(&json!({
                    "id": shipped.id,
                    "version": shipped.version,
                    "date": framework.date,
                    "title": framework.title,
                    "review": framework.review,
                    "sets": framework.sets,
                    "clauses": framework.clauses.iter().map(|clause| &clause.id).collect::<Vec<_>>(),
                }))?;
            } else {
                let review = framework.review.words();
                session.output.line(format_args!(
                    "{:12}  version {}  {}  {}  ({review})",
                    shipped.id, shipped.version, framework.date, framework.title
                ))?;
                if !framework.sets.is_empty() {
                    let sets: Vec<_> = framework.sets.keys().map(String::as_str).collect();
                    session
                        .output
                        .line(format_args!("{:12}  sets: {}", "", sets.join(", ")))?;
                }
            }
        }
        Ok(())
    }
}

//! `indelible import`: records that other systems wrote.

pub(crate) mod checked;
mod checking;
mod outcome;
mod records;

use clap::Subcommand;
use indelible_interchange::import::Format;

use self::{
    checked::{ImportAigc, ImportCodeAtelier},
    records::{Input, Ndjson},
};
use crate::cli::{error::CliError, session::Session};

/// Import records that other systems wrote
///
/// Running it again is safe: what is there already is counted as repeated. Files may be packed with gzip or zstd.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Import AWS CloudTrail records: the files that AWS delivers, and what LookupEvents, CloudWatch Logs and EventBridge give
    Cloudtrail(Input),
    /// Import CloudEvents 1.0 in the JSON format: one a line, one document, or a batch
    Cloudevents(Input),
    /// Import AIGC's audit artifacts, versions 1.2 to 1.4, each checked against its chain and signature
    ///
    /// The verdict is recorded before them. What is broken is imported and flagged, so that no evidence is lost.
    Aigc(ImportAigc),
    /// Import Code Atelier's audit rows, each checked against its HMAC, chain, key rotation and signature
    ///
    /// The verdict is recorded before them. What is broken is imported and flagged, so that no evidence is lost.
    Codeatelier(ImportCodeAtelier),
    /// Import JSON objects, one a line, with the attributes taken from the fields that are named
    ///
    /// A field is named by its name, or by names joined by dots. The object itself becomes the payload.
    Ndjson(Box<Ndjson>),
}

impl Import {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Aigc(import) => import.run(session).await,
            Self::Codeatelier(import) => import.run(session).await,
            Self::Cloudtrail(input) => input.run(Format::CloudTrail, session).await,
            Self::Cloudevents(input) => input.run(Format::CloudEvents, session).await,
            Self::Ndjson(ndjson) => ndjson.run(session).await,
        }
    }
}

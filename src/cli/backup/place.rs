//! Where backups lie, as a command names it: a directory, or a bucket and how to get there.

use std::path::PathBuf;

use clap::Args;
use indelible_backup::{BucketOptions, Location};

use crate::cli::{error::CliError, exit::Exit};

/// How to get to a bucket. What is not said here comes from the environment and the profiles, as AWS programs take it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for a bucket")]
pub(super) struct Reach {
    /// Where the bucket's server is, if that is not AWS's own [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The bucket's region [default: AWS_REGION or the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The profile to take credentials from [default: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A file of credentials, in the place of ~/.aws/credentials
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
}

impl Reach {
    /// The place that a command names.
    ///
    /// # Errors
    /// If it is the address of a bucket and can't be one, or a directory and options for a bucket are there.
    pub(super) fn to(&self, named: &str) -> Result<Location, CliError> {
        let wrong = |problem: String| CliError::Serve {
            exit: Exit::Usage,
            problem,
        };
        let Self {
            endpoint,
            region,
            profile,
            credentials_file,
        } = self;
        if !BucketOptions::is_address(named) {
            let is_said = endpoint.is_some() || region.is_some() || profile.is_some();
            return match is_said || credentials_file.is_some() {
                true => Err(wrong(format!(
                    "{named} is a directory, and the options say how to reach a bucket: leave them out, or name s3://BUCKET/PREFIX"
                ))),
                false => Ok(Location::from(named)),
            };
        }
        let unfit = |problem| wrong(format!("{named:?} can't be used: {problem}"));
        let mut options = BucketOptions::parse(named).map_err(unfit)?;
        options.endpoint = endpoint.clone();
        options.region = region.clone();
        options.profile = profile.clone();
        options.credentials_file = credentials_file.clone();
        options.check().map_err(unfit)?;
        Ok(Location::Bucket(Box::new(options)))
    }
}

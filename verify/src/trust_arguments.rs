//! What the commands have in common: the options that name what is trusted.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use indelible_compliance::reports::Given;
use indelible_evidence::VerifierKey;
use indelible_evidence::limits::NOTE_BYTES_MAX;
use indelible_evidence::policy::{POLICY_BYTES_MAX, Policy};
use indelible_evidence::verdict::Question;
use indelible_evidence::verify::{KnownHead, Trust};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::text_file::explained;
use crate::times::{duration_seconds, instant_seconds};
use crate::trusted::{read_key, read_trusted, unusable};

/// What the one who verifies trusts, and knows besides the evidence.
#[derive(Debug, Args)]
pub(crate) struct TrustArguments {
    #[command(flatten)]
    key: KeyArguments,
    /// A checkpoint of this ledger that is known from before, to check whether the bundle holds all of it.
    #[arg(long, value_name = "FILE")]
    known_head: Option<PathBuf>,
    /// A trust policy (C2SP tlog-policy) that names witnesses.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The time now, as RFC 3339 or in seconds since 1970 UTC; by default this machine's.
    #[arg(long, value_name = "TIME", value_parser = instant_seconds)]
    now: Option<u64>,
    /// The greatest age of a fresh checkpoint, such as 90s, 15m, 24h or 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration_seconds)]
    max_age: Option<u64>,
}

/// The pinned key.
#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// The ledger's verifier key, or a file that holds it; also a public key in PEM, with --origin.
    // Where a command of its own is given, the one without a name lacks it.
    #[arg(long, value_name = "VKEY|PEM|FILE", required = true)]
    key: Option<PathBuf>,
    /// The ledger's origin, which a verifier key has in front and a key in PEM lacks.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
}

/// A question, as it is named on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Required {
    Integrity,
    Completeness,
    Freshness,
    Custody,
}

impl Required {
    /// The question.
    pub(crate) fn question(self) -> Question {
        match self {
            Self::Integrity => Question::Integrity,
            Self::Completeness => Question::Completeness,
            Self::Freshness => Question::Freshness,
            Self::Custody => Question::Custody,
        }
    }
}

impl KeyArguments {
    /// Reads the key.
    pub(crate) fn read(&self) -> Result<VerifierKey, Failure> {
        let key = self.key.as_deref();
        let key = key.ok_or_else(|| Failure::Usage("--key is needed; see --help".to_owned()))?;
        read_key(key, self.origin.as_deref())
    }

    /// What may be a file.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.key.as_ref()
    }
}

impl TrustArguments {
    /// The files that are read.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = [
            self.key.file(),
            self.known_head.as_ref(),
            self.policy.as_ref(),
        ];
        files.into_iter().flatten()
    }

    /// Reads keys and files; gives what is trusted, and where that came from.
    pub(crate) fn read(&self) -> Result<(Trust, Given), Failure> {
        let key = self.key.read()?;
        let known_head = match &self.known_head {
            None => None,
            Some(path) => {
                let note = read_trusted(path, NOTE_BYTES_MAX)?;
                let head = KnownHead::parse(&note, &key);
                Some(head.map_err(|error| unusable(path, explained(path, &note, error)))?)
            }
        };
        let mut given = Given {
            policy: None,
            is_now_typed: self.now.is_some(),
        };
        let policy = match &self.policy {
            None => None,
            Some(path) => {
                let text = read_trusted(path, POLICY_BYTES_MAX)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                given.policy = Some((name.into_owned(), Sha256::digest(&text).into()));
                let policy = Policy::parse(&text);
                Some(policy.map_err(|error| unusable(path, explained(path, &text, error)))?)
            }
        };
        let now = self.now.or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .map(|since| since.as_secs())
        });
        let trust = Trust {
            key,
            known_head,
            policy,
            now,
            age_seconds_max: self.max_age,
        };
        Ok((trust, given))
    }
}

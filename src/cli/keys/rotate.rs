//! `indelible keys rotate`: new keys for old.

use std::{fmt, fs, path::PathBuf};

use clap::{Args, Subcommand};
use indelible_interchange::hex;
use indelible_proto::v1::{
    IdentityRotationResult, KekRotationResult, KekRotationStep, RecoverySignature,
    RotateDataKeyRequest, RotateEpochKeyRequest, RotateIdentityKeyRequest, RotateKekRequest,
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    keys::{recorded::Recorded, rotation_reason::Why},
    session::Session,
    ui::{
        confirm,
        pending_file::{Inputs, Readers},
        progress::{Progress, Unit},
        table::{Table, printable},
    },
};

/// What is rotated.
#[derive(Debug, Subcommand)]
pub(crate) enum Rotate {
    Data(Data),
    Epoch(Epoch),
    Identity(Identity),
    Kek(Kek),
}

/// Give a ledger that encrypts all events a new data key
///
/// Events from here on are encrypted under it; what is encrypted under earlier ones stays readable. Keys of data
/// subjects are not affected: erasing a subject destroys them.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    why: Why,
}

/// Begin a new epoch in a ledger at once
///
/// The key that signs its commits is wiped, and the identity key certifies another one.
#[derive(Debug, Args)]
pub(crate) struct Epoch {
    /// Name or origin
    ledger: String,
    #[command(flatten)]
    why: Why,
}

/// Replace the identity key of every ledger, or continue a replacement that was interrupted
///
/// Each ledger records the new key, signed by the new key and by the one before. If genesis names a recovery key, the
/// recovery key must sign instead of the one before: the command writes what it must sign into --recovery-dir, one file
/// for each ledger. Sign each file (Ed25519, over its bytes as they are), and run the command again with
/// --recovery-signature. The key to pin stays the same. It asks for a word on a terminal; without one it needs --yes.
#[derive(Debug, Args)]
pub(crate) struct Identity {
    /// Where to write what recovery keys must sign
    #[arg(long, value_name = "DIR")]
    recovery_dir: Option<PathBuf>,
    /// A recovery key's signature: the file's 64 bytes, for the ledger of this origin (repeatable)
    #[arg(long, value_name = "ORIGIN=FILE", value_parser = signature_file)]
    recovery_signature: Vec<(String, PathBuf)>,
    #[command(flatten)]
    why: Why,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Move every stored key under the current KEK, or continue a move that was interrupted
///
/// First name the new KEK's provider as [kek] in the daemon's configuration and the old one's as [[previous-kek]], and
/// restart it. Appends and reads continue meanwhile. Once nothing is left, take [[previous-kek]] out and restart again.
#[derive(Debug, Args)]
pub(crate) struct Kek {
    #[command(flatten)]
    why: Why,
}

impl Rotate {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Data(command) => command.run(session).await,
            Self::Epoch(command) => command.run(session).await,
            Self::Identity(command) => command.run(session).await,
            Self::Kek(command) => command.run(session).await,
        }
    }
}

impl Data {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(RotateDataKeyRequest {
            reason: self.why.number(),
            ledger: self.ledger,
        });
        let answer = client.rotate_data_key(request).await?.into_inner();
        session.output.answer(&NewDataKey {
            data_key: hex::encode(&answer.data_key_id),
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

/// The data key that is in use now, and the record that introduces it.
#[derive(Serialize)]
struct NewDataKey {
    data_key: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for NewDataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("data key", &self.data_key);
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}

impl Epoch {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(RotateEpochKeyRequest {
            reason: self.why.number(),
            ledger: self.ledger,
        });
        let answer = client.rotate_epoch_key(request).await?.into_inner();
        let recorded = Recorded::new(answer.sequence, answer.recorded_time.as_ref());
        session.output.answer(&recorded)
    }
}

impl Identity {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if !self.yes {
            let what = "This replaces the identity key of every ledger of the daemon, and each ledger records it.";
            confirm::word(&mut session.output, what, "rotate")?;
        }
        let mut recovery_signatures = Vec::with_capacity(self.recovery_signature.len());
        for (origin, path) in &self.recovery_signature {
            let signature = fs::read(path).map_err(|source| CliError::file(path, source))?;
            recovery_signatures.push(RecoverySignature {
                origin: origin.clone(),
                signature: signature.into(),
            });
        }
        let mut client = session.connection.open_keys().await?;
        let request = RotateIdentityKeyRequest {
            recovery_signatures,
            reason: self.why.number(),
        };
        let mut stream = client.rotate_identity_key(request).await?.into_inner();
        let mut progress = Progress::new(&session.output, "rotating", Unit::Records);
        while let Some(message) = stream.message().await? {
            progress.set(message.done, Some(message.total));
            if let Some(result) = message.result {
                progress.clear();
                return self.report(session, &result);
            }
        }
        Err(CliError::Answer("it ended without a result"))
    }

    fn report(
        self,
        session: &mut Session,
        rotation: &IdentityRotationResult,
    ) -> Result<(), CliError> {
        if let Some(directory) = &self.recovery_dir {
            let read = self
                .recovery_signature
                .iter()
                .map(|(_, path)| path.as_path());
            let inputs = Inputs::of(read);
            for awaiting in &rotation.recovery_statements {
                let name = awaiting.origin.replace('/', "_");
                let path = directory.join(name);
                let output = &mut session.output;
                output.write_file(&path, Readers::Usual, &inputs, &awaiting.message)?;
            }
        }
        session.output.answer(&NewIdentity::new(rotation))
    }
}

/// The identity key that is in force now, and what became of it in each ledger.
#[derive(Serialize)]
struct NewIdentity<'a> {
    public_key: String,
    rotated: Vec<Rotated<'a>>,
    awaiting: Vec<Awaiting<'a>>,
    left: Vec<Left<'a>>,
    retired: u64,
}

/// A ledger whose records say it.
#[derive(Serialize)]
struct Rotated<'a> {
    origin: &'a str,
    sequence: u64,
}

/// A ledger whose recovery key must sign.
#[derive(Serialize)]
struct Awaiting<'a> {
    origin: &'a str,
    message: String,
}

/// A ledger that keeps the key before.
#[derive(Serialize)]
struct Left<'a> {
    origin: &'a str,
    reason: &'a str,
}

impl<'a> NewIdentity<'a> {
    fn new(rotation: &'a IdentityRotationResult) -> Self {
        let rotated = rotation.rotated_ledgers.iter().map(|ledger| Rotated {
            origin: &ledger.origin,
            sequence: ledger.sequence,
        });
        let awaiting = rotation
            .recovery_statements
            .iter()
            .map(|awaiting| Awaiting {
                origin: &awaiting.origin,
                message: hex::encode(&awaiting.message),
            });
        let left = rotation.unrotated_ledgers.iter().map(|left| Left {
            origin: &left.origin,
            reason: &left.reason,
        });
        Self {
            public_key: hex::encode(&rotation.public_key),
            rotated: rotated.collect(),
            awaiting: awaiting.collect(),
            left: left.collect(),
            retired: rotation.retired_key_count,
        }
    }
}

impl fmt::Display for NewIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("public key", &self.public_key);
        for Rotated { origin, sequence } in &self.rotated {
            table.row("rotated", format_args!("{origin} at {sequence}"));
        }
        for Awaiting { origin, .. } in &self.awaiting {
            let needs = format_args!("{origin} needs its recovery key's signature");
            table.row("awaiting", needs);
        }
        for Left { origin, reason } in &self.left {
            table.row("left", format_args!("{origin}: {reason}"));
        }
        table.fmt(f)
    }
}

impl Kek {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_keys().await?;
        let request = RotateKekRequest {
            reason: self.why.number(),
        };
        let mut stream = client.rotate_kek(request).await?.into_inner();
        let mut shown: Option<(KekRotationStep, Progress)> = None;
        while let Some(message) = stream.message().await? {
            if let Some(result) = &message.result {
                drop(shown);
                return report_kek(session, result);
            }
            let step = message.step();
            let (doing, unit) = match step {
                KekRotationStep::Purging => ("rewriting files", Unit::Bytes),
                KekRotationStep::Releasing => ("waiting for readers of old files", Unit::Records),
                KekRotationStep::Checking => ("checking", Unit::Records),
                _ => ("moving keys", Unit::Records),
            };
            if shown.as_ref().is_none_or(|(last, _)| *last != step) {
                // The line before is taken away first.
                drop(shown.take());
                shown = Some((step, Progress::new(&session.output, doing, unit)));
            }
            if let Some((_, progress)) = &mut shown {
                progress.set(message.done, (message.total > 0).then_some(message.total));
            }
        }
        Err(CliError::Answer("it ended without a result"))
    }
}

fn report_kek(session: &mut Session, rotation: &KekRotationResult) -> Result<(), CliError> {
    session.output.answer(&MovedKeys::new(rotation))?;
    match rotation.remaining_key_count {
        0 => Ok(()),
        left => Err(CliError::KeysLeft { left }),
    }
}

/// What became of all stored keys.
#[derive(Serialize)]
struct MovedKeys<'a> {
    kek_id: String,
    provider: &'a str,
    recorded: u64,
    moved: u64,
    already: u64,
    left: u64,
    reasons: &'a [String],
    retired_kek_ids: Vec<String>,
    older_copies: &'a [String],
}

impl<'a> MovedKeys<'a> {
    fn new(rotation: &'a KekRotationResult) -> Self {
        Self {
            kek_id: hex::encode(&rotation.kek_id),
            provider: &rotation.provider,
            recorded: rotation.recorded_ledger_count,
            moved: rotation.moved_key_count,
            already: rotation.unmoved_key_count,
            left: rotation.remaining_key_count,
            reasons: &rotation.remaining_reasons,
            retired_kek_ids: rotation
                .retired_kek_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            older_copies: &rotation.older_copy_paths,
        }
    }
}

impl fmt::Display for MovedKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("KEK", &self.kek_id)
            .row("provider", printable(self.provider))
            .row("ledgers recorded", self.recorded)
            .row("keys moved", self.moved)
            .row("there already", self.already)
            .row("left", self.left);
        for reason in self.reasons {
            table.row("reason", printable(reason));
        }
        for kek in &self.retired_kek_ids {
            table.row("retired KEK", printable(kek));
        }
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        table.fmt(f)
    }
}

fn signature_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((origin, path)) if !origin.is_empty() && !path.is_empty() => {
            Ok((origin.to_owned(), path.into()))
        }
        _ => Err("not ORIGIN=FILE".to_owned()),
    }
}

//! What can go wrong in a command: the words, the reason, what to do, and the exit code.

mod anchor;
mod answered;
mod certificates;
mod chain;
mod command_line;
mod json;
mod not_asked;
mod not_intact;
mod other_transport;
mod producers;
mod refusal;
mod sent_away;
mod tokens;

use std::{io, path::PathBuf};

use indelible_compliance::reports::counted;

pub(crate) use self::{certificates::alert as certificate_alert, chain::chain, refusal::quoted};
pub use self::{
    command_line::asks_for_json, not_intact::Verified, refusal::Refusal, tokens::without_tokens,
};
use crate::cli::exit::Exit;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line can't be used.
    #[error("{0}")]
    Usage(String),
    /// What the command was given can't be used, and there is more to say than which options there are.
    #[error("{problem}")]
    Unusable {
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// No connection.
    #[error("can't reach the daemon at {address}: {problem}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What happened.
        problem: String,
    },
    /// The daemon takes TLS where the address says that there is none, or the other way round.
    #[error("{address} is an address {}, and whoever listens there {}", if *takes_tls { "without TLS" } else { "with TLS" }, if *takes_tls { "takes TLS alone" } else { "answers without TLS" })]
    OtherTransport {
        /// Where the daemon was looked for.
        address: String,
        /// What is taken there.
        takes_tls: bool,
    },
    /// The daemon answered with an error.
    #[error("{0}")]
    Daemon(Box<Refusal>),
    /// What was given to read is not what it should be.
    #[error("{name}: {problem}")]
    Input {
        /// The file, or "standard input", and the place in it.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output can't be written.
    #[error("can't write the output: {0}")]
    Output(#[source] io::Error),
    /// The system refused something else.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A verification found something.
    #[error("{what} does not verify: {findings}")]
    NotIntact {
        /// What was verified.
        what: String,
        /// What was found, in a few words.
        findings: String,
        /// What kind of thing it is.
        of: Verified,
    },
    /// A file that was to be imported is not what its own system wrote, or can't be shown to be.
    #[error("{what} does not verify: {findings}")]
    ImportBroken {
        /// The file.
        what: String,
        /// What was found, in a few words.
        findings: String,
    },
    /// No artifact of a file fits any of the keys.
    #[error(
        "{what}: not one of the {artifacts} artifacts that ask for a key fits any of the keys given, and nothing else is wrong with them; nothing was imported"
    )]
    KeysDoubted {
        /// The file.
        what: String,
        /// How many artifacts ask for a key.
        artifacts: u64,
    },
    /// Nothing is wrong with what was checked, but not everything could be checked.
    #[error("what could be checked of {what} is sound, but not everything could be checked")]
    Unanswered {
        /// What was verified.
        what: String,
    },
    /// The daemon decided that something must not be done, or what was looked at is not as it must be.
    #[error("{0}")]
    NotAllowed(String),
    /// Somebody may not do what was asked about.
    #[error("the bindings do not grant it")]
    NotGranted,
    /// Whether somebody may do what was asked about depends on what is not known.
    #[error("it is not known whether the bindings grant it")]
    NotKnown,
    /// Something is odd about bindings.
    #[error("{} about the bindings", counted(*count as u64, "finding", "findings"))]
    BindingsOdd {
        /// How many findings.
        count: usize,
    },
    /// Some records of an input were refused.
    #[error("of {}, {} refused", counted(*total, "record", "records"), counted(*refused, "was", "were"))]
    Incomplete {
        /// How many were refused.
        refused: u64,
        /// How many were read.
        total: u64,
    },
    /// An erasure is recorded and not complete.
    #[error("erasure {sequence} is not complete: these may still hold what was erased: {}", older_copies.join(", "))]
    NotErased {
        /// The erasure's record.
        sequence: u64,
        /// Directories with an earlier state of the store.
        older_copies: Vec<String>,
    },
    /// Of several ledgers, some were not asked for.
    #[error("no erasure was asked for from these ledgers: {}", ledgers.join(", "))]
    SomeNotRequested {
        /// The ledgers.
        ledgers: Vec<String>,
    },
    /// Of several erasures, some were refused or are not complete.
    #[error("the data subject is not erased from: {}", ledgers.join(", "))]
    SomeNotErased {
        /// The ledgers.
        ledgers: Vec<String>,
        /// From how many others it is erased.
        erased: usize,
    },
    /// Of several ledgers, some could not say what they have.
    #[error("{}", not_asked::words(ledgers, *may_be_more))]
    SomeNotAsked {
        /// The ledgers.
        ledgers: Vec<String>,
        /// Whether there may be others, which the caller is not told of.
        may_be_more: bool,
    },
    /// A token was made, and could not be handed over.
    #[error(
        "the token {token_id} was made, and could not be written: {problem}; {}",
        match not_revoked {
            None => "it is revoked".to_owned(),
            Some(why) => format!("it could not be revoked: {why}"),
        }
    )]
    TokenLost {
        /// Its id, which is no secret.
        token_id: String,
        /// Why not.
        problem: String,
        /// Why it could not be revoked; none if it is.
        not_revoked: Option<String>,
    },
    /// Some of what would say who did something could not be looked at.
    #[error(
        "{}, and there may be more; not looked at: {}",
        match found { 0 => "nothing was found".to_owned(), found => format!("{} found", counted(*found as u64, "record was", "records were")) },
        unread.join("; ")
    )]
    TrailIncomplete {
        /// How many records were found.
        found: usize,
        /// What was not looked at, and why.
        unread: Vec<String>,
    },
    /// An erasure that was only tried out would be refused.
    #[error("the erasure would be refused from: {}", ledgers.join(", "))]
    WouldBeRefused {
        /// The ledgers.
        ledgers: Vec<String>,
    },
    /// Keys still depend on an earlier KEK.
    #[error("{} on an earlier KEK; keep its provider configured", counted(*left, "key still depends", "keys still depend"))]
    KeysLeft {
        /// How many.
        left: u64,
    },
    /// Stored states of projections were not what the records say.
    #[error(
        "stored states were not what the records say, so answers made from them were wrong: {}", folds.join(", ")
    )]
    StatesDiffered {
        /// The folds.
        folds: Vec<String>,
    },
    /// A table can't be had for these records.
    #[error("{table} can't be computed from these records: {why}")]
    NotComputable {
        /// The table.
        table: String,
        /// Why not.
        why: String,
    },
    /// A client's own envelope does not open.
    #[error("{0}")]
    Envelope(#[from] indelible_interchange::envelope::EnvelopeError),
    /// The daemon's answer does not make sense.
    #[error("the daemon's answer can't be used: {0}")]
    Answer(&'static str),
    /// The daemon could not start or had to stop.
    #[error("{problem}")]
    Serve {
        /// The exit code.
        exit: Exit,
        /// Why, with all that led to it.
        problem: String,
    },
}

impl CliError {
    /// An error on a file.
    pub fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            path: path.into(),
            source,
        }
    }

    /// A command line that the parser can't read.
    #[must_use]
    pub fn of_command_line(problem: &clap::Error) -> Self {
        Self::Usage(command_line::sentence(problem))
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Unusable { .. } | Self::Input { .. } => Exit::Usage,
            Self::Unreachable { .. } | Self::OtherTransport { .. } => Exit::Connection,
            Self::Daemon(refusal) => refusal.exit(),
            Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::File { .. } | Self::Output(_) | Self::System { .. } | Self::TokenLost { .. } => {
                Exit::File
            }
            Self::NotIntact { .. }
            | Self::ImportBroken { .. }
            | Self::KeysDoubted { .. }
            | Self::Incomplete { .. }
            | Self::NotGranted
            | Self::BindingsOdd { .. }
            | Self::NotErased { .. }
            | Self::SomeNotErased { .. }
            | Self::SomeNotRequested { .. }
            | Self::TrailIncomplete { .. }
            | Self::WouldBeRefused { .. }
            | Self::KeysLeft { .. }
            | Self::StatesDiffered { .. }
            | Self::NotComputable { .. }
            | Self::Envelope(_)
            | Self::NotAllowed(_) => Exit::Refused,
            Self::Unanswered { .. } | Self::SomeNotAsked { .. } | Self::NotKnown => {
                Exit::Unavailable
            }
            Self::Answer(_) => Exit::Daemon,
            Self::Serve { exit, .. } => *exit,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Usage(_) => Some("see --help".to_owned()),
            Self::Unusable { advice, .. } => Some((*advice).to_owned()),
            Self::Unreachable { problem, .. } => {
                let advice = certificates::advice(problem).unwrap_or(
                    "start one with `indelible serve --data DIR`, or name another with --address or INDELIBLE_ADDRESS",
                );
                Some(advice.to_owned())
            }
            Self::OtherTransport { address, takes_tls } => Some(other_transport::address(address, *takes_tls)),
            Self::Daemon(refusal) => refusal.advice(),
            Self::NotIntact { of, .. } => Some(of.advice().to_owned()),
            Self::ImportBroken { .. } => Some(
                "look at the file and where it came from; nothing is wrong with the ledger".to_owned(),
            ),
            Self::KeysDoubted { .. } => Some(
                "check that the key is the one of this system (production's and not staging's, its bytes and not their \
                 hexadecimal) and run it again; without a key the file is imported as unverified, and with \
                 --keys-are-right as broken"
                    .to_owned(),
            ),
            Self::Incomplete { .. } => {
                Some("what is said of each tells why; put it right where it comes from and run it again: repeats are safe".to_owned())
            }
            Self::NotErased { .. } => Some(
                "delete these directories as soon as they are not needed as evidence of the damage, or with `indelible upgrade \
                 confirm` what an upgrade has kept, and restart the daemon, which checks again"
                    .to_owned(),
            ),
            Self::SomeNotErased { erased, .. } => Some(match erased {
                0 => "what is said above of each ledger tells why".to_owned(),
                _ => {
                    "what is said above of each ledger tells why; what was erased from the others stays erased"
                        .to_owned()
                }
            }),
            Self::SomeNotRequested { .. } => Some(
                "what is said above of each ledger tells why; the other requests stand".to_owned(),
            ),
            Self::SomeNotAsked { ledgers, .. } => Some(not_asked::advice(ledgers).to_owned()),
            Self::TokenLost {
                token_id,
                not_revoked,
                ..
            } => Some(match not_revoked {
                None => "make another one, and write it to a file with -o".to_owned(),
                Some(_) => format!("revoke it: `indelible token revoke {token_id}`"),
            }),
            Self::TrailIncomplete { .. } => Some(
                "ask somebody who may read all of it, or once it can be read; what is on no record can't be had".to_owned(),
            ),
            Self::WouldBeRefused { .. } => {
                Some("what is said above of each ledger tells why; nothing was erased".to_owned())
            }
            Self::StatesDiffered { .. } => Some(
                "the states are rebuilt and right again; find out who can write to the data directory, run \
                 `indelible verify LEDGER`, and repeat whatever was read from projections"
                    .to_owned(),
            ),
            Self::NotComputable { .. } => {
                Some("ask for fewer records with --from and --to".to_owned())
            }
            _ => None,
        }
    }

    /// The whole message for people, without a final newline. Empty if nothing is to be said.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.exit() == Exit::Done {
            return String::new();
        }
        let mut text = format!("indelible: {self}");
        if let Self::Daemon(refusal) = self {
            for violation in refusal.unsaid_violations() {
                text.push_str(&format!("\n  {violation}"));
            }
            if let Some(reason) = &refusal.reason {
                text.push_str(&format!("\n  reason: {reason}"));
            }
            if let Some(command) = &refusal.command {
                text.push_str(&format!("\n  command: {command}"));
            }
        }
        if let Some(advice) = self.advice() {
            text.push_str(&format!("\n  what to do: {advice}"));
        }
        text
    }
}

#[cfg(test)]
mod tests;

//! `indelible replay`: decisions recomputed from a bundle, without a daemon.

pub(crate) mod artifacts;
pub(super) mod bundle;
pub(crate) mod calibrate;
pub(crate) mod explain;
mod keeping;
mod otherwise;
mod outputs;
pub(super) mod recorded;
mod requests;

use std::{
    collections::HashSet,
    fmt,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_evidence::{VerifierKey, verify::Trust};
use indelible_governance::{
    record::{Decision, Entry},
    replay::{Difference, Found, Record, replay},
    state::{Position, State},
};
use indelible_ledger::Rules;
use serde::Serialize;

use self::{
    bundle::Governed,
    otherwise::{Other, compared},
    outputs::Outputs,
    recorded::{read, said},
    requests::{Requests, Unmatched},
};
use super::{kind::Kind, table};
use crate::cli::{error::CliError, session::Session};

/// Recompute every decision of a bundle, and say whether it is what it must be
///
/// The bundle is verified first, by the ledger's key. Then the records of governance are folded from the ledger's beginning, or
/// from a recorded state that the bundle carries if it does not have them all, and each decision is judged anew by the state
/// before it: budgets, approvals, halts, loops. What needs no state, but what was asked, is recomputed for the requests that
/// are given; one that is not the request of any decision is named, and then the result is not `identical`. Ends with 0 if all is
/// identical.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The bundle: a .tar or .tar.zst file of the whole ledger
    bundle: PathBuf,
    /// A file with the ledger's key, as `indelible ledger key` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Requests, one JSON object a line: `request`, as `decide` takes it, and `salt`, which its answer has as `request_salt`;
    /// where the decision was completed with an output, also `output` and `output_tools`
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Say instead which decisions would come out otherwise if this policy took the place of those of its kind; bases that it
    /// extends are read from the same directory. Only requests that are given can be held against it
    #[arg(long, value_name = "FILE", requires = "requests")]
    policy: Option<PathBuf>,
    /// The kind of that policy
    #[arg(long, value_enum, default_value = "gate", requires = "policy")]
    kind: Kind,
    /// Judge each decision by the state that the other decisions would have left, and not by the recorded one
    #[arg(long, requires = "policy")]
    cascade: bool,
}

impl Replay {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let trust = Trust::in_key(key(&self.key)?);
        let requests = match &self.requests {
            Some(path) => Requests::read(path)?,
            None => Requests::default(),
        };
        let other = self.policy.as_deref();
        let other = other.map(|path| Other::read(path, self.kind)).transpose()?;
        let governed = bundle::read(&self.bundle, &trust)?;
        if let Some(other) = other {
            return self.otherwise(session, &governed, &requests, &other);
        }
        let replayed = replayed(&governed, &requests);
        session.output.answer(&replayed)?;
        match replayed.result {
            Outcome::Identical => Ok(()),
            Outcome::Differs => {
                let first = replayed.differences.first();
                let first = first.map(Differing::to_string).unwrap_or_default();
                Err(CliError::NotAllowed(format!(
                    "what is recorded is not what was to be decided: {first}"
                )))
            }
            Outcome::NotRecomputed => Err(CliError::Unanswered {
                what: self.bundle.display().to_string(),
            }),
        }
    }
}

impl Replay {
    fn otherwise(
        &self,
        session: &mut Session,
        governed: &Governed,
        requests: &Requests,
        other: &Other,
    ) -> Result<(), CliError> {
        let compared = compared(governed, requests, other, self.cascade)?;
        session.output.answer(&compared)?;
        match (compared.is_whole(), compared.is_the_same()) {
            (true, true) => Ok(()),
            (_, false) => Err(CliError::NotAllowed(
                "under this policy decisions would come out otherwise".to_owned(),
            )),
            (false, true) => Err(CliError::Unanswered {
                what: self.bundle.display().to_string(),
            }),
        }
    }
}

pub(super) fn key(path: &Path) -> Result<VerifierKey, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
    VerifierKey::parse(text.trim_end_matches(['\r', '\n'])).map_err(|error| CliError::Input {
        name: path.display().to_string(),
        problem: error.to_string(),
    })
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// All that was recomputed is what is recorded.
    Identical,
    /// Something is not.
    Differs,
    /// Nothing differs, and not everything could be recomputed.
    NotRecomputed,
}

/// A record that is not what it must be.
#[derive(Debug, Serialize)]
struct Differing {
    sequence: u64,
    /// `policy`, `state` or `record`.
    in_what: &'static str,
    /// What it would be, in words.
    detail: String,
}

impl fmt::Display for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sequence,
            in_what,
            detail,
        } = self;
        write!(f, "record {sequence} differs in its {in_what}: {detail}")
    }
}

#[derive(Debug, Serialize)]
struct Replayed {
    result: Outcome,
    /// The record that names the state at which the replay began; none: it began at the ledger's first record.
    begins_at: Option<u64>,
    /// Governance records that were folded.
    records: u64,
    /// Decisions among them.
    decisions: u64,
    /// Decisions of which what needs no state was recomputed, too.
    with_requests: u64,
    /// Requests that were given and are not the request of any decision that was read.
    requests_without_decision: Vec<Unmatched>,
    /// Completions of which the output was held against the policies anew.
    with_outputs: u64,
    /// Outputs that were given and are not the output of any completion that was read.
    outputs_without_completion: Vec<Unmatched>,
    differences: Vec<Differing>,
    /// From which record on nothing can be recomputed, and why; none if everything can.
    not_recomputed: Option<String>,
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row(
                    "result",
                    match self.result {
                        Outcome::Identical => "identical",
                        Outcome::Differs => "differs",
                        Outcome::NotRecomputed => "can't be recomputed",
                    },
                )
                .row_if("begins", &self.begins())
                .row("records", self.records)
                .row("decisions", self.decisions)
                .row("with requests", self.with_requests);
            for Unmatched { source, id } in &self.requests_without_decision {
                table.row(
                    "request",
                    format_args!(
                        "{id} of {source} is not what any decision here was made on: it was never asked here, or with another \
                         content or salt, or its decision is not among these records"
                    ),
                );
            }
            if self.with_outputs > 0 {
                table.row("with outputs", self.with_outputs);
            }
            for Unmatched { source, id } in &self.outputs_without_completion {
                table.row(
                    "output",
                    format_args!(
                        "that of {id} of {source} is not what any completion here names: its decision was completed without it, \
                         with another one, or not among these records"
                    ),
                );
            }
            for differing in &self.differences {
                table.row("difference", differing);
            }
            if let Some(reason) = &self.not_recomputed {
                table.row("not recomputed", reason);
            }
        })
    }
}

fn replayed(governed: &Governed, requests: &Requests) -> Replayed {
    let mut all = Replayed {
        result: Outcome::Identical,
        begins_at: governed.begins.as_ref().map(|(record, _)| *record),
        records: 0,
        decisions: 0,
        with_requests: 0,
        requests_without_decision: Vec::new(),
        with_outputs: 0,
        outputs_without_completion: Vec::new(),
        differences: Vec::new(),
        not_recomputed: governed.not_there.clone(),
    };
    let mut state = match &governed.begins {
        Some((_, state)) => (**state).clone(),
        None => State::new(),
    };
    let mut rules = Rules::default();
    let mut asked = HashSet::new();
    let mut outputs = Outputs::default();
    for record in &governed.records {
        let entry = match read(&mut rules, record, governed.begins.is_some()) {
            Ok(entry) => entry,
            Err(reason) => {
                all.broken(record.position, "record", reason);
                break;
            }
        };
        all.records += 1;
        let Some(entry) = entry else {
            continue;
        };
        if let Entry::Decision(decision) = &entry
            && requests.of(decision).is_some()
        {
            asked.insert((decision.act.source.clone(), decision.act.id.clone()));
        }
        let of_output = outputs.see(&state, record.position, &entry, (&rules, requests));
        let proposed = |_: Position, decision: &Decision| requests.proposal(&rules, decision);
        let one = Record {
            position: record.position,
            content: &record.payload,
        };
        let found = replay(&mut state, [one], &proposed);
        let Some((_, found)) = found.into_iter().next() else {
            continue;
        };
        if let Some((in_what, detail)) = of_output {
            all.broken(record.position, in_what, detail);
        }
        if !all.take(record.position, &entry, found) {
            break;
        }
    }
    all.with_outputs = outputs.recomputed();
    all.outputs_without_completion = outputs.unmatched(requests);
    all.requests_without_decision = requests.but(&asked);
    // What was decided before a carried state is not here.
    let all_are_here = all.requests_without_decision.is_empty()
        && all.outputs_without_completion.is_empty()
        || all.begins_at.is_some();
    let is_whole = all.not_recomputed.is_none() && all_are_here;
    all.result = match (all.differences.is_empty(), is_whole) {
        (false, _) => Outcome::Differs,
        (true, false) => Outcome::NotRecomputed,
        (true, true) => Outcome::Identical,
    };
    all
}

impl Replayed {
    /// Where the replay began, in words.
    fn begins(&self) -> String {
        let begins = self.begins_at.map(|record| {
            format!("at the state that record {record} names; what was decided before it is not recomputed")
        });
        begins.unwrap_or_default()
    }

    /// Takes in what was found of a record; whether the state after it is known.
    fn take(&mut self, position: Position, entry: &Entry, found: Found) -> bool {
        let decision = match entry {
            Entry::Decision(decision) => Some(decision),
            _ => None,
        };
        self.decisions += u64::from(decision.is_some());
        match found {
            Found::Identical { pure } => {
                self.with_requests += u64::from(pure && decision.is_some());
                true
            }
            Found::Differs {
                in_what,
                decision: would,
            } => {
                let recorded = decision.map(said).unwrap_or_default();
                let detail = format!("recorded is {recorded}, it would be {}", said(&would));
                let in_what = match in_what {
                    Difference::Policy => "policy",
                    Difference::State => "state",
                    Difference::Record => "record",
                };
                self.broken(position, in_what, detail);
                true
            }
            Found::Misfit(misfit) => {
                self.broken(position, "state", misfit.to_string());
                false
            }
            Found::Unreadable(error) => {
                self.broken(position, "record", error.to_string());
                false
            }
        }
    }

    fn broken(&mut self, position: Position, in_what: &'static str, detail: String) {
        self.differences.push(Differing {
            sequence: position.sequence,
            in_what,
            detail,
        });
    }
}

#[cfg(test)]
mod tests;

//! `indelible policy test`: what a policy says of a request, without a daemon.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_governance::{
    SEMANTICS_VERSION,
    claim::Claim,
    evaluate::{Bound, propose},
    policy::{
        Compatibility,
        aegis::AegisPolicy,
        aigc::{Chain, Compiled},
        gate::GatePolicy,
    },
    record::{Decision, Entry},
    redact::Redaction,
    state::{Position, State},
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    kind::Kind,
    lint::{chain, name},
    request, table,
};
use crate::cli::{error::CliError, session::Session};

/// Whoever asks in a test, where the request does not say.
const AGENT: &str = "agent";

/// Say what a policy says of a request; needs no daemon
///
/// The request is one as `decide` takes it. It is held against this policy alone, by a ledger in which nothing was decided yet.
/// Ends with 0 only if it is allowed.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The kind of the policy
    #[arg(long, value_enum)]
    kind: Kind,
    /// The policy; bases that it extends are read from the same directory
    policy: PathBuf,
    /// The request; - for standard input
    request: PathBuf,
}

impl Test {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let decision = tried(self.kind, &self.policy, &self.request)?;
        let is_allowed = decision.verdict.is_allowed();
        session.output.answer(&Tried::of(&decision)?)?;
        match is_allowed {
            true => Ok(()),
            false => {
                let problem = "the policy does not allow this by itself".to_owned();
                Err(CliError::NotAllowed(problem))
            }
        }
    }
}

/// What a policy alone says of a request, in a ledger in which nothing was decided yet.
///
/// # Errors
///
/// If a file can't be read, or is not what it must be.
pub(super) fn tried(kind: Kind, policy: &Path, request: &Path) -> Result<Decision, CliError> {
    let bound = bound(kind, policy)?;
    let asked = request::read(request, String::new())?;
    let mut asked = request::asked(&asked).map_err(|problem| CliError::Input {
        name: request.display().to_string(),
        problem,
    })?;
    if asked.agent.is_empty() {
        asked.agent = AGENT.to_owned();
    }
    asked.principal.clone_from(&asked.agent);
    let mut proposal = propose(Some(&bound), &asked, &[]);
    // Nothing is bound here.
    proposal
        .claims
        .retain(|claim| !matches!(claim, Claim::Bound { .. }));
    Ok(state()?.judge(now(), &proposal))
}

fn bound(kind: Kind, path: &Path) -> Result<Bound, CliError> {
    let bytes = fs::read(path).map_err(|source| CliError::file(path, source))?;
    let wrong = |problem: String| CliError::Input {
        name: path.display().to_string(),
        problem,
    };
    let redaction = Redaction::new(&[]).map_err(|error| wrong(error.to_string()))?;
    let mut bound = Bound {
        sequence: 0,
        aigc: None,
        gate: None,
        aegis: None,
        risk: None,
        redaction,
        shadow: false,
    };
    let document = name(path);
    match kind {
        Kind::Gate => {
            let policy = GatePolicy::read(&document, &bytes);
            bound.gate = Some(policy.map_err(|error| wrong(error.to_string()))?);
        }
        Kind::Aegis => {
            let policy = AegisPolicy::read(&document, &bytes, Compatibility::Default);
            bound.aegis = Some(policy.map_err(|error| wrong(error.to_string()))?);
        }
        Kind::Aigc => {
            let chain: Chain = chain(path, &bytes).map_err(wrong)?;
            let policy = Compiled::new(&chain, Compatibility::Default);
            bound.aigc = Some(policy.map_err(|error| wrong(error.to_string()))?);
        }
    }
    Ok(bound)
}

/// A state in which the rules of this build are in force, and nothing else.
fn state() -> Result<State, CliError> {
    let mut state = State::new();
    let entry = Entry::Semantics {
        version: SEMANTICS_VERSION,
    };
    let applied = state.apply(Position::default(), &entry);
    applied.map_err(|misfit| CliError::Usage(misfit.to_string()))?;
    Ok(state)
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

/// What came of it.
#[derive(Serialize)]
struct Tried {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Lines for people.
    #[serde(skip)]
    lines: Vec<(&'static str, String)>,
    decision: Box<RawValue>,
}

impl Tried {
    fn of(decision: &Decision) -> Result<Self, CliError> {
        let wrong = |problem: String| CliError::Input {
            name: "the decision".to_owned(),
            problem,
        };
        let content = Entry::Decision(decision.clone()).encode();
        let content = content.map_err(|error| wrong(error.to_string()))?;
        let content = String::from_utf8_lossy(&content).into_owned();
        let failure = decision.failure.as_ref();
        Ok(Self {
            verdict: super::replay::recorded::word(decision.verdict),
            code: failure.map(|failure| failure.code.clone()),
            message: failure.map(|failure| failure.message.clone()),
            status: decision
                .aegis
                .as_ref()
                .map(|conclusion| conclusion.status.name()),
            lines: super::aegis::lines(decision),
            decision: RawValue::from_string(content).map_err(|error| wrong(error.to_string()))?,
        })
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row("verdict", self.verdict);
            for (name, text) in [
                ("status", self.status.map(str::to_owned)),
                ("code", self.code.clone()),
                ("because", self.message.clone()),
            ] {
                table.row_if(name, &text.unwrap_or_default());
            }
            for (name, text) in &self.lines {
                table.row(*name, text);
            }
        })
    }
}

//! Replay under another policy: which decisions would come out otherwise.

use std::{
    collections::{BTreeMap, btree_map::Entry as Place},
    fmt, fs,
    path::{Path, PathBuf},
};

use indelible_governance::{
    evaluate::{Bound, propose},
    policy::{
        Compatibility,
        aegis::AegisPolicy,
        aigc::{Chain, Compiled},
        gate::GatePolicy,
    },
    record::{Decision, Entry},
    replay::recorded_proposal,
    state::State,
};
use indelible_ledger::{BindingInForce, Rules};
use serde::Serialize;

use super::{
    bundle::Governed,
    recorded::{read, said},
    requests::Requests,
};
use crate::cli::{
    error::CliError,
    governance::{kind::Kind, lint::chain, table},
};

/// A policy that takes the place of those of its kind.
pub(super) struct Other {
    path: PathBuf,
    kind: Kind,
    bytes: Vec<u8>,
}

/// A decision that would come out otherwise.
#[derive(Debug, Serialize)]
struct Otherwise {
    sequence: u64,
    agent: String,
    action: String,
    recorded: String,
    would_be: String,
}

/// What a replay under another policy comes to.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    /// `recorded`: each decision was judged by the state that the recorded decisions left. `cascade`: by the state that the
    /// other decisions would have left.
    state: &'static str,
    /// Decisions that were looked at.
    decisions: u64,
    /// Of these, those whose requests were given, which alone can be held against the policy.
    under_the_policy: u64,
    /// Records about what would not have been, which were passed over.
    passed_over: u64,
    otherwise: Vec<Otherwise>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begins_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_recomputed: Option<String>,
}

impl Other {
    pub(super) fn read(path: &Path, kind: Kind) -> Result<Self, CliError> {
        let bytes = fs::read(path).map_err(|source| CliError::file(path, source))?;
        let other = Self {
            path: path.to_owned(),
            kind,
            bytes,
        };
        // What can't be a policy is told before the bundle is read.
        match other.kind {
            Kind::Gate => other.gate().map(drop)?,
            Kind::Aigc => other.chain().map(drop)?,
            // Whether unknown keys are taken says each binding.
            Kind::Aegis => other.aegis(Compatibility::Aegis).map(drop)?,
        }
        Ok(other)
    }

    fn name(&self) -> String {
        let name = self.path.file_name();
        name.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    fn wrong(&self, problem: &dyn fmt::Display) -> CliError {
        CliError::Input {
            name: self.path.display().to_string(),
            problem: problem.to_string(),
        }
    }

    fn gate(&self) -> Result<GatePolicy, CliError> {
        GatePolicy::read(&self.name(), &self.bytes).map_err(|error| self.wrong(&error))
    }

    fn aegis(&self, compatibility: Compatibility) -> Result<AegisPolicy, CliError> {
        let policy = AegisPolicy::read(&self.name(), &self.bytes, compatibility);
        policy.map_err(|error| self.wrong(&error))
    }

    fn chain(&self) -> Result<Chain, CliError> {
        chain(&self.path, &self.bytes).map_err(|problem| self.wrong(&problem))
    }

    /// A binding's policies with this one in the place of that of its kind; none if the binding has none of the kind.
    fn bound(&self, rules: &Rules, one: &BindingInForce) -> Result<Option<Bound>, CliError> {
        let has_kind = match self.kind {
            Kind::Gate => one.bound.gate.is_some(),
            Kind::Aigc => one.bound.aigc.is_some(),
            Kind::Aegis => one.bound.aegis.is_some(),
        };
        if !has_kind {
            return Ok(None);
        }
        let compiled = rules.compile(&one.binding);
        let mut bound = compiled.map_err(|error| self.wrong(&error))?;
        bound.sequence = one.bound.sequence;
        match self.kind {
            Kind::Gate => bound.gate = Some(self.gate()?),
            Kind::Aigc => {
                let compiled = Compiled::new(&self.chain()?, one.binding.compatibility);
                bound.aigc = Some(compiled.map_err(|error| self.wrong(&error))?);
            }
            Kind::Aegis => bound.aegis = Some(self.aegis(one.binding.compatibility)?),
        }
        Ok(Some(bound))
    }
}

/// Judges each decision anew under another policy, by the recorded state or by the one that the others would have left.
pub(super) fn compared(
    governed: &Governed,
    requests: &Requests,
    other: &Other,
    cascade: bool,
) -> Result<Compared, CliError> {
    let mut all = Compared {
        state: if cascade { "cascade" } else { "recorded" },
        decisions: 0,
        under_the_policy: 0,
        passed_over: 0,
        otherwise: Vec::new(),
        begins_at: governed.begins.as_ref().map(|(record, _)| *record),
        not_recomputed: governed.not_there.clone(),
    };
    let mut state = match &governed.begins {
        Some((_, state)) => (**state).clone(),
        None => State::new(),
    };
    let (mut rules, mut bounds) = (Rules::default(), BTreeMap::new());
    for record in &governed.records {
        let sequence = record.position.sequence;
        let broken =
            |problem: String| CliError::NotAllowed(format!("record {sequence}: {problem}"));
        let entry = read(&mut rules, record, governed.begins.is_some()).map_err(broken)?;
        let Some(entry) = entry else {
            continue;
        };
        let Entry::Decision(decision) = &entry else {
            all.pass(&mut state, record.position, &entry, cascade)
                .map_err(broken)?;
            continue;
        };
        all.decisions += 1;
        let asked = requests.of(decision);
        let proposal = match &asked {
            Some((request, salt)) => {
                all.under_the_policy += 1;
                let bound = bound_of(decision, &rules, other, &mut bounds)?;
                let mut proposal = propose(bound, request, salt);
                proposal.approval = decision.approval;
                proposal
            }
            None => recorded_proposal(decision),
        };
        let would = state.judge(record.position.time, &proposal);
        if asked.is_some() || cascade {
            all.compare(sequence, decision, &would);
        }
        let moves = match cascade {
            true => Entry::Decision(would),
            false => entry,
        };
        all.pass(&mut state, record.position, &moves, cascade)
            .map_err(broken)?;
    }
    Ok(all)
}

/// What governed a decision, with the other policy in its place; as it is where the binding has none of the kind.
fn bound_of<'a>(
    decision: &Decision,
    rules: &'a Rules,
    other: &Other,
    bounds: &'a mut BTreeMap<u64, Option<Bound>>,
) -> Result<Option<&'a Bound>, CliError> {
    let act = &decision.act;
    let Some(one) = rules.of(&act.agent, &act.principal, &act.name) else {
        return Ok(None);
    };
    let sequence = one.bound.sequence;
    let other = match bounds.entry(sequence) {
        Place::Occupied(known) => known.into_mut(),
        Place::Vacant(place) => place.insert(other.bound(rules, one)?),
    };
    Ok(other.as_ref().or(Some(&one.bound)))
}

impl Compared {
    fn compare(&mut self, sequence: u64, recorded: &Decision, would: &Decision) {
        let (before, after) = (said(recorded), said(would));
        if before != after {
            self.otherwise.push(Otherwise {
                sequence,
                agent: recorded.act.agent.clone(),
                action: recorded.act.name.clone(),
                recorded: before,
                would_be: after,
            });
        }
    }

    /// Moves the state. Where decisions come out otherwise, what was recorded of them may not fit any more.
    fn pass(
        &mut self,
        state: &mut State,
        position: indelible_governance::state::Position,
        entry: &Entry,
        cascade: bool,
    ) -> Result<(), String> {
        if !cascade {
            return state
                .apply(position, entry)
                .map_err(|misfit| misfit.to_string());
        }
        if matches!(entry, Entry::Snapshot { .. }) {
            return Ok(());
        }
        let before = state.clone();
        if state.apply(position, entry).is_err() {
            *state = before;
            self.passed_over += 1;
        }
        Ok(())
    }

    /// Whether everything was looked at.
    pub(super) fn is_whole(&self) -> bool {
        self.not_recomputed.is_none()
    }

    pub(super) fn is_the_same(&self) -> bool {
        self.otherwise.is_empty()
    }
}

impl fmt::Display for Otherwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sequence,
            agent,
            action,
            recorded,
            would_be,
        } = self;
        write!(
            f,
            "record {sequence}: {action} by {agent} is {recorded}, and would be {would_be}"
        )
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row(
                    "judged by",
                    match self.state {
                        "cascade" => "the state that the other decisions would have left",
                        _ => "the recorded state",
                    },
                )
                .row("decisions", self.decisions)
                .row("under the policy", self.under_the_policy);
            if self.passed_over > 0 {
                table.row("passed over", self.passed_over);
            }
            for otherwise in &self.otherwise {
                table.row("otherwise", otherwise);
            }
            if let Some(record) = self.begins_at {
                table.row("begins", format!("at the state that record {record} names"));
            }
            if let Some(reason) = &self.not_recomputed {
                table.row("not recomputed", reason);
            }
        })
    }
}

//! What came out of acts, held against the policies of their decisions anew.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use indelible_governance::{
    OUTPUT_SEMANTICS,
    evaluate::{judge_output, not_shown},
    record::{Completion, Decision, Entry},
    state::{Position, State},
};
use indelible_ledger::{BindingInForce, Rules};

use super::{
    recorded::word,
    requests::{Requests, Unmatched},
};

/// Decisions that are kept before it is looked which of them have ended otherwise.
const KEPT_MIN: usize = 1_024;

/// Allowed decisions under policies, until they are completed, and what was found of those that were.
#[derive(Default)]
pub(super) struct Outputs {
    open: HashMap<u64, (Decision, Arc<BindingInForce>)>,
    kept: usize,
    matched: HashSet<(String, String)>,
}

/// In what a completion differs, and what it would be.
type Difference = (&'static str, String);

impl Outputs {
    /// Takes in a record, by the state before it, and says in what it differs.
    pub(super) fn see(
        &mut self,
        state: &State,
        position: Position,
        entry: &Entry,
        (rules, requests): (&Rules, &Requests),
    ) -> Option<Difference> {
        match entry {
            Entry::Decision(decision) => {
                self.decided(state, position.sequence, decision, rules);
                None
            }
            Entry::Completion(completion) => {
                let of_state = of_state(state, position.time, completion);
                let decided = self.open.remove(&completion.decision);
                let of_output =
                    decided.and_then(|decided| self.completed(&decided, completion, requests));
                of_state.or(of_output)
            }
            Entry::Released { decision } => {
                self.open.remove(decision);
                None
            }
            _ => None,
        }
    }

    fn decided(&mut self, state: &State, sequence: u64, decision: &Decision, rules: &Rules) {
        let is_meant = decision.verdict.is_allowed()
            && !decision.shadow
            && decision.semantics >= OUTPUT_SEMANTICS;
        let mut bindings = rules.bindings.values();
        let binding = decision.binding().filter(|_| is_meant);
        let binding = bindings.find(|one| Some(one.bound.sequence) == binding);
        let Some(binding) = binding else {
            return;
        };
        self.open
            .insert(sequence, (decision.clone(), Arc::clone(binding)));
        // What expired is forgotten where the state forgets it, so that a long replay stays small.
        if self.open.len() > self.kept.max(KEPT_MIN) {
            self.open
                .retain(|kept, _| *kept == sequence || state.agent_of(*kept).is_some());
            self.kept = self.open.len() * 2;
        }
    }

    fn completed(
        &mut self,
        (decision, binding): &(Decision, Arc<BindingInForce>),
        completion: &Completion,
        requests: &Requests,
    ) -> Option<Difference> {
        let bound = &binding.bound;
        let recorded = completion.judged();
        let name = (decision.act.source.clone(), decision.act.id.clone());
        if let (Some((request, salt)), Some(output)) =
            (requests.of(decision), requests.1.get(&name))
            && completion.output == Some(output.digest(&salt))
        {
            self.matched.insert(name);
            let judged = judge_output(bound, Some(&request), output);
            return (judged != recorded).then(|| {
                let detail = format!(
                    "recorded of the output is {}, under the policies of the decision it would be {}",
                    word(completion.verdict),
                    word(judged.verdict())
                );
                ("policy", detail)
            });
        }
        // Whoever has no output knows still whether it was to be judged.
        let was_judged = recorded.trail.is_some() || recorded.failure.is_some();
        let unjudged = bound.judges_output(decision) && !was_judged;
        let shown = recorded == not_shown() && !bound.judges_output(decision);
        (unjudged || shown).then(|| {
            let detail = match unjudged {
                true => "the policy judges outputs, and this one was not judged",
                false => "no policy judges this output, and it was denied since nobody showed it",
            };
            ("policy", detail.to_owned())
        })
    }

    /// How many outputs were held against the policies anew.
    pub(super) fn recomputed(&self) -> u64 {
        self.matched.len() as u64
    }

    /// The outputs that were given and are none of these.
    pub(super) fn unmatched(&self, requests: &Requests) -> Vec<Unmatched> {
        let given = requests
            .1
            .keys()
            .filter(|name| !self.matched.contains(*name));
        let mut left: Vec<_> = given.collect();
        left.sort_unstable();
        let unmatched = |(source, id): &(String, String)| Unmatched {
            source: source.clone(),
            id: id.clone(),
        };
        left.into_iter().map(unmatched).collect()
    }
}

/// What the state says of a completion: whether it is late, and whether more was used than set aside.
fn of_state(state: &State, time: u64, completion: &Completion) -> Option<Difference> {
    let made = state.completion(
        time,
        completion.decision,
        completion.used,
        completion.output,
        completion.judged(),
    );
    // What is not open does not fit the state, which the fold says.
    let made = made.ok().filter(|made| made != completion)?;
    let said = |is: bool| if is { "yes" } else { "no" };
    let detail = format!(
        "it would be late: {}, overrun: {}, verdict {}, failed attempt: {}",
        said(made.late),
        said(made.overrun),
        word(made.verdict),
        made.attempt.map_or(0, |attempt| attempt.number)
    );
    Some(("state", detail))
}

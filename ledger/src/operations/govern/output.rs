//! What came out of an act, held against the policies of its decision, whatever is bound since.

use std::sync::Arc;

use indelible_evidence::FieldViolation;
use indelible_governance::{
    OUTPUT_SEMANTICS,
    digest::Digest,
    evaluate::{Bound, Output, judge_output, not_shown},
    record::{Decision, Entry, OutputJudged},
    request::Request,
    state::State,
};

use super::compile::compile;
use crate::{
    core::Ledger,
    state::{error::ReadError, govern_error::GovernError, governed::BindingInForce},
};

/// What whoever completes a decision says of what came out.
#[derive(Debug)]
pub enum Came {
    /// Nothing.
    Unsaid,
    /// A digest.
    Digest(Digest),
    /// All of it, and the request as it was decided, where the policies look at that.
    Shown {
        /// What came out.
        output: Output,
        /// What was asked.
        request: Option<Box<Request>>,
    },
}

/// The policies that governed a decision.
enum Governing {
    InForce(Arc<BindingInForce>),
    /// The binding was replaced since.
    Earlier(Box<Bound>),
}

impl Governing {
    fn bound(&self) -> &Bound {
        match self {
            Self::InForce(binding) => &binding.bound,
            Self::Earlier(bound) => bound,
        }
    }
}

impl Ledger {
    /// What is recorded of what came out: its digest, and what the policies of the decision say of it.
    pub(super) async fn judge_output(
        &self,
        principal: &str,
        decision: u64,
        came: Came,
    ) -> Result<(Option<Digest>, OutputJudged), GovernError> {
        let recorded = match self.entry_at(decision).await {
            Ok(Some(Entry::Decision(recorded))) if recorded.verdict.is_allowed() => recorded,
            // The writer says that it is not open.
            Ok(_) | Err(GovernError::Read(ReadError::NoRecord { .. })) => {
                return Ok((None, OutputJudged::default()));
            }
            Err(error) => return Err(error),
        };
        let governing = match recorded.semantics < OUTPUT_SEMANTICS {
            true => None,
            false => self.governing(&recorded).await?,
        };
        let is_judged = governing
            .as_ref()
            .is_some_and(|governing| governing.bound().judges_output(&recorded));
        match came {
            Came::Unsaid if is_judged => Ok((None, not_shown())),
            Came::Digest(digest) if is_judged => Ok((Some(digest), not_shown())),
            Came::Unsaid => Ok((None, OutputJudged::default())),
            Came::Digest(digest) => Ok((Some(digest), OutputJudged::default())),
            Came::Shown { output, request } => {
                // Whoever may not speak for the agent is not told whether a request is the one that was decided.
                self.check_speaker(principal, &recorded.act.agent).await?;
                let salt = self.salt_of(&recorded.act.source, &recorded.act.id)?;
                let digest = output.digest(&salt);
                let Some(governing) = governing else {
                    return Ok((Some(digest), OutputJudged::default()));
                };
                let request = request.map(|request| as_decided(*request, &recorded, &salt));
                let request = request.transpose()?;
                if request.is_none() && governing.bound().needs_request(&recorded, &output) {
                    let problem = "must be the request that was decided, since the policy looks at it to judge the output";
                    return Err(wrong(problem));
                }
                let judge = move || judge_output(governing.bound(), request.as_ref(), &output);
                let judged = self.core.environment.aside(judge).await;
                let judged = judged.map_err(|error| GovernError::Unusable {
                    reason: error.to_string(),
                })?;
                Ok((Some(digest), judged))
            }
        }
    }

    /// Whether a principal may speak for an agent.
    pub(super) async fn check_speaker(
        &self,
        principal: &str,
        agent: &str,
    ) -> Result<(), GovernError> {
        let (principal, agent) = (principal.to_owned(), agent.to_owned());
        let look = move |state: &State, _: u64| match state.may_speak(&agent, &principal) {
            true => Ok(()),
            false => Err(GovernError::NotTheAgent { principal, agent }),
        };
        self.look(look).await?
    }

    /// The policies of the binding that a decision names; none: none governed it.
    async fn governing(&self, decision: &Decision) -> Result<Option<Governing>, GovernError> {
        let Some(sequence) = decision.binding() else {
            return Ok(None);
        };
        let rules = self.cell.governed.rules();
        let mut bindings = rules.bindings.values();
        if let Some(binding) = bindings.find(|one| one.bound.sequence == sequence) {
            return Ok(Some(Governing::InForce(Arc::clone(binding))));
        }
        let Some(Entry::Binding(binding)) = self.entry_at(sequence).await? else {
            return Err(GovernError::Unusable {
                reason: format!(
                    "record {sequence}, which the decision names, is no binding that can be read"
                ),
            });
        };
        let compiled = self
            .core
            .environment
            .aside(move || compile(&binding, &rules));
        let bound = compiled.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })??;
        Ok(Some(Governing::Earlier(Box::new(bound))))
    }
}

/// The request, if it is the one that was decided. Who called the decision says, and for which agent where the request does
/// not; the digest of all of it is in the record, so nothing else passes for it.
fn as_decided(
    mut request: Request,
    decision: &Decision,
    salt: &[u8],
) -> Result<Request, GovernError> {
    let act = &decision.act;
    request.principal.clone_from(&act.principal);
    if request.agent.is_empty() {
        request.agent.clone_from(&act.agent);
    }
    match request.digest(salt) == act.request {
        true => Ok(request),
        false => Err(wrong("is not the request that was decided")),
    }
}

fn wrong(problem: &str) -> GovernError {
    GovernError::Field(FieldViolation {
        field: "request".into(),
        problem: problem.to_owned(),
    })
}

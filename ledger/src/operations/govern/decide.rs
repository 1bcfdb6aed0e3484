//! Decisions.

use std::sync::Arc;

use indelible_evidence::FieldViolation;
use indelible_governance::{
    claim::{Failure, Proposal, Stage, Verdict},
    evaluate::propose,
    record::{Decision, Entry},
    request::Request,
    state::{Standing, State, code},
};

use super::asking::{Placed, RECORD_BYTES_USUAL, Recorded};
use crate::{
    core::Ledger,
    state::{
        append::Acknowledgement,
        govern_error::GovernError,
        governed::{Brought, Rules},
    },
    write::{
        ask::{Moment, Words, Written},
        reserved,
    },
};

/// Records of one decision: itself, a halt, an approval that is opened.
const RECORDS: usize = 3;
/// The code of a request whose source and id are another's.
pub const ALREADY_DECIDED: &str = "ALREADY_DECIDED";

/// A decision, durable and acknowledged.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What is recorded.
    pub decision: Decision,
    /// Where.
    pub placed: Placed,
    /// Whether it was recorded before, for the same request.
    pub repeated: bool,
    /// Where it stands now: of one that is repeated, what changed since.
    pub standing: Standing,
    /// The approval that is open for the act: the sequence number of its record.
    pub open_approval: Option<u64>,
    /// The salt of the request's digest, to be kept with the request.
    pub salt: [u8; 16],
}

/// Whether whoever asks waits for an answer, and which approval that is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    /// The approval that is waited for, in the place of the one that the request names.
    pub(super) named: Option<u64>,
    /// An `escalate` is not recorded: its approval is opened, and waited for.
    pub(super) waits: bool,
}

/// What one round of asking comes to.
pub(super) enum Round {
    /// It is decided, on record.
    Decided(Box<Decided>),
    /// A human must answer this approval first. No decision is recorded.
    Waits(u64),
}

/// What the writer found.
enum Found {
    Judged(Box<Judged>),
    Waits(u64),
}

struct Judged {
    decision: Decision,
    /// The place of the decision, of the records that are made with it the first.
    sequence: u64,
    open_approval: Option<u64>,
}

impl Ledger {
    /// Decides on a request. The decision, allowed or denied, is durable when this returns. The same source and id again get
    /// the same decision, marked as repeated.
    ///
    /// # Errors
    /// Why there is no decision. Whoever asked must not act then.
    pub async fn decide(&self, request: Request) -> Result<Decided, GovernError> {
        check(&request)?;
        let request = Arc::new(request);
        match self.round(&request, Patience::default()).await? {
            Round::Decided(decided) => Ok(*decided),
            Round::Waits(_) => Err(super::asking::lost()),
        }
    }

    /// Asks the writer once.
    pub(super) async fn round(
        &self,
        request: &Arc<Request>,
        patience: Patience,
    ) -> Result<Round, GovernError> {
        self.open_gate().await?;
        let salt = self.salt(request)?;
        let mut proposal = self.propose(request, salt).await?;
        proposal.approval = patience.named.or(proposal.approval);
        let sought = self.sought(&request.source, &request.id)?;
        let (ledger, of) = (self.clone(), Arc::clone(request));
        let judge = move |state: &State, moment: Moment| {
            ledger.judge_request(state, moment, proposal, (of.as_ref(), patience))
        };
        let size = (RECORDS, RECORDS * RECORD_BYTES_USUAL);
        let decided = match self.record_made(Some(sought), size, judge).await? {
            Recorded::New(placed, Found::Judged(judged)) => self.counted(Decided {
                placed: Placed {
                    sequence: judged.sequence,
                    ..placed
                },
                standing: standing_of(&judged.decision),
                decision: judged.decision,
                repeated: false,
                open_approval: judged.open_approval,
                salt,
            }),
            Recorded::There(there) => self.repeated(request, salt, there).await?,
            Recorded::New(_, Found::Waits(approval))
            | Recorded::Nothing(Found::Waits(approval)) => return Ok(Round::Waits(approval)),
            Recorded::Nothing(Found::Judged(_)) => return Err(super::asking::lost()),
        };
        Ok(Round::Decided(Box::new(decided)))
    }

    fn counted(&self, decided: Decided) -> Decided {
        let meters = &self.core.queue.meters;
        meters.decisions.count(decided.decision.verdict);
        decided
    }

    /// Of one request always the same, and not to be guessed: so that a repeat has the same digest, and what can be guessed
    /// can't be found out from it.
    fn salt(&self, request: &Request) -> Result<[u8; 16], GovernError> {
        self.salt_of(&request.source, &request.id)
    }

    /// The same by the request's source and id.
    pub(super) fn salt_of(&self, source: &str, id: &str) -> Result<[u8; 16], GovernError> {
        let text = format!("governed request {} {source} {id}", source.len());
        Ok(self.cell.hasher()?.digest(&text))
    }

    /// Holds a request against what is bound for it. One with an invocation may take long, and is held aside.
    pub(super) async fn propose(
        &self,
        request: &Arc<Request>,
        salt: [u8; 16],
    ) -> Result<Proposal, GovernError> {
        let rules = self.cell.governed.rules();
        if request.invocation.is_none() {
            return Ok(proposal(&rules, request, &salt));
        }
        let request = Arc::clone(request);
        let held = self
            .core
            .environment
            .aside(move || proposal(&rules, &request, &salt));
        held.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })
    }

    /// What the writer does where the decision gets its place.
    fn judge_request(
        &self,
        state: &State,
        moment: Moment,
        mut proposal: Proposal,
        (request, patience): (&Request, Patience),
    ) -> Result<(Found, Vec<Written>), GovernError> {
        if moment.is_behind {
            distrust_clock(&mut proposal);
        }
        let Moment { position, .. } = moment;
        let decision = state.judge(position.time, &proposal);
        let is_waited_for = decision.verdict == Verdict::Escalate && !decision.shadow;
        if patience.waits && is_waited_for {
            return self.hold_back(state, moment, &decision);
        }
        let consequences = state.consequences(position, &decision);
        let words = Words {
            source: &request.source,
            id: &request.id,
            actor: Some(&request.agent),
            correlation_id: request.session.as_deref(),
        };
        let entry = Entry::Decision(decision.clone());
        let environment = &self.core.environment;
        let mut written = vec![Written::entry(
            environment,
            &self.cell,
            entry,
            words,
            Brought::Nothing,
        )?];
        let mut open_approval = state.approval_for(position.time, &decision.act);
        for (place, entry) in (1..).zip(consequences) {
            if matches!(entry, Entry::ApprovalOpened(_)) {
                open_approval = Some(position.sequence + place);
            }
            written.push(self.own_record(entry, Some(&request.agent))?);
        }
        let judged = Judged {
            open_approval: open_approval.filter(|_| decision.verdict == Verdict::Escalate),
            sequence: position.sequence,
            decision,
        };
        Ok((Found::Judged(Box::new(judged)), written))
    }

    /// Opens the approval of a decision that is not recorded before somebody answers.
    fn hold_back(
        &self,
        state: &State,
        moment: Moment,
        decision: &Decision,
    ) -> Result<(Found, Vec<Written>), GovernError> {
        let Moment { position, .. } = moment;
        if let Some(open) = state.approval_for(position.time, &decision.act) {
            return Ok((Found::Waits(open), Vec::new()));
        }
        let opening = state.opening(position, decision);
        let written = opening.map(|entry| self.own_record(entry, Some(&decision.act.agent)));
        let written = written.transpose()?.into_iter().collect();
        Ok((Found::Waits(position.sequence), written))
    }

    /// Answers a request whose identity has a record.
    async fn repeated(
        &self,
        request: &Arc<Request>,
        salt: [u8; 16],
        there: Acknowledgement,
    ) -> Result<Decided, GovernError> {
        let sequence = there.sequence;
        let recorded = self.entry_at(sequence).await?;
        let decision = match recorded {
            Some(Entry::Decision(decision)) if decision.act.request == request.digest(&salt) => {
                decision
            }
            _ => return Err(self.refuse_conflict(request, salt, sequence).await),
        };
        let act = decision.act.clone();
        let is_allowed = decision.verdict.is_allowed();
        let look = move |state: &State, time: u64| {
            let standing = match is_allowed {
                true => state.standing(time, sequence),
                false => Standing::Closed,
            };
            (standing, state.approval_for(time, &act))
        };
        let (standing, open_approval) = self.look(look).await?;
        Ok(Decided {
            open_approval: open_approval.filter(|_| decision.verdict == Verdict::Escalate),
            decision,
            placed: there.into(),
            repeated: true,
            standing,
            salt,
        })
    }

    /// Other content under an identity that has a record is refused, and the refusal recorded.
    async fn refuse_conflict(
        &self,
        request: &Arc<Request>,
        salt: [u8; 16],
        sequence: u64,
    ) -> GovernError {
        let mut proposal = match self.propose(request, salt).await {
            Ok(proposal) => proposal,
            Err(error) => return error,
        };
        let message = format!(
            "the source and id are those of record {sequence}, which is about something else"
        );
        deny(&mut proposal, ALREADY_DECIDED, &message);
        let ledger = self.clone();
        let refuse = move |state: &State, moment: Moment| {
            let decision = state.judge(moment.position.time, &proposal);
            let agent = decision.act.agent.clone();
            let written = ledger.own_record(Entry::Decision(decision), Some(&agent))?;
            Ok(((), vec![written]))
        };
        match self.record_own(1, refuse).await {
            Ok(_) => GovernError::Conflict { sequence },
            Err(error) => error,
        }
    }

    /// The entry of a record, if it is one of governance.
    pub(super) async fn entry_at(&self, sequence: u64) -> Result<Option<Entry>, GovernError> {
        let ledger = self.clone();
        let read = self.core.environment.aside(move || ledger.record(sequence));
        let view = read.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })??;
        let is_governance = matches!(
            view.header().kind,
            indelible_evidence::header::RecordKind::Governance(_)
        );
        let entry = view.payload().filter(|_| is_governance).map(Entry::decode);
        Ok(entry.and_then(Result::ok))
    }
}

fn proposal(rules: &Rules, request: &Request, salt: &[u8]) -> Proposal {
    let bound = rules.of(&request.agent, &request.principal, &request.action.name);
    propose(bound.map(|bound| &bound.bound), request, salt)
}

fn standing_of(decision: &Decision) -> Standing {
    match decision.verdict.is_allowed() && !decision.shadow {
        true => Standing::Pending,
        false => Standing::Closed,
    }
}

pub(super) fn check(request: &Request) -> Result<(), GovernError> {
    let wrong = |field: &str, problem: String| {
        GovernError::Field(FieldViolation {
            field: field.into(),
            problem,
        })
    };
    request
        .check()
        .map_err(|error| wrong("request", error.to_string()))?;
    match reserved::is_source(&request.source) {
        false => Ok(()),
        true => {
            let problem = "begins like a source of the daemon's own".to_owned();
            Err(wrong("source", problem))
        }
    }
}

/// Nothing that depends on time can be judged.
pub(super) fn distrust_clock(proposal: &mut Proposal) {
    let message = "the daemon's clock is behind the newest record, so nothing that depends on time can be judged; set the clock";
    deny(proposal, code::CLOCK_UNTRUSTED, message);
}

fn deny(proposal: &mut Proposal, code: &str, message: &str) {
    proposal.verdict = Verdict::Deny;
    proposal.failure = Some(Failure {
        stage: Stage::Principal,
        gate: Stage::Principal.name().to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        field: None,
        redacted: Vec::new(),
    });
}

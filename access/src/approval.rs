//! Two people for what can't be undone: somebody asks, somebody else approves, and what was approved is carried out, or
//! nothing.
//!
//! A request goes through these states, and each step is refused in every other:
//!
//! ```text
//! pending ── approve ──▶ approved ── use ──▶ used
//!    │ ╲                    │
//!    │  ╲── decline ──▶ declined
//!    ╰──── withdraw ──▶ withdrawn ◀╯         (past its time, a pending or approved request is expired)
//! ```

mod digest;

use digest::Digest;

use crate::{
    action::Action,
    caller::Caller,
    decide::{Decision, Scope, ledger_name},
    limits::{DAY_NS, REQUEST_BYTES_MAX, REQUEST_DAYS_MAX, REQUEST_ID_BYTES},
    principal::Principal,
    table::Table,
    token::TokenGrant,
};

/// What the digests are of.
const WANTED_CONTEXT: &str = "indelible 2026 wanted action v1";
const REQUEST_CONTEXT: &str = "indelible 2026 approval request v1";

/// What somebody wants done, to the last byte. Its digest is what is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// What.
    pub action: Action,
    /// Where.
    pub scope: Scope<'a>,
    /// Everything else that decides what is done: the same bytes for the same request.
    pub content: &'a [u8],
    /// The roles in places of a token that is wanted; the content has them, too.
    pub grants: &'a [TokenGrant],
}

/// Which request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub [u8; REQUEST_ID_BYTES]);

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody has answered.
    Pending,
    /// Somebody else said yes.
    Approved {
        /// Who.
        by: Principal,
        /// When.
        at: u64,
    },
    /// Somebody else said no.
    Declined {
        /// Who.
        by: Principal,
        /// When.
        at: u64,
    },
    /// Whoever asked took it back.
    Withdrawn {
        /// When.
        at: u64,
    },
    /// What it is for was begun. Whether it was done stands in the record of its end.
    CarriedOut {
        /// When.
        at: u64,
    },
    /// Its time passed before it was used.
    Expired,
}

/// What was asked for, which never changes. Times are nanoseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which request it is.
    pub id: RequestId,
    /// What is to be done.
    pub action: Action,
    /// On the ledger of which name; none: on the store.
    pub ledger: Option<String>,
    /// The digest of what is to be done.
    pub wanted: [u8; 32],
    /// Who asked, and then everybody else whom they may be.
    pub persons: Vec<Principal>,
    /// When.
    pub at: u64,
    /// From when on it has expired.
    pub expires: u64,
}

/// A request for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    asked: Asked,
    state: State,
}

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The caller may not do it at all.
    #[error("the caller may not do this, with or without approval")]
    NotAllowed,
    /// One person is enough.
    #[error("this needs no approval; call it as it is")]
    NotNeeded,
    /// It would never be valid, or for too long.
    #[error("a request is valid for a time between now and {REQUEST_DAYS_MAX} days")]
    Time,
    /// More than a request holds.
    #[error("what is asked for has {found} bytes, at most {REQUEST_BYTES_MAX} are allowed")]
    Length {
        /// How many.
        found: usize,
    },
    /// The caller is no approver there.
    #[error("the caller is not an approver where this would be done")]
    NotApprover,
    /// The caller may be anybody, and so the second person, too.
    #[error(
        "this takes two people, and nobody is asked here who they are (insecure:local); call over the Unix socket, or with a \
         certificate or a token that was not made here"
    )]
    Anybody,
    /// The second person is the first.
    #[error(
        "whoever asked can neither approve nor decline it, nor can a token of theirs; ask somebody else"
    )]
    SamePerson,
    /// Only whoever asked may do this.
    #[error("only whoever asked for it can do this")]
    NotRequester,
    /// It was answered, taken back, done, or is too old.
    #[error("the request is {found}")]
    State {
        /// What it is.
        found: &'static str,
    },
    /// Something else is to be done than was asked for.
    #[error(
        "this is not what was asked for and approved: nothing is done; ask again for what is wanted now"
    )]
    Other,
}

impl Wanted<'_> {
    /// What is shown to an approver, and compared before it is done. A ledger is meant by its name or origin as it was
    /// written: the same ledger in another spelling is another wish.
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Digest::new(WANTED_CONTEXT);
        digest.add(self.action.name().as_bytes());
        match self.scope {
            Scope::Store => digest.add(b"store"),
            Scope::Ledger(ledger) => {
                digest.add(b"ledger");
                digest.add(ledger.as_bytes());
            }
        }
        digest.add(self.content);
        digest.finish()
    }

    /// Whether a caller may do it, with or without a second person.
    fn decide(&self, table: &Table, caller: &Caller) -> Decision {
        match self.action {
            Action::MakePrivilegedToken => table
                .decide_token(caller, self.grants)
                .map_or(Decision::Denied, Decision::Granted),
            action => table.decide(caller, action, self.scope),
        }
    }
}

impl Request {
    /// Asks for a second person. `nonce` are random bytes, which make the same wish at another time another request.
    pub fn ask(
        table: &Table,
        caller: &Caller,
        wanted: &Wanted<'_>,
        nonce: [u8; 16],
        now: u64,
        expires: u64,
    ) -> Result<Self, ApprovalError> {
        match wanted.decide(table, caller) {
            Decision::Denied => return Err(ApprovalError::NotAllowed),
            Decision::Granted(grant) if !grant.needs_approval => {
                return Err(ApprovalError::NotNeeded);
            }
            Decision::Granted(_) => {}
        }
        somebody(caller)?;
        if expires <= now || expires - now > REQUEST_DAYS_MAX * DAY_NS {
            return Err(ApprovalError::Time);
        }
        if wanted.content.len() > REQUEST_BYTES_MAX {
            let found = wanted.content.len();
            return Err(ApprovalError::Length { found });
        }
        let digest = wanted.digest();
        let mut id = Digest::new(REQUEST_CONTEXT);
        id.add(&digest);
        id.add(caller.principal().as_str().as_bytes());
        id.add(&now.to_be_bytes());
        id.add(&expires.to_be_bytes());
        id.add(&nonce);
        let mut first = [0; REQUEST_ID_BYTES];
        first.copy_from_slice(&id.finish()[..REQUEST_ID_BYTES]);
        let asked = Asked {
            id: RequestId(first),
            action: wanted.action,
            ledger: match wanted.scope {
                Scope::Store => None,
                Scope::Ledger(ledger) => Some(ledger_name(ledger).to_owned()),
            },
            wanted: digest,
            persons: caller.persons().cloned().collect(),
            at: now,
            expires,
        };
        Ok(Self::restore(asked, State::Pending))
    }

    /// The request as records have it.
    pub fn restore(asked: Asked, state: State) -> Self {
        Self { asked, state }
    }

    /// What was asked for.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Says yes, to exactly what the approver was shown.
    pub fn approve(
        &mut self,
        table: &Table,
        caller: &Caller,
        shown: [u8; 32],
        now: u64,
    ) -> Result<(), ApprovalError> {
        self.expect(&State::Pending, now)?;
        self.second_person(table, caller)?;
        if shown != self.asked.wanted {
            return Err(ApprovalError::Other);
        }
        let by = caller.principal().clone();
        self.state = State::Approved { by, at: now };
        Ok(())
    }

    /// Says no, also after somebody said yes, as long as nothing was done.
    pub fn decline(
        &mut self,
        table: &Table,
        caller: &Caller,
        now: u64,
    ) -> Result<(), ApprovalError> {
        self.expect_open(now)?;
        self.second_person(table, caller)?;
        let by = caller.principal().clone();
        self.state = State::Declined { by, at: now };
        Ok(())
    }

    /// Takes it back.
    pub fn withdraw(&mut self, caller: &Caller, now: u64) -> Result<(), ApprovalError> {
        self.expect_open(now)?;
        self.requester(caller)?;
        self.state = State::Withdrawn { at: now };
        Ok(())
    }

    /// Uses the approval up: whoever asked does now what was approved, and may still do it. To be called, and put on
    /// record, before anything is done, so that nothing is done twice.
    pub fn carry_out(
        &mut self,
        table: &Table,
        caller: &Caller,
        wanted: &Wanted<'_>,
        now: u64,
    ) -> Result<(), ApprovalError> {
        self.requester(caller)?;
        somebody(caller)?;
        match self.state_at(now) {
            State::Approved { .. } => {}
            state => return Err(state.refused()),
        }
        if wanted.digest() != self.asked.wanted {
            return Err(ApprovalError::Other);
        }
        if !wanted.decide(table, caller).is_granted() {
            return Err(ApprovalError::NotAllowed);
        }
        self.state = State::CarriedOut { at: now };
        Ok(())
    }

    /// What became of it.
    pub fn state_at(&self, now: u64) -> State {
        match &self.state {
            State::Pending | State::Approved { .. } if now >= self.asked.expires => State::Expired,
            state => state.clone(),
        }
    }

    /// Where it is to be done.
    pub fn scope(&self) -> Scope<'_> {
        let ledger = self.asked.ledger.as_deref();
        ledger.map_or(Scope::Store, Scope::Ledger)
    }

    fn expect(&self, expected: &State, now: u64) -> Result<(), ApprovalError> {
        let state = self.state_at(now);
        match state == *expected {
            true => Ok(()),
            false => Err(state.refused()),
        }
    }

    fn expect_open(&self, now: u64) -> Result<(), ApprovalError> {
        match self.state_at(now) {
            State::Pending | State::Approved { .. } => Ok(()),
            state => Err(state.refused()),
        }
    }

    fn second_person(&self, table: &Table, caller: &Caller) -> Result<(), ApprovalError> {
        if !table
            .decide(caller, Action::Approve, self.scope())
            .is_granted()
        {
            return Err(ApprovalError::NotApprover);
        }
        somebody(caller)?;
        if caller.may_be_the_same_as(&self.asked.persons) {
            return Err(ApprovalError::SamePerson);
        }
        Ok(())
    }

    /// Whether it is the caller's own.
    pub fn is_of(&self, caller: &Caller) -> bool {
        self.asked.persons.first() == Some(caller.principal())
    }

    fn requester(&self, caller: &Caller) -> Result<(), ApprovalError> {
        match self.is_of(caller) {
            true => Ok(()),
            false => Err(ApprovalError::NotRequester),
        }
    }
}

/// Refuses whoever may be anybody.
fn somebody(caller: &Caller) -> Result<(), ApprovalError> {
    match caller.may_be_anybody() {
        true => Err(ApprovalError::Anybody),
        false => Ok(()),
    }
}

impl State {
    /// The name in records and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Withdrawn { .. } => "withdrawn",
            Self::CarriedOut { .. } => "used",
            Self::Expired => "expired",
        }
    }

    fn refused(&self) -> ApprovalError {
        ApprovalError::State { found: self.name() }
    }
}

#[cfg(test)]
mod tests;

//! Who may make tokens and revoke them, and the bindings that tokens give.

use std::sync::Arc;

use indelible_access::{self as access, Action, Reach, Scope, TokenGrant, TokenRecord, TooWide};
use indelible_ledger::{Engine, NewRange, SystemEvent};
use tonic::Status;

use super::{Caller, Gate, Permit, Wish, refuse};
use crate::{approvals::place, issuers::now, rpc::refusal::Refusal, tokens::OwnTokens};

impl Gate {
    /// The same gate before these tokens.
    #[must_use]
    pub(crate) fn with_tokens(self, tokens: OwnTokens) -> Self {
        Self { tokens, ..self }
    }

    /// The daemon's own tokens.
    pub(crate) fn tokens(&self) -> &OwnTokens {
        &self.tokens
    }

    /// Puts in force what tokens give: for the next call, and for the next message of what lasts.
    pub(crate) fn take_tokens(&self) {
        self.bindings.take_of_tokens(|| self.tokens.bindings(now()));
    }

    /// The recovered engine; none before.
    pub(crate) fn recovered(&self) -> Option<&Engine> {
        self.engine.get()
    }

    /// Puts on record what is done by its record alone.
    ///
    /// # Errors
    /// If it can't be: then it is not done.
    pub(crate) async fn record(&self, event: SystemEvent) -> Result<NewRange, Refusal> {
        self.audit.recorded(event).await
    }

    /// The same for what belongs together: all of it or nothing.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(crate) async fn record_all(&self, events: &[SystemEvent]) -> Result<NewRange, Refusal> {
        self.audit.recorded_all(events).await
    }

    /// Whether a caller may make a token with these grants.
    pub(crate) fn authorise_token(
        &self,
        caller: &Caller,
        grants: &[TokenGrant],
        wish: Wish<'_>,
    ) -> Result<Permit<'_>, Status> {
        let action = match grants.iter().any(|grant| grant.role.is_privileged()) {
            true => Action::MakePrivilegedToken,
            false => Action::MakeToken,
        };
        let (connected, known) = self.known(caller, action, Scope::Store)?;
        self.rates.call(connected, known)?;
        let table = self.bindings.table();
        let denied = |action, scope| refuse::denied(&self.audit, &table, known, action, scope);
        let needed = match table.decide_token(known, grants) {
            Ok(grant) => grant.needs_approval,
            Err(TooWide::NotAdministered { role, reach, .. }) => {
                let action = match role.is_privileged() {
                    true => Action::MakePrivilegedToken,
                    false => Action::MakeToken,
                };
                let place = reach.to_string();
                let scope = match reach {
                    Reach::Store => Scope::Store,
                    Reach::Ledger(_) | Reach::Prefix(_) => Scope::Ledger(&place),
                };
                return Err(denied(action, scope).into());
            }
            Err(problem @ TooWide::ByToken) => {
                return Err(denied(action, Scope::Store).but(problem).into());
            }
            Err(problem @ TooWide::SourcesOfOthers) => {
                return Err(Refusal::field("sources", problem.to_string()).into());
            }
        };
        self.check_ready(action)?;
        let what = (action, Scope::Store);
        let mut permit = self.permit((connected, known), Arc::clone(&table), what);
        let one_place = place(grants);
        let approved_at = one_place.as_deref().map_or(Scope::Store, Scope::Ledger);
        permit.second = permit.second_person(needed, wish, approved_at)?;
        Ok(permit)
    }

    /// Whether a caller may revoke a token. Whether there is one is answered to those alone who administer the store.
    pub(crate) fn authorise_revocation(
        &self,
        caller: &Caller,
        token: Option<&TokenRecord>,
    ) -> Result<Permit<'_>, Status> {
        let what = (Action::RevokeToken, Scope::Store);
        let (connected, known) = self.known(caller, what.0, what.1)?;
        self.rates.call(connected, known)?;
        let table = self.bindings.table();
        let may = match token {
            Some(token) => table.may_revoke(known, token),
            None => table.decide(known, what.0, what.1).is_granted(),
        };
        if !may {
            return Err(refuse::denied(&self.audit, &table, known, what.0, what.1).into());
        }
        self.check_ready(what.0)?;
        Ok(self.permit((connected, known), table, what))
    }
}

impl Permit<'_> {
    /// Whether the caller may see what is kept of a token.
    pub(crate) fn may_see_token(&self, token: &TokenRecord) -> bool {
        self.table.may_see_token(&self.caller, token)
    }

    /// Who calls, with all their names.
    pub(crate) fn caller(&self) -> &access::Caller {
        &self.caller
    }
}

//! What a maker may hand on by a token.

use super::record::{TokenGrant, TokenRecord};
use crate::{
    action::Action, binding::Binding, caller::Caller, decide::Grant, principal::Method,
    reach::Reach, role::Role, table::Table,
};

/// Why somebody may not make a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TooWide {
    /// A token would outlive the one that made it.
    #[error("a token makes no tokens; ask an administrator, as oneself")]
    ByToken,
    /// The maker does not administer the place.
    #[error("{maker} does not administer {reach}, and so can't hand out the role {} there", role.name())]
    NotAdministered {
        /// Who asked.
        maker: String,
        /// For which role.
        role: Role,
        /// Where.
        reach: Reach,
    },
    /// Only writers have sources.
    #[error("sources are for the role writer alone")]
    SourcesOfOthers,
}

impl Table {
    /// Whether a caller may make a token with these grants: each within a place that the caller administers. It needs
    /// approval if any of the roles is privileged.
    pub fn decide_token(&self, maker: &Caller, grants: &[TokenGrant]) -> Result<Grant, TooWide> {
        if maker.method() == Method::Token {
            return Err(TooWide::ByToken);
        }
        let mut decided = Grant::plain();
        for grant in grants {
            if grant.role != Role::Writer && !grant.sources.is_empty() {
                return Err(TooWide::SourcesOfOthers);
            }
            let action = match grant.role.is_privileged() {
                true => Action::MakePrivilegedToken,
                false => Action::MakeToken,
            };
            let administers = |bound: &Binding| {
                bound.role.actions().has(action) && bound.reach.covers(&grant.reach)
            };
            if !self.bindings_of(maker).any(administers) {
                return Err(TooWide::NotAdministered {
                    maker: maker.principal().to_string(),
                    role: grant.role,
                    reach: grant.reach.clone(),
                });
            }
            decided.needs_approval |= self.takes_two(action);
        }
        Ok(decided)
    }

    /// Whether a caller may revoke a token: its maker, its bearer, and whoever administers every place of it.
    pub fn may_revoke(&self, caller: &Caller, token: &TokenRecord) -> bool {
        let administers = |reach: &Reach| {
            let covers = |bound: &Binding| {
                bound.role.actions().has(Action::RevokeToken) && bound.reach.covers(reach)
            };
            self.bindings_of(caller).any(covers)
        };
        // Who bears a token is not its maker: a stolen one must not take away all others of the same maker.
        let made_it = caller.names().any(|name| token.makers.contains(name));
        *caller.principal() == token.principal
            || made_it
            || token.grants.iter().all(|grant| administers(&grant.reach))
    }
}

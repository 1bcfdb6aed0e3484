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
        // Who bears a token is not its maker: a stolen one must not take away all others of the same maker.
        let made_it = caller.names().any(|name| token.makers.contains(name));
        *caller.principal() == token.principal
            || made_it
            || self.may_in_all_of(caller, Action::RevokeToken, token)
    }

    /// Whether a caller may see what is kept of a token: whoever may revoke it, and whoever may see tokens in every place of it.
    pub fn may_see_token(&self, caller: &Caller, token: &TokenRecord) -> bool {
        self.may_revoke(caller, token) || self.may_in_all_of(caller, Action::ReadToken, token)
    }

    /// Whether a caller may do an action in every place of a token, not only on a part of it.
    fn may_in_all_of(&self, caller: &Caller, action: Action, token: &TokenRecord) -> bool {
        token.grants.iter().all(|grant| {
            let covers = |bound: &Binding| {
                bound.role.actions().has(action) && bound.reach.covers(&grant.reach)
            };
            self.bindings_of(caller).any(covers)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        principal::Principal,
        table::DualControl,
        token::tests::{grant, person, record, token_of},
    };

    #[test]
    fn a_token_is_shown_to_those_who_may_see_all_of_its_places() {
        let of = |on: &[&str]| TokenRecord {
            makers: vec![Principal::parse("unix:dan").unwrap()],
            grants: on.iter().map(|place| grant(Role::Reader, place)).collect(),
            ..record(&token_of(1))
        };
        let reads = |role, on| {
            let who = Principal::parse("unix:alice").unwrap();
            let binding = Binding::new(who, role, Reach::parse(on).unwrap());
            Table::new(vec![binding], DualControl::NeverInForce)
        };
        for role in [Role::Administrator, Role::Auditor] {
            let (pay, store) = (reads(role, "pay*"), reads(role, "@store"));
            for (on, shown) in [
                (&["pay"][..], true),
                (&["payments", "pay-*"], true),
                (&["pay*"], true),
                (&["payments", "hr"], false),
                (&["pa*"], false),
                (&["*"], false),
                (&["@store"], false),
                (&["_system"], false),
            ] {
                assert_eq!(
                    pay.may_see_token(&person("alice"), &of(on)),
                    shown,
                    "{on:?}"
                );
                assert!(!pay.may_see_token(&person("bob"), &of(on)), "{on:?}");
                assert!(store.may_see_token(&person("alice"), &of(on)), "{on:?}");
            }
        }
        let operator = reads(Role::Operator, "@store");
        assert!(!operator.may_see_token(&person("alice"), &of(&["pay"])));
        // Whoever made it.
        assert!(operator.may_see_token(&person("dan"), &of(&["pay"])));
    }
}

//! What somebody wants done, as records hold it: all that decides what is done. Data subjects and callers' words stand in it
//! by keyed digests alone, since nothing in `_system` can be erased.

use indelible_access::{Action, Reach, Scope, TokenGrant, TokenRights, Wanted};
use indelible_evidence::key_event::RetentionRule;
use serde::{Deserialize, Serialize};

/// An act that takes two people. A ledger is meant by its origin, so that its successor is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum WantedAct {
    /// Erasing a data subject.
    EraseDataSubject {
        origin: String,
        /// The keyed digest of its name.
        subject: String,
        /// The data keys that it has now, in hexadecimal digits and in their order.
        keys: Vec<String>,
        /// The keyed digest of the legal basis.
        basis: String,
    },
    /// Revoking a signing key.
    RevokeSigningKey {
        origin: String,
        is_identity: bool,
        /// In hexadecimal digits.
        public_key: String,
        trusted_size: u64,
        /// The keyed digest of the reason, if one is given.
        reason: Option<String>,
        void_published: bool,
    },
    /// Ending a ledger in quarantine and starting its successor.
    CreateSuccessor { origin: String },
    /// Ending a ledger for good.
    EndLedger {
        origin: String,
        /// How many records its bundle has.
        bundle_size: u64,
        /// In hexadecimal digits.
        bundle_sha256: String,
        /// The keyed digest of the reason, if one is given.
        reason: Option<String>,
    },
    /// Putting rules of retention in force.
    SetRetention {
        origin: String,
        /// All of them, by their names.
        rules: Vec<WantedRule>,
        /// The keyed digest of the reason, if one is given.
        reason: Option<String>,
    },
    /// Making a token with a privileged role.
    CreateToken {
        name: String,
        roles: Vec<String>,
        on: Vec<String>,
        sources: Vec<String>,
        valid_seconds: u64,
    },
}

impl WantedAct {
    /// Which action it is.
    pub(crate) fn action(&self) -> Action {
        match self {
            Self::EraseDataSubject { .. } => Action::Erase,
            Self::RevokeSigningKey { .. } => Action::RevokeKeys,
            Self::CreateSuccessor { .. } => Action::CreateSuccessor,
            Self::EndLedger { .. } => Action::CloseLedger,
            Self::SetRetention { .. } => Action::ChangeRetention,
            Self::CreateToken { .. } => Action::MakePrivilegedToken,
        }
    }

    /// The ledger that it is done to, by its origin.
    pub(crate) fn origin(&self) -> Option<&str> {
        match self {
            Self::EraseDataSubject { origin, .. }
            | Self::RevokeSigningKey { origin, .. }
            | Self::EndLedger { origin, .. }
            | Self::SetRetention { origin, .. }
            | Self::CreateSuccessor { origin } => Some(origin),
            Self::CreateToken { .. } => None,
        }
    }

    /// The keyed digest of the words that its caller gives, which an approver must know.
    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::EraseDataSubject { basis, .. } => Some(basis),
            Self::RevokeSigningKey { reason, .. }
            | Self::EndLedger { reason, .. }
            | Self::SetRetention { reason, .. } => reason.as_deref(),
            Self::CreateSuccessor { .. } | Self::CreateToken { .. } => None,
        }
    }

    /// The keyed digest of the data subject, if it is about one.
    pub(crate) fn subject(&self) -> Option<&str> {
        match self {
            Self::EraseDataSubject { subject, .. } => Some(subject),
            _ => None,
        }
    }

    /// Has it looked at as the rules want it.
    ///
    /// # Errors
    /// What of it is not understood.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Wanted<'_>) -> T) -> Result<T, String> {
        let content = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        let grants = self.grants()?;
        let place = place(&grants);
        let scope = match (self.origin(), &place) {
            (Some(origin), _) => Scope::Ledger(origin),
            (None, Some(place)) => Scope::Ledger(place),
            (None, None) => Scope::Store,
        };
        Ok(look(&Wanted {
            action: self.action(),
            scope,
            content: &content,
            grants: &grants,
        }))
    }

    fn grants(&self) -> Result<Vec<TokenGrant>, String> {
        let Self::CreateToken {
            roles, on, sources, ..
        } = self
        else {
            return Ok(Vec::new());
        };
        let rights = TokenRights::parse(roles, on, sources);
        Ok(rights.map_err(|error| error.to_string())?.grants())
    }
}

/// A rule of retention as it is wanted: in full, since the ledger will state it to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedRule {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) parts: String,
    pub(crate) after_days: u64,
    pub(crate) clock: String,
    pub(crate) basis: String,
    pub(crate) event_type: Option<String>,
    pub(crate) classification: Option<String>,
}

impl WantedRule {
    /// A rule, in the words of the format.
    pub(crate) fn of(rule: &RetentionRule) -> Self {
        Self {
            name: rule.name.clone(),
            action: rule.action.as_str().to_owned(),
            parts: rule.parts.as_str().to_owned(),
            after_days: rule.after_days,
            clock: rule.clock.as_str().to_owned(),
            basis: rule.basis.clone(),
            event_type: rule.event_type.clone(),
            classification: rule.classification.clone(),
        }
    }
}

/// The place whose approver approves a token: where it has its roles, if that is one place, and otherwise the store.
pub(crate) fn place(grants: &[TokenGrant]) -> Option<String> {
    let mut reaches = grants.iter().map(|grant| &grant.reach);
    let first = reaches.next()?;
    let text = first.to_string();
    // A prefix with a slash in it is no name of a ledger, and would be taken for an origin.
    let is_name = *first != Reach::Store && !text.contains('/');
    (is_name && reaches.all(|reach| reach == first)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(on: &[&str]) -> WantedAct {
        WantedAct::CreateToken {
            name: "a".into(),
            roles: vec!["decryptor".into(), "reader".into()],
            on: on.iter().map(|place| (*place).to_owned()).collect(),
            sources: Vec::new(),
            valid_seconds: 0,
        }
    }

    fn scope(on: &[&str]) -> Option<String> {
        let of = |wanted: &Wanted<'_>| match wanted.scope {
            Scope::Store => None,
            Scope::Ledger(name) => Some(name.to_owned()),
        };
        token(on).with(of).unwrap()
    }

    #[test]
    fn a_token_of_one_place_is_approved_there_and_any_other_on_the_store() {
        assert_eq!(scope(&["pay"]).as_deref(), Some("pay"));
        assert_eq!(scope(&["pay*"]).as_deref(), Some("pay*"));
        for on in [&["@store"][..], &["pay", "hr"], &["a/"]] {
            assert_eq!(scope(on), None, "{on:?}");
        }
        assert!(token(&["A B"]).with(|_| ()).is_err());
    }

    #[test]
    fn whatever_decides_what_is_done_makes_another_wish() {
        let erasure = |origin: &str, subject: &str, key: &str, basis: &str| {
            let act = WantedAct::EraseDataSubject {
                origin: origin.into(),
                subject: subject.into(),
                keys: vec![key.into()],
                basis: basis.into(),
            };
            act.with(|wanted| wanted.digest()).unwrap()
        };
        let revocation = |key: &str, size, reason: Option<&str>, void_published| {
            let act = WantedAct::RevokeSigningKey {
                origin: "a/b/c".into(),
                is_identity: false,
                public_key: key.into(),
                trusted_size: size,
                reason: reason.map(str::to_owned),
                void_published,
            };
            act.with(|wanted| wanted.digest()).unwrap()
        };
        let all = [
            erasure("a/b/c", "1", "2", "3"),
            erasure("a/b/d", "1", "2", "3"),
            erasure("a/b/c", "0", "2", "3"),
            erasure("a/b/c", "1", "0", "3"),
            erasure("a/b/c", "1", "2", "0"),
            revocation("1", 2, None, false),
            revocation("0", 2, None, false),
            revocation("1", 0, None, false),
            revocation("1", 2, Some(""), false),
            revocation("1", 2, None, true),
            token(&["a"]).with(|wanted| wanted.digest()).unwrap(),
            token(&["b"]).with(|wanted| wanted.digest()).unwrap(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{at}");
        }
    }
}

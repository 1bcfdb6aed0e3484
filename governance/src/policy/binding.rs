//! Bindings: which policies govern which requests.

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, policy::Compatibility};

/// Which names something is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Selector {
    /// All.
    #[default]
    Any,
    /// Those that begin so.
    Prefix(String),
    /// This one.
    Exact(String),
}

impl Selector {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Prefix(prefix) => name.starts_with(prefix),
            Self::Exact(exact) => name == exact,
        }
    }

    /// The more specific of two that fit the same name is the greater.
    fn rank(&self) -> usize {
        match self {
            Self::Any => 0,
            Self::Prefix(prefix) => prefix.len() + 1,
            Self::Exact(_) => usize::MAX,
        }
    }
}

/// Which requests a binding is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Of which agents.
    pub agent: Selector,
    /// Of which principals.
    pub principal: Selector,
    /// For which acts, by name.
    pub act: Selector,
}

impl Target {
    /// Whether it is about such a request.
    pub fn fits(&self, agent: &str, principal: &str, act: &str) -> bool {
        self.agent.fits(agent) && self.principal.fits(principal) && self.act.fits(act)
    }

    /// Of two that fit the same request the greater governs: by the agent first, then the principal, then the act. Two are
    /// equal only if they are the same target.
    pub fn rank(&self) -> [usize; 3] {
        [self.agent.rank(), self.principal.rank(), self.act.rank()]
    }
}

/// A binding, as its record has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Its name; a later binding of the same name takes its place.
    pub name: String,
    /// Which requests it is about.
    pub target: Target,
    /// The digest of the composed policy of AIGC's kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aigc: Option<Digest>,
    /// The digest of the policy of the kind `gate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Digest>,
    /// The digest of the policy of AEGIS' kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aegis: Option<Digest>,
    /// Whose rules hold.
    pub compatibility: Compatibility,
    /// Whether AIGC's strict mode holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict_mode: bool,
    /// Further patterns that are taken out of messages, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redaction: Vec<(String, String)>,
    /// Whether decisions under it only show what they would be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

impl Binding {
    /// The digests of its policies, in the order in which decisions name them.
    pub fn policies(&self) -> Vec<Digest> {
        let of_kinds = [self.aigc, self.gate, self.aegis];
        of_kinds.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_specific_target_is_the_greater() {
        let exact = |name: &str| Selector::Exact(name.to_owned());
        let prefix = |name: &str| Selector::Prefix(name.to_owned());
        let of = |agent, act| Target {
            agent,
            act,
            ..Target::default()
        };
        let ascending = [
            Target::default(),
            of(Selector::Any, exact("pay")),
            of(prefix("lo"), Selector::Any),
            of(prefix("loan"), Selector::Any),
            of(exact("loan-1"), Selector::Any),
            of(exact("loan-1"), exact("pay")),
        ];
        assert!(
            ascending
                .iter()
                .all(|target| target.fits("loan-1", "p", "pay"))
        );
        assert!(
            ascending
                .windows(2)
                .all(|pair| pair[0].rank() < pair[1].rank())
        );
        assert!(!ascending[4].fits("loan-10", "p", "pay"));
    }
}

//! What a token is for, as its maker says it: each of some roles in each of some places.

use super::record::TokenGrant;
use crate::{
    limits::{TOKEN_GRANTS_MAX, TOKEN_SOURCES_MAX},
    reach::Reach,
    role::Role,
    sources::SourcePattern,
};

/// Each of these roles in each of these places. Sources bind its role of a writer, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRights {
    /// The roles; at least one.
    pub roles: Vec<Role>,
    /// The places; at least one.
    pub on: Vec<Reach>,
    /// The sources whose events a writer may append. Empty: all of them.
    pub sources: Vec<SourcePattern>,
}

/// Which part of what was asked for can't be, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct RightsError {
    /// `roles`, `on` or `sources`.
    pub field: &'static str,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl TokenRights {
    /// What these texts say.
    pub fn parse(roles: &[String], on: &[String], sources: &[String]) -> Result<Self, RightsError> {
        // Before anything is multiplied.
        if roles.len().saturating_mul(on.len()) > TOKEN_GRANTS_MAX {
            let problem = format!(
                "{} roles in {} places are more than the {TOKEN_GRANTS_MAX} that a token may have",
                roles.len(),
                on.len()
            );
            return Err(wrong("on", problem));
        }
        if sources.len() > TOKEN_SOURCES_MAX {
            let problem = format!("a token names at most {TOKEN_SOURCES_MAX} sources");
            return Err(wrong("sources", problem));
        }
        let rights = Self {
            roles: each("roles", roles, |text| {
                Role::from_name(text).ok_or_else(|| {
                    let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
                    format!("there is no role {text:?}; there are {}", names.join(", "))
                })
            })?,
            on: each("on", on, |text| {
                Reach::parse(text).map_err(|error| error.to_string())
            })?,
            sources: each("sources", sources, |text| {
                SourcePattern::parse(text).map_err(|error| error.to_string())
            })?,
        };
        for (field, is_empty) in [
            ("roles", rights.roles.is_empty()),
            ("on", rights.on.is_empty()),
        ] {
            if is_empty {
                let problem = "must not be empty: a token has at least one role in one place";
                return Err(wrong(field, problem.to_owned()));
            }
        }
        if !rights.sources.is_empty() && !rights.roles.contains(&Role::Writer) {
            let problem = "sources are for the role writer alone, which this token has not";
            return Err(wrong("sources", problem.to_owned()));
        }
        Ok(rights)
    }

    /// One by one.
    pub fn grants(&self) -> Vec<TokenGrant> {
        let of_role = |role: &Role| {
            let role = *role;
            self.on.iter().map(move |reach| TokenGrant {
                role,
                reach: reach.clone(),
                sources: match role {
                    Role::Writer => self.sources.clone(),
                    _ => Vec::new(),
                },
            })
        };
        self.roles.iter().flat_map(of_role).collect()
    }

    /// The texts again: roles, places, sources.
    pub fn texts(&self) -> (Vec<String>, Vec<String>, Vec<String>) {
        (
            self.roles
                .iter()
                .map(|role| role.name().to_owned())
                .collect(),
            self.on.iter().map(Reach::to_string).collect(),
            self.sources.iter().map(SourcePattern::to_string).collect(),
        )
    }
}

/// What each text says. Two that say the same are one too many.
fn each<T: PartialEq>(
    field: &'static str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, RightsError> {
    let mut found = Vec::with_capacity(texts.len());
    for text in texts {
        let one = parse(text).map_err(|problem| wrong(field, problem))?;
        if found.contains(&one) {
            return Err(wrong(field, format!("{text:?} is there twice")));
        }
        found.push(one);
    }
    Ok(found)
}

fn wrong(field: &'static str, problem: String) -> RightsError {
    RightsError { field, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(roles: &[&str], on: &[&str], sources: &[&str]) -> Result<TokenRights, RightsError> {
        let texts = |all: &[&str]| {
            all.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        TokenRights::parse(&texts(roles), &texts(on), &texts(sources))
    }

    #[test]
    fn each_role_is_granted_in_each_place_and_sources_bind_the_writer() {
        let rights = parse(&["writer", "reader"], &["pay*", "hr"], &["urn:a*"]).unwrap();
        let grants = rights.grants();
        let told: Vec<_> = grants
            .iter()
            .map(|grant| {
                (
                    grant.role.name(),
                    grant.reach.to_string(),
                    grant.sources.len(),
                )
            })
            .collect();
        let expected = [
            ("writer", "pay*", 1),
            ("writer", "hr", 1),
            ("reader", "pay*", 0),
            ("reader", "hr", 0),
        ];
        let expected = expected.map(|(role, on, sources)| (role, on.to_owned(), sources));
        assert_eq!(told, expected);
        let (roles, on, sources) = rights.texts();
        assert_eq!(TokenRights::parse(&roles, &on, &sources), Ok(rights));
    }

    #[test]
    fn what_can_t_be_a_token_is_named_by_its_field() {
        let many: Vec<_> = (0..=TOKEN_GRANTS_MAX).map(|n| format!("l{n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        for (roles, on, sources, field) in [
            (&["god"][..], &["a"][..], &[][..], "roles"),
            (&[], &["a"], &[], "roles"),
            (&["reader", "reader"], &["a"], &[], "roles"),
            (&["reader"], &[], &[], "on"),
            (&["reader"], &["A"], &[], "on"),
            (&["reader"], &["a", "a"], &[], "on"),
            (&["reader"], &many, &[], "on"),
            (&["reader"], &["a"], &["urn:x"], "sources"),
            (&["writer"], &["a"], &["urn x"], "sources"),
            (
                &["writer"],
                &["a"],
                &many[..TOKEN_SOURCES_MAX + 1],
                "sources",
            ),
        ] {
            let refused = parse(roles, on, sources).unwrap_err();
            assert_eq!(refused.field, field, "{roles:?} {on:?}: {refused}");
        }
    }
}

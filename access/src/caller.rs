//! Who calls, as the transport found out.

use crate::{
    hash::Hash,
    limits::CALLER_NAMES_MAX,
    principal::{Method, Principal, PrincipalError},
};

/// Why what the transport found out makes no caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// The name itself is not one.
    #[error("the caller has no name that can be bound: {0}")]
    Name(#[from] PrincipalError),
    /// A certificate without a name.
    #[error(
        "the certificate has no DNS name and no SPIFFE id that can be bound; issue one that has"
    )]
    CertificateUnnamed,
    /// A certificate with two SPIFFE ids, which the SPIFFE standard forbids.
    #[error("the certificate has {found} URI names, a SPIFFE id must be the only one")]
    SpiffeIds {
        /// How many.
        found: usize,
    },
    /// More names and groups than are looked up.
    #[error("the caller has {found} names and groups, at most {CALLER_NAMES_MAX} are taken")]
    TooMany {
        /// How many.
        found: usize,
    },
}

/// Who calls. Made once for each connection or token, and asked about as often as there are calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The principal first, then its other names, then its groups.
    names: Vec<Known>,
    /// How many of them are names and not groups.
    own: usize,
    method: Method,
    /// Whoever made the token that it bears, by all of their names.
    makers: Vec<Principal>,
    expires: Option<u64>,
}

/// A name and what a table finds it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) principal: Principal,
    pub(crate) hash: u64,
}

impl Caller {
    /// A user of this machine: by number always, and by name where the system has one. The same of each group.
    pub fn unix(
        uid: u32,
        name: Option<&str>,
        groups: &[(u32, Option<&str>)],
    ) -> Result<Self, CallerError> {
        let number = Principal::unix_user(uid)?;
        // A name that can't be written as a principal can't be bound either.
        let named = name.and_then(|name| Principal::unix_user_named(name).ok());
        // A group of another namespace is any group.
        let known = groups
            .iter()
            .filter(|(gid, _)| Principal::unix_group(*gid).is_ok());
        let groups = known.flat_map(|(gid, name)| {
            let named = name.and_then(|name| Principal::unix_group_named(name).ok());
            named.into_iter().chain(Principal::unix_group(*gid).ok())
        });
        let own = named.into_iter().chain([number]).collect();
        Self::new(own, groups.collect(), Method::UnixSocket)
    }

    /// The holder of a certificate: its SPIFFE id if it has one, and each of its DNS names. Wildcards name nobody.
    pub fn certificate(uris: &[&str], dns: &[&str]) -> Result<Self, CallerError> {
        let is_spiffe = |uri: &&str| uri.starts_with("spiffe:");
        if uris.iter().any(&is_spiffe) && uris.len() > 1 {
            return Err(CallerError::SpiffeIds { found: uris.len() });
        }
        let mut own = Vec::with_capacity(uris.len() + dns.len());
        for uri in uris.iter().copied().filter(is_spiffe) {
            own.push(Principal::parse(uri)?);
        }
        own.extend(dns.iter().filter_map(|name| Principal::dns(name).ok()));
        if own.is_empty() {
            return Err(CallerError::CertificateUnnamed);
        }
        Self::new(own, Vec::new(), Method::Certificate)
    }

    /// Whom an issuer's token names, and its groups. A group that can't be written as a principal can't be bound either.
    pub fn jwt<'a>(
        issuer: &str,
        subject: &str,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, CallerError> {
        let own = Principal::jwt(issuer, subject)?;
        let groups = groups
            .into_iter()
            .filter_map(|group| Principal::jwt_group(issuer, group).ok());
        Self::new(vec![own], groups.collect(), Method::Jwt)
    }

    /// The bearer of a token. Whoever made it answers for it.
    pub(crate) fn token(token: &Principal, makers: Vec<Principal>) -> Result<Self, CallerError> {
        let mut caller = Self::new(vec![token.clone()], Vec::new(), Method::Token)?;
        caller.makers = makers;
        Ok(caller)
    }

    /// Somebody with these names and groups, to find out what they could do. Nobody has shown anything.
    pub fn supposed(names: Vec<Principal>) -> Result<Self, CallerError> {
        let (groups, own): (Vec<_>, Vec<_>) = names.into_iter().partition(Principal::is_group);
        Self::new(own, groups, Method::Nothing)
    }

    /// The same caller, until its token or certificate expires: nanoseconds since 1970 UTC.
    #[must_use]
    pub fn until(mut self, expires: u64) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Whoever is on this machine, where nobody is asked who they are.
    pub fn insecure_local() -> Self {
        Self {
            names: vec![Known::new(Principal::insecure_local())],
            own: 1,
            method: Method::Nothing,
            makers: Vec::new(),
            expires: None,
        }
    }

    fn new(
        own: Vec<Principal>,
        groups: Vec<Principal>,
        method: Method,
    ) -> Result<Self, CallerError> {
        let found = own.len() + groups.len();
        if found > CALLER_NAMES_MAX {
            return Err(CallerError::TooMany { found });
        }
        Ok(Self {
            own: own.len(),
            names: own.into_iter().chain(groups).map(Known::new).collect(),
            method,
            makers: Vec::new(),
            expires: None,
        })
    }

    /// Who it is, as records name it.
    pub fn principal(&self) -> &Principal {
        &self.names[0].principal
    }

    /// How it showed that.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Who made the token that it bears, if it bears one.
    pub fn maker(&self) -> Option<&Principal> {
        self.makers.first()
    }

    /// Whether what it showed has expired. A decision does not look at the time, so a call that lasts asks this again.
    pub fn has_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    /// When what it showed expires, in nanoseconds since 1970 UTC; nothing, if that is not known.
    pub fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// All names and groups, the principal first.
    pub fn names(&self) -> impl Iterator<Item = &Principal> {
        self.names.iter().map(|known| &known.principal)
    }

    /// Everybody whom this caller may be: its own names, and whoever made its token. Groups are not among them.
    pub fn persons(&self) -> impl Iterator<Item = &Principal> {
        self.names().take(self.own).chain(&self.makers)
    }

    /// Its own names beside the principal. Groups are not among them, nor is whoever made its token.
    pub fn other_names(&self) -> impl Iterator<Item = &Principal> {
        self.names().take(self.own).skip(1)
    }

    /// Whether it may be anybody on this machine: nobody was asked who they are, or nobody was when its token was made. So
    /// it is no first and no second person.
    pub fn may_be_anybody(&self) -> bool {
        self.persons().any(Principal::is_insecure)
    }

    /// Whether the two may be one person.
    pub fn may_be_the_same_as(&self, persons: &[Principal]) -> bool {
        self.persons().any(|person| persons.contains(person))
    }

    pub(crate) fn known(&self) -> &[Known] {
        &self.names
    }
}

impl Known {
    fn new(principal: Principal) -> Self {
        Self {
            hash: Hash::NEW.with(principal.as_str().as_bytes()).finish(),
            principal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(caller: &Caller) -> Vec<&str> {
        caller.names().map(Principal::as_str).collect()
    }

    #[test]
    fn a_user_is_found_by_name_and_number() {
        let caller = Caller::unix(1000, Some("alice"), &[(50, Some("staff")), (7, None)]).unwrap();
        assert_eq!(
            texts(&caller),
            [
                "unix:alice",
                "unix:#1000",
                "unix-group:staff",
                "unix-group:#50",
                "unix-group:#7"
            ]
        );
        let persons: Vec<_> = caller.persons().map(Principal::as_str).collect();
        assert_eq!(persons, ["unix:alice", "unix:#1000"]);
        let others: Vec<_> = caller.other_names().map(Principal::as_str).collect();
        assert_eq!(others, ["unix:#1000"]);
        let unnamed = Caller::unix(1000, Some("1000"), &[]).unwrap();
        assert_eq!(texts(&unnamed), ["unix:#1000"]);
        assert!(Caller::unix(65_534, Some("nobody"), &[]).is_err());
        let elsewhere = Caller::unix(7, None, &[(65_534, Some("nogroup")), (8, None)]).unwrap();
        assert_eq!(texts(&elsewhere), ["unix:#7", "unix-group:#8"]);
    }

    #[test]
    fn a_certificate_names_its_holder() {
        let both = Caller::certificate(&["spiffe://e.org/a"], &["A.e.org", "*.e.org"]).unwrap();
        assert_eq!(texts(&both), ["spiffe://e.org/a", "dns:a.e.org"]);
        let dns = Caller::certificate(&["https://e.org/"], &["a.e.org"]).unwrap();
        assert_eq!(dns.principal().as_str(), "dns:a.e.org");
        let wildcard = Caller::certificate(&[], &["*.e.org"]);
        assert_eq!(wildcard, Err(CallerError::CertificateUnnamed));
        for uris in [
            ["spiffe://e.org/a", "spiffe://e.org/b"],
            ["spiffe://e.org/a", "https://e.org/"],
        ] {
            let several = Caller::certificate(&uris, &[]);
            assert_eq!(several, Err(CallerError::SpiffeIds { found: 2 }));
        }
        // It must not be taken for somebody else by its other name.
        assert!(Caller::certificate(&["spiffe://E.org/a"], &["a.e.org"]).is_err());
    }

    #[test]
    fn a_token_is_its_maker_s() {
        let alice = Principal::parse("unix:alice").unwrap();
        let token = Principal::token("4Kd02Lmx").unwrap();
        let caller = Caller::token(&token, vec![alice.clone()]).unwrap();
        assert_eq!(caller.principal().as_str(), "token:4Kd02Lmx");
        assert!(caller.may_be_the_same_as(&[alice]));
        assert_eq!(texts(&caller), ["token:4Kd02Lmx"]);
        assert_eq!(caller.other_names().count(), 0);
    }

    #[test]
    fn groups_that_can_t_be_bound_are_left_out() {
        let caller = Caller::jwt("https://i.example", "s", ["a", "", "б", "a\nb"]).unwrap();
        assert_eq!(
            texts(&caller),
            ["jwt:https://i.example#s", "jwt-group:https://i.example#a"]
        );
        assert!(Caller::jwt("https://i.example", "", []).is_err());
        let many: Vec<String> = (0..CALLER_NAMES_MAX).map(|n| n.to_string()).collect();
        let many = many.iter().map(String::as_str);
        let found = CALLER_NAMES_MAX + 1;
        let refused = Caller::jwt("https://i.example", "s", many);
        assert_eq!(refused, Err(CallerError::TooMany { found }));
    }
}

//! Names of callers and groups, each in one text form.

use std::fmt;

mod form;

pub use form::PrincipalError;
pub(crate) use form::{Kind, check_issuer};

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The kernel says so of the peer of a Unix socket.
    UnixSocket,
    /// A client's certificate, checked in the TLS handshake.
    Certificate,
    /// A token of this daemon.
    Token,
    /// A token of an issuer.
    Jwt,
    /// Nobody was asked.
    Nothing,
}

impl Method {
    /// The name in records and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnixSocket => "unix-socket",
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::Jwt => "jwt",
            Self::Nothing => "nothing",
        }
    }
}

/// Who somebody is, or which group they are in. Its text is all of it: two principals are the same if their texts are.
///
/// | text | who |
/// | --- | --- |
/// | `unix:alice`, `unix:#1000` | a user of this machine, by name or by number |
/// | `unix-group:staff`, `unix-group:#50` | a group of this machine |
/// | `spiffe://example.org/payments` | a client certificate's SPIFFE id |
/// | `dns:payments.example.org` | a client certificate's DNS name |
/// | `token:4Kd02Lmx` | a token, by its id |
/// | `jwt:https://id.example.org#alice` | what an issuer calls a subject |
/// | `jwt-group:https://id.example.org#staff` | a group that an issuer puts a subject into |
/// | `insecure:local` | whoever is on this machine, where nobody is asked who they are |
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    text: Box<str>,
    kind: Kind,
}

impl Principal {
    /// The principal that a text names. Only the one form of each is accepted.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let kind = form::check(text)?;
        Ok(Self {
            text: text.into(),
            kind,
        })
    }

    /// A user of this machine. The kernel's numbers for *nobody that you know* are not users.
    pub fn unix_user(uid: u32) -> Result<Self, PrincipalError> {
        Self::parse(&format!("unix:#{uid}"))
    }

    /// A user of this machine by the name that its system has for the number.
    pub fn unix_user_named(name: &str) -> Result<Self, PrincipalError> {
        Self::parse(&format!("unix:{name}"))
    }

    /// A group of this machine.
    pub fn unix_group(gid: u32) -> Result<Self, PrincipalError> {
        Self::parse(&format!("unix-group:#{gid}"))
    }

    /// A group of this machine by the name that its system has for the number.
    pub fn unix_group_named(name: &str) -> Result<Self, PrincipalError> {
        Self::parse(&format!("unix-group:{name}"))
    }

    /// A DNS name of a client's certificate. Case does not count in DNS.
    pub fn dns(name: &str) -> Result<Self, PrincipalError> {
        Self::parse(&format!("dns:{}", name.to_ascii_lowercase()))
    }

    /// A token, by its id.
    pub fn token(id: &str) -> Result<Self, PrincipalError> {
        Self::parse(&format!("token:{id}"))
    }

    /// What an issuer calls a subject.
    pub fn jwt(issuer: &str, subject: &str) -> Result<Self, PrincipalError> {
        form::check_issuer(issuer)?;
        Self::parse(&format!("jwt:{issuer}#{subject}"))
    }

    /// A group that an issuer puts a subject into.
    pub fn jwt_group(issuer: &str, group: &str) -> Result<Self, PrincipalError> {
        form::check_issuer(issuer)?;
        Self::parse(&format!("jwt-group:{issuer}#{group}"))
    }

    /// Whoever is on this machine, where nobody is asked who they are.
    pub fn insecure_local() -> Self {
        Self {
            text: form::INSECURE_LOCAL.into(),
            kind: Kind::InsecureLocal,
        }
    }

    /// Whether people may stand behind it: not a token, nor whoever is on the machine.
    pub fn may_be_a_person(&self) -> bool {
        !matches!(self.kind, Kind::Token | Kind::InsecureLocal)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a group, which nobody is, but has.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::UnixGroup | Kind::JwtGroup)
    }

    /// Whether it is a token.
    pub fn is_token(&self) -> bool {
        self.kind == Kind::Token
    }

    /// The issuer who names it, if one does.
    pub fn issuer(&self) -> Option<&str> {
        let named = match self.kind {
            Kind::Jwt => self.text.strip_prefix("jwt:"),
            Kind::JwtGroup => self.text.strip_prefix("jwt-group:"),
            _ => None,
        };
        Some(named?.split_once('#')?.0)
    }

    /// How one shows that one is this principal, or in this group.
    pub fn method(&self) -> Method {
        match self.kind {
            Kind::UnixUser | Kind::UnixGroup => Method::UnixSocket,
            Kind::Spiffe | Kind::Dns => Method::Certificate,
            Kind::Token => Method::Token,
            Kind::Jwt | Kind::JwtGroup => Method::Jwt,
            Kind::InsecureLocal => Method::Nothing,
        }
    }

    /// Whether nobody was asked who they are.
    pub fn is_insecure(&self) -> bool {
        self.kind == Kind::InsecureLocal
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_back_to_its_text() {
        for text in [
            "unix:alice",
            "unix:#1000",
            "unix:#0",
            r"unix:CORP\alice",
            "unix:alice@corp.example",
            "unix:machine$",
            "unix-group:staff",
            "unix-group:#50",
            "spiffe://example.org/ns/prod/sa/payments",
            "spiffe://example.org",
            "dns:payments.example.org",
            "dns:xn--mnchen-3ya.example",
            "token:4Kd02Lmx",
            "jwt:https://id.example.org#alice",
            "jwt:https://id.example.org/realms/a#auth0|42#x",
            "jwt:http://127.0.0.1:8080#a",
            "jwt-group:https://id.example.org#Domain Admins",
            "insecure:local",
        ] {
            let principal =
                Principal::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(principal.to_string(), text);
            assert_eq!(principal.is_group(), text.contains("-group:"), "{text}");
        }
    }

    #[test]
    fn constructors_give_what_is_parsed() {
        let parse = |text| Principal::parse(text).unwrap();
        assert_eq!(Principal::unix_user(7).unwrap(), parse("unix:#7"));
        assert_eq!(Principal::unix_group(7).unwrap(), parse("unix-group:#7"));
        assert_eq!(
            Principal::dns("A.Example.ORG").unwrap(),
            parse("dns:a.example.org")
        );
        assert_eq!(
            Principal::jwt("https://i.example", "s").unwrap(),
            parse("jwt:https://i.example#s")
        );
        assert_eq!(Principal::insecure_local(), parse("insecure:local"));
    }

    #[test]
    fn nobody_is_not_somebody() {
        for number in [65_534, u32::MAX] {
            let uid = number;
            let group = Principal::unix_group(number);
            assert_eq!(group, Err(PrincipalError::Nobody { number }));
            assert_eq!(
                Principal::unix_user(uid),
                Err(PrincipalError::Nobody { number })
            );
            assert!(Principal::parse(&format!("unix:#{uid}")).is_err());
        }
        assert!(Principal::unix_user(65_533).is_ok());
    }

    /// An issuer must not be able to speak for another one by what it calls a subject, or the other way round.
    #[test]
    fn an_issuer_speaks_for_its_own_subjects_only() {
        assert!(Principal::jwt("https://evil.example#", "x").is_err());
        assert!(Principal::jwt("https://id.example#a", "b").is_err());
        let honest = Principal::jwt("https://id.example", "a#b").unwrap();
        assert_eq!(honest.as_str(), "jwt:https://id.example#a#b");
    }

    #[test]
    fn what_may_be_taken_for_another_is_refused() {
        for text in [
            "",
            "alice",
            "unix:",
            "unix:1000",
            "unix:#",
            "unix:#01",
            "unix:#-1",
            "unix:#4294967296",
            "unix:-alice",
            "unix:al ice",
            "unix:аlice",
            "unix:alice\u{200b}",
            "unix:alice\n",
            "UNIX:alice",
            "unix :alice",
            "user:alice",
            "spiffe://Example.org/a",
            "spiffe://example.org/",
            "spiffe://example.org//a",
            "spiffe://example.org/../a",
            "spiffe://example.org/a?b",
            "spiffe://example.org/a#b",
            "spiffe://example.org/%61",
            "spiffe://example.org:80/a",
            "spiffe://u@example.org/a",
            "spiffe:///a",
            "dns:",
            "dns:*.example.org",
            "dns:Example.org",
            "dns:example.org.",
            "dns:.example.org",
            "dns:a..b",
            "dns:-a.example",
            "dns:a-.example",
            "dns:192.0.2.1",
            "dns:exаmple.org",
            "dns:a_b.example",
            "token:",
            "token:4Kd02Lm",
            "token:4Kd02Lmx9",
            "token:4Kd02Lm-",
            "jwt:https://id.example.org",
            "jwt:https://id.example.org#",
            "jwt:#alice",
            "jwt:id.example.org#alice",
            "jwt:https://ID.example.org#alice",
            "jwt:https://id.example.org?x#alice",
            "jwt:https://u@id.example.org#alice",
            "jwt:https://#alice",
            "jwt:https://id.example.org# alice",
            "jwt:https://id.example.org#alice ",
            "jwt:https://id.example.org#a  b",
            "jwt:https://id.example.org#а",
            "jwt:https://id.example.org#a\tb",
            "insecure:",
            "insecure:remote",
        ] {
            assert!(Principal::parse(text).is_err(), "{text:?}");
        }
        let long = format!("unix:{}", "a".repeat(PRINCIPAL_BYTES));
        assert!(Principal::parse(&long).is_err());
    }

    const PRINCIPAL_BYTES: usize = crate::limits::PRINCIPAL_BYTES_MAX;
}

//! Which other names and groups a caller may have, for all that is known from a configuration file.

use indelible_access::{Method, Principal};

/// Whether whoever has these names may also have this one, or be in this group. Nobody knows from a file in which groups a
/// user is or an issuer puts a subject, or which number a user has.
pub(super) fn may_be_also(who: &[Principal], other: &Principal) -> bool {
    let own: Vec<_> = who
        .iter()
        .filter(|one| !one.is_group() && one.method() == other.method())
        .collect();
    // Who asks about a group alone asks about no member of it.
    if own.is_empty() || who.contains(other) {
        return false;
    }
    match other.method() {
        Method::UnixSocket if other.is_group() => true,
        // There is one user with the number 0, by whatever name.
        Method::UnixSocket => {
            other.as_str() != "unix:#0" && own.iter().all(|one| is_number(one) != is_number(other))
        }
        Method::Jwt => other.is_group() && own.iter().any(|one| one.issuer() == other.issuer()),
        Method::Certificate | Method::Token | Method::Nothing => false,
    }
}

/// Whether a certificate with these names may have this one, too: it has one SPIFFE id, and any number of DNS names.
pub(super) fn may_be_in_its_certificate(who: &[Principal], other: &Principal) -> bool {
    let is_spiffe = |one: &Principal| one.as_str().starts_with("spiffe:");
    let own: Vec<_> = who
        .iter()
        .filter(|one| one.method() == Method::Certificate)
        .collect();
    let is_free = !is_spiffe(other) || !own.iter().any(|one| is_spiffe(one));
    other.method() == Method::Certificate && !own.is_empty() && !who.contains(other) && is_free
}

fn is_number(user: &Principal) -> bool {
    user.as_str().starts_with("unix:#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_be_in_any_group_and_have_any_number_but_no_other_name() {
        let principal = |text: &str| Principal::parse(text).unwrap();
        for (who, other, expected) in [
            (&["unix:alice"][..], "unix-group:staff", true),
            (&["unix:alice"], "unix:bob", false),
            (&["unix:alice"], "unix:#1000", true),
            (&["unix:alice"], "unix:#0", false),
            (&["unix:alice", "unix:#7"], "unix:#1000", false),
            (&["unix-group:staff"], "unix-group:other", false),
            (&["unix-group:staff"], "unix:alice", false),
            (
                &["jwt:https://i.example#a"],
                "jwt-group:https://i.example#g",
                true,
            ),
            (
                &["jwt:https://i.example#a"],
                "jwt-group:https://o.example#g",
                false,
            ),
            (
                &["jwt:https://i.example#a"],
                "jwt:https://i.example#b",
                false,
            ),
            (&["jwt:https://i.example#a"], "unix-group:staff", false),
            (&["dns:a.example"], "dns:b.example", false),
            (&["token:4Kd02Lmx"], "unix-group:staff", false),
        ] {
            let names: Vec<_> = who.iter().map(|text| principal(text)).collect();
            let found = may_be_also(&names, &principal(other));
            assert_eq!(found, expected, "{who:?} and {other}");
        }
    }

    #[test]
    fn a_certificate_has_one_spiffe_id_and_any_dns_names() {
        let principal = |text: &str| Principal::parse(text).unwrap();
        for (who, other, expected) in [
            ("spiffe://a.example/x", "dns:b.example", true),
            ("spiffe://a.example/x", "spiffe://a.example/y", false),
            ("dns:b.example", "spiffe://a.example/y", true),
            ("dns:b.example", "dns:c.example", true),
            ("unix:alice", "dns:c.example", false),
        ] {
            let found = may_be_in_its_certificate(&[principal(who)], &principal(other));
            assert_eq!(found, expected, "{who} and {other}");
        }
    }
}

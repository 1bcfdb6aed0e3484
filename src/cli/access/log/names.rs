//! Under which names a caller is looked for.

use indelible_access::{Method, Principal};
use indelible_proto::v1::LedgerRecord;

use super::entry::fact;
use crate::cli::connection::Connection;

/// All names of one caller that are known here.
pub(super) struct Names {
    all: Vec<Principal>,
    /// Whether it should be a user of this machine, and there is none.
    is_nobody_here: bool,
}

/// Whether a record is of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// It names the caller.
    Theirs,
    /// It does not.
    Others,
    /// Its caller had more names than the record tells, so this may be one of them.
    MayBeTheirs,
}

impl Names {
    /// Those of the principal that was asked for. A user of this machine has a name and a number; the daemon is on this
    /// machine if it is reached over a socket. Records of earlier versions have only one of the two.
    pub(super) fn of(principal: &Principal, connection: &Connection) -> Self {
        let is_here = connection.is_of_this_machine();
        let other = match is_here {
            true => indelible_server::other_principal(principal),
            false => None,
        };
        Self {
            is_nobody_here: is_here && principal.method() == Method::UnixSocket && other.is_none(),
            all: [principal.clone()].into_iter().chain(other).collect(),
        }
    }

    /// The names, for people.
    pub(super) fn told(&self) -> String {
        let names: Vec<_> = self.all.iter().map(Principal::as_str).collect();
        let names = names.join(" and ");
        match self.is_nobody_here {
            true => format!("{names} (this machine has no such user)"),
            false => names,
        }
    }

    /// Each as the one that records name first, where the caller has no other: then nothing else needs to be read.
    pub(super) fn only(&self) -> Option<&Principal> {
        match self.all.as_slice() {
            [only] if !may_be_second(only) => Some(only),
            _ => None,
        }
    }

    /// Whose act a record tells of.
    pub(super) fn whose(&self, record: &LedgerRecord) -> Whose {
        let Some(principal) = fact(record, "principal") else {
            return Whose::Others;
        };
        let others = fact(record, "other_names").unwrap_or_default();
        let mut all = [principal.as_str()].into_iter().chain(others.split(','));
        let is_one = |name: &str| self.all.iter().any(|one| one.as_str() == name);
        if all.any(is_one) {
            return Whose::Theirs;
        }
        match fact(record, "more_names").is_some() && self.all.iter().any(may_be_second) {
            true => Whose::MayBeTheirs,
            false => Whose::Others,
        }
    }
}

/// Whether callers have such a name beside the one that records name first.
fn may_be_second(principal: &Principal) -> bool {
    match principal.method() {
        Method::UnixSocket => true,
        Method::Certificate => !principal.as_str().starts_with("spiffe:"),
        Method::Token | Method::Jwt | Method::Nothing => false,
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{Event, FactValue, fact_value::Value};

    use super::*;

    fn names(names: &[&str]) -> Names {
        let names = names
            .iter()
            .map(|name| Principal::parse(name).expect("a name"));
        Names {
            all: names.collect(),
            is_nobody_here: false,
        }
    }

    fn record(facts: &[(&str, &str)]) -> LedgerRecord {
        let fact = |(name, text): &(&str, &str)| {
            let value = Some(Value::Text((*text).to_owned()));
            ((*name).to_owned(), FactValue { value })
        };
        LedgerRecord {
            event: Some(Event {
                facts: facts.iter().map(fact).collect(),
                ..Event::default()
            }),
            ..LedgerRecord::default()
        }
    }

    #[test]
    fn any_name_of_a_caller_finds_what_they_did() {
        let root = record(&[("principal", "unix:root"), ("other_names", "unix:#0")]);
        let before = record(&[("principal", "unix:root")]);
        let till = record(&[
            ("principal", "spiffe://e.org/till"),
            ("other_names", "dns:a.e.org,dns:b.e.org"),
        ]);
        let many = record(&[
            ("principal", "spiffe://e.org/x"),
            ("other_names", "dns:x.e.org"),
            ("more_names", "true"),
        ]);
        let started = record(&[("version", "1")]);
        for (asked, of, whose) in [
            (&["unix:#0"][..], &root, Whose::Theirs),
            (&["unix:root"], &root, Whose::Theirs),
            (&["unix:#0"], &before, Whose::Others),
            (&["unix:#0", "unix:root"], &before, Whose::Theirs),
            (&["dns:b.e.org"], &till, Whose::Theirs),
            (&["dns:b.e"], &till, Whose::Others),
            (&["dns:b.e.org"], &many, Whose::MayBeTheirs),
            (&["token:4Kd02Lmx"], &many, Whose::Others),
            (&["unix:root"], &started, Whose::Others),
        ] {
            assert_eq!(names(asked).whose(of), whose, "{asked:?}: {of:?}");
        }
    }

    #[test]
    fn what_is_always_named_first_is_asked_for_by_that() {
        for (asked, is_only) in [
            (&["spiffe://e.org/till"][..], true),
            (&["token:4Kd02Lmx"], true),
            (&["dns:a.e.org"], false),
            (&["unix:#7"], false),
            (&["unix:#0", "unix:root"], false),
        ] {
            assert_eq!(names(asked).only().is_some(), is_only, "{asked:?}");
        }
    }
}

//! Where the daemon of a configuration is reached on this machine.

use indelible_server::config::{Config, ListenAddress, own_socket};

use super::check::{Check, warn};
use crate::cli::session::Session;

/// Where a configuration has its daemon listen.
pub(super) enum Listens {
    /// The configuration does not say it: it is where this user's own daemon would be.
    Unsaid,
    /// At these places, which are reached as they stand.
    Here(Vec<String>),
    /// At these places alone: with TLS, under a name that the configuration does not have, or at a port that is not known.
    Away(Vec<String>),
}

impl Listens {
    pub(super) fn of(config: &Config) -> Self {
        let own = ListenAddress::Socket(own_socket());
        let is_reached = |place: &&ListenAddress| match place {
            ListenAddress::Socket(_) => **place != own,
            ListenAddress::Loopback(address) => address.address().port() != 0,
            ListenAddress::Tls(_) => false,
        };
        let places = config.listen.iter();
        let here = places.clone().filter(is_reached);
        let mut here: Vec<_> = here.map(ToString::to_string).collect();
        match (here.is_empty(), config.listen.contains(&own)) {
            (true, true) => Self::Unsaid,
            (true, false) => Self::Away(places.map(ToString::to_string).collect()),
            (false, has_own) => {
                here.extend(has_own.then(|| own.to_string()));
                Self::Here(here)
            }
        }
    }

    /// What is told where nobody said how the daemon is reached. Another daemon may be where this user's own one would be.
    pub(super) fn unreached(&self, session: &Session) -> Option<Check> {
        match self {
            Self::Away(places) if session.connection.is_anywhere() => Some(unreached(places)),
            Self::Away(_) | Self::Here(_) | Self::Unsaid => None,
        }
    }

    /// Where the daemon of the configuration listens, if the one that is asked is not there.
    pub(super) fn elsewhere(&self, session: &Session) -> Option<String> {
        match self {
            Self::Here(places) => {
                let is_asked = |place: &String| session.connection.looks_at(place);
                (!places.iter().any(is_asked)).then(|| places.join(", "))
            }
            // A name for it is not in the configuration.
            Self::Away(_) | Self::Unsaid => None,
        }
    }
}

fn unreached(places: &[String]) -> Check {
    warn(
        "daemon",
        format!(
            "not looked at: the configuration has it listen at {}, which says no name or port to reach it by",
            places.join(", ")
        ),
        "name it with --address, for example https://NAME:PORT, and with --ca, --cert and --cert-key as for every command; \
         --offline looks at no daemon",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    #[test]
    fn a_daemon_that_has_no_address_to_try_is_named_and_not_another_one() {
        let check = unreached(&["0.0.0.0:7443".to_owned()]);
        assert_eq!(check.outcome, Outcome::Warn);
        assert!(check.found.contains("0.0.0.0:7443"), "{check:?}");
        assert!(check.remedy.unwrap().contains("--address"));
    }
}

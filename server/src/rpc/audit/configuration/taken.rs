//! Which configuration is in force, and since when, for operators.

use bytes::Bytes;
use indelible_proto::{time::timestamp, v1};

use super::Loaded;

/// What of a configuration its operators are told, and since when it is in force.
pub(crate) struct Taken {
    loaded: Loaded,
    /// Nanoseconds since 1970 UTC.
    at: u64,
}

impl Taken {
    /// The same file with the same settings is not taken anew: then it is in force since before.
    pub(crate) fn next(before: Option<Self>, loaded: &Loaded, now: u64) -> Self {
        match before {
            Some(before) if before.loaded == *loaded => before,
            _ => Self {
                loaded: loaded.clone(),
                at: now,
            },
        }
    }

    /// For the wire.
    pub(crate) fn status(&self) -> v1::ConfigurationStatus {
        let loaded = &self.loaded;
        let file = loaded.file.as_ref().map(<[u8; 32]>::as_slice);
        let waiting = loaded.waiting.iter();
        v1::ConfigurationStatus {
            taken_time: Some(timestamp(self.at)),
            file_sha256: file.map(Bytes::copy_from_slice).unwrap_or_default(),
            waiting_for_restart: waiting.map(|name| (*name).to_owned()).collect(),
            revoked_client_keys: loaded.revoked_client_keys as u64,
            quotas: loaded.quotas as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_configuration_is_in_force_since_it_was_first_taken_so() {
        let first = Loaded {
            version: "1",
            file: Some([7; 32]),
            settings: BTreeMap::new(),
            bindings: BTreeSet::new(),
            waiting: BTreeSet::new(),
            revoked_client_keys: 0,
            quotas: 0,
            rescue_recipients: Vec::new(),
        };
        let taken = Taken::next(None, &first, 1_000_000_000);
        let again = Taken::next(Some(taken), &first, 2_000_000_000);
        assert_eq!(again.at, 1_000_000_000);
        let other_words = Loaded {
            file: Some([8; 32]),
            waiting: ["listen"].into(),
            revoked_client_keys: 2,
            ..first
        };
        let status = Taken::next(Some(again), &other_words, 3_000_000_000).status();
        let seconds = status.taken_time.map(|time| time.seconds);
        assert_eq!(seconds, Some(3));
        assert_eq!(status.file_sha256, vec![8; 32]);
        assert_eq!(status.waiting_for_restart, ["listen"]);
        assert_eq!((status.revoked_client_keys, status.quotas), (2, 0));
    }
}

//! Which key is in force where: as the markers of rotations say, if they bind the old key to the new one.

use crate::import::{
    checked::{Code, Finding, Keyring},
    codeatelier::row::Row,
    python::{Object, Value},
};

/// What a key's fingerprint is the HMAC of.
const FINGERPRINT_OF: &[u8] = b"codeatelier.fingerprint.v1";

/// A key of the ring: its file, and its form.
type KeyNumber = (usize, usize);

/// The key that must be in force at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// No rotation is known: any key that was given.
    Any,
    /// This key.
    Key(KeyNumber),
    /// The key of this fingerprint, which was not given.
    Unknown(String),
}

#[derive(Debug, Clone)]
struct Marker {
    ordinal: u64,
    outgoing: Expected,
    incoming: Expected,
}

/// The rotations of an import.
#[derive(Debug, Clone, Default)]
pub(super) struct Rotations {
    /// Sorted by their place.
    markers: Vec<Marker>,
    surveyed: u64,
    placed: u64,
    current: Option<usize>,
}

impl Rotations {
    /// Changes of keys that are known otherwise: the place of each marker, the key before it and the key behind it.
    #[cfg(test)]
    pub(super) fn of(changes: impl Iterator<Item = (u64, KeyNumber, KeyNumber)>) -> Self {
        let markers = changes.map(|(ordinal, outgoing, incoming)| Marker {
            ordinal,
            outgoing: Expected::Key(outgoing),
            incoming: Expected::Key(incoming),
        });
        Self {
            markers: markers.collect(),
            ..Self::default()
        }
    }

    /// Takes in the next row, before any is checked. A marker is believed only if every key of its two that was given
    /// says so, and at least one was: otherwise whoever holds no key could move the segments.
    pub(super) fn survey(&mut self, row: &Row, keys: &Keyring) {
        self.surveyed += 1;
        let ordinal = row.chain_seq.unwrap_or(self.surveyed);
        if !row.is_rotation() {
            return;
        }
        let Some((outgoing, incoming)) = fingerprints(&row.metadata) else {
            return;
        };
        let payload = row.payload();
        let (outgoing, incoming) = (named(keys, outgoing), named(keys, incoming));
        let holds = |expected: &Expected, mac: Option<&str>| match expected {
            Expected::Key(number) => keys.numbered().any(|(other, key)| {
                other == *number && Some(key.authenticate(&payload).as_str()) == mac
            }),
            _ => true,
        };
        let is_known = |expected: &Expected| matches!(expected, Expected::Key(_));
        if (is_known(&outgoing) || is_known(&incoming))
            && holds(&outgoing, Some(&row.hmac))
            && holds(&incoming, row.hmac_next.as_deref())
        {
            let place = self
                .markers
                .partition_point(|marker| marker.ordinal < ordinal);
            let marker = Marker {
                ordinal,
                outgoing,
                incoming,
            };
            self.markers.insert(place, marker);
        }
    }

    /// The place of the next row among all.
    pub(super) fn place(&mut self, row: &Row) -> u64 {
        self.placed += 1;
        row.chain_seq.unwrap_or(self.placed)
    }

    /// The key in force at a place. A marker itself is still under the outgoing key.
    pub(super) fn expected(&self, ordinal: u64) -> Expected {
        let behind = self
            .markers
            .partition_point(|marker| marker.ordinal < ordinal);
        match (behind.checked_sub(1), self.markers.first()) {
            (Some(last), _) => self.markers[last].incoming.clone(),
            (None, Some(first)) => first.outgoing.clone(),
            (None, None) => Expected::Any,
        }
    }

    /// Whether the key changes with a row, where no marker speaks of it.
    pub(super) fn changes_to(&mut self, key: KeyNumber) -> bool {
        self.current
            .replace(key.0)
            .is_some_and(|before| before != key.0)
    }

    /// What is to be said of a marker whose own HMAC holds.
    pub(super) fn check_marker(&self, ordinal: u64) -> Option<Finding> {
        let is_believed = self.markers.iter().any(|marker| marker.ordinal == ordinal);
        (!is_believed).then(|| Finding::new(Code::MarkerInvalid))
    }

    /// The same rotations before any row was placed.
    pub(super) fn afresh(&self) -> Self {
        Self {
            markers: self.markers.clone(),
            ..Self::default()
        }
    }
}

fn fingerprints(metadata: &Object) -> Option<(&str, &str)> {
    let text = |name: &str| match metadata.of(name) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    Some((text("outgoing_fingerprint")?, text("incoming_fingerprint")?))
}

fn named(keys: &Keyring, fingerprint: &str) -> Expected {
    keys.numbered()
        .find(|(_, key)| key.authenticate(FINGERPRINT_OF) == fingerprint)
        .map_or_else(
            || Expected::Unknown(fingerprint.to_owned()),
            |(number, _)| Expected::Key(number),
        )
}

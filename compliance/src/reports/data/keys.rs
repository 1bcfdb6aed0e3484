//! What became of a ledger's keys, and what its records are held to, as a verification says it.

mod of_history;

use serde::{Deserialize, Serialize};

use crate::number::shown_number;

/// The first of some things, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed<T> {
    /// The first, in the order of the records.
    pub listed: Vec<T>,
    /// How many there are.
    pub total: u64,
}

/// All of it, in the order in which it is shown. Times are RFC 3339, keys and ids are hexadecimal, and reasons and
/// grounds are the operator's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFacts {
    /// The identities, genesis's first.
    pub identities: Listed<Identity>,
    /// The keys that were revoked.
    pub revocations: Listed<Revocation>,
    /// The KEKs under which wrapped keys lay.
    pub keks: Listed<Kek>,
    /// The ledger-wide data keys.
    pub data_keys: Listed<DataKey>,
    /// What was erased.
    pub erasures: Listed<Erasure>,
    /// The holds.
    pub holds: Listed<Hold>,
    /// The settings, in the order in which they came into force.
    pub settings: Listed<Settings>,
    /// Whether the settings before the first record of them are the operator's word.
    pub began_without_settings: bool,
    /// The producers.
    pub producers: Listed<Producer>,
    /// The disposals.
    pub disposals: Listed<Disposal>,
    /// The ledger that this one succeeds.
    pub predecessor: Option<Predecessor>,
    /// The end of the ledger's life.
    pub closed: Option<Closed>,
}

/// Declares what is said of one thing.
macro_rules! facts {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $of_field:literal])+ $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[doc = $of_field])+ pub $field: $kind,)* }
    };
}

facts! {
    /// An identity of the ledger.
    Identity {
        /// The record that introduced it.
        sequence: u64,
        /// When.
        time: String,
        /// Its first public key; none if that is of a type that is not known.
        key: Option<String>,
        /// The types of its keys that are not known.
        unknown_types: Vec<u8>,
        /// Whether the recovery key introduced it.
        by_recovery: bool,
        /// Whether a signature binds it to its record. Under the first draft of the format none did.
        place_signed: bool,
        /// Why.
        reason: Option<String>,
    }
}
facts! {
    /// A revocation.
    Revocation {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// The key, with its type in front if that is not known.
        key: String,
        /// Its type, if that is not known.
        unknown_type: Option<u8>,
        /// The last tree size at which it is trusted.
        size: u64,
        /// Why.
        reason: Option<String>,
    }
}
facts! {
    /// A KEK.
    Kek {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// Its id.
        kek: String,
        /// What kind of provider holds it.
        provider: String,
        /// Why.
        reason: Option<String>,
    }
}
facts! {
    /// A ledger-wide data key.
    DataKey {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// Its id.
        data_key: String,
    }
}
facts! {
    /// An erasure, as it is recorded.
    Erasure {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// On what ground.
        basis: String,
        /// How many data keys it names.
        data_keys: u64,
        /// How many of the bundle's records lie under a data key that it was the first to name.
        records: u64,
    }
}
facts! {
    /// A hold.
    Hold {
        /// The record that placed it.
        sequence: u64,
        /// When.
        time: String,
        /// Its id.
        hold: String,
        /// On how many data keys it is; none means the whole ledger.
        data_keys: Option<u64>,
        /// Why.
        reason: Option<String>,
        /// What released it.
        released: Option<Released>,
    }
}
facts! {
    /// The release of a hold.
    Released {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
    }
}
facts! {
    /// Settings that came into force.
    Settings {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// Which events are encrypted: `subjects` or `all`.
        encryption: String,
        /// Whether decryptions are recorded.
        access_trail: bool,
        /// Whether events that break the conventions of their type are refused.
        conventions: bool,
        /// The sources whose events producers must sign.
        signed_sources: Vec<String>,
        /// The rules of retention.
        retention: Vec<RetentionRule>,
        /// Why.
        reason: Option<String>,
    }
}
facts! {
    /// A rule of retention.
    RetentionRule {
        /// Its name.
        name: String,
        /// `erase` or `archive`.
        action: String,
        /// Of which parts.
        parts: String,
        /// After how many days.
        after_days: u64,
        /// From when they count.
        clock: String,
        /// On what ground.
        basis: String,
        /// Of which type of event alone.
        r#type: Option<String>,
        /// Of which classification alone.
        classification: Option<String>,
    }
}
facts! {
    /// A producer whose key was registered.
    Producer {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// Whose key it is, in the operator's words.
        name: String,
        /// The key.
        key: String,
        /// The only sources that it may sign for; empty if it may sign for all.
        sources: Vec<String>,
        /// What was said when it was revoked.
        revoked: Option<ProducerRevoked>,
        /// How many events it signed, among those of the bundle that can be read.
        signed: u64,
        /// For how many of those its signature counts for nothing.
        void: u64,
    }
}
facts! {
    /// The revocation of a producer's key.
    ProducerRevoked {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// The first record for which its signature counts for nothing.
        size: u64,
        /// Why.
        reason: Option<String>,
    }
}
facts! {
    /// A disposal under a rule.
    Disposal {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// The rule, as it was in force.
        rule: RetentionRule,
        /// How many of the bundle's records it names.
        records: u64,
        /// The file that holds what was archived.
        archive: Option<Archive>,
    }
}
facts! {
    /// The file of an archive.
    Archive {
        /// Its SHA-256.
        sha256: String,
        /// Where it is, in the operator's words.
        location: String,
    }
}
facts! {
    /// The ledger that lost records and that this one succeeds.
    Predecessor {
        /// Its origin.
        origin: String,
        /// The size at which its restored records end.
        size: u64,
        /// The root there.
        root: String,
        /// The newest signed checkpoint of the records that were lost, as a note.
        lost: Option<String>,
    }
}
facts! {
    /// The end of the ledger's life.
    Closed {
        /// The record.
        sequence: u64,
        /// When.
        time: String,
        /// Why.
        reason: Option<String>,
        /// The ledger that goes on in its place.
        successor: Option<String>,
    }
}

impl Predecessor {
    /// What of it is lost.
    pub(crate) fn lost_words(&self) -> String {
        let lost = self.lost.as_deref().map(|note| {
            let size = note
                .lines()
                .nth(1)
                .and_then(|size| size.parse::<u64>().ok());
            size.filter(|size| *size > self.size)
        });
        match lost {
            None => "which of its records were lost is not known".to_owned(),
            Some(None) => {
                "genesis holds the newest signed checkpoint of the records that were lost"
                    .to_owned()
            }
            Some(Some(size)) => format!(
                "genesis holds a checkpoint by which its records {} to {} were lost",
                shown_number(self.size),
                shown_number(size - 1)
            ),
        }
    }

    /// What it takes from a report on its successor.
    pub(crate) fn caveat(&self) -> String {
        format!(
            "This ledger succeeds {}, whose records end at size {}; {}. What was recorded there does not count here, and \
             what stood open there, such as incidents, halts and requests, is not known.",
            self.origin,
            shown_number(self.size),
            self.lost_words()
        )
    }
}

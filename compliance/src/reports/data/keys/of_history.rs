//! How it comes of what a verification saw.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use indelible_evidence::TypedKey;
use indelible_evidence::key_event::RetentionRule as Rule;
use indelible_evidence::verify::{
    ClosedFacts, DataKeyFacts, DisposalFacts, ErasureFacts, HoldFacts, IdentityFacts, KekFacts,
    KeyHistory, Listed as AllListed, ProducerFacts, RevocationFacts, SettingsFacts,
};

use super::{
    Archive, Closed, DataKey, Disposal, Erasure, Hold, Identity, Kek, KeyFacts, Listed,
    Predecessor, Producer, ProducerRevoked, Released, RetentionRule, Revocation, Settings,
};
use crate::{canonical::INTEGER_MAX, reports::moments::rfc3339};

impl<T> Listed<T> {
    fn of<F>(all: &AllListed<F>, fact: impl Fn(&F) -> T) -> Self {
        Self {
            listed: all.listed().iter().map(fact).collect(),
            total: bounded(all.total()),
        }
    }
}

impl From<&indelible_evidence::Predecessor> for Predecessor {
    fn from(predecessor: &indelible_evidence::Predecessor) -> Self {
        Self {
            origin: predecessor.origin.as_str().to_owned(),
            size: bounded(predecessor.size),
            root: STANDARD.encode(predecessor.root.as_bytes()),
            lost: predecessor.lost.clone(),
        }
    }
}

impl From<&KeyHistory> for KeyFacts {
    fn from(keys: &KeyHistory) -> Self {
        let is_signed = |sequence| !is_place_unsigned(keys, sequence);
        Self {
            identities: Listed::of(&keys.identities, |facts| {
                identity(facts, is_signed(facts.sequence))
            }),
            revocations: Listed::of(&keys.revocations, revocation),
            keks: Listed::of(&keys.keks, kek),
            data_keys: Listed::of(&keys.data_keys, data_key),
            erasures: Listed::of(&keys.erasures, erasure),
            holds: Listed::of(&keys.holds, hold),
            settings: Listed::of(&keys.settings, settings),
            began_without_settings: keys.began_without_settings,
            producers: Listed::of(&keys.producers, producer),
            disposals: Listed::of(&keys.disposals, disposal),
            predecessor: keys.predecessor.as_ref().map(Predecessor::from),
            closed: keys.closed.as_ref().map(closed),
        }
    }
}

/// Whether a rotation is one of the first draft of the format, in which a new identity did not sign for its own place.
fn is_place_unsigned(keys: &KeyHistory, sequence: u64) -> bool {
    let first = keys.settings.listed().first();
    let is_before_settings = first.is_none_or(|settings| sequence < settings.sequence);
    keys.began_without_settings && sequence > 0 && is_before_settings
}

fn identity(facts: &IdentityFacts, place_signed: bool) -> Identity {
    Identity {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        key: facts.key.map(|key| HEXLOWER.encode(&key)),
        unknown_types: facts.unknown_types.clone(),
        by_recovery: facts.by_recovery,
        place_signed,
        reason: facts.reason.clone(),
    }
}

fn revocation(facts: &RevocationFacts) -> Revocation {
    let (key, unknown_type) = match &facts.key {
        TypedKey::Ed25519(key) => (HEXLOWER.encode(key.as_bytes()), None),
        TypedKey::Unknown(key) => {
            let typed = HEXLOWER.encode(key.typed_bytes());
            (typed, Some(key.signature_type()))
        }
    };
    Revocation {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        key,
        unknown_type,
        size: bounded(facts.size),
        reason: facts.reason.clone(),
    }
}

fn kek(facts: &KekFacts) -> Kek {
    Kek {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        kek: HEXLOWER.encode(&facts.kek),
        provider: facts.provider.clone(),
        reason: facts.reason.clone(),
    }
}

fn data_key(facts: &DataKeyFacts) -> DataKey {
    DataKey {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        data_key: facts.data_key.to_string(),
    }
}

fn erasure(facts: &ErasureFacts) -> Erasure {
    Erasure {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        basis: facts.basis.clone(),
        data_keys: bounded(facts.data_keys),
        records: bounded(facts.records),
    }
}

fn hold(facts: &HoldFacts) -> Hold {
    Hold {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        hold: facts.hold.to_string(),
        data_keys: facts.data_keys.map(bounded),
        reason: facts.reason.clone(),
        released: facts.released.map(|(sequence, time)| Released {
            sequence: bounded(sequence),
            time: rfc3339(time),
        }),
    }
}

fn settings(facts: &SettingsFacts) -> Settings {
    let settings = &facts.settings;
    Settings {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        encryption: settings.encryption.as_str().to_owned(),
        access_trail: settings.access_trail,
        conventions: settings.conventions,
        signed_sources: settings.signed_sources.clone(),
        retention: settings.retention.iter().map(rule).collect(),
        reason: facts.reason.clone(),
    }
}

fn rule(rule: &Rule) -> RetentionRule {
    RetentionRule {
        name: rule.name.clone(),
        action: rule.action.as_str().to_owned(),
        parts: rule.parts.as_str().to_owned(),
        after_days: bounded(rule.after_days),
        clock: rule.clock.as_str().to_owned(),
        basis: rule.basis.clone(),
        r#type: rule.event_type.clone(),
        classification: rule.classification.clone(),
    }
}

fn producer(facts: &ProducerFacts) -> Producer {
    Producer {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        name: facts.name.clone(),
        key: HEXLOWER.encode(&facts.key),
        sources: facts.sources.clone(),
        revoked: facts.revoked.as_ref().map(|revoked| ProducerRevoked {
            sequence: bounded(revoked.sequence),
            time: rfc3339(revoked.time),
            size: bounded(revoked.size),
            reason: revoked.reason.clone(),
        }),
        signed: bounded(facts.signed),
        void: bounded(facts.void),
    }
}

fn disposal(facts: &DisposalFacts) -> Disposal {
    Disposal {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        rule: rule(&facts.rule),
        records: bounded(facts.records),
        archive: facts.archive.as_ref().map(|archive| Archive {
            sha256: HEXLOWER.encode(&archive.sha256),
            location: archive.location.clone(),
        }),
    }
}

fn closed(facts: &ClosedFacts) -> Closed {
    Closed {
        sequence: bounded(facts.sequence),
        time: rfc3339(facts.time),
        reason: facts.reason.clone(),
        successor: facts.successor.clone(),
    }
}

/// Numbers saturate where JSON readers stop being exact.
fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}

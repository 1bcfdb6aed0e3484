//! What a call would do that takes two people, as it is approved and recorded: the same of the call itself and of the request
//! for it, so that one is compared with the other.

use data_encoding::HEXLOWER;
use indelible_evidence::{DataKeyId, data_subject, key_event::RetentionRule};
use indelible_ledger::{EndLedger, KeyEventError, Ledger, RevokeKey, SigningKeyKind};
use indelible_proto::v1;
use tonic::Status;
use tracing::warn;

use super::{authorise::Permit, blocking::blocking, refusal::Refusal};
use crate::{
    approvals::{WantedAct, WantedRule},
    limits::END_REASON_BYTES_MAX,
};

/// What a keyed digest is of.
const SUBJECT: &str = "data subject";
const WORDS: &str = "words";

/// An erasure, and the data keys that it is about now.
///
/// # Errors
/// If a field is missing, or the ledger has nothing of the data subject.
pub(super) async fn erasure(
    permit: &Permit<'_>,
    ledger: Ledger,
    request: &v1::EraseDataSubjectRequest,
) -> Result<(WantedAct, Vec<DataKeyId>), Status> {
    if request.data_subject.is_empty() {
        return Err(Refusal::field("data_subject", "must be set").into());
    }
    if request.basis.is_empty() {
        return Err(Refusal::field("basis", "must be set").into());
    }
    unnamed("basis", &request.basis, &request.data_subject)?;
    let origin = ledger.summary().origin;
    let name = request.data_subject.clone();
    let data_keys = blocking(move || Ok(keys_or_none(&ledger, &name)?)).await?;
    let act = WantedAct::EraseDataSubject {
        subject: subject(permit, &origin, &request.data_subject)?,
        keys: sorted(&data_keys),
        basis: words(permit, &origin, &request.basis)?,
        origin,
    };
    Ok((act, data_keys))
}

/// Refuses words that a ledger would keep for ever where they name the data subject that they are about.
///
/// # Errors
/// If they do, in the field of the words.
pub(super) fn unnamed(field: &'static str, words: &str, data_subject: &str) -> Result<(), Refusal> {
    match data_subject::names(words, data_subject) {
        true => Err(Refusal::field(
            field,
            "names the data subject, and the ledger keeps it for ever, also after an erasure; say it without the name",
        )),
        false => Ok(()),
    }
}

/// The data keys that an erasure of a data subject is about. Of somebody whom no record names, what refused appends have
/// left is destroyed.
fn keys_or_none(ledger: &Ledger, name: &str) -> Result<Vec<DataKeyId>, KeyEventError> {
    let keys = ledger.data_keys_of(name);
    if matches!(keys, Err(KeyEventError::SubjectUnknown))
        && let Err(error) = ledger.forget_unused_keys(name)
    {
        // Nobody is known by such a key, so the answer stays the same.
        warn!(ledger = ledger.summary().origin, %error, "data keys of refused appends can't be destroyed now");
    }
    keys
}

/// In hexadecimal digits, and in one order.
fn sorted(data_keys: &[DataKeyId]) -> Vec<String> {
    let texts = data_keys.iter().map(|key| HEXLOWER.encode(key.as_bytes()));
    let mut texts: Vec<_> = texts.collect();
    texts.sort_unstable();
    texts
}

/// A revocation of a key that is [`key_to_revoke`].
///
/// # Errors
/// If the keys of the store's own ledger are away.
pub(super) fn revocation(
    permit: &Permit<'_>,
    ledger: &Ledger,
    request: &v1::RevokeSigningKeyRequest,
) -> Result<WantedAct, Refusal> {
    let origin = ledger.summary().origin;
    let reason = match request.reason.as_str() {
        "" => None,
        reason => Some(words(permit, &origin, reason)?),
    };
    Ok(WantedAct::RevokeSigningKey {
        is_identity: request.kind() == v1::SigningKeyKind::Identity,
        public_key: HEXLOWER.encode(&request.public_key),
        trusted_size: request.trusted_size.unwrap_or_default(),
        void_published: request.void_published,
        reason,
        origin,
    })
}

/// The successor of a ledger.
pub(super) fn successor(ledger: &Ledger) -> WantedAct {
    WantedAct::CreateSuccessor {
        origin: ledger.summary().origin,
    }
}

/// The end of a ledger, whose fields are [`end`]'s.
///
/// # Errors
/// If the keys of the store's own ledger are away.
pub(super) fn end_ledger(
    permit: &Permit<'_>,
    ledger: &Ledger,
    request: &v1::EndLedgerRequest,
) -> Result<WantedAct, Refusal> {
    let origin = ledger.summary().origin;
    let reason = match request.reason.as_str() {
        "" => None,
        reason => Some(words(permit, &origin, reason)?),
    };
    Ok(WantedAct::EndLedger {
        origin,
        bundle_size: request.bundle_size,
        bundle_sha256: HEXLOWER.encode(&request.bundle_sha256),
        reason,
    })
}

/// The end that is asked for.
///
/// # Errors
/// Which field is wrong.
pub(super) fn end(request: &v1::EndLedgerRequest) -> Result<EndLedger, Refusal> {
    let bundle_sha256 = request.bundle_sha256.as_ref().try_into().map_err(|_| {
        let found = request.bundle_sha256.len();
        let problem = format!("has {found} bytes; SHA-256 has 32");
        Refusal::field("bundle_sha256", problem)
    })?;
    if request.bundle_size == 0 {
        let problem = "must be set to how many records the bundle has";
        return Err(Refusal::field("bundle_size", problem));
    }
    if request.reason.len() > END_REASON_BYTES_MAX {
        let found = request.reason.len();
        let problem = format!("has {found} bytes, at most {END_REASON_BYTES_MAX} are allowed");
        return Err(Refusal::field("reason", problem));
    }
    Ok(EndLedger {
        bundle_size: request.bundle_size,
        bundle_sha256,
        reason: (!request.reason.is_empty()).then(|| request.reason.clone()),
    })
}

/// Rules of retention, whatever order they are given in.
///
/// # Errors
/// If the keys of the store's own ledger are away.
pub(super) fn retention(
    permit: &Permit<'_>,
    ledger: &Ledger,
    request: &v1::SetRetentionRequest,
    rules: &[RetentionRule],
) -> Result<WantedAct, Refusal> {
    let origin = ledger.summary().origin;
    let reason = match request.reason.as_str() {
        "" => None,
        reason => Some(words(permit, &origin, reason)?),
    };
    let mut rules: Vec<_> = rules.iter().map(WantedRule::of).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(WantedAct::SetRetention {
        origin,
        rules,
        reason,
    })
}

/// A token.
pub(super) fn token(request: &v1::CreateTokenRequest) -> WantedAct {
    WantedAct::CreateToken {
        name: request.name.clone(),
        roles: request.roles.clone(),
        on: request.on.clone(),
        sources: request.sources.clone(),
        valid_seconds: request.valid_seconds,
    }
}

/// Whether an approver has said the names and words that the record of a request does not hold, all of them rightly. What is
/// wrong of them is not told, so that none can be tried by itself.
///
/// # Errors
/// What is missing or too much, which does not depend on what was said; or why it can't be compared.
pub(super) fn is_said(
    permit: &Permit<'_>,
    act: &WantedAct,
    said: &v1::ApproveRequest,
) -> Result<bool, Refusal> {
    let has = |field: &'static str, wanted: bool, text: &str| match (wanted, text.is_empty()) {
        (true, true) => {
            let problem = "must be said again by the approver, exactly as it was asked for";
            Err(Refusal::field(field, problem))
        }
        (false, false) => {
            let problem = "must be empty: the request has none";
            Err(Refusal::field(field, problem))
        }
        _ => Ok(()),
    };
    has("data_subject", act.subject().is_some(), &said.data_subject)?;
    has("words", act.words().is_some(), &said.words)?;
    let origin = act.origin().unwrap_or_default();
    let subject = subject(permit, origin, &said.data_subject)?;
    let words = words(permit, origin, &said.words)?;
    let is_subject = act.subject().is_none_or(|wanted| wanted == subject);
    let is_words = act.words().is_none_or(|wanted| wanted == words);
    Ok(is_subject & is_words)
}

fn subject(permit: &Permit<'_>, origin: &str, name: &str) -> Result<String, Refusal> {
    permit.keyed_digest(&[SUBJECT, origin, name])
}

fn words(permit: &Permit<'_>, origin: &str, text: &str) -> Result<String, Refusal> {
    permit.keyed_digest(&[WORDS, origin, text])
}

/// The key that is to be revoked.
///
/// # Errors
/// Which field is wrong.
pub(super) fn key_to_revoke(request: v1::RevokeSigningKeyRequest) -> Result<RevokeKey, Refusal> {
    let kind = match request.kind() {
        v1::SigningKeyKind::Identity => SigningKeyKind::Identity,
        v1::SigningKeyKind::Epoch => SigningKeyKind::Epoch,
        v1::SigningKeyKind::Unspecified => {
            let problem = "must say whether it is an identity's or an epoch's";
            return Err(Refusal::field("kind", problem));
        }
    };
    let public = request.public_key.as_ref().try_into().map_err(|_| {
        let found = request.public_key.len();
        let problem = format!("has {found} bytes; an Ed25519 public key has 32");
        Refusal::field("public_key", problem)
    })?;
    let size = request.trusted_size.ok_or_else(|| {
        let problem = "must be set to the greatest tree size at which the key is still trusted";
        Refusal::field("trusted_size", problem)
    })?;
    Ok(RevokeKey {
        kind,
        public,
        size,
        reason: (!request.reason.is_empty()).then_some(request.reason),
        voids_published: request.void_published,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request() -> v1::RevokeSigningKeyRequest {
        v1::RevokeSigningKeyRequest {
            ledger: "l".into(),
            kind: v1::SigningKeyKind::Epoch.into(),
            public_key: Bytes::from_static(&[7; 32]),
            trusted_size: Some(0),
            reason: String::new(),
            void_published: false,
            approval_id: String::new(),
        }
    }

    #[test]
    fn every_required_field_is_asked_for() {
        let revoke = key_to_revoke(request()).unwrap();
        assert_eq!((revoke.size, revoke.reason), (0, None));
        let wrong = [
            v1::RevokeSigningKeyRequest {
                kind: 0,
                ..request()
            },
            v1::RevokeSigningKeyRequest {
                public_key: Bytes::from_static(&[7; 31]),
                ..request()
            },
            v1::RevokeSigningKeyRequest {
                trusted_size: None,
                ..request()
            },
        ];
        for request in wrong {
            assert!(key_to_revoke(request).is_err());
        }
    }
}

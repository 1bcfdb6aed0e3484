//! RevokeSigningKey and ListSigningKeys.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_ledger::{RevokeKey, SigningKey, SigningKeyKind, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    audit::act::sequence,
    authorise::{Action, Caller, Gate, Scope},
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
};

pub(super) async fn revoke(
    gate: &Gate,
    request: Request<v1::RevokeSigningKeyRequest>,
) -> Result<Response<v1::RevokeSigningKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::RevokeKeys, Scope::Ledger(&request.ledger))?;
    let revoke = wanted(request.clone())?;
    let key = SystemFact::Text(HEXLOWER.encode(&revoke.public));
    let size = SystemFact::Uint(revoke.size);
    let facts = vec![("public_key", key), ("trusted_size", size)];
    let act = permit.begin("RevokeSigningKey", facts).await?;
    let revoked = act.blocking(move |act| {
        let recorded = act.ledger()?.revoke_key(revoke)?;
        let facts = vec![sequence(&recorded)];
        Ok((recorded, facts))
    });
    let recorded = revoked.await?;
    Ok(Response::new(v1::RevokeSigningKeyResponse {
        sequence: recorded.first,
        recorded_time: Some(timestamp(recorded.time)),
    }))
}

fn wanted(request: v1::RevokeSigningKeyRequest) -> Result<RevokeKey, Refusal> {
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

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListSigningKeysRequest>,
) -> Result<Response<v1::ListSigningKeysResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?
        .ledger()?;
    let query = QueryHasher::new("signing-keys")
        .text(&ledger.summary().origin)
        .finish();
    let from = query.sequence(&request.page_token)?.unwrap_or_default();
    let items = page_items(request.page_size)?;
    let (keys, next) = page_of(ledger.signing_keys(), |key| key.sequence, from, items);
    Ok(Response::new(v1::ListSigningKeysResponse {
        keys: keys.into_iter().map(wire).collect(),
        next_page_token: next.map(|next| query.token_at(next)).unwrap_or_default(),
    }))
}

fn wire(key: SigningKey) -> v1::SigningKey {
    let kind = match key.kind {
        SigningKeyKind::Identity => v1::SigningKeyKind::Identity,
        SigningKeyKind::Epoch => v1::SigningKeyKind::Epoch,
    };
    v1::SigningKey {
        kind: kind.into(),
        public_key: Bytes::copy_from_slice(&key.public),
        sequence: key.sequence,
        recorded_time: Some(timestamp(key.time)),
        last_size: key.last,
        revocation: key.revoked.map(|revoked| v1::SigningKeyRevocation {
            sequence: revoked.sequence,
            recorded_time: Some(timestamp(revoked.time)),
            trusted_size: revoked.size,
            reason: revoked.reason.unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> v1::RevokeSigningKeyRequest {
        v1::RevokeSigningKeyRequest {
            ledger: "l".into(),
            kind: v1::SigningKeyKind::Epoch.into(),
            public_key: Bytes::from_static(&[7; 32]),
            trusted_size: Some(0),
            reason: String::new(),
            void_published: false,
        }
    }

    #[test]
    fn every_required_field_is_asked_for() {
        let revoke = wanted(request()).unwrap();
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
            assert!(wanted(request).is_err());
        }
    }
}

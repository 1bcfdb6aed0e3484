//! RevokeSigningKey and ListSigningKeys.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_ledger::{SigningKey, SigningKeyKind, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tonic::{Request, Response, Status};

use super::{
    audit::act::sequence,
    authorise::{Action, Caller, Gate, Scope, Wish},
    page::{page_items, page_of},
    page_token::QueryHasher,
    refusal::Refusal,
    wanted::{self, key_to_revoke},
};

pub(super) async fn revoke(
    gate: &Gate,
    request: Request<v1::RevokeSigningKeyRequest>,
) -> Result<Response<v1::RevokeSigningKeyResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let what = (Action::RevokeKeys, Scope::Ledger(&request.ledger));
    let permit = gate.authorise_act(&caller, what, Wish::Act(&request.approval_id))?;
    let revoke = key_to_revoke(request.clone())?;
    let act = wanted::revocation(&permit, &permit.target()?, &request)?;
    let key = SystemFact::Text(HEXLOWER.encode(&revoke.public));
    let size = SystemFact::Uint(revoke.size);
    let facts = vec![("public_key", key), ("trusted_size", size)];
    let begun = permit.begin_wanted("RevokeSigningKey", facts, &act);
    let act = begun.await?;
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

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListSigningKeysRequest>,
) -> Result<Response<v1::ListSigningKeysResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?
        .ledger()?;
    ledger.check_key_events().map_err(Refusal::from)?;
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
        reason: key.reason.unwrap_or_default(),
        revocation: key.revoked.map(|revoked| v1::SigningKeyRevocation {
            sequence: revoked.sequence,
            recorded_time: Some(timestamp(revoked.time)),
            trusted_size: revoked.size,
            reason: revoked.reason.unwrap_or_default(),
        }),
    }
}

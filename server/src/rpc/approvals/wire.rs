//! Requests as the wire has them.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_access::{
    State,
    limits::{DAY_NS, SECOND_NS, TOKEN_DAYS_DEFAULT},
};
use indelible_proto::{
    time::timestamp,
    v1::{self, ApprovalState, approval_request::Act},
};
use prost::Message as _;

use crate::{
    approvals::{Answer, Answered, Entry, Used, WantedAct},
    limits::RECORD_ROOM_BYTES,
    rpc::retention,
};

/// All that there is to say of a request. A token is valid for so many days at most.
pub(super) fn wire(entry: &Entry, now: u64, token_days_max: u64) -> v1::ApprovalRequest {
    let asked = entry.request.asked();
    let history = &entry.history;
    let (state, at) = match entry.request.state_at(now) {
        State::Pending => (ApprovalState::Pending, None),
        State::Approved { at, .. } => (ApprovalState::Approved, Some(at)),
        State::Declined { at, .. } => (ApprovalState::Declined, Some(at)),
        State::Withdrawn { at } => (ApprovalState::Withdrawn, Some(at)),
        State::CarriedOut { at } => (ApprovalState::CarriedOut, Some(at)),
        State::Expired => (ApprovalState::Expired, None),
    };
    let mut answers = history.answers.iter();
    let by = answers.rfind(|answered| answered.answer != Answer::Withdrawn);
    v1::ApprovalRequest {
        approval_id: entry.id(),
        state: state.into(),
        action: asked.action.name().to_owned(),
        requester: asked
            .persons
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
        act: Some(act(&entry.act)),
        data_key_ids: data_keys(&entry.act),
        has_words: entry.act.words().is_some(),
        digest: Bytes::copy_from_slice(&asked.wanted),
        created_time: Some(timestamp(asked.at)),
        expire_time: Some(timestamp(asked.expires)),
        sequence: entry.sequence,
        answered_by: by
            .map(|answered| answered.by.to_string())
            .unwrap_or_default(),
        state_time: at.map(timestamp),
        answers: history.answers.iter().map(answer).collect(),
        carried_out: history.used.as_ref().map(carried_out),
        token_valid_seconds: token_seconds(&entry.act, token_days_max),
    }
}

fn answer(answered: &Answered) -> v1::ApprovalAnswer {
    let state = match answered.answer {
        Answer::Approved => ApprovalState::Approved,
        Answer::Declined => ApprovalState::Declined,
        Answer::Withdrawn => ApprovalState::Withdrawn,
    };
    v1::ApprovalAnswer {
        state: state.into(),
        principal: answered.by.to_string(),
        authentication: answered.authentication.clone(),
        answer_time: Some(timestamp(answered.at)),
        sequence: answered.sequence,
    }
}

fn carried_out(used: &Used) -> v1::ApprovalUse {
    v1::ApprovalUse {
        principal: used.by.to_string(),
        use_time: Some(timestamp(used.at)),
        sequence: used.sequence,
        act_sequence: used.act,
    }
}

/// For how long a token would be valid; nothing if it is another act.
fn token_seconds(act: &WantedAct, days_max: u64) -> u64 {
    match act {
        WantedAct::CreateToken {
            valid_seconds: 0, ..
        } => TOKEN_DAYS_DEFAULT.min(days_max) * (DAY_NS / SECOND_NS),
        WantedAct::CreateToken { valid_seconds, .. } => *valid_seconds,
        _ => 0,
    }
}

/// What is asked for, without what the store does not keep.
fn act(act: &WantedAct) -> Act {
    match act.clone() {
        WantedAct::EraseDataSubject { origin, .. } => {
            Act::EraseDataSubject(v1::EraseDataSubjectRequest {
                ledger: origin,
                ..Default::default()
            })
        }
        WantedAct::RevokeSigningKey {
            origin,
            is_identity,
            public_key,
            trusted_size,
            void_published,
            reason: _,
        } => Act::RevokeSigningKey(v1::RevokeSigningKeyRequest {
            ledger: origin,
            kind: match is_identity {
                true => v1::SigningKeyKind::Identity.into(),
                false => v1::SigningKeyKind::Epoch.into(),
            },
            public_key: bytes(&public_key),
            trusted_size: Some(trusted_size),
            void_published,
            ..Default::default()
        }),
        WantedAct::CreateSuccessor { origin } => Act::CreateSuccessor(v1::CreateSuccessorRequest {
            ledger: origin,
            ..Default::default()
        }),
        WantedAct::EndLedger {
            origin,
            bundle_size,
            bundle_sha256,
            reason: _,
        } => Act::EndLedger(v1::EndLedgerRequest {
            ledger: origin,
            bundle_size,
            bundle_sha256: bytes(&bundle_sha256),
            ..Default::default()
        }),
        WantedAct::SetRetention { origin, rules, .. } => {
            Act::SetRetention(retention::wire_act(origin, rules))
        }
        WantedAct::CreateToken {
            name,
            roles,
            on,
            sources,
            valid_seconds,
        } => Act::CreateToken(v1::CreateTokenRequest {
            name,
            roles,
            on,
            sources,
            valid_seconds,
            approval_id: String::new(),
        }),
    }
}

fn data_keys(act: &WantedAct) -> Vec<Bytes> {
    match act {
        WantedAct::EraseDataSubject { keys, .. } => keys.iter().map(|key| bytes(key)).collect(),
        _ => Vec::new(),
    }
}

/// What hexadecimal digits of this daemon's own say.
fn bytes(text: &str) -> Bytes {
    let decoded = HEXLOWER.decode(text.as_bytes());
    decoded.map(Bytes::from).unwrap_or_default()
}

/// How many of these have room in one answer: at least one.
pub(super) fn fitting(requests: &[v1::ApprovalRequest]) -> usize {
    let mut room = RECORD_ROOM_BYTES;
    let mut fits = |request: &&v1::ApprovalRequest| {
        let bytes = request.encoded_len() + prost::length_delimiter_len(request.encoded_len()) + 1;
        room.checked_sub(bytes).map(|left| room = left).is_some()
    };
    let fitting = requests.iter().take_while(|request| fits(request));
    fitting.count().max(1)
}

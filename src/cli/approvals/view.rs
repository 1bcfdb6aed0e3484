//! A request as it is shown.

use std::fmt;

use indelible_interchange::hex;
use indelible_proto::v1::{ApprovalRequest, ApprovalState, SigningKeyKind, approval_request::Act};
use serde::Serialize;

use crate::cli::ui::{columns::Row, paint::Paint, table::Table, time};

/// What there is to say of a request.
#[derive(Debug, Serialize)]
pub(crate) struct RequestView<'a> {
    request_id: &'a str,
    state: &'static str,
    action: &'a str,
    /// What is to be done, in words.
    what: String,
    requester: &'a str,
    data_keys: Vec<String>,
    digest: String,
    created_time: String,
    expire_time: String,
    /// Empty if nobody did.
    answered_by: &'a str,
    state_time: String,
    /// Of the record in _system that made it.
    sequence: u64,
    #[serde(skip)]
    expires_for_people: String,
}

impl<'a> RequestView<'a> {
    pub(crate) fn new(request: &'a ApprovalRequest) -> Self {
        Self {
            request_id: &request.approval_id,
            state: state(request.state()),
            action: &request.action,
            what: what(request),
            requester: &request.requester,
            data_keys: request
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            digest: hex::encode(&request.digest),
            created_time: time::to_text(request.created_time.as_ref()),
            expire_time: time::to_text(request.expire_time.as_ref()),
            answered_by: &request.answered_by,
            state_time: time::to_text(request.state_time.as_ref()),
            sequence: request.sequence,
            expires_for_people: time::for_people(request.expire_time.as_ref()),
        }
    }

    /// As a line of a list.
    pub(super) fn row(&self) -> Row {
        let is_over = !matches!(self.state, "pending" | "approved");
        Row {
            cells: vec![
                self.request_id.to_owned(),
                self.state.to_owned(),
                self.requester.to_owned(),
                self.what.clone(),
                self.expires_for_people.clone(),
                self.answered_by.to_owned(),
            ],
            paint: is_over.then_some(Paint::Bad),
        }
    }
}

impl fmt::Display for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("request", self.request_id)
            .row("state", self.state)
            .row("to do", &self.what)
            .row("requested by", self.requester)
            .row_if("data keys", &self.data_keys.join(", "))
            .row("digest", &self.digest)
            .row("expires", &self.expires_for_people)
            .row_if("answered by", self.answered_by)
            .row("record in _system", self.sequence);
        table.fmt(f)
    }
}

/// What is to be done, in words that stand behind "to".
pub(super) fn what(request: &ApprovalRequest) -> String {
    match &request.act {
        Some(Act::EraseDataSubject(act)) => format!("erase a data subject from {}", act.ledger),
        Some(Act::RevokeSigningKey(act)) => {
            let kind = match act.kind() {
                SigningKeyKind::Identity => "identity",
                SigningKeyKind::Epoch => "epoch",
                SigningKeyKind::Unspecified => "signing",
            };
            let although = match act.void_published {
                true => ", even if published checkpoints become void",
                false => "",
            };
            format!(
                "revoke the {kind} key {} of {} beyond size {}{although}",
                hex::encode(&act.public_key),
                act.ledger,
                act.trusted_size.unwrap_or_default()
            )
        }
        Some(Act::CreateSuccessor(act)) => {
            format!("close {} and start its successor", act.ledger)
        }
        Some(Act::CreateToken(act)) => {
            let mut text = format!(
                "make the token {:?} with the roles {} on {}",
                act.name,
                act.roles.join(", "),
                act.on.join(", ")
            );
            if !act.sources.is_empty() {
                text.push_str(&format!(", for the sources {}", act.sources.join(", ")));
            }
            if act.valid_seconds > 0 {
                text.push_str(&format!(", valid for {} hours", act.valid_seconds / 3_600));
            }
            text
        }
        None => format!(
            "do something that this program does not know ({})",
            request.action
        ),
    }
}

fn state(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Pending => "pending",
        ApprovalState::Approved => "approved",
        ApprovalState::Declined => "declined",
        ApprovalState::Withdrawn => "withdrawn",
        ApprovalState::CarriedOut => "carried out",
        ApprovalState::Expired => "expired",
        ApprovalState::Unspecified => "unknown",
    }
}

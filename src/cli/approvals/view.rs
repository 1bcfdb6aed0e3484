//! A request as it is shown.

use std::fmt;

use indelible_interchange::hex;
use indelible_proto::v1::{
    ApprovalAnswer, ApprovalRequest, ApprovalState, ApprovalUse, SetRetentionRequest,
    SigningKeyKind, approval_request::Act,
};
use serde::Serialize;

use crate::cli::ui::{columns::Row, paint::Paint, rule::in_words, span, table::Table, time};

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
    /// In the order of their records.
    answers: Vec<AnswerView<'a>>,
    carried_out: Option<CarriedOutView<'a>>,
    /// For how many seconds the token would be valid that is asked for; none if it is another act.
    token_valid_seconds: Option<u64>,
    /// Of the record in _system that made it.
    sequence: u64,
    #[serde(skip)]
    expires_for_people: String,
}

/// An answer.
#[derive(Debug, Serialize)]
struct AnswerView<'a> {
    answer: &'static str,
    principal: &'a str,
    authentication: &'a str,
    time: String,
    /// Of the record in _system.
    sequence: u64,
    #[serde(skip)]
    for_people: String,
}

/// By whom and when it was carried out.
#[derive(Debug, Serialize)]
struct CarriedOutView<'a> {
    principal: &'a str,
    time: String,
    /// Of the record in _system that says that the request is used.
    sequence: u64,
    /// Of the record in _system of the act.
    act_sequence: u64,
    #[serde(skip)]
    for_people: String,
}

impl<'a> AnswerView<'a> {
    fn new(answer: &'a ApprovalAnswer) -> Self {
        Self {
            answer: state(answer.state()),
            principal: &answer.principal,
            authentication: &answer.authentication,
            time: time::to_text(answer.answer_time.as_ref()),
            sequence: answer.sequence,
            for_people: time::for_people(answer.answer_time.as_ref()),
        }
    }
}

impl fmt::Display for AnswerView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.principal)?;
        if !self.authentication.is_empty() {
            write!(f, " (by {})", self.authentication)?;
        }
        write!(
            f,
            ", {}, record {} in _system",
            self.for_people, self.sequence
        )
    }
}

impl<'a> CarriedOutView<'a> {
    fn new(used: &'a ApprovalUse) -> Self {
        Self {
            principal: &used.principal,
            time: time::to_text(used.use_time.as_ref()),
            sequence: used.sequence,
            act_sequence: used.act_sequence,
            for_people: time::for_people(used.use_time.as_ref()),
        }
    }
}

impl fmt::Display for CarriedOutView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}, record {} in _system (of the act: {}, whose end says whether it was done)",
            self.principal, self.for_people, self.sequence, self.act_sequence
        )
    }
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
            answers: request.answers.iter().map(AnswerView::new).collect(),
            carried_out: request.carried_out.as_ref().map(CarriedOutView::new),
            token_valid_seconds: (request.token_valid_seconds > 0)
                .then_some(request.token_valid_seconds),
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
            .row("record in _system", self.sequence);
        for answer in &self.answers {
            table.row(format!("{} by", answer.answer), answer);
        }
        if let Some(used) = &self.carried_out {
            table.row("used by", used);
        }
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
        Some(Act::SetRetention(act)) => rules_text(act),
        Some(Act::EndLedger(act)) => format!(
            "end {} for good and destroy all of its data keys; the bundle of its {} records has SHA-256 {}",
            act.ledger,
            act.bundle_size,
            hex::encode(&act.bundle_sha256)
        ),
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
            // A daemon of an earlier version does not say how long a token is valid that leaves it to the daemon.
            let valid = request.token_valid_seconds.max(act.valid_seconds);
            if valid > 0 {
                text.push_str(&format!(", valid for {}", span::text(valid)));
            }
            text
        }
        None => format!(
            "do something that this program does not know ({})",
            request.action
        ),
    }
}

/// Rules of retention, each with what it takes.
fn rules_text(act: &SetRetentionRequest) -> String {
    if act.rules.is_empty() {
        return format!("take all rules of retention of {} away", act.ledger);
    }
    let rules = act.rules.iter().map(in_words);
    let rules: Vec<_> = rules.collect();
    format!(
        "put these rules of retention of {} in force, and no others: {}",
        act.ledger,
        rules.join("; ")
    )
}

fn state(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Pending => "pending",
        ApprovalState::Approved => "approved",
        ApprovalState::Declined => "declined",
        ApprovalState::Withdrawn => "withdrawn",
        ApprovalState::CarriedOut => "used",
        ApprovalState::Expired => "expired",
        ApprovalState::Unspecified => "unknown",
    }
}

//! What one ledger has of a data subject.

use std::fmt;

use indelible_interchange::hex;
use indelible_proto::v1::{ErrorReason, GetDataSubjectRequest, GetDataSubjectResponse, Ledger};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    privacy::ledgers::ledgers,
    session::Session,
    ui::{table::Table, time},
};

/// One ledger and what it has.
pub(crate) struct Holding {
    pub(crate) ledger: Ledger,
    pub(crate) found: GetDataSubjectResponse,
}

/// The ledgers, among those named or among all, that have something of the data subject.
///
/// # Errors
/// If none has anything.
pub(crate) async fn holdings(
    session: &Session,
    data_subject: &str,
    named: &[String],
) -> Result<Vec<Holding>, CliError> {
    let mut client = session.connection.open_keys().await?;
    let mut holdings = Vec::new();
    let mut unknown = None;
    for ledger in ledgers(session, named).await? {
        let request = session.connection.request(GetDataSubjectRequest {
            ledger: ledger.origin.clone(),
            data_subject: data_subject.to_owned(),
        });
        match client.get_data_subject(request).await {
            Ok(answer) => holdings.push(Holding {
                ledger,
                found: answer.into_inner(),
            }),
            Err(status) => match CliError::from(status) {
                CliError::Daemon(refusal) if refusal.is(ErrorReason::DataSubjectUnknown) => {
                    unknown = Some(refusal);
                }
                error => return Err(error),
            },
        }
    }
    match unknown {
        Some(refusal) if holdings.is_empty() => Err(CliError::Daemon(refusal)),
        _ if holdings.is_empty() => {
            Err(CliError::Usage("there is no ledger to look in".to_owned()))
        }
        _ => Ok(holdings),
    }
}

/// What one ledger has.
#[derive(Serialize)]
pub(crate) struct HoldingView<'a> {
    ledger: &'a str,
    origin: &'a str,
    events: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    first_recorded_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    last_recorded_time: String,
    types: Vec<TypeView<'a>>,
    data_keys: Vec<String>,
    holds: Vec<HeldView<'a>>,
}

#[derive(Serialize)]
struct TypeView<'a> {
    r#type: &'a str,
    events: u64,
}

#[derive(Serialize)]
struct HeldView<'a> {
    hold_id: String,
    whole_ledger: bool,
    reason: &'a str,
}

impl<'a> HoldingView<'a> {
    pub(crate) fn new(holding: &'a Holding) -> Self {
        let Holding { ledger, found } = holding;
        let types = found.types.iter().map(|of| TypeView {
            r#type: &of.r#type,
            events: of.count,
        });
        let holds = found.holds.iter().map(|hold| HeldView {
            hold_id: hex::encode(&hold.hold_id),
            whole_ledger: hold.whole_ledger,
            reason: &hold.reason,
        });
        Self {
            ledger: &ledger.name,
            origin: &ledger.origin,
            events: found.event_count,
            first: found.first_sequence,
            first_recorded_time: time::to_text(found.first_recorded_time.as_ref()),
            last: found.last_sequence,
            last_recorded_time: time::to_text(found.last_recorded_time.as_ref()),
            types: types.collect(),
            data_keys: found
                .data_key_ids
                .iter()
                .map(|id| hex::encode(id))
                .collect(),
            holds: holds.collect(),
        }
    }
}

impl fmt::Display for HoldingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.ledger)
            .row("origin", self.origin)
            .row("events", self.events);
        for of in &self.types {
            table.row("", format!("{} {}", of.events, of.r#type));
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let (first_time, last_time) = (&self.first_recorded_time, &self.last_recorded_time);
            table
                .row("first", format!("record {first}, recorded {first_time}"))
                .row("last", format!("record {last}, recorded {last_time}"));
        }
        table.row("data keys", self.data_keys.join(", "));
        for hold in &self.holds {
            let whole = if hold.whole_ledger {
                " on the whole ledger"
            } else {
                ""
            };
            let text = format!("{}{whole} {}", hold.hold_id, hold.reason);
            table.row("held by", text.trim_end());
        }
        if self.holds.is_empty() {
            table.row("held by", "nothing");
        }
        table.fmt(f)
    }
}

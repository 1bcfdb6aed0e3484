//! `indelible budgets reservations`: what is set aside, decision by decision.

use std::fmt;

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{ListReservationsRequest, Reservation, ReservedAmount};
use serde::Serialize;

use super::{money::dollars, table};
use crate::cli::{error::CliError, session::Session, ui::time};

const PAGE_SIZE: i32 = 1_000;

/// List what allowed decisions have set aside, and until when
#[derive(Debug, Args)]
pub(crate) struct Reservations {
    /// Name or origin
    ledger: String,
    /// Only that of the decision of this number
    #[arg(long, value_name = "NUMBER")]
    decision: Option<u64>,
}

impl Reservations {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListReservationsRequest {
                ledger: self.ledger.clone(),
                page_size: PAGE_SIZE,
                page_token,
                decision: self.decision.unwrap_or_default(),
            });
            let answer = client.list_reservations(request).await?.into_inner();
            if let (Some(decision), true) = (self.decision, answer.reservations.is_empty()) {
                return Err(CliError::Usage(format!(
                    "the decision {decision} has nothing set aside: it was denied, is completed or released, or has expired"
                )));
            }
            for reservation in answer.reservations {
                session.output.item(&View::of(reservation))?;
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

#[derive(Serialize)]
struct View {
    decision: u64,
    agent: String,
    session: String,
    decide_time: String,
    expire_time: String,
    amounts: Vec<Amount>,
    #[serde(skip)]
    expires: String,
}

#[derive(Serialize)]
struct Amount {
    budget: String,
    by: String,
    of: String,
    unit: String,
    amount: u64,
}

impl View {
    fn of(one: Reservation) -> Self {
        let amount = |one: ReservedAmount| Amount {
            budget: one.budget,
            by: one.by,
            of: one.name,
            unit: one.unit,
            amount: one.amount,
        };
        Self {
            decision: one.decision,
            agent: one.agent,
            session: one.session,
            decide_time: time::to_text(one.decide_time.as_ref()),
            expire_time: time::to_text(one.expire_time.as_ref()),
            amounts: one.amounts.into_iter().map(amount).collect(),
            expires: time::for_people(one.expire_time.as_ref()),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = match self.unit.as_str() {
            "nano_usd" => dollars(self.amount),
            "requests" => counted(self.amount, "request", "requests"),
            "tokens" => counted(self.amount, "token", "tokens"),
            unit => format!("{} {unit}", self.amount),
        };
        let Self { budget, by, of, .. } = self;
        write!(f, "{amount} of {budget} ({by} {of})")
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("decision", self.decision)
                .row("agent", &self.agent)
                .row_if("session", &self.session)
                .row("expires at", &self.expires);
            for amount in &self.amounts {
                table.row("set aside", amount);
            }
        })
    }
}

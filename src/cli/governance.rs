//! Governance: policies, decisions, budgets, and what people do about agents.

mod aegis;
pub(crate) mod agent;
mod attempt;
pub(crate) mod budgets;
mod compliance;
pub(crate) mod decide;
pub(crate) mod decision;
mod diff;
mod figures;
mod kind;
mod lint;
mod money;
pub(crate) mod overrides;
pub(crate) mod policy;
pub(crate) mod proposals;
pub(crate) mod replay;
mod request;
mod reservations;
mod trial;

use std::fmt;

use indelible_proto::v1::GovernancePlace;

use crate::cli::{keys::recorded::Recorded, ui::table::Table};

/// The record of an answer.
fn recorded(place: Option<GovernancePlace>) -> Recorded {
    let place = place.unwrap_or_default();
    Recorded::new(place.sequence, place.recorded_time.as_ref())
}

/// Shows a table.
fn table(f: &mut fmt::Formatter<'_>, fill: impl FnOnce(&mut Table)) -> fmt::Result {
    let mut table = Table::default();
    fill(&mut table);
    fmt::Display::fmt(&table, f)
}

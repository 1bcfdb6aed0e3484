//! Backups that the daemon made: which there are, as the store's own ledger says and nothing else, and how the last one
//! ended.

mod known;
mod load;
mod schedule;
mod stored;

pub(crate) use known::{Backups, Known, Standing, Turn};
pub(crate) use load::load;
pub(crate) use schedule::Schedule;
pub(crate) use stored::{Begun, CutOf, Ended, MadeOf, Verified, begun, ended, verified};

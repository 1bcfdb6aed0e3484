//! Backups that the daemon made: which there are, as the store's own ledger says and nothing else, and how the last one
//! ended.

mod catalogue;
mod known;
mod load;
mod looked;
mod reach;
mod schedule;
mod stored;

#[cfg(test)]
pub(crate) use catalogue::Catalogue;
pub(crate) use catalogue::{Known, Standing};
pub(crate) use known::{Backups, Turn};
pub(crate) use load::load;
pub(crate) use looked::{Ahead, Looked};
pub(crate) use reach::Reach;
pub(crate) use schedule::Schedule;
pub(crate) use stored::{
    Begun, CutOf, Ended, Forgotten, Going, MadeOf, Verified, begun, ended, forgotten, going,
    verified,
};

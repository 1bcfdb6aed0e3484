//! Two people for what can't be undone: which requests there are, and since when a second person is needed, as the store's
//! own ledger says and nothing else.

mod history;
mod known;
mod load;
mod room;
mod stored;
mod wanted;

pub(crate) use history::{Answered, History, Used};
pub(crate) use known::{Approvals, Entry, UsingUp};
pub(crate) use load::load;
pub(crate) use room::Full;
pub(crate) use stored::{Answer, answered, requested, tried, used};
pub(crate) use wanted::{WantedAct, WantedRule, place};

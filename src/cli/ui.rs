//! What all commands share: arguments, inputs, and how results are written.

pub(crate) mod bounded;
pub(crate) mod columns;
pub(crate) mod completions;
pub(crate) mod confirm;
pub(crate) mod data_subject;
pub(crate) mod erasing;
pub(crate) mod file_form;
pub(crate) mod in_archive;
pub(crate) mod key_file;
pub(crate) mod ledger_state;
pub(crate) mod man;
pub(crate) mod named;
pub(crate) mod opening;
pub(crate) mod output;
mod pager;
pub(crate) mod paint;
pub(crate) mod pending_file;
pub(crate) mod progress;
pub(crate) mod range;
pub(crate) mod recipients;
pub(crate) mod root;
pub(crate) mod rule;
pub(crate) mod size;
pub(crate) mod source;
pub(crate) mod span;
pub(crate) mod table;
pub(crate) mod time;

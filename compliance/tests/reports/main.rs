//! Reports and mappings, from outside.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]
#![expect(clippy::too_many_lines, reason = "a test tells its story in one piece")]

mod again;
mod at_gate;
mod between;
mod claims;
mod clocks;
mod closed_one;
mod corners;
mod counterexamples;
mod event_time;
mod extent;
mod fixture;
mod fold_versions;
mod folded;
mod for_information;
mod forms;
mod full;
mod golden;
mod grading;
mod hostile;
mod kin;
mod ledger;
mod less;
mod lost;
mod mappings;
mod misfits;
mod named;
mod numbers;
mod page;
mod refusals;
mod schema;
mod series;
mod signed;
mod silence;
mod states;
mod trusted_words;
mod undecided;
mod verifications;
mod word;

//! Reports and mappings, from outside.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]
#![expect(clippy::too_many_lines, reason = "a test tells its story in one piece")]

mod fixture;
mod folded;
mod forms;
mod golden;
mod hostile;
mod mappings;
mod schema;
mod signed;
mod states;
mod verifications;

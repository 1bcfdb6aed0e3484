//! Reports and mappings, from outside.

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

//! The Indelible daemon and its command line.

pub mod ledger;

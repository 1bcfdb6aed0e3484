//! Indelible: an event-sourced audit ledger, hash-chained, signed and durable before it is acknowledged.

pub mod bench;

//! The daemon as its clients, its operators and its misfortunes meet it: a real process on loopback,
//! called over gRPC, and its evidence verified by the real offline verifier.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]
#![expect(clippy::too_many_lines, reason = "a test tells its story in one piece")]
#![expect(
    clippy::print_stderr,
    reason = "tests print their seeds and figures, and what they could not run"
)]

mod access;
mod access_trail;
mod administrator;
mod backup;
mod bad_events;
mod bad_input;
#[path = "../../bucket/tests/rigs/rigs.rs"]
mod buckets;
mod canaries;
mod clock;
mod configuration;
mod conflicts;
mod crowds;
mod data_keys;
mod directory;
mod disclosing;
mod disks;
mod doctor;
mod door;
mod drain;
mod envelopes;
mod erasure;
mod failing_calls;
mod follow;
mod governance;
mod idempotency;
mod idle_connections;
mod imports;
mod key_providers;
mod keys_away;
mod keys_kek;
mod kill;
mod kills_of_keys;
mod kills_of_projections;
mod lists;
mod locked_memory;
mod logs;
mod looks;
mod metrics;
mod mixed_load;
mod outputs;
mod overtaken;
mod owners;
mod pages;
mod persons;
mod places;
mod power_cut;
mod probes;
mod producers;
mod projections;
mod proofs;
mod quarantine;
mod register;
mod report_forms;
mod reports;
mod rescue;
mod retention;
mod revocation;
#[path = "../../keystore/tests/rigs/rigs.rs"]
mod rigs;
mod round_trip;
mod rounds;
mod scrubs;
mod sealed;
mod service;
mod shortages;
mod stalled_clients;
mod stores;
mod streams;
mod support;
mod system;
mod traces;
mod unreadable_slots;
mod upgrades;

/// A file that no `mod` names would never be compiled, and its tests never run.
#[test]
fn no_file_is_forgotten() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration");
    let declared = include_str!("main.rs");
    for entry in std::fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        let is_declared = declared
            .lines()
            .any(|line| line == format!("mod {module};"));
        assert!(
            is_declared || module == "main",
            "{name} is not declared in main.rs"
        );
    }
}

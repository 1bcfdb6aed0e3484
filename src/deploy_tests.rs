//! What `deploy/` says is so: the unit starts the daemon, names no key provider, and gives it time to drain; each drop-in
//! opens what its provider needs and nothing else.

use std::collections::BTreeSet;

use clap::Parser as _;
use indelible_server::limits::{CONNECTIONS_MAX, DRAIN_SECONDS_MAX, OPEN_FILES_RESERVE};

use crate::cli::Cli;

const UNIT: &str = include_str!("../deploy/indelible.service");
const PASSPHRASE: &str = include_str!("../deploy/indelible.service.d/passphrase.conf");
const AWS_KMS: &str = include_str!("../deploy/indelible.service.d/aws-kms.conf");
const BACKUP_BUCKET: &str = include_str!("../deploy/indelible.service.d/backup-bucket.conf");
const SOFTHSM: &str = include_str!("../deploy/indelible.service.d/pkcs11-softhsm.conf");
const NETWORK_HSM: &str = include_str!("../deploy/indelible.service.d/pkcs11-network.conf");
const EXAMPLE: &str = include_str!("../deploy/indelible.toml");

/// The values of a key of a unit or a drop-in.
fn values<'a>(file: &'a str, key: &str) -> Vec<&'a str> {
    file.lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .collect()
}

/// The keys that a drop-in sets.
fn keys(file: &str) -> BTreeSet<&str> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect()
}

#[test]
fn the_unit_starts_the_daemon_and_lets_it_drain() {
    let [start] = values(UNIT, "ExecStart")[..] else {
        panic!("one command is started")
    };
    Cli::try_parse_from(start.split(' ')).unwrap();
    let [seconds] = values(UNIT, "TimeoutStopSec")[..] else {
        panic!("one time to stop")
    };
    assert!(seconds.parse::<u64>().unwrap() > 2 * DRAIN_SECONDS_MAX);
    assert_eq!(values(UNIT, "LimitCORE"), ["0"]);
}

/// A provider in the unit would beat the one that the configuration names, or be refused beside it.
#[test]
fn the_unit_names_no_key_provider() {
    let start = values(UNIT, "ExecStart").concat();
    assert!(!start.contains("passphrase"), "{start}");
    for key in ["LoadCredential", "Environment"] {
        assert!(values(UNIT, key).is_empty(), "{key}");
    }
}

#[test]
fn the_unit_has_memory_and_open_files_for_the_defaults() {
    let budget = EXAMPLE
        .lines()
        .find_map(|line| line.strip_prefix("#budget_mib = "));
    let mib: u64 = budget.unwrap().parse().unwrap();
    let [most] = values(UNIT, "MemoryMax")[..] else {
        panic!("one limit of memory")
    };
    let gib: u64 = most.strip_suffix('G').unwrap().parse().unwrap();
    assert!(gib * 1_024 >= 2 * mib, "{most}");
    let [files] = values(UNIT, "LimitNOFILE")[..] else {
        panic!("one limit of open files")
    };
    assert!(files.parse::<u64>().unwrap() > 2 * CONNECTIONS_MAX as u64 + OPEN_FILES_RESERVE);
}

#[test]
fn the_passphrase_drop_in_starts_the_same_with_the_credential() {
    let [reset, start] = values(PASSPHRASE, "ExecStart")[..] else {
        panic!("the unit's command is replaced by one")
    };
    assert_eq!(reset, "");
    Cli::try_parse_from(start.split(' ')).unwrap();
    let unit = values(UNIT, "ExecStart").concat();
    assert_eq!(start, format!("{unit} --passphrase-file %d/passphrase"));
    let [credential] = values(PASSPHRASE, "LoadCredential")[..] else {
        panic!("one credential")
    };
    assert!(credential.starts_with("passphrase:/"), "{credential}");
}

/// The unit alone keeps the daemon on this machine, and read-only but for its own directory.
#[test]
fn each_drop_in_opens_what_its_provider_needs_and_nothing_else() {
    assert_eq!(values(UNIT, "IPAddressDeny"), ["any"]);
    assert_eq!(values(UNIT, "ProtectSystem"), ["strict"]);
    // The daemon's own socket; providers need it for names and for their clients on this machine.
    let families = values(UNIT, "RestrictAddressFamilies").concat();
    assert_eq!(families, "AF_UNIX AF_INET AF_INET6");
    // In a user namespace every caller over the socket would be the same unknown user.
    assert!(values(UNIT, "PrivateUsers").is_empty());

    assert_eq!(values(AWS_KMS, "IPAddressAllow"), ["any"]);
    assert_eq!(keys(AWS_KMS), ["IPAddressAllow"].into());
    assert_eq!(values(BACKUP_BUCKET, "IPAddressAllow"), ["any"]);
    assert_eq!(keys(BACKUP_BUCKET), ["IPAddressAllow"].into());
    assert_eq!(
        values(SOFTHSM, "ReadWritePaths"),
        ["/var/lib/softhsm/tokens"]
    );
    assert_eq!(keys(SOFTHSM), ["Environment", "ReadWritePaths"].into());
    assert!(!values(NETWORK_HSM, "IPAddressAllow").is_empty());
    assert_eq!(keys(NETWORK_HSM), ["IPAddressAllow"].into());
    for drop_in in [PASSPHRASE, AWS_KMS, BACKUP_BUCKET, SOFTHSM, NETWORK_HSM] {
        let settings = drop_in.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(settings.clone().next(), Some("[Service]"));
        for line in settings.skip(1) {
            let (key, value) = line.split_once('=').unwrap();
            assert!(
                key.chars().all(char::is_alphanumeric) && value.trim() == value,
                "{line}"
            );
        }
    }
}

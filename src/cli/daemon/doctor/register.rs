//! The register outside this machine.

use indelible_compliance::reports::counted;
use indelible_ledger::{RegisterPlace as _, read_register};
use indelible_server::{config::Config, register::InBucket};
use indelible_store::StoreId;

use super::check::{Check, fail, ok};

const NAME: &str = "register";
const UNAVAILABLE: &str = "docs/runbook.md, REGISTER_UNAVAILABLE";
const DIFFERS: &str = "docs/runbook.md, REGISTER_DIFFERS";

/// Whether the register can be read and is this store's, and whether its bucket can be written to; nothing where none is
/// configured.
pub(super) fn check(config: &Config, store: Option<StoreId>) -> Option<Check> {
    let register = InBucket::new(&config.register.as_ref()?.bucket);
    let place = register.name();
    let found = match register.read() {
        Ok(found) => found,
        Err(error) => return Some(fail(NAME, error.to_string(), UNAVAILABLE)),
    };
    let found = match found {
        None => format!("{place} holds none yet"),
        Some((value, _)) => match read_register(&value) {
            None => {
                let found = format!("{place} holds something that is no register");
                return Some(fail(NAME, found, DIFFERS));
            }
            Some((of, _)) if store.is_some_and(|store| store.to_string() != of) => {
                let found = format!("{place} holds the register of another store, {of}");
                return Some(fail(NAME, found, DIFFERS));
            }
            Some((_, ledgers)) => format!(
                "{place} holds one with {}",
                counted(ledgers as u64, "ledger", "ledgers")
            ),
        },
    };
    Some(match register.check() {
        Ok(()) => ok(NAME, found),
        Err(error) => fail(NAME, error.to_string(), UNAVAILABLE),
    })
}

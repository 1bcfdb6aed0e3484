//! What the records of `_system` say of backups. It is read at a start, and costs what there is of backups, not what there is
//! of records.

use indelible_evidence::body::FactValue;
use indelible_ledger::{Engine, Filter, RecordView, SystemKind};

use super::{
    catalogue::Catalogue,
    stored::{Begun, Ended, Forgotten, Going, Verified},
};

/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Records, and their bytes, that are read at once.
const RECORDS_AT_ONCE: usize = 64;
const BYTES_AT_ONCE: usize = 4 * 1_024 * 1_024;

/// Reads it: what it says, and the origin of the ledger that says it. Those whose place that one took are read first.
/// Blocking.
///
/// # Errors
/// Why it can't be read now.
pub(crate) fn load(engine: &Engine) -> Result<(String, Catalogue), String> {
    if let Some(why) = engine.system_quarantine() {
        return Err(format!("_system is in quarantine: {why}"));
    }
    let system = engine.ledger(SYSTEM).map_err(|error| error.to_string())?;
    let origin = system.summary().origin;
    let mut catalogue = Catalogue::default();
    let mut ledgers = vec![system];
    while let Some(before) = ledgers.last().and_then(|last| last.summary().predecessor) {
        match engine.ledger(&before) {
            Ok(ledger) if ledgers.len() < PREDECESSORS_MAX => ledgers.push(ledger),
            Ok(_) => {
                catalogue.lacks_records();
                break;
            }
            Err(error) => {
                catalogue.lacks_records();
                tracing::warn!(origin = before, %error, "which backups its records tell of is not known");
                break;
            }
        }
    }
    let filter = Filter {
        types: [SystemKind::BackedUp.event_type().to_owned()].into(),
        ..Filter::default()
    };
    for (place, ledger) in ledgers.iter().rev().enumerate() {
        let is_own = place + 1 == ledgers.len();
        let mut next = Some(0);
        while let Some(from) = next {
            let page = ledger.list(&filter, from, RECORDS_AT_ONCE, BYTES_AT_ONCE);
            let page = match page {
                Ok(page) => page,
                Err(error) if is_own => return Err(error.to_string()),
                Err(error) => {
                    catalogue.lacks_records();
                    let origin = ledger.summary().origin;
                    tracing::warn!(origin, %error, "which backups its records tell of is not known");
                    break;
                }
            };
            page.records
                .iter()
                .for_each(|view| fold(&mut catalogue, view));
            next = page.next;
        }
    }
    Ok((origin, catalogue))
}

/// Ledgers before the store's own that are looked at.
const PREDECESSORS_MAX: usize = 64;

fn fold(catalogue: &mut Catalogue, view: &RecordView) {
    let body = view.body();
    let facts = body.iter().flat_map(|body| &body.facts);
    let outcome = facts
        .filter(|(name, _)| *name == "outcome")
        .find_map(|(_, value)| match value {
            FactValue::Text(text) => Some(*text),
            _ => None,
        });
    let payload = view.payload().unwrap_or_default();
    let folded = match outcome {
        // Somebody who stops a backup or forgets some, or a prune that failed.
        Some(_) if payload.is_empty() => Ok(()),
        Some("begun") => match serde_json::from_slice::<Going>(payload) {
            Ok(going) => {
                catalogue.let_go(going);
                Ok(())
            }
            Err(_) => serde_json::from_slice(payload).map(|begun: Begun| catalogue.begin(begun)),
        },
        Some("done") => match serde_json::from_slice::<Verified>(payload) {
            Ok(verified) => {
                catalogue.verify(&verified);
                Ok(())
            }
            Err(_) => match serde_json::from_slice::<Forgotten>(payload) {
                Ok(forgotten) => {
                    catalogue.forget(&forgotten);
                    Ok(())
                }
                Err(_) => serde_json::from_slice(payload).map(|ended: Ended| catalogue.end(ended)),
            },
        },
        _ => serde_json::from_slice(payload).map(|begun: Begun| catalogue.break_off(&begun.backup)),
    };
    if let Err(problem) = folded {
        let sequence = view.sequence();
        tracing::error!(
            sequence,
            %problem,
            "a record of _system says something of a backup that is not understood: erasures may not name that backup"
        );
    }
}

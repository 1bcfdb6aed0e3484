//! What `_system` keeps of a halt of all ledgers: its newest record of that says where it stands. It is read at a start,
//! before anybody may ask for a decision.

use bytes::Bytes;
use indelible_ledger::{
    AllHalt, AllHaltStanding, Engine, Filter, Ledger, RecordView, SystemEvent, SystemFact,
    SystemKind,
};
use indelible_proto::v1::ErrorReason;
use serde::{Deserialize, Serialize};

use crate::rpc::refusal::Refusal;

/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Bytes of records that are read at once.
const BYTES_AT_ONCE: usize = 1_024 * 1_024;
/// By whom everything is halted if it can't be read whether it is.
const UNREADABLE: &str = "urn:indelible:unreadable";

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// Whether everything is halted from here on.
    halted: bool,
    /// Who halted it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    by: Vec<String>,
    /// Since when; none: since this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
    /// How many people must resume it.
    #[serde(default)]
    people: u8,
    /// Who has said so already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resumed_by: Option<String>,
}

impl Change {
    /// The record that everything is halted.
    pub(super) fn halts(halt: &AllHalt, by: String) -> SystemEvent {
        let change = Self {
            halted: true,
            by: halt.by.clone(),
            since: (halt.since > 0).then_some(halt.since),
            people: halt.people,
            resumed_by: None,
        };
        change.event("halted", by)
    }

    /// The record that somebody resumes it.
    pub(super) fn to(standing: &AllHaltStanding, by: String) -> SystemEvent {
        match standing {
            AllHaltStanding::InForce(halt) => {
                let change = Self {
                    halted: true,
                    by: halt.by.clone(),
                    since: Some(halt.since),
                    people: halt.people,
                    resumed_by: halt.resumed_by.clone(),
                };
                change.event("resumed_by_one", by)
            }
            AllHaltStanding::None | AllHaltStanding::Unread => {
                let change = Self {
                    halted: false,
                    by: Vec::new(),
                    since: None,
                    people: 0,
                    resumed_by: None,
                };
                change.event("resumed", by)
            }
        }
    }

    fn event(&self, outcome: &str, principal: String) -> SystemEvent {
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let mut event = SystemEvent::new(SystemKind::AllHalted)
            .with("people", SystemFact::Uint(self.people.into()))
            .outcome(outcome);
        event.principal = Some(principal);
        event.payload = Some(Bytes::from(payload));
        event
    }

    fn standing(self, time: u64) -> AllHaltStanding {
        match self.halted {
            true => AllHaltStanding::InForce(AllHalt {
                by: self.by,
                since: self.since.unwrap_or(time),
                people: self.people,
                resumed_by: self.resumed_by,
            }),
            false => AllHaltStanding::None,
        }
    }
}

/// Nobody has read yet whether everything is halted.
pub(super) fn unread() -> Refusal {
    Refusal::new(
        ErrorReason::Recovering,
        "the daemon could not read yet whether everything is halted",
    )
}

/// Reads whether everything is halted, if nobody has. What can't be read now is tried again; until then no ledger's
/// governance begins.
pub(crate) async fn read(engine: &Engine) -> Result<(), String> {
    let _one_at_a_time = engine.changing_all_halt().await;
    if engine.all_halt() != AllHaltStanding::Unread {
        return Ok(());
    }
    let reads = engine.clone();
    let loaded = tokio::task::spawn_blocking(move || load(&reads)).await;
    let standing = loaded.map_err(|panicked| panicked.to_string())??;
    if let AllHaltStanding::InForce(halt) = &standing {
        tracing::warn!(
            principal = halt.by.join(", "),
            "everything is halted in all ledgers; new ones begin halted"
        );
    }
    engine.put_all_halt(standing);
    Ok(())
}

/// Blocking.
fn load(engine: &Engine) -> Result<AllHaltStanding, String> {
    if let Some(why) = engine.system_quarantine() {
        return Err(format!("_system is in quarantine: {why}"));
    }
    let mut ledger = engine.ledger(SYSTEM).map_err(|error| error.to_string())?;
    if let Some(standing) = newest(&ledger)? {
        return Ok(standing);
    }
    // Those whose place it took. Whoever can make one unreadable must not end a halt by that.
    while let Some(origin) = ledger.summary().predecessor {
        let found = engine.ledger(&origin).map_err(|error| error.to_string());
        match found.and_then(|before| Ok((newest(&before)?, before))) {
            Ok((Some(standing), _)) => return Ok(standing),
            Ok((None, before)) => ledger = before,
            Err(problem) => {
                tracing::warn!(
                    origin,
                    problem,
                    "the ledger in whose place _system is now can't be read, so everything counts as halted; resume it"
                );
                return Ok(AllHaltStanding::InForce(AllHalt {
                    by: vec![UNREADABLE.to_owned()],
                    since: 0,
                    people: 1,
                    resumed_by: None,
                }));
            }
        }
    }
    Ok(AllHaltStanding::None)
}

/// What the newest record of a ledger says of it.
fn newest(ledger: &Ledger) -> Result<Option<AllHaltStanding>, String> {
    let filter = Filter {
        types: [SystemKind::AllHalted.event_type().to_owned()].into(),
        ..Filter::default()
    };
    let page = ledger.list_newest_first(&filter, (0, None), 1, BYTES_AT_ONCE);
    let page = page.map_err(|error| error.to_string())?;
    page.records.first().map(standing).transpose()
}

fn standing(view: &RecordView) -> Result<AllHaltStanding, String> {
    let payload = view.payload().unwrap_or_default();
    let change: Change = serde_json::from_slice(payload)
        .map_err(|error| format!("record {}: {error}", view.sequence()))?;
    Ok(change.standing(view.header().time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(event: &SystemEvent) -> AllHaltStanding {
        let payload = event.payload.as_deref().unwrap();
        let change: Change = serde_json::from_slice(payload).unwrap();
        change.standing(7)
    }

    #[test]
    fn what_is_kept_of_a_halt_is_what_is_read() {
        let halt = AllHalt {
            by: vec!["unix:ana".to_owned()],
            since: 7,
            people: 2,
            resumed_by: None,
        };
        let in_force = AllHaltStanding::InForce(halt.clone());
        let before = AllHalt {
            since: 0,
            ..halt.clone()
        };
        assert_eq!(
            kept(&Change::halts(&before, "unix:ana".to_owned())),
            in_force
        );
        let waits = AllHaltStanding::InForce(AllHalt {
            since: 3,
            resumed_by: Some("unix:ben".to_owned()),
            ..halt
        });
        assert_eq!(kept(&Change::to(&waits, "unix:ben".to_owned())), waits);
        let none = AllHaltStanding::None;
        assert_eq!(kept(&Change::to(&none, "unix:cyd".to_owned())), none);
    }
}

//! What the records of `_system` say which tokens there are. It is read at a start, and costs what there is of tokens, not
//! what there is of records.

use std::collections::HashMap;

use indelible_ledger::{Engine, Filter, Ledger, RecordView, SystemKind};

use super::{
    own::{Loaded, OwnToken, Revoked, tidy},
    stored,
    uses::Used,
};
use crate::limits::{OWN_TOKENS_MAX, TOKEN_USES_RECORDS_MAX};

/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Records, and their bytes, that are read at once.
const RECORDS_AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 1_024 * 1_024;

/// Tokens that were made, and not forgotten yet.
#[derive(Default)]
struct Fold(HashMap<Box<str>, OwnToken>);

/// Reads it. Blocking.
///
/// # Errors
/// Why it can't be read now.
pub(crate) fn load(engine: &Engine, now: u64) -> Result<Loaded, String> {
    if let Some(why) = engine.system_quarantine() {
        return Err(format!("_system is in quarantine: {why}"));
    }
    let problem = |error: &dyn std::fmt::Display| error.to_string();
    let system = engine.ledger(SYSTEM).map_err(|error| problem(&error))?;
    let filter = of(&[SystemKind::TokenCreated, SystemKind::TokenRevoked]);
    let mut fold = Fold::default();
    let mut next = Some(0);
    while let Some(from) = next {
        let page = system.list(&filter, from, RECORDS_AT_ONCE, BYTES_AT_ONCE);
        let page = page.map_err(|error| problem(&error))?;
        page.records.iter().for_each(|view| fold.view(view));
        fold.tidy(now);
        next = page.next;
    }
    tidy(&mut fold.0, now);
    read_uses(&system, &fold.0)?;
    Ok(Loaded {
        origin: system.summary().origin,
        tokens: fold.0.into_values().collect(),
    })
}

fn of(kinds: &[SystemKind]) -> Filter {
    let types = kinds.iter().map(|kind| kind.event_type().to_owned());
    Filter {
        types: types.collect(),
        ..Filter::default()
    }
}

/// Goes back to the newest record that tells of all tokens.
fn read_uses(system: &Ledger, tokens: &HashMap<Box<str>, OwnToken>) -> Result<(), String> {
    let filter = of(&[SystemKind::TokensUsed]);
    let mut below = None;
    let mut left = TOKEN_USES_RECORDS_MAX;
    while left > 0 && !tokens.is_empty() {
        let page = system.list_newest_first(&filter, (0, below), left, BYTES_AT_ONCE);
        let page = page.map_err(|error| error.to_string())?;
        for view in &page.records {
            left = left.saturating_sub(1);
            let used = view.payload().map(serde_json::from_slice::<Used>);
            let Some(Ok(used)) = used else { continue };
            for (id, day) in used.days {
                if let Some(token) = tokens.get(id.as_str()) {
                    token.note_use(day);
                }
            }
            if used.all {
                return Ok(());
            }
        }
        match page.next {
            // It names the newest that is left.
            Some(next) => below = Some(next.saturating_add(1)),
            None => return Ok(()),
        }
    }
    Ok(())
}

impl Fold {
    fn view(&mut self, view: &RecordView) {
        let header = view.header();
        let Some(event) = header.kind.event() else {
            return;
        };
        let payload = view.payload().unwrap_or_default();
        let folded = match event.event_type {
            kind if kind == SystemKind::TokenCreated.event_type() => {
                self.made(view.sequence(), payload)
            }
            _ => self.revoked(
                Revoked {
                    sequence: view.sequence(),
                    time: header.time,
                },
                payload,
            ),
        };
        if let Err(problem) = folded {
            let sequence = view.sequence();
            tracing::error!(
                sequence,
                problem,
                "a record of _system says something of a token that is not understood; that token is not accepted"
            );
        }
    }

    fn made(&mut self, sequence: u64, payload: &[u8]) -> Result<(), String> {
        let (record, rights) = stored::read_made(payload)?;
        let token = OwnToken::new(record, rights, sequence);
        self.0.insert(token.id().into(), token);
        Ok(())
    }

    /// A token that is not known was forgotten, or never understood.
    fn revoked(&mut self, revoked: Revoked, payload: &[u8]) -> Result<(), String> {
        let token = stored::read_revoked(payload)?;
        let id = token.as_str().split_once(':').map(|(_, id)| id);
        if let Some(token) = id.and_then(|id| self.0.get(id)) {
            token.revoke(revoked);
        }
        Ok(())
    }

    /// Keeps little while many records are read.
    fn tidy(&mut self, now: u64) {
        if self.0.len() > 4 * OWN_TOKENS_MAX {
            tidy(&mut self.0, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_access::{
        Caller, NewToken, TOKEN_RANDOM_BYTES, TokenRecord, TokenRights, limits::DAY_NS,
    };

    use super::*;

    const NOW: u64 = 20_000 * DAY_NS;

    fn payload(seed: u8) -> (NewToken, bytes::Bytes) {
        let mut random = [0; TOKEN_RANDOM_BYTES];
        for (at, byte) in random.iter_mut().enumerate() {
            *byte = seed.wrapping_add(u8::try_from(at).unwrap());
        }
        let token = NewToken::make(&random).unwrap();
        let texts = |text: &str| vec![text.to_owned()];
        let rights = TokenRights::parse(&texts("reader"), &texts("pay*"), &[]).unwrap();
        let maker = Caller::unix(7, Some("alice"), &[]).unwrap();
        let grants = rights.grants();
        let record = TokenRecord::new(&token, "a", grants, &maker, (NOW, None), 90).unwrap();
        let payload = stored::made(&record, &rights).unwrap();
        (token, payload)
    }

    #[test]
    fn only_what_is_on_record_and_was_not_taken_back_is_there() {
        let mut fold = Fold::default();
        let (first, made) = payload(1);
        let (second, made_too) = payload(2);
        fold.made(3, &made).unwrap();
        fold.made(4, &made_too).unwrap();
        let ended = format!(r#"{{"token":"token:{}"}}"#, first.id());
        let revoked = Revoked {
            sequence: 5,
            time: NOW + 1,
        };
        fold.revoked(revoked, ended.as_bytes()).unwrap();
        assert_eq!(fold.0[first.id()].revoked(), Some(revoked));
        assert_eq!(fold.0[second.id()].revoked(), None);
        // What can't be read makes no token, and ends none.
        assert!(fold.made(6, b"{}").is_err() && fold.revoked(revoked, b"{}").is_err());
        assert_eq!(fold.0.len(), 2);
        // A second revocation of the same changes nothing.
        let later = Revoked {
            sequence: 9,
            time: NOW + 9,
        };
        fold.revoked(later, ended.as_bytes()).unwrap();
        assert_eq!(fold.0[first.id()].revoked(), Some(revoked));
    }

    #[test]
    fn what_ended_long_ago_is_forgotten() {
        let mut fold = Fold::default();
        let (first, made) = payload(1);
        let (second, made_too) = payload(2);
        fold.made(3, &made).unwrap();
        fold.made(4, &made_too).unwrap();
        fold.0[first.id()].revoke(Revoked {
            sequence: 5,
            time: NOW,
        });
        tidy(&mut fold.0, NOW + 30 * DAY_NS);
        assert_eq!(fold.0.len(), 2);
        tidy(&mut fold.0, NOW + 31 * DAY_NS);
        assert_eq!(
            fold.0.keys().map(|id| &**id).collect::<Vec<_>>(),
            [second.id()]
        );
        tidy(&mut fold.0, NOW + 121 * DAY_NS);
        assert!(fold.0.is_empty());
    }
}

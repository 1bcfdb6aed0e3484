//! What the records of `_system` say of requests for a second person. It is read at a start, and costs what there is of
//! requests, not what there is of records.

use std::collections::HashMap;

use indelible_access::{Action, RequestId, State};
use indelible_evidence::body::FactValue;
use indelible_ledger::{Engine, Filter, Ledger, RecordView, SystemKind};

use super::{
    history::{Answered, History, Used},
    known::{Entry, Loaded, tidy},
    stored,
};
use crate::limits::APPROVALS_OPEN_MAX;

/// The store's own ledger.
const SYSTEM: &str = "_system";
/// Records, and their bytes, that are read at once.
const RECORDS_AT_ONCE: usize = 256;
const BYTES_AT_ONCE: usize = 1_024 * 1_024;

/// What tells of requests.
const KINDS: [SystemKind; 4] = [
    SystemKind::ApprovalRequested,
    SystemKind::ApprovalAnswered,
    SystemKind::ApprovalTried,
    SystemKind::ApprovalUsed,
];

/// Requests that were made, and not forgotten yet.
#[derive(Default)]
struct Fold(HashMap<String, Entry>);

/// Reads it. Blocking.
///
/// # Errors
/// Why it can't be read now.
pub(crate) fn load(engine: &Engine, now: u64) -> Result<Loaded, String> {
    if let Some(why) = engine.system_quarantine() {
        return Err(format!("_system is in quarantine: {why}"));
    }
    let system = engine.ledger(SYSTEM).map_err(|error| error.to_string())?;
    let mut fold = Fold::default();
    let mut next = Some(0);
    while let Some(from) = next {
        let page = system.list(&of(&KINDS), from, RECORDS_AT_ONCE, BYTES_AT_ONCE);
        let page = page.map_err(|error| error.to_string())?;
        page.records.iter().for_each(|view| fold.view(view));
        fold.tidy(now);
        next = page.next;
    }
    tidy(&mut fold.0, now);
    let is_required = is_required(&system)?;
    let gap = engine.system_gap();
    if let Some(gap) = gap.as_ref().filter(|_| !is_required) {
        tracing::warn!(
            gap,
            "what _system said before can't all be read, so it is not known whether what can't be undone took two people; it does \
             from now on: bind two approvers in the configuration"
        );
    }
    Ok(Loaded {
        origin: system.summary().origin,
        entries: fold.0.into_values().collect(),
        is_required,
        // Whoever can make records go missing must not get rid of the second person by that.
        was_required: !is_required && (gap.is_some() || was_required(engine, &system)),
        gap,
    })
}

/// Whether a record of a ledger says that what can't be undone takes two people.
fn is_required(ledger: &Ledger) -> Result<bool, String> {
    let filter = of(&[SystemKind::TwoPeopleRequired]);
    let page = ledger.list_newest_first(&filter, (0, None), 1, BYTES_AT_ONCE);
    Ok(!page.map_err(|error| error.to_string())?.records.is_empty())
}

/// The same of the ledgers whose place this one took.
fn was_required(engine: &Engine, system: &Ledger) -> bool {
    let mut before = system.summary().predecessor;
    while let Some(origin) = before {
        let found = engine.ledger(&origin).map_err(|error| error.to_string());
        let found =
            found.and_then(|ledger| Ok((is_required(&ledger)?, ledger.summary().predecessor)));
        match found {
            Ok((true, _)) => return true,
            Ok((false, earlier)) => before = earlier,
            Err(problem) => {
                tracing::warn!(
                    origin,
                    problem,
                    "the ledger in whose place _system is now can't be read, so what can't be undone takes two people from now on"
                );
                return true;
            }
        }
    }
    false
}

fn of(kinds: &[SystemKind]) -> Filter {
    let types = kinds.iter().map(|kind| kind.event_type().to_owned());
    Filter {
        types: types.collect(),
        ..Filter::default()
    }
}

/// A record that says what became of a request.
struct Change<'a> {
    kind: SystemKind,
    sequence: u64,
    /// How its principal showed who it is.
    authentication: &'a str,
    payload: &'a [u8],
}

impl Fold {
    fn view(&mut self, view: &RecordView) {
        let header = view.header();
        let Some(event) = header.kind.event() else {
            return;
        };
        let payload = view.payload().unwrap_or_default();
        let sequence = view.sequence();
        let body = view.body();
        let facts = body.iter().flat_map(|body| &body.facts);
        let mut shown = facts.filter(|(name, _)| *name == "authentication");
        let authentication = match shown.next() {
            Some((_, FactValue::Text(text))) => *text,
            _ => "",
        };
        let kind = KINDS
            .iter()
            .find(|kind| event.event_type == kind.event_type());
        let folded = match kind {
            None => return,
            Some(SystemKind::ApprovalRequested) => self.requested(sequence, payload),
            Some(kind) => self.changed(&Change {
                kind: *kind,
                sequence,
                authentication,
                payload,
            }),
        };
        if let Err(problem) = folded {
            tracing::error!(
                sequence,
                problem,
                "a record of _system says something of a request for a second person that is not understood; that request \
                 does not count, nor do those before a change that is not understood"
            );
        }
    }

    fn requested(&mut self, sequence: u64, payload: &[u8]) -> Result<(), String> {
        let (request, act) = stored::read_requested(payload)?;
        let entry = Entry {
            request,
            act,
            sequence,
            history: History::default(),
        };
        self.0.insert(entry.id(), entry);
        Ok(())
    }

    /// What became of a request. If that is not understood, it may be any of them, and may be that it is used up.
    fn changed(&mut self, change: &Change<'_>) -> Result<(), String> {
        let folded = match change.kind {
            SystemKind::ApprovalUsed => self.used(change),
            SystemKind::ApprovalTried => self.tried(change),
            _ => self.answered(change),
        };
        if folded.is_err() {
            self.0.clear();
        }
        folded
    }

    fn used(&mut self, change: &Change<'_>) -> Result<(), String> {
        let (id, at) = stored::read_used(change.payload)?;
        let Some(entry) = self.set(&id, State::CarriedOut { at }) else {
            return Ok(());
        };
        let sequence = change.sequence;
        // Both are one commit: a token is made before its approval is used up, and every other act begins after that.
        let act = match entry.act.action() {
            Action::MakePrivilegedToken => sequence.saturating_sub(1),
            _ => sequence + 1,
        };
        let by = entry.request.asked().persons.first().cloned();
        entry.history.used = by.map(|by| Used {
            by,
            at,
            sequence,
            act,
        });
        Ok(())
    }

    fn answered(&mut self, change: &Change<'_>) -> Result<(), String> {
        let (id, (answer, by), state) = stored::read_answered(change.payload)?;
        let at = match &state {
            State::Approved { at, .. } | State::Declined { at, .. } | State::Withdrawn { at } => {
                *at
            }
            State::Pending | State::CarriedOut { .. } | State::Expired => 0,
        };
        if let Some(entry) = self.set(&id, state) {
            entry.history.answers.push(Answered {
                answer,
                by,
                authentication: change.authentication.to_owned(),
                at,
                sequence: change.sequence,
            });
        }
        Ok(())
    }

    fn tried(&mut self, change: &Change<'_>) -> Result<(), String> {
        let (id, persons) = stored::read_tried(change.payload)?;
        if let Some(entry) = self.0.get_mut(&stored::text(&id)) {
            entry.history.tried(persons);
        }
        Ok(())
    }

    /// Changes the state of one. One that is not known was forgotten, or never understood. Once used, it stays so, and is not
    /// returned.
    fn set(&mut self, id: &RequestId, state: State) -> Option<&mut Entry> {
        let entry = self.0.get_mut(&stored::text(id))?;
        let asked = entry.request.asked().clone();
        let is_used = matches!(entry.request.state_at(0), State::CarriedOut { .. });
        if is_used {
            return None;
        }
        entry.request = indelible_access::Request::restore(asked, state);
        Some(entry)
    }

    /// Keeps little while many records are read.
    fn tidy(&mut self, now: u64) {
        if self.0.len() > 4 * APPROVALS_OPEN_MAX {
            tidy(&mut self.0, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_access::{Caller, Principal};

    use super::*;
    use crate::{
        approvals::stored::{
            Answer, answered,
            tests::{EXPIRES, NOW, request},
            tried, used,
        },
        limits::APPROVAL_TRIES_MAX,
    };

    fn state(fold: &Fold) -> &'static str {
        let entry = fold.0.values().next().unwrap();
        entry.request.state_at(NOW).name()
    }

    fn changed(fold: &mut Fold, kind: SystemKind, payload: &[u8]) -> Result<(), String> {
        fold.changed(&Change {
            kind,
            sequence: 9,
            authentication: "certificate",
            payload,
        })
    }

    #[test]
    fn a_request_is_what_its_records_say_and_is_used_once() {
        let mut fold = Fold::default();
        let (first, record) = request("01");
        fold.requested(3, &record).unwrap();
        assert_eq!(state(&fold), "pending");
        let id = first.asked().id;
        let bob = Principal::parse("unix:bob").unwrap();
        let approved = answered(&id, Answer::Approved, &bob, NOW).unwrap();
        let tried = tried(&id, [&bob].into_iter(), NOW).unwrap();
        for _ in 0..APPROVAL_TRIES_MAX {
            changed(&mut fold, SystemKind::ApprovalTried, &tried).unwrap();
        }
        changed(&mut fold, SystemKind::ApprovalAnswered, &approved).unwrap();
        assert_eq!(state(&fold), "approved");
        let used = used(&id, NOW).unwrap();
        changed(&mut fold, SystemKind::ApprovalUsed, &used).unwrap();
        assert_eq!(state(&fold), "used");
        changed(&mut fold, SystemKind::ApprovalAnswered, &approved).unwrap();
        assert_eq!(state(&fold), "used");
        // Who approved it is still known, and who carried it out, and that it was tried as often as may be.
        let history = &fold.0.values().next().unwrap().history;
        let [answer] = history.answers.as_slice() else {
            panic!("{history:?}");
        };
        assert_eq!((answer.answer, &answer.by), (Answer::Approved, &bob));
        assert_eq!(
            (answer.authentication.as_str(), answer.sequence),
            ("certificate", 9)
        );
        let used = history.used.as_ref().unwrap();
        assert_eq!((used.by.as_str(), used.act), ("unix:alice", 10));
        assert!(history.is_tried_out(&Caller::unix(8, Some("bob"), &[]).unwrap()));
    }

    #[test]
    fn a_change_that_is_not_understood_ends_all_requests_before_it() {
        let mut fold = Fold::default();
        let (_, record) = request("01");
        fold.requested(3, &record).unwrap();
        assert!(fold.requested(4, b"{}").is_err());
        assert_eq!(fold.0.len(), 1);
        for kind in [
            SystemKind::ApprovalUsed,
            SystemKind::ApprovalAnswered,
            SystemKind::ApprovalTried,
        ] {
            fold.requested(3, &record).unwrap();
            assert!(changed(&mut fold, kind, b"{}").is_err());
            assert!(fold.0.is_empty());
        }
    }

    #[test]
    fn what_ended_long_ago_is_forgotten() {
        let mut fold = Fold::default();
        let (_, record) = request("01");
        fold.requested(3, &record).unwrap();
        let day = indelible_access::limits::DAY_NS;
        tidy(&mut fold.0, EXPIRES + 30 * day);
        assert_eq!(fold.0.len(), 1);
        tidy(&mut fold.0, EXPIRES + 31 * day);
        assert!(fold.0.is_empty());
    }
}

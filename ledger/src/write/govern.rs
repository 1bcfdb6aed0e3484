//! Governance records: made by the writer, of the state before them, in the order of the log.

use std::sync::Arc;

use indelible_governance::{
    SEMANTICS_VERSION,
    record::{Entry, HaltOf},
    state::{Position, State},
};

use crate::{
    state::{
        all_halted::AllHaltStanding,
        append::{Acknowledgement, NewRange, Placement},
        error::AppendError,
        governed::Brought,
        shared::LedgerState,
    },
    write::{
        acknowledgement::Drafted,
        admission::{Admission, acknowledgement},
        ask::{Ask, Making, Moment, Sought, Written},
        link::Draft,
    },
};

/// How many people must resume what a ledger that takes another's place begins with.
pub(crate) const PEOPLE_OF_SUCCESSOR: u8 = 1;

impl Admission<'_> {
    /// Answers what somebody asks of a ledger's state, and links what comes of it.
    pub(crate) fn govern(&self, draft: &mut Draft<'_>, ask: Ask) -> Result<Drafted, AppendError> {
        match ask {
            Ask::TakeUp(taken) => match draft.gate().take_up(*taken) {
                true => Ok(Drafted::default()),
                false => Err(not_ready()),
            },
            Ask::Look(look) => {
                let time = draft.time();
                let size = draft.tip().size();
                let state = draft.gate().take(size).ok_or_else(not_ready)?;
                look(&state, time);
                draft.gate().put(state);
                Ok(Drafted::default())
            }
            Ask::Record { making, sought, .. } => {
                if let Some(original) = self.sought(draft, sought)? {
                    let placement = Placement {
                        new: None,
                        repeats: vec![(0, original)],
                    };
                    return Ok(Drafted::new(placement));
                }
                self.make(draft, making)
            }
        }
    }

    fn make(&self, draft: &mut Draft<'_>, making: Making) -> Result<Drafted, AppendError> {
        let cell = Arc::clone(&draft.tip().cell);
        cell.keys().check_goes_on()?;
        let size = draft.tip().size();
        if !draft.gate().has_state() {
            return Err(not_ready());
        }
        self.ensure_epoch(draft)?;
        let first = draft.tip().size();
        let mut state = draft.gate().take(size).ok_or_else(not_ready)?;
        let moved = self.move_state(draft, &cell, &mut state, making);
        match moved {
            Ok(()) => draft.gate().put(state),
            Err(error) => {
                // What it was moved by may not be linked: it is of no use any more.
                let size = draft.tip().size();
                draft.gate().take(size);
                cell.governed.set_folded(false);
                return Err(error);
            }
        }
        let count = draft.tip().size() - first;
        let new = (count > 0).then(|| NewRange {
            first,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            time: draft.time(),
            chain: draft.tip().chain,
            tree_size: draft.tip().size(),
        });
        Ok(Drafted::new(Placement {
            new,
            repeats: Vec::new(),
        }))
    }

    /// The record that a request's identity has already.
    fn sought(
        &self,
        draft: &Draft<'_>,
        sought: Option<Sought>,
    ) -> Result<Option<Acknowledgement>, AppendError> {
        let Some(sought) = sought else {
            return Ok(None);
        };
        let tip = draft.tip();
        let mut known = vec![sought.known];
        // The index has moved past what the caller's task looked up.
        if sought.known_below < tip.pending.floor() {
            known.clear();
            self.store.find_ids(tip.cell.id, &[sought.id], &mut known)?;
        }
        let known = known.first().copied().flatten();
        let Some(sequence) = tip.pending.find(&sought.id).or(known) else {
            return Ok(None);
        };
        self.check_original(draft, sequence, &sought.id)?;
        let size = tip.size();
        self.with_stored(draft, sequence, |stored| {
            acknowledgement(sequence, stored, size)
        })?
        .map(Some)
    }

    /// Every record moves the state right before it is linked, so that the two are one.
    fn move_state(
        &self,
        draft: &mut Draft<'_>,
        cell: &LedgerState,
        state: &mut State,
        making: Making,
    ) -> Result<(), AppendError> {
        if state.semantics() == 0 {
            let is_successor = draft.gate().is_successor();
            for written in self.beginning(cell, is_successor)? {
                link(draft, cell, state, written)?;
            }
        } else if state.semantics() < SEMANTICS_VERSION {
            // What was decided before stays under the rules of before.
            let version = SEMANTICS_VERSION;
            link(draft, cell, state, self.rules_from_here(cell, version)?)?;
        }
        let moment = Moment {
            position: position(draft),
            is_behind: self.environment.now() < draft.time(),
        };
        for written in making(state, moment) {
            link(draft, cell, state, written)?;
        }
        Ok(())
    }

    /// A later version of all rules is in force from here on.
    fn rules_from_here(&self, cell: &LedgerState, version: u32) -> Result<Written, AppendError> {
        let entry = Entry::Semantics { version };
        let written = Written::own(self.environment, cell, entry, None, Brought::Nothing);
        written.map_err(|error| AppendError::Gate(error.to_string()))
    }

    /// What a ledger's governance begins with: the rules that hold, and that nothing goes on before a person says so, where
    /// the ledger takes another's place or everything is halted in all ledgers.
    fn beginning(
        &self,
        cell: &LedgerState,
        is_successor: bool,
    ) -> Result<Vec<Written>, AppendError> {
        let mut entries = vec![Entry::Semantics {
            version: SEMANTICS_VERSION,
        }];
        if is_successor {
            entries.push(Entry::Succeeded {
                people: PEOPLE_OF_SUCCESSOR,
            });
        }
        match self.all_halted.standing() {
            AllHaltStanding::None => {}
            // Whoever asks tries again, and is not let through meanwhile.
            AllHaltStanding::Unread => return Err(not_ready()),
            AllHaltStanding::InForce(halt) => entries.push(Entry::Halted {
                of: HaltOf::Everything,
                by: halt.by.into_iter().next().unwrap_or_default(),
                people: halt.people,
            }),
        }
        let written = entries
            .into_iter()
            .map(|entry| Written::own(self.environment, cell, entry, None, Brought::Nothing));
        written
            .collect::<Result<_, _>>()
            .map_err(|error| AppendError::Gate(error.to_string()))
    }
}

fn position(draft: &Draft<'_>) -> Position {
    Position {
        sequence: draft.tip().size(),
        time: draft.time(),
    }
}

fn link(
    draft: &mut Draft<'_>,
    cell: &LedgerState,
    state: &mut State,
    written: Written,
) -> Result<(), AppendError> {
    let Written {
        entry,
        prepared,
        brought,
    } = written;
    if let Some(entry) = &entry {
        let applied = state.apply(position(draft), entry);
        applied.map_err(|misfit| AppendError::Gate(misfit.to_string()))?;
    }
    let sequence = draft.governance(&prepared);
    cell.governed.tell(entry.as_ref());
    cell.governed.take(sequence, entry.as_ref(), brought);
    Ok(())
}

/// The state is not with the writer: whoever asks folds it from what is stored, and asks again.
fn not_ready() -> AppendError {
    AppendError::GateNotReady
}

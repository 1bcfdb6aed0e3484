//! What is known of an anchor's slots, and how they are written.

use std::io;

use super::entry::AnchorEntry;
use super::error::{AnchorDamage, AnchorError};
use super::file::AnchorFile;
use super::slot::{
    self, Bank, HEADER_BYTES, SLOT_BYTES, STEP_BYTES, STEP_LEDGERS, Slot, SlotCodec,
};
use crate::contracts::{LedgerId, StoreId};

/// The file, and what is known of it.
pub(super) struct State {
    file: Box<dyn AnchorFile>,
    codec: SlotCodec,
    ledgers: Vec<Ledger>,
    poison: Option<String>,
}

/// What is known of one ledger's slots.
#[derive(Clone, Debug)]
enum Ledger {
    Never,
    Written {
        bank: Bank,
        counter: u64,
        entry: AnchorEntry,
    },
    Damaged(AnchorDamage),
}

impl State {
    /// Reads all slots of a file of this length.
    pub(super) fn read(
        file: Box<dyn AnchorFile>,
        store_id: StoreId,
        length: u64,
    ) -> io::Result<Self> {
        let codec = SlotCodec::new(store_id);
        let mut ledgers = Vec::new();
        let mut step = vec![0; STEP_BYTES];
        for number in 0..whole_steps(length) {
            file.read_at(&mut step, step_offset(number))?;
            let first = number as u32 * STEP_LEDGERS;
            let (bank_0, bank_1) = step.split_at(STEP_BYTES / 2);
            let slots = bank_0.chunks(SLOT_BYTES).zip(bank_1.chunks(SLOT_BYTES));
            ledgers.extend(slots.zip(first..).map(|((a, b), number)| {
                let ledger = LedgerId::new(number);
                choose(ledger, codec.decode(ledger, a), codec.decode(ledger, b))
            }));
        }
        Ok(Self {
            file,
            codec,
            ledgers,
            poison: None,
        })
    }

    pub(super) fn entry(&self, ledger: LedgerId) -> Result<Option<AnchorEntry>, AnchorDamage> {
        match self.ledgers.get(ledger.number() as usize) {
            None | Some(Ledger::Never) => Ok(None),
            Some(Ledger::Written { entry, .. }) => Ok(Some(entry.clone())),
            Some(Ledger::Damaged(damage)) => Err(*damage),
        }
    }

    pub(super) fn entries(&self) -> Vec<(LedgerId, Result<AnchorEntry, AnchorDamage>)> {
        let numbered = (0..).map(LedgerId::new).zip(&self.ledgers);
        let known = numbered.filter_map(|(ledger, known)| match known {
            Ledger::Never => None,
            Ledger::Written { entry, .. } => Some((ledger, Ok(entry.clone()))),
            Ledger::Damaged(damage) => Some((ledger, Err(*damage))),
        });
        known.collect()
    }

    pub(super) fn overwrite(
        &mut self,
        ledger: LedgerId,
        entry: &AnchorEntry,
    ) -> Result<(), AnchorError> {
        let known = self.ledgers.get_mut(ledger.number() as usize);
        if let Some(known @ Ledger::Damaged(_)) = known {
            *known = Ledger::Never;
        }
        self.advance(&[(ledger, entry)])
    }

    pub(super) fn advance(
        &mut self,
        entries: &[(LedgerId, &AnchorEntry)],
    ) -> Result<(), AnchorError> {
        if let Some(reason) = &self.poison {
            return Err(AnchorError::Poisoned {
                reason: reason.clone(),
            });
        }
        if entries.is_empty() {
            return Ok(());
        }
        let mut writes = Vec::with_capacity(entries.len());
        for (ledger, entry) in entries {
            writes.push(self.plan(*ledger, entry)?);
        }
        let written = self.write(entries, &writes);
        if let Err(error) = written {
            self.poison = Some(error.to_string());
            return Err(AnchorError::Io {
                action: "advance",
                source: error,
            });
        }
        for ((ledger, entry), write) in entries.iter().zip(writes) {
            self.ledgers[ledger.number() as usize] = Ledger::Written {
                bank: write.bank,
                counter: write.counter,
                entry: (*entry).clone(),
            };
        }
        Ok(())
    }

    /// Checks an entry, and says what to write where.
    fn plan(&self, ledger: LedgerId, entry: &AnchorEntry) -> Result<Write, AnchorError> {
        let (bank, counter) = match self.ledgers.get(ledger.number() as usize) {
            None | Some(Ledger::Never) => (Bank::First, 1),
            Some(Ledger::Damaged(damage)) => return Err((*damage).into()),
            Some(Ledger::Written {
                bank,
                counter,
                entry: anchored,
            }) => {
                if entry.size < anchored.size {
                    return Err(AnchorError::Backwards {
                        ledger,
                        anchored: anchored.size,
                        given: entry.size,
                    });
                }
                (bank.other(), counter + 1)
            }
        };
        let bytes = self
            .codec
            .encode(ledger, counter, entry)
            .ok_or(AnchorError::NoteTooLong {
                ledger,
                bytes: entry.checkpoint.len(),
            })?;
        Ok(Write {
            bank,
            counter,
            bytes,
        })
    }

    fn write(&mut self, entries: &[(LedgerId, &AnchorEntry)], writes: &[Write]) -> io::Result<()> {
        let newest = entries.iter().map(|(ledger, _)| ledger.number()).max();
        if let Some(newest) = newest {
            self.make_room(newest)?;
        }
        for ((ledger, _), write) in entries.iter().zip(writes) {
            self.file
                .write_at(&write.bytes, slot::offset(*ledger, write.bank))?;
        }
        self.file.sync()
    }

    /// Writes zeros for more ledgers, and syncs them ahead of the slots, so
    /// that syncing a slot never waits for the file system's own books.
    fn make_room(&mut self, newest: u32) -> io::Result<()> {
        let zeros = vec![0; STEP_BYTES];
        let steps = newest / STEP_LEDGERS + 1;
        let present = whole_steps(self.file.length()?);
        for step in present..u64::from(steps) {
            self.file.write_at(&zeros, step_offset(step))?;
        }
        if present < u64::from(steps) {
            self.file.sync()?;
        }
        let ledgers = steps as usize * STEP_LEDGERS as usize;
        if self.ledgers.len() < ledgers {
            self.ledgers.resize(ledgers, Ledger::Never);
        }
        Ok(())
    }
}

/// What to write for one entry, and where.
struct Write {
    bank: Bank,
    counter: u64,
    bytes: Vec<u8>,
}

/// Steps that are there as a whole. Growth that was cut short has no slot
/// written, and is made again.
fn whole_steps(length: u64) -> u64 {
    length.saturating_sub(HEADER_BYTES as u64) / STEP_BYTES as u64
}

fn step_offset(step: u64) -> u64 {
    HEADER_BYTES as u64 + step * STEP_BYTES as u64
}

/// The newer of two slots that can be read.
fn choose(ledger: LedgerId, first: Slot, second: Slot) -> Ledger {
    let written = |bank, counter, entry| Ledger::Written {
        bank,
        counter,
        entry,
    };
    match (first, second) {
        (Slot::Never, Slot::Never) => Ledger::Never,
        (Slot::Written { counter: a, entry }, Slot::Written { counter: b, .. }) if a > b => {
            written(Bank::First, a, entry)
        }
        (Slot::Written { counter: a, .. }, Slot::Written { counter: b, entry }) if b > a => {
            written(Bank::Second, b, entry)
        }
        (Slot::Written { counter, entry }, Slot::Never | Slot::Unreadable) => {
            written(Bank::First, counter, entry)
        }
        (Slot::Never | Slot::Unreadable, Slot::Written { counter, entry }) => {
            written(Bank::Second, counter, entry)
        }
        (Slot::Never, Slot::Unreadable) | (Slot::Unreadable, Slot::Never) => {
            Ledger::Damaged(AnchorDamage::FirstSlot { ledger })
        }
        // Equal counters are never written.
        (Slot::Unreadable, Slot::Unreadable) | (Slot::Written { .. }, Slot::Written { .. }) => {
            Ledger::Damaged(AnchorDamage::BothSlots { ledger })
        }
    }
}

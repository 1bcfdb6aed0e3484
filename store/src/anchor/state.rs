//! How an anchor's slots are read and written.

use std::io;
use std::path::Path;

use super::entry::{AnchorEntry, UnreadableSlot};
use super::error::{AnchorDamage, AnchorError};
use super::file::AnchorFile;
use super::known::{Ledger, Other};
use super::slot::{self, Bank, HEADER_BYTES, SLOT_BYTES, STEP_BYTES, STEP_LEDGERS, SlotCodec};
use super::standing::Standing;
use crate::cause::Cause;
use crate::contracts::{LedgerId, StoreId};

/// Bytes in front that show whether the file was emptied.
const FRONT_BYTES: usize = 40;
/// A slot that is no entry.
const UNREADABLE: [u8; SLOT_BYTES] = [0xff; SLOT_BYTES];

/// The file, and what is known of it.
pub(super) struct State {
    file: Box<dyn AnchorFile>,
    header: Vec<u8>,
    codec: SlotCodec,
    ledgers: Vec<Ledger>,
    /// Steps that are there as a whole, durably.
    steps: u64,
    poison: Option<String>,
    /// How often it was written anew, and what was found there the last time.
    restored: Option<(u64, Standing)>,
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
        let steps = whole_steps(length);
        for number in 0..steps {
            file.read_at(&mut step, step_offset(number))?;
            let first = number as u32 * STEP_LEDGERS;
            let (bank_0, bank_1) = step.split_at(STEP_BYTES / 2);
            let slots = bank_0.chunks(SLOT_BYTES).zip(bank_1.chunks(SLOT_BYTES));
            ledgers.extend(slots.zip(first..).map(|((a, b), number)| {
                let ledger = LedgerId::new(number);
                Ledger::of(ledger, codec.decode(ledger, a), codec.decode(ledger, b))
            }));
        }
        Ok(Self {
            file,
            header: slot::encode_header(store_id),
            codec,
            ledgers,
            steps,
            poison: None,
            restored: None,
        })
    }

    pub(super) fn entry(&self, ledger: LedgerId) -> Result<Option<AnchorEntry>, AnchorDamage> {
        match self.ledgers.get(ledger.number() as usize) {
            None | Some(Ledger::Never) => Ok(None),
            Some(Ledger::Written { entry, .. }) => Ok(Some(entry.clone())),
            Some(Ledger::Damaged(damage)) => Err(*damage),
        }
    }

    pub(super) fn unreadable_slot(&self, ledger: LedgerId) -> Option<UnreadableSlot> {
        match self.ledgers.get(ledger.number() as usize) {
            Some(Ledger::Written {
                other: Other::Unreadable(slot),
                ..
            }) => Some(*slot),
            _ => None,
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
        self.check_poison()?;
        if entries.is_empty() {
            return Ok(());
        }
        let mut writes = Vec::with_capacity(entries.len());
        for (ledger, entry) in entries {
            writes.push(self.plan(*ledger, entry)?);
        }
        let written = self.write(entries, &writes);
        written.map_err(|error| self.poisoned("advance", error))?;
        for ((ledger, entry), write) in entries.iter().zip(writes) {
            let known = &mut self.ledgers[ledger.number() as usize];
            let other = match std::mem::replace(known, Ledger::Never) {
                Ledger::Written { entry, .. } => Other::Previous(entry),
                Ledger::Never | Ledger::Damaged(_) => Other::Never,
            };
            *known = Ledger::Written {
                bank: write.bank,
                counter: write.counter,
                entry: (*entry).clone(),
                other,
            };
        }
        self.keep_in_place().map(drop)
    }

    fn check_poison(&self) -> Result<(), AnchorError> {
        match &self.poison {
            None => Ok(()),
            Some(reason) => Err(AnchorError::Poisoned {
                reason: reason.clone(),
            }),
        }
    }

    /// Ends all writing: what is on disk is not known.
    fn poisoned(&mut self, action: &'static str, source: io::Error) -> AnchorError {
        self.poison = Some(source.to_string());
        AnchorError::Io {
            action,
            path: self.file.path().map(Path::to_owned),
            source,
        }
    }

    pub(super) fn keep_in_place(&mut self) -> Result<Standing, AnchorError> {
        self.check_poison()?;
        let length = step_offset(self.steps);
        let standing = self.file.standing(length, &self.header[..FRONT_BYTES]);
        let standing = standing.map_err(|error| self.poisoned("find", error))?;
        if standing == Standing::InPlace {
            return Ok(standing);
        }
        self.replace(standing)?;
        Ok(standing)
    }

    /// Writes the file anew, once more where that failed before, and tells what was found in its place; none if it lies there.
    /// What is known is what is durable in the store, or less. Nothing is advanced after that: only a restart, which reads the
    /// file, ends that.
    pub(super) fn put_back(&mut self) -> Result<Option<Standing>, AnchorError> {
        let length = step_offset(self.steps);
        let standing = self.file.standing(length, &self.header[..FRONT_BYTES]);
        match standing.map_err(|error| self.poisoned("find", error))? {
            Standing::InPlace => Ok(None),
            standing => self.replace(standing).map(|()| Some(standing)),
        }
    }

    fn replace(&mut self, standing: Standing) -> Result<(), AnchorError> {
        let content = self.content();
        if let Err(source) = self.file.replace(&content) {
            let error = AnchorError::NotReplaced {
                path: self.file.path().map(Path::to_owned),
                found: standing,
                source,
            };
            self.poison = Some(error.to_string());
            return Err(error);
        }
        let times = self.restored.map_or(1, |(times, _)| times + 1);
        self.restored = Some((times, standing));
        tracing::error!(
            found = %standing,
            times,
            "the anchor was not in its place any more, and was written anew from memory; find out who touches it"
        );
        Ok(())
    }

    pub(super) fn restored(&self) -> Option<(u64, Standing)> {
        self.restored
    }

    pub(super) fn room(&self) -> u64 {
        self.steps * u64::from(STEP_LEDGERS)
    }

    pub(super) fn reserve(&mut self, ledger: LedgerId) -> Result<(), AnchorError> {
        self.check_poison()?;
        match self.make_room(ledger.number()) {
            Ok(()) => Ok(()),
            // No slot was touched, and what there is of the new room is made again.
            Err(source) if Cause::of_io(&source) == Some(Cause::Full) => {
                Err(AnchorError::NoRoom { ledger, source })
            }
            Err(source) => Err(self.poisoned("make room in", source)),
        }
    }

    /// All that is known, as a file.
    fn content(&self) -> Vec<u8> {
        let mut content = self.header.clone();
        content.resize(step_offset(self.steps) as usize, 0);
        for (ledger, known) in (0..).map(LedgerId::new).zip(&self.ledgers) {
            let mut put = |bank, bytes: &[u8]| {
                let at = slot::offset(ledger, bank) as usize;
                if let Some(place) = content.get_mut(at..at + bytes.len()) {
                    place.copy_from_slice(bytes);
                }
            };
            match known {
                Ledger::Never => {}
                Ledger::Written {
                    bank,
                    counter,
                    entry,
                    other,
                } => {
                    // What was written once fits again.
                    let bytes = self.codec.encode(ledger, *counter, entry);
                    put(*bank, &bytes.unwrap_or_default());
                    match other {
                        Other::Never => {}
                        Other::Previous(entry) => {
                            let bytes = self.codec.encode(ledger, counter - 1, entry);
                            put(bank.other(), &bytes.unwrap_or_default());
                        }
                        // The newest one stands in for it.
                        Other::Unreadable(UnreadableSlot::Older) => {
                            let bytes = self.codec.encode(ledger, counter - 1, entry);
                            put(bank.other(), &bytes.unwrap_or_default());
                        }
                        Other::Unreadable(UnreadableSlot::PerhapsNewer) => {
                            put(bank.other(), &UNREADABLE);
                        }
                    }
                }
                // It stays unreadable: nobody knows what it said.
                Ledger::Damaged(AnchorDamage::FirstSlot { .. }) => put(Bank::First, &UNREADABLE),
                Ledger::Damaged(AnchorDamage::BothSlots { .. }) => {
                    put(Bank::First, &UNREADABLE);
                    put(Bank::Second, &UNREADABLE);
                }
            }
        }
        content
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
                ..
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
        let steps = u64::from(newest / STEP_LEDGERS + 1);
        for step in self.steps..steps {
            self.file.write_at(&zeros, step_offset(step))?;
        }
        if self.steps < steps {
            self.file.sync()?;
            self.steps = steps;
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

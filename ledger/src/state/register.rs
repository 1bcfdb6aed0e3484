//! A register outside this machine: one small value that says how far each ledger had come when it was signed for last, and
//! that is exchanged only if nobody else has exchanged it meanwhile. Whoever rolls this machine back does not roll that back.

use std::{collections::BTreeMap, fmt, str::Lines, sync::Arc};

use indelible_evidence::hash::{Hex, TreeHash};
use thiserror::Error;

use crate::state::custody::Outage;

/// What a register's value begins with.
const TITLE: &str = "indelible-register 1";

/// A place outside this machine for one value of some hundred bytes for each ledger. Calls block, and end in bounded time.
pub trait RegisterPlace: fmt::Debug + Send + Sync {
    /// What it is called, for people.
    fn name(&self) -> String;

    /// The value and what tells it from every other; none if there is no value.
    ///
    /// # Errors
    /// Why that can't be said now.
    fn read(&self) -> Result<Option<(Vec<u8>, String)>, RegisterError>;

    /// Puts a value there if the one with this tag still is, or if there is none and no tag is given. It is durable when
    /// this returns.
    ///
    /// # Errors
    /// Why it could not be, or why it is not known whether it was.
    fn exchange(&self, value: Vec<u8>, tag: Option<&str>) -> Result<Exchanged, RegisterError>;
}

/// A register, and what is done with a store that is behind it.
#[derive(Clone, Debug)]
pub struct RegisterOptions {
    /// Where it is.
    pub place: Arc<dyn RegisterPlace>,
    /// Whether a store that is behind it may use it all the same: its newest copy is lost. Ledgers that are behind stay in
    /// quarantine, and may get successors.
    pub accepts_loss: bool,
}

/// How the register stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterStatus {
    /// What it is called.
    pub place: String,
    /// How many ledgers are in it.
    pub ledgers: u64,
    /// How often it was exchanged.
    pub number: u64,
    /// Whether the ledgers were held against it since the start.
    pub is_confirmed: bool,
    /// Why nothing is signed, if so.
    pub outage: Option<Outage>,
    /// Ledgers in it that the store does not have, and how many records they had.
    pub missing: Vec<(String, u64)>,
}

/// What became of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// The value is there, under this tag.
    Done(String),
    /// Something else is there: nothing was changed.
    Refused,
}

/// Why a register could not be read or exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct RegisterError {
    /// Why, for people.
    pub reason: String,
    /// Whether asking again can't help until somebody has changed the configuration.
    pub is_lasting: bool,
}

/// How far a ledger had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// The number of records.
    pub(crate) size: u64,
    /// The tree's root at that size.
    pub(crate) root: TreeHash,
}

/// What the register says of one ledger.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    pub(crate) held: Registered,
    /// What it is called, for people.
    pub(crate) register: String,
}

/// How far a store is behind the register.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// Ledgers that it does not have, by origin, and how many records they had.
    pub(crate) missing: Vec<(String, u64)>,
    /// What is wrong with those that it has.
    pub(crate) findings: Vec<String>,
}

impl Behind {
    /// What of it is named at most.
    const NAMED: usize = 8;

    /// In words; none if it is not behind.
    pub(crate) fn whats(&self) -> Option<String> {
        let missing = self.missing.iter().map(|(origin, size)| {
            let last = size.saturating_sub(1);
            format!("{origin} is missing with its records 0 to {last}")
        });
        let all: Vec<_> = self.findings.iter().cloned().chain(missing).collect();
        let named = all[..all.len().min(Self::NAMED)].join("; ");
        match all.len() {
            0 => None,
            count if count > Self::NAMED => {
                Some(format!("{named}; and {} more", count - Self::NAMED))
            }
            _ => Some(named),
        }
    }
}

/// What a register holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisterValue {
    /// The store that it is of.
    pub(crate) store: String,
    /// What tells the register from every other one of the same store.
    pub(crate) id: String,
    /// The process that wrote it last.
    pub(crate) writer: String,
    /// How often it was exchanged.
    pub(crate) number: u64,
    /// The ledgers, by origin.
    pub(crate) ledgers: BTreeMap<String, Registered>,
}

impl RegisterValue {
    /// As it is kept: lines of text.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = format!(
            "{TITLE}\nstore {}\nid {}\nwriter {}\nnumber {}\nledgers {}\n",
            self.store,
            self.id,
            self.writer,
            self.number,
            self.ledgers.len()
        );
        for (origin, Registered { size, root }) in &self.ledgers {
            text.push_str(&format!("{origin} {size} {}\n", Hex(root.as_bytes())));
        }
        text.into_bytes()
    }

    /// What was kept, if it is of the form.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let mut lines = text.lines();
        if lines.next()? != TITLE {
            return None;
        }
        let mut value = Self {
            store: named(&mut lines, "store")?.to_owned(),
            id: named(&mut lines, "id")?.to_owned(),
            writer: named(&mut lines, "writer")?.to_owned(),
            number: named(&mut lines, "number")?.parse().ok()?,
            ledgers: BTreeMap::new(),
        };
        let count: usize = named(&mut lines, "ledgers")?.parse().ok()?;
        for line in lines {
            let mut parts = line.split(' ');
            let (origin, size, root) = (parts.next()?, parts.next()?, parts.next()?);
            let root = data_encoding::HEXLOWER.decode(root.as_bytes()).ok()?;
            let registered = Registered {
                size: size.parse().ok()?,
                root: TreeHash::try_from(&*root).ok()?,
            };
            let is_new = value
                .ledgers
                .insert(origin.to_owned(), registered)
                .is_none();
            if origin.is_empty() || !is_new || parts.next().is_some() {
                return None;
            }
        }
        // One that was cut short says less than was registered.
        (value.ledgers.len() == count).then_some(value)
    }
}

/// Of which store a register is, and how many ledgers are in it; none if it is no register.
pub fn read_register(value: &[u8]) -> Option<(String, usize)> {
    let value = RegisterValue::decode(value)?;
    Some((value.store, value.ledgers.len()))
}

fn named<'a>(lines: &mut Lines<'a>, name: &str) -> Option<&'a str> {
    let value = lines.next()?.strip_prefix(name)?.strip_prefix(' ')?;
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_and_nothing_that_was_cut() {
        let ledger = |size| Registered {
            size,
            root: TreeHash::from_bytes([size as u8; 32]),
        };
        let value = RegisterValue {
            store: "00".repeat(16),
            id: "a1".to_owned(),
            writer: "b2".to_owned(),
            number: 7,
            ledgers: [
                ("example/a/log/1".to_owned(), ledger(3)),
                ("example/b/log/2".to_owned(), ledger(9)),
            ]
            .into(),
        };
        let bytes = value.encode();
        assert_eq!(RegisterValue::decode(&bytes), Some(value));
        for length in 0..bytes.len() {
            assert_eq!(RegisterValue::decode(&bytes[..length]), None, "{length}");
        }
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace("register 1", "register 2"),
            text.replace("b/log/2", "a/log/1"),
            format!("{text}example/c/log/3 1 00\n"),
        ] {
            assert_eq!(RegisterValue::decode(other.as_bytes()), None, "{other}");
        }
    }
}

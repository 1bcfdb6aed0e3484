//! What the catalogue says of the store itself: its layout, its identity, and the term of its last writer.

use std::path::Path;

use rocksdb::DB;

use super::keys;
use super::layout::{LAYOUT, check_layout, fixed, layout_of};
use crate::contracts::{Oddity, StoreId, Term};
use crate::error::{Result, StoreError};

/// What becomes of an opening that meets an entry which can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// The store is refused: what would be written next relies on the entry.
    Refuses,
    /// It is told. Nothing is written, so that nothing relies on the entry.
    IsTold,
}

/// The entries, as far as they can be read.
pub(super) struct OwnEntries {
    pub(super) store_id: Option<StoreId>,
    pub(super) term: Term,
    /// What can't be read.
    pub(super) damaged: Vec<Oddity>,
}

impl OwnEntries {
    pub(super) fn read(db: &DB, directory: &Path, damage: Damage) -> Result<Self> {
        let mut damaged = Vec::new();
        let mut unless_told = |read: Result<()>| match read {
            Err(error @ StoreError::Damaged { .. }) if damage == Damage::IsTold => {
                damaged.push(told(&error));
                Ok(())
            }
            read => read,
        };
        // The file that names the live store has its layout, too, and decided what was opened.
        unless_told(match damage {
            Damage::Refuses => check_layout(db, directory),
            Damage::IsTold => expected_layout(db),
        })?;
        let mut store_id = None;
        unless_told(stored_id(db).map(|id| store_id = Some(id)))?;
        let mut term = Term::new(0);
        unless_told(stored_term(db).map(|stored| term = stored))?;
        Ok(Self {
            store_id,
            term,
            damaged,
        })
    }
}

fn told(error: &StoreError) -> Oddity {
    Oddity {
        ledger: None,
        what: format!("{error}. The store is read without it"),
    }
}

/// Whether the layout that the catalogue has is the one that the live store was opened in.
fn expected_layout(db: &DB) -> Result<()> {
    match layout_of(db)? {
        LAYOUT => Ok(()),
        found => Err(StoreError::Damaged {
            place: "the catalog".to_owned(),
            finding: format!(
                "it has layout {found}, and the file that names the live store has layout {LAYOUT}"
            ),
        }),
    }
}

fn stored_id(db: &DB) -> Result<StoreId> {
    let id = fixed(db, keys::STORE_ID)?.ok_or_else(|| StoreError::Damaged {
        place: "the catalog".to_owned(),
        finding: "the store's layout or identity is missing".to_owned(),
    })?;
    Ok(StoreId::from_bytes(id))
}

fn stored_term(db: &DB) -> Result<Term> {
    let term = fixed(db, keys::TERM)?.unwrap_or_default();
    Ok(Term::new(u64::from_be_bytes(term)))
}

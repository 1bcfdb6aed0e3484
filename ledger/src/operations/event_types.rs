//! The types of a ledger's events, as far as a question about some of them needs it.

use std::collections::BTreeSet;

use indelible_compliance::projections::{folds::Projections, table::Cell};

use crate::{core::Ledger, state::error::ReadError};

/// The table that has a row for each type.
const TYPES: &str = "records.by_type";

/// Types that a ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTypes {
    /// Those that were asked for; none where the ledger has more types than are counted.
    pub types: Option<BTreeSet<String>>,
    /// The size that it is true of.
    pub size: u64,
}

impl Ledger {
    /// The types that begin with one of these prefixes. Blocking. What is kept over all records is brought up to the
    /// ledger's size for it, so it costs the same however long the ledger is.
    ///
    /// # Errors
    /// If what is kept, or a record that it does not know yet, can't be read.
    pub fn types_beginning(&self, prefixes: &[String]) -> Result<HeldTypes, ReadError> {
        let (cell, core) = (self.cell(), self.core());
        let size = cell.size();
        let is_wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let types = |held: &Projections| {
            let table = held.table(TYPES)?;
            if table.not_computable().is_some() {
                return None;
            }
            let names = table
                .rows
                .into_iter()
                .filter_map(|row| match row.into_iter().next() {
                    Some(Cell::Text(name)) if is_wanted(&name) => Some(name),
                    _ => None,
                });
            Some(names.collect())
        };
        let types = core.totals.read(cell, &*core.store, size, types)?;
        Ok(HeldTypes { types, size })
    }
}

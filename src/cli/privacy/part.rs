//! What one ledger has of a person, as archive and page are made from it.

use std::collections::BTreeMap;

use crate::cli::{
    privacy::{archive::Spool, disposals::Disposals, holding::Holding, opened::Opened},
    ui::in_archive::InArchive,
};

/// What is asked for, of whom and why.
pub(super) struct Wanted<'a> {
    pub(super) data_subject: &'a str,
    pub(super) purpose: &'a str,
}

/// What one ledger has of the person, as far as a page shows it in a few words.
pub(super) struct Part<'a> {
    pub(super) holding: &'a Holding,
    pub(super) directory: String,
    pub(super) purposes: BTreeMap<String, u64>,
    pub(super) legal_bases: BTreeMap<String, u64>,
    /// Records whose contents a rule of retention let go of: what they named is not known.
    pub(super) gone: u64,
    /// Records with contents that are in the ledger's archive, and could not be read there.
    pub(super) away: InArchive,
    pub(super) disposals: Disposals,
    /// Who opened any of these records before, as far as it is known.
    pub(super) opened: Opened,
}

/// One table and one list of the page, as long as there are records.
pub(super) struct Rows {
    pub(super) decisions: Spool,
    pub(super) decided: u64,
    pub(super) records: Spool,
}

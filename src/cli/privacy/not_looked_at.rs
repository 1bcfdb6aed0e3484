//! What an erasure does not look at, whoever reads of it: none of this may be taken for erased.

use crate::cli::{error::CliError, session::Session, ui::table::Table};

/// Beside the one ledger of an erasure.
const OTHER_LEDGERS: &str = "other ledgers of this daemon, also closed ones and those in quarantine: an erasure is of one ledger, and \
                             says nothing of others";
/// Beside all ledgers that whoever erases could see.
const UNSEEN_LEDGERS: &str =
    "ledgers that whoever erased may not see: the daemon does not tell that they are there";
const EXPORTED: &str = "what was exported or read before: bundles, reports, archives, record files, and whatever followed the ledger";
const BACKUPS: &str = "backups and other copies of the data directory: the keys in them open as long as the KEK that wrapped them \
                       is there, and, if [rescue] named recipients, copies of them as long as an identity of these is";
const DAEMONS_OWN: &str = "the daemon's own records and logs: the store's ledger _system, access trails, and log files, which name who \
                           called";
const OTHER_SYSTEMS: &str = "other daemons, and the systems that the events came from";

/// What an erasure leaves of a person in the archive.
pub(crate) const ARCHIVED: &str = "files of the archive, if a rule of retention archived any of these events: they hold the contents \
                                   encrypted, under keys that are destroyed here, and that an older backup may still have";

/// Of an erasure in one ledger.
pub(crate) const BY_ONE: &[&str] = &[OTHER_LEDGERS, EXPORTED, BACKUPS, DAEMONS_OWN, OTHER_SYSTEMS];
/// Of an erasure in all ledgers that the caller may see, of which there may be others.
const BY_ALL_SEEN: &[&str] = &[
    UNSEEN_LEDGERS,
    EXPORTED,
    BACKUPS,
    DAEMONS_OWN,
    OTHER_SYSTEMS,
];
/// Of an erasure in all ledgers that there are.
const BY_ALL: &[&str] = &[EXPORTED, BACKUPS, DAEMONS_OWN, OTHER_SYSTEMS];

/// Of an erasure in all ledgers, of which there may be some that the caller is not told of.
pub(crate) fn by_all(may_be_more: bool) -> &'static [&'static str] {
    match may_be_more {
        true => BY_ALL_SEEN,
        false => BY_ALL,
    }
}

/// What an erasure leaves of the ledger's own: the entries of its access trail too, if it keeps one; not known, if it was not
/// asked.
pub(crate) fn own_records(access_trail: Option<bool>) -> &'static str {
    match access_trail {
        Some(true) => {
            "the record of the erasure, with its legal basis, and the entries of the access trail"
        }
        Some(false) => "the record of the erasure, with its legal basis",
        None => {
            "the record of the erasure, with its legal basis, and the entries of the access trail, if the ledger keeps one"
        }
    }
}

/// Says it to people, after what was said of each of all ledgers. Programs have it with each.
pub(crate) fn tell(session: &mut Session, may_be_more: bool) -> Result<(), CliError> {
    if session.output.is_json() {
        return Ok(());
    }
    let mut table = Table::default();
    for place in by_all(may_be_more) {
        table.row("not looked at", place);
    }
    session.output.line(table)
}

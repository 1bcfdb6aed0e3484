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
                       is there";
const DAEMONS_OWN: &str = "the daemon's own records and logs: the store's ledger _system, access trails, and log files, which name who \
                           called";
const OTHER_SYSTEMS: &str = "other daemons, and the systems that the events came from";

/// Of an erasure in one ledger.
pub(crate) const BY_ONE: [&str; 5] = [OTHER_LEDGERS, EXPORTED, BACKUPS, DAEMONS_OWN, OTHER_SYSTEMS];
/// Of an erasure in all ledgers.
pub(crate) const BY_ALL: [&str; 5] = [
    UNSEEN_LEDGERS,
    EXPORTED,
    BACKUPS,
    DAEMONS_OWN,
    OTHER_SYSTEMS,
];

/// Says it to people, after what was said of each of all ledgers. Programs have it with each.
pub(crate) fn tell(session: &mut Session) -> Result<(), CliError> {
    if session.output.is_json() {
        return Ok(());
    }
    let mut table = Table::default();
    for place in BY_ALL {
        table.row("not looked at", place);
    }
    session.output.line(table)
}

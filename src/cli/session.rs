//! What every command is given.

use crate::cli::{connection::Connection, ui::output::Output};

/// The daemon that a command talks to, and where its results go.
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) output: Output,
}

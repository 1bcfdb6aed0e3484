//! Whose appends wait for a ledger, as far as they are kept apart.

use std::sync::Arc;

/// Somebody who appends. What waits for one of them keeps its order, and leaves places and turns to the others.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Party {
    /// The daemon itself, which trusts itself with all places.
    #[default]
    Daemon,
    /// Whoever has this name, over all its connections.
    Principal(Arc<str>),
    /// A connection of which nobody knows whose it is.
    Connection(u64),
}

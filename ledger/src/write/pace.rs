//! How large a group must be for what, where that is a matter of speed alone.

use crate::state::limits::{EVENTS_WORTH_LINKING_AHEAD, LONE_GROUP_EVENTS_MAX};

/// The writer's pace. No promise depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Records up to which the writer syncs a group that is alone itself.
    pub lone_records_max: usize,
    /// Events that make it worth linking a group while another is being synced.
    pub events_worth_linking_ahead: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lone_records_max: LONE_GROUP_EVENTS_MAX,
            events_worth_linking_ahead: EVENTS_WORTH_LINKING_AHEAD,
        }
    }
}

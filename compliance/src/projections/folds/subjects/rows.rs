//! The rows of what is held on whom.

use super::Subjects;
use crate::{
    projections::{measure::TOO_MANY, table::Cell},
    time::Instant,
};

impl Subjects {
    /// A row for each data key.
    pub(super) fn key_rows(&self) -> Vec<Vec<Cell>> {
        self.keys.all().map_or_else(too_many_rows, |all| {
            all.iter()
                .map(|(id, key)| {
                    let erased = key.erased.as_ref();
                    vec![
                        id.to_string().into(),
                        key.of_ledger.into(),
                        key.events.count().into(),
                        time_of(key.timeline.first()).into(),
                        time_of(key.timeline.last()).into(),
                        Self::still_there(key).into(),
                        key.bodies[2].value().into(),
                        erased.map(|erased| erased.sequence).into(),
                        erased
                            .map(|erased| Instant(erased.time.0).to_string())
                            .into(),
                        erased.map(|erased| erased.basis.as_str()).into(),
                        key.events_after.count().into(),
                        (&key.events).into(),
                    ]
                })
                .collect()
        })
    }

    /// A row for each name.
    pub(super) fn name_rows(&self) -> Vec<Vec<Cell>> {
        self.names.all().map_or_else(too_many_rows, |all| {
            let mut rows: Vec<Vec<Cell>> = all
                .values()
                .map(|name| {
                    vec![
                        name.subject.as_deref().into(),
                        name.events.count().into(),
                        time_of(name.timeline.first()).into(),
                        time_of(name.timeline.last()).into(),
                        name.data_key.0.map(|id| id.to_string()).into(),
                        name.basis.0.as_deref().into(),
                        (&name.events).into(),
                    ]
                })
                .collect();
            rows.sort_unstable();
            rows
        })
    }
}

fn time_of(sign: Option<(u64, u64)>) -> Option<String> {
    sign.map(|(_, time)| Instant(time).to_string())
}

fn too_many_rows() -> Vec<Vec<Cell>> {
    vec![vec![Cell::Text(TOO_MANY.to_owned())]]
}

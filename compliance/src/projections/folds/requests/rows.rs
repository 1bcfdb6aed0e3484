//! Requests in rows: by right, and those that are open.

use super::Requests;
use crate::{
    conventions::Right,
    projections::{
        measure::{Gathered, TOO_MANY},
        table::{Cell, Table},
    },
    time::Instant,
};

impl Requests {
    pub(super) fn rows(&self) -> Vec<Table> {
        let too_many = || vec![vec![Cell::Text(TOO_MANY.to_owned())]];
        let count = |gathered: &Gathered| -> Cell { gathered.count().into() };
        let of_right = |right: &Right| {
            let judged = self.judged(Some(*right), self.end())?;
            Some(vec![
                right.word().into(),
                count(&judged.received),
                count(&judged.answered),
                count(&judged.refused),
                judged.extended.into(),
                count(&judged.open),
                count(&judged.late),
            ])
        };
        let rights: Option<Vec<_>> = Right::ALL.iter().map(of_right).collect();
        let open = self.cases().map(|all| {
            let mut open: Vec<_> = all
                .iter()
                .filter_map(|(_, request)| {
                    let received = request.received()?;
                    let is_open = request.answer(received).is_none();
                    is_open.then(|| (received.sequence, received, request.due(received)))
                })
                .collect();
            open.sort_unstable_by_key(|(sequence, ..)| *sequence);
            open.into_iter()
                .map(|(sequence, received, due)| {
                    vec![
                        sequence.into(),
                        received.right.word().into(),
                        Instant(received.came_in.0).to_string().into(),
                        Instant(due).to_string().into(),
                        (self.end() >= due).into(),
                    ]
                })
                .collect()
        });
        vec![
            Table {
                name: "requests.by_right",
                columns: &[
                    "right", "received", "answered", "refused", "extended", "open", "late",
                ],
                rows: rights.unwrap_or_else(too_many),
            },
            Table {
                name: "requests.open",
                columns: &["record", "right", "came_in", "due_before", "late"],
                rows: open.unwrap_or_else(too_many),
            },
        ]
    }
}

//! The rows of holds and erasures.

use super::{Held, Order, Retention, What};
use crate::{
    projections::{measure::TOO_MANY, pieces::Hash16, table::Cell},
    time::Instant,
};

impl Retention {
    /// A row for each hold.
    pub(super) fn hold_rows(&self) -> Vec<Vec<Cell>> {
        let hold = |(id, held): (&Hash16, &Held<'_>)| -> Vec<Cell> {
            vec![
                held.placed.sequence.into(),
                time_of(held.placed).into(),
                id.to_string().into(),
                held.data_keys.map(|keys| keys.len() as u64).into(),
                held.reason.into(),
                held.released.map(|order| order.sequence).into(),
                held.released.map(time_of).into(),
            ]
        };
        match self.replay() {
            Some(replayed) => {
                let mut rows: Vec<_> = replayed.holds.iter().map(hold).collect();
                rows.sort_unstable();
                rows
            }
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
        }
    }

    /// A row for each erasure.
    pub(super) fn erasure_rows(&self) -> Vec<Vec<Cell>> {
        match self.orders.all() {
            Some(orders) => orders
                .iter()
                .filter_map(|order| match &order.what {
                    What::Erase { data_keys, basis } => Some(vec![
                        order.sequence.into(),
                        time_of(order).into(),
                        (data_keys.len() as u64).into(),
                        basis.as_str().into(),
                    ]),
                    _ => None,
                })
                .collect(),
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
        }
    }
}

fn time_of(order: &Order) -> String {
    Instant(order.time.0).to_string()
}

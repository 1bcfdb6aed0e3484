//! What may not be while an order forbids it.

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, counted::Counted};

/// Orders that forbid something and allow it again, and what was done before the first order of the range and while one
/// forbade it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// Whether the last order forbids it.
    #[serde(rename = "b")]
    barred: Option<bool>,
    /// What was done before the first order; an earlier range decides whether it was forbidden.
    #[serde(rename = "f")]
    before_order: Counted,
    #[serde(rename = "w")]
    while_barred: Counted,
}

impl Barred {
    /// It is done.
    pub fn see(&mut self, sequence: u64) {
        match self.barred {
            None => self.before_order.see(sequence),
            Some(true) => self.while_barred.see(sequence),
            Some(false) => {}
        }
    }

    /// It is forbidden or allowed from here on.
    pub fn order(&mut self, barred: bool) {
        self.barred = Some(barred);
    }

    /// Whether the last order forbids it; none without an order.
    pub fn is_barred(&self) -> Option<bool> {
        self.barred
    }

    /// What was done before the first order of the range.
    pub fn before_order(&self) -> &Counted {
        &self.before_order
    }

    /// What was done while it was forbidden.
    pub fn while_barred(&self) -> &Counted {
        &self.while_barred
    }
}

impl Absorb for Barred {
    fn absorb(&mut self, later: Self) {
        match self.barred {
            None => self.before_order.absorb(later.before_order),
            Some(true) => self.while_barred.absorb(later.before_order),
            Some(false) => {}
        }
        self.while_barred.absorb(later.while_barred);
        self.barred = later.barred.or(self.barred);
    }
}

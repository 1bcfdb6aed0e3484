//! What goes by one id, which may be used again once it came to an end.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;

/// Cases of one id that came to an end.
pub const CASES_MAX: usize = 64;

/// One run from a beginning to an end, with all that was recorded until the next beginning. What comes before the first
/// beginning of a run of records belongs to the case before it, which those records may not hold.
pub trait Case: Absorb {
    /// Whether a beginning is the first of beginnings and ends that it holds.
    fn begins(&self) -> bool;
    /// Whether it holds an end that came after its beginning, or one without it.
    fn has_ended(&self) -> bool;
    /// Whether it holds neither a beginning nor an end.
    fn is_neutral(&self) -> bool;
    /// Whether what came before the first beginning is said of the case that begins there.
    fn is_of_next(&self) -> bool {
        !self.begins()
    }
}

/// The cases of one id, in their order. With more than [`CASES_MAX`] that ended they are *too many*, and stay so: wherever
/// records are cut, what ended in one piece has ended in the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cases<C>(Option<Vec<C>>);

impl<C> Default for Cases<C> {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl<C: Case> Cases<C> {
    /// Takes in what one record says.
    pub fn see(&mut self, said: C) {
        let Some(cases) = &mut self.0 else { return };
        match cases.last_mut() {
            Some(last) if !(said.begins() && (last.has_ended() || last.is_neutral())) => {
                last.absorb(said);
            }
            _ => cases.push(said),
        }
        if cases.iter().filter(|case| case.has_ended()).count() > CASES_MAX {
            self.0 = None;
        }
    }

    /// All of them; none if there are too many.
    pub fn all(&self) -> Option<Vec<C>>
    where
        C: Clone,
    {
        let mut all = self.0.as_ref()?.iter().cloned();
        let Some(mut first) = all.next() else {
            return Some(Vec::new());
        };
        let mut rest: Vec<C> = all.collect();
        if first.is_of_next() && !rest.is_empty() {
            first.absorb(rest.remove(0));
        }
        rest.insert(0, first);
        Some(rest)
    }
}

impl<C: Case> Absorb for Cases<C> {
    fn absorb(&mut self, later: Self) {
        match later.0 {
            Some(later) => later.into_iter().for_each(|case| self.see(case)),
            None => self.0 = None,
        }
    }
}

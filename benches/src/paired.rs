//! Rates that are taken in turn, and the share that one is of the other.

use std::error::Error;

use crate::{figures::Figures, signed::median};

/// What was measured beside what, round by round.
pub(crate) struct Paired {
    beside: Vec<f64>,
    ours: Vec<f64>,
}

impl Paired {
    /// Takes turns, so many times.
    pub(crate) fn take(
        rounds: u32,
        mut beside: impl FnMut() -> Result<f64, Box<dyn Error>>,
        mut ours: impl FnMut() -> Result<f64, Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut paired = Self {
            beside: Vec::new(),
            ours: Vec::new(),
        };
        for _ in 0..rounds {
            paired.beside.push(beside()?);
            paired.ours.push(ours()?);
        }
        Ok(paired)
    }

    /// Notes the medians, and gives a row of the table of aims: the median share, and the least and the greatest.
    pub(crate) fn note(self, name: &str, aim: f64, figures: &mut Figures) -> String {
        let shares = self.ours.iter().zip(&self.beside);
        let shares: Vec<f64> = shares.map(|(ours, beside)| ours / beside).collect();
        let (least, most) = shares
            .iter()
            .copied()
            .fold((f64::MAX, 0.0), |(least, most): (f64, f64), share| {
                (least.min(share), most.max(share))
            });
        let share = median(shares);
        figures.note(&format!("{name}.beside_per_second"), median(self.beside));
        figures.note(&format!("{name}.per_second"), median(self.ours));
        figures.note(&format!("{name}.share"), share);
        let outcome = outcome(share >= aim);
        format!("| {name} | {share:.3} ({least:.3} to {most:.3}) | at least {aim}: {outcome} |")
    }
}

/// How it is told.
pub(crate) fn outcome(is_reached: bool) -> &'static str {
    if is_reached { "reached" } else { "missed" }
}

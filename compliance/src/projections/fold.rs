//! What a projection is.
//!
//! Folding is a homomorphism from runs of records to states: for any way to cut a range in two,
//! `fold(a ++ b) == fold(a).absorb(fold(b))`. So a long log is folded in segments, on all cores; a period, or the log
//! as of an older checkpoint, is put together from whole segments and two pieces; and an erasure costs the segments
//! that held the erased bodies, not the whole log.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    gate::Governed,
    projections::{
        measure::Measures,
        pieces::{Absorb, Timeline},
        record::{PayloadState, Record},
        table::Table,
    },
};

/// A pure, deterministic, versioned fold over records. Its state serialises the same way for the same records:
/// ordered maps only, integers to 2^53-1 (sums saturate there), no floats.
///
/// A change to what a state or its measures mean is a new version. The list has one version of each fold, and released
/// mappings name theirs: what they name must still be given ([`Self::OLDEST`]), or another meaning is another fold under
/// another name.
pub trait Fold: Absorb + Clone + Serialize + DeserializeOwned + Send + 'static {
    /// What reports and queries call it.
    const NAME: &'static str;
    /// Version of its meaning.
    const VERSION: u32;
    /// The oldest version that mappings may still name: all measures since then are given under the same names, and none
    /// of them counts less of what speaks against a clause.
    const OLDEST: u32 = 1;

    /// Takes in the next record of the range.
    fn record(&mut self, record: &Record<'_>);

    /// Takes in what became of the payload of an event that has one. In evidence payloads stand apart from bodies, so all
    /// that is shown with it is the header, and a body weighs as left out: a state keeps what payloads say apart from what
    /// records say, and comes out the same whichever is taken in first.
    fn payload(&mut self, _record: &Record<'_>, _state: PayloadState) {}

    /// Takes in what the next record of the daemon's own gate says, which is its payload. It comes apart from [`Self::record`]
    /// of the same record, as [`Self::payload`] does, so that a state keeps the two apart as well.
    fn governed(&mut self, _record: &Governed<'_>) {}

    /// The range ends at this time: what stands open at its last record stands open until then, and no longer, where
    /// records of a period by event time were recorded later. Called once, after the last record, and never before a state is stored.
    fn reach(&mut self, time: u64) {
        if let Some(range) = self.range() {
            range.reach(time);
        }
    }

    /// When the records of the range were recorded, of a fold that asks whether something may have stood open before them.
    fn range(&mut self) -> Option<&mut Timeline> {
        None
    }

    /// What the state says in single values, for reports to compare with thresholds. Names begin with the fold's.
    fn measures(&self, measures: &mut Measures);

    /// What the state says in rows, for people and for other programs.
    fn tables(&self) -> Vec<Table>;
}

//! Verification of a bundle, as a stream: a cutter splits it into units of bounded size, each unit is checked by
//! itself, and a judge takes in what the checks gave, in order.
//!
//! [`verify`] does all of that in one thread. A program that has more of them takes units from the [`Cutter`], runs
//! [`check_unit`] wherever it likes, and hands the results to the [`Judge`] in the order of the units. One that has
//! more to do with the records runs [`check_unit_seeing`], which shows them: each once, with its header and with its
//! body as far as that can be read.

mod custody;
mod cutter;
mod erasures;
mod fault;
mod history;
mod holds;
mod identities;
mod item_file;
mod judge;
mod key_events;
mod opening;
mod outside;
mod parts;
mod parts_unit;
mod range;
pub mod records;
mod report;
mod scope;
mod seen;
mod statement;
mod trust;
mod unit;
mod upper_tiles;

pub use custody::Custody;
pub use cutter::Cutter;
pub use erasures::Erasures;
pub use fault::VerifyError;
pub use history::{
    DataKeyFacts, ErasureFacts, HISTORY_LISTED_MAX, HoldFacts, IdentityFacts, KekFacts, KeyHistory,
    Listed, RevocationFacts,
};
pub use identities::{Identities, UnknownKeyType};
pub use judge::Judge;
pub use opening::{Begun, begin, begin_within};
pub use report::{BundleFacts, FreshnessFacts, Neighbours, PartCounts, Report, WitnessFacts, Word};
pub use scope::{ErasedSince, Scope, ScopeRecords, Scoped};
pub use seen::{SeenBody, SeenRecord};
pub use statement::{KeyEvent, Statement, check_key_event};
pub use trust::{CLOCK_SKEW_SECONDS_MAX, KnownHead, KnownHeadError, Trust};
pub use unit::{Checked, Unit, check_unit, check_unit_seeing};

use crate::bundle::FileSource;

/// Verifies a bundle in the calling thread.
pub fn verify<S: FileSource>(source: S, trust: &Trust) -> Result<Report, VerifyError> {
    match begin(source, trust)? {
        Begun::Ended(report) => Ok(*report),
        Begun::Open {
            mut cutter,
            mut judge,
        } => {
            while let Some(unit) = cutter.next_unit()? {
                judge.accept(check_unit(unit));
            }
            Ok(judge.finish())
        }
    }
}

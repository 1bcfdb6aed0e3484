//! Verification of a bundle, as a stream: a cutter splits it into units of bounded size, each unit is checked by
//! itself, and a judge takes in what the checks gave, in order.
//!
//! [`verify`] does all of that in one thread. A program that has more of them takes units from the [`Cutter`], runs
//! [`check_unit`] wherever it likes, and hands the results to the [`Judge`] in the order of the units. One that has
//! more to do with the records runs [`check_unit_seeing`], which shows them: each once, with its header and with its
//! body as far as that can be read.

mod authorship;
mod custody;
mod cutter;
mod disposals;
mod erasures;
mod fault;
mod finish;
mod governance;
mod head;
mod held;
mod history;
mod history_facts;
mod holds;
mod identities;
mod item_file;
mod judge;
mod judge_parts;
mod key_event;
mod key_event_list;
mod key_events;
mod known_head;
mod log;
mod missing;
mod moment;
mod opening;
mod outside;
mod part_judgement;
mod parts;
mod parts_unit;
mod producers;
mod range;
mod range_claim;
mod record_facts;
mod recorded;
pub mod records;
mod report;
mod rules;
mod scope;
mod seen;
mod statement;
mod tally;
mod trust;
mod unit;
mod upper_tiles;

pub use custody::{Custody, Effect};
pub use cutter::Cutter;
pub use erasures::Erasures;
pub use fault::VerifyError;
pub use history::{HISTORY_LISTED_MAX, KeyHistory, Listed};
pub use history_facts::{
    ClosedFacts, DataKeyFacts, DisposalFacts, ErasureFacts, HoldFacts, IdentityFacts, KekFacts,
    ProducerFacts, ProducerRevokedFacts, RevocationFacts, SettingsFacts,
};
pub use identities::{Identities, UnknownKeyType};
pub use judge::Judge;
pub use key_event::{KeyEvent, Statement};
pub use known_head::{KnownHead, KnownHeadError};
pub use opening::{Begun, begin, begin_within};
pub use outside::HEAD_WANTED;
pub use recorded::{AfterCheckpoint, Recorded};
pub use report::{
    BundleFacts, FormatPage, FreshnessFacts, Neighbours, PartCounts, Report, WitnessFacts, Word,
};
pub use rules::Rules;
pub use scope::{Scope, ScopeRecords, Scoped};
pub use seen::{PayloadState, SeenBody, SeenPayload, SeenRecord};
pub use statement::check_key_event;
pub use trust::{CLOCK_SKEW_SECONDS_MAX, Trust};
pub use unit::{Checked, Unit, check_unit, check_unit_seeing, see_payload_states, see_payloads};

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

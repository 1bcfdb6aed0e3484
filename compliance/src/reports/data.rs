//! What reports hold, and how it comes of the evidence.

mod answers;
mod assess;
mod caveats;
pub(crate) mod finding;
mod identifier;
mod judge;
pub mod keys;
mod report;
mod subject;
pub(crate) mod verification;

pub use answers::{AnswerFacts, AnswerName, FindingFacts, RangeVerdict};
pub use assess::assess;
pub use finding::{
    ClauseFinding, CriterionFinding, OutcomeFacts, PopulationFacts, State, Summary, ThresholdFacts,
    ValueFacts,
};
pub(crate) use identifier::of_part;
pub use report::{
    AskedFacts, Caveat, CaveatCode, EvidenceFacts, FrameworkFacts, LedgerFacts, REPORT_FORMAT,
    RangeFacts, ReadError, Report, TableRows,
};
pub use subject::{Asked, BodyCounts, Outside, Subject, View};
pub use verification::{
    Asking, EVIDENCE_FORMAT, PartFacts, VERIFICATION_FORMAT, Verification, times::TimesSeen,
};

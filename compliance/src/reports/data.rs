//! What reports hold, and how it comes of the evidence.

mod ahead;
mod answers;
mod assess;
pub(crate) mod budgets;
mod caveats;
mod either;
pub(crate) mod finding;
mod front_matter;
mod identifier;
mod judge;
pub mod keys;
pub mod left_out;
mod lost;
mod named;
mod report;
pub(crate) mod series;
mod subject;
pub(crate) mod verification;

pub use ahead::RecordedAhead;
pub use answers::{AnswerFacts, AnswerName, FindingFacts, RangeVerdict};
pub use assess::assess;
pub use budgets::{BUDGETS_MAX, Budget};
pub use finding::{
    ClauseFinding, CriterionFinding, OfWhichFacts, OutcomeFacts, PopulationFacts, SpreadFacts,
    State, Summary, ThresholdFacts, ValueFacts,
};
pub use front_matter::{FRONT_MATTER_CHARS_MAX, FrontMatter, FrontMatterError};
pub(crate) use identifier::of_part;
pub use lost::Lost;
pub use named::{BodyState, NamedRecord, RECORDS_DESCRIBED_MAX};
pub use report::{
    AskedFacts, ByEventTimeFacts, Caveat, CaveatCode, EvidenceFacts, FrameworkFacts, LedgerFacts,
    REPORT_FORMAT, RangeFacts, ReadError, RecordsFacts, Report, TableRows,
};
pub use series::{BARS_MAX, Bar, Series, Wait};
pub use subject::{Asked, BodyCounts, ByEventTime, ByOrigin, Outside, Subject, View, Whose};
pub use verification::{
    Asking, EVIDENCE_FORMAT, PartFacts, VERIFICATION_FORMAT, Verification, times::TimesSeen,
    trusted::Given,
};

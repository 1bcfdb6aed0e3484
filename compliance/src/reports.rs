//! Reports: data first, then forms.
//!
//! A report holds only what the evidence, the pinned key, the checkpoint and the mapping determine. It has no time of
//! its own making, no host, no version of a program; so the daemon and an auditor make the same bytes of it. It never
//! says that anybody complies: for each clause it says what the records show, and what a ledger can't know.

pub mod data;
pub mod difference;
pub mod forms;
pub mod inert;
mod moments;
mod words;

pub use data::{
    AnswerFacts, AnswerName, Asked, AskedFacts, Asking, BARS_MAX, BUDGETS_MAX, Bar, BodyCounts,
    BodyState, Budget, ByEventTime, ByEventTimeFacts, ByOrigin, Caveat, CaveatCode, ClauseFinding,
    CriterionFinding, EVIDENCE_FORMAT, EvidenceFacts, FRONT_MATTER_CHARS_MAX, FindingFacts,
    FrameworkFacts, FrontMatter, FrontMatterError, Given, LedgerFacts, Lost, NamedRecord,
    OfWhichFacts, OutcomeFacts, Outside, PopulationFacts, RECORDS_DESCRIBED_MAX, REPORT_FORMAT,
    RangeFacts, RangeVerdict, ReadError, RecordedAhead, RecordsFacts, Report, Series, SpreadFacts,
    State, Subject, Summary, TableRows, ThresholdFacts, TimesSeen, VERIFICATION_FORMAT, ValueFacts,
    Verification, View, Wait, Whose, assess,
};
pub use words::{counted, shown_limit, shown_share};

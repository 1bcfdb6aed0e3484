//! What limits a report, for programs and people.

use serde::{Deserialize, Serialize};

/// Something that limits what a report can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caveat {
    /// For programs.
    pub code: CaveatCode,
    /// For people.
    pub text: String,
}

/// The kinds of caveats, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaveatCode {
    /// The records are not what was written.
    IntegrityBroken,
    /// Keys were not introduced and used by the rules of the format.
    CustodyBroken,
    /// Whether the records are what was written can't be said.
    IntegrityUnanswerable,
    /// Whether keys were used by the rules of the format can't be said.
    CustodyUnanswerable,
    /// There are no records.
    Empty,
    /// What was asked for lies partly outside the evidence.
    Outside,
    /// The report was asked about a part of its mapping's clauses.
    ClausesLeftOut,
    /// The period is by the times that producers gave, and nobody knows whether all of it is here.
    PeriodByEventTime,
    /// Only what was imported counts, on the word of the systems that it comes from.
    ImportedAlone,
    /// The range begins after record 0.
    BeginsLater,
    /// The ledger succeeds another, which lost records.
    Succeeds,
    /// Bodies can't be read.
    BodiesUnreadable,
    /// Events don't fit their type.
    Misfits,
    /// The ledger's clock and the producers' own are further apart than the mapping allows.
    ClocksApart,
    /// Producers gave events times that were still to come when the last record was recorded.
    EventTimesAhead,
    /// Events come from another system, on its word.
    Imported,
    /// The mapping is an unreviewed draft.
    UnreviewedDraft,
}

impl CaveatCode {
    /// The code's name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::IntegrityBroken => "integrity-broken",
            Self::CustodyBroken => "custody-broken",
            Self::IntegrityUnanswerable => "integrity-unanswerable",
            Self::CustodyUnanswerable => "custody-unanswerable",
            Self::Empty => "empty",
            Self::Outside => "outside",
            Self::ClausesLeftOut => "clauses-left-out",
            Self::PeriodByEventTime => "period-by-event-time",
            Self::ImportedAlone => "imported-alone",
            Self::BeginsLater => "begins-later",
            Self::Succeeds => "succeeds",
            Self::BodiesUnreadable => "bodies-unreadable",
            Self::Misfits => "misfits",
            Self::ClocksApart => "clocks-apart",
            Self::EventTimesAhead => "event-times-ahead",
            Self::Imported => "imported",
            Self::UnreviewedDraft => "unreviewed-draft",
        }
    }
}

//! Who made what a measure counts, and whose clocks it rests on.
//!
//! What unread events may do to a measure, its fold says. A measure on time that is not listed rests on the times of
//! all events, so what is forgotten here lowers clauses and raises none.

/// Whose records a measure counts, as far as that keeps it from deciding anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// What clients recorded of systems and people.
    Recorded,
    /// What the ledger itself recorded of its keys, its readers and its reports.
    LedgersOwn,
    /// What a client said of its own work.
    OwnWord,
    /// What evidence that holds gives one value alone.
    Certain,
    /// All that there is of something: there is some wherever there is an event.
    Everything,
}

/// The events whose times a measure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Those of these types, in any version: types without one, with the point before it.
    Families(&'static [&'static str]),
    /// All of them.
    AnyEvent,
}

/// Measures by name, and those of which names begin so, where the name ends in a point or a line; the longest that fits
/// counts. All others count what clients recorded.
const COUNTED: &[(&str, Counted)] = &[
    ("access.", Counted::LedgersOwn),
    ("custody.", Counted::LedgersOwn),
    ("custody.malformed_statements", Counted::Certain),
    ("disposals.", Counted::LedgersOwn),
    ("disposals.erased_younger_", Counted::Recorded),
    ("disposals.erasing", Counted::Recorded),
    ("gaps.sources", Counted::Everything),
    ("imports.", Counted::OwnWord),
    ("records.days_with_events", Counted::Everything),
    ("records.events", Counted::Everything),
    ("records.imported", Counted::OwnWord),
    ("records.key_events", Counted::LedgersOwn),
    ("records.live_types", Counted::Everything),
    ("records.own", Counted::LedgersOwn),
    ("records.types", Counted::Everything),
    ("subjects.data_keys", Counted::Everything),
    ("subjects.in_the_clear", Counted::Certain),
];

/// Requests for approval, and their answers.
const APPROVALS: &[&str] = &[
    "ai.approval.denied.",
    "ai.approval.expired.",
    "ai.approval.granted.",
    "ai.approval.requested.",
];
/// Requests of people, more time for them, and their answers.
const REQUESTS: &[&str] = &[
    "privacy.request.answered.",
    "privacy.request.extended.",
    "privacy.request.received.",
];
/// Whose times the measures of a fold rest on.
const CLOCKS: &[(&str, Reads)] = &[
    (
        "agents.",
        Reads::Families(&[
            "ai.agent.declared.",
            "ai.agent.halted.",
            "ai.agent.present.",
            "ai.agent.resumed.",
            "ai.approval.requested.",
            "ai.budget.used.",
            "ai.decision.",
            "ai.performance.",
            "ai.tool_call.",
        ]),
    ),
    ("attempts.", Reads::Families(&["access.attempt."])),
    ("breaches.", Reads::Families(&["privacy.breach."])),
    ("decisions.", Reads::Families(&["ai.decision."])),
    // What the ledger's own gate recorded, no producer gave a time.
    ("governance.", Reads::Families(&[])),
    (
        "incidents.time_to_close_",
        Reads::Families(&["ai.incident."]),
    ),
    (
        "incidents.",
        Reads::Families(&["ai.incident.", "ai.incident.reported."]),
    ),
    // The month is counted from the request; interventions go by where they stand.
    (
        "oversight.share_contested_looked_after",
        Reads::Families(REQUESTS),
    ),
    ("oversight.time_to_decide_", Reads::Families(APPROVALS)),
    (
        "oversight.time_to_intervene_",
        Reads::Families(&["ai.decision.", "ai.oversight."]),
    ),
    (
        "oversight.time_to_override_",
        Reads::Families(&["ai.decision.", "ai.override."]),
    ),
    ("oversight.overrides", Reads::Families(&["ai.override."])),
    (
        "oversight.",
        Reads::Families(&[
            "ai.approval.denied.",
            "ai.approval.expired.",
            "ai.approval.granted.",
            "ai.approval.requested.",
            "ai.decision.",
            "ai.override.",
            "ai.oversight.",
        ]),
    ),
    ("performance.", Reads::Families(&["ai.performance."])),
    ("registry.evaluations", Reads::Families(&["ai.evaluation."])),
    (
        "registry.",
        Reads::Families(&[
            "ai.dataset.registered.",
            "ai.decision.",
            "ai.evaluation.",
            "ai.model.released.",
            "ai.model.retired.",
            "ai.performance.",
            "ai.policy.registered.",
            "ai.tool.registered.",
            "ai.tool_call.",
        ]),
    ),
    ("requests.", Reads::Families(REQUESTS)),
    ("reviews.", Reads::Families(&["log.review."])),
    ("uses.", Reads::Families(&["ai.use."])),
];

/// Parts of the names of measures that compare times, besides those that are spans.
const ON_TIME: &[&str] = &[
    "_late",
    ".late",
    "_silent",
    "at_hand_",
    "erased_younger_",
    "kept_",
    "metrics_followed",
    "_in_time",
    "contested_looked_after",
    "share_of_days",
    "share_serious_told",
    "time_to_",
];

/// The folds whose measures go by where records stand among others: by headers, numbers, days and silences.
const BY_PLACE: &[&str] = &[
    "disposals.",
    "gaps.",
    "governance.kept_",
    "governance.share_of_days_",
    "logging.",
    "records.",
    "retention.",
    "reviews.",
    "subjects.",
];

/// Measures that say something else of a short range, however long what counts in it took.
const BY_LENGTH: &[&str] = &["performance.metrics_followed"];

const DAY: u64 = 86_400 * 1_000_000_000;

/// Parts of the names of measures that say how often something was so, each with the time, in nanoseconds, that it takes
/// to tell that.
const ASKED_IN_EACH: &[(&str, u64)] = &[("share_of_days", 7 * DAY), ("_measured_30d", 30 * DAY)];

/// Measures that tell when what they count was recorded, so that it can be asked for again and again.
const TELL_WHEN: &[&str] = &[
    "decisions.recorded",
    "governance.decisions",
    "oversight.interventions",
    "performance.calls",
    "performance.recorded",
];

/// The names of the measures that tell when what they count was recorded.
pub(super) fn tell_when() -> &'static [&'static str] {
    TELL_WHEN
}

/// The time that it takes to tell how often something was so, in nanoseconds, by the measure of this name; none if it
/// tells nothing of that kind.
pub(super) fn asked_in_each(measure: &str) -> Option<u64> {
    let mut listed = ASKED_IN_EACH.iter();
    let found = listed.find(|(part, _)| measure.contains(part));
    found.map(|(_, span)| *span)
}

/// Whose records the measure of this name counts.
pub(super) fn counted(measure: &str) -> Counted {
    let listed = COUNTED.iter().filter(|(name, _)| fits(name, measure));
    let longest = listed.max_by_key(|(name, _)| name.len());
    longest.map_or(Counted::Recorded, |(_, counted)| *counted)
}

/// Whose times the measure of this name rests on.
pub(super) fn clocks(measure: &str) -> Reads {
    let listed = CLOCKS.iter().find(|(name, _)| fits(name, measure));
    listed.map_or(Reads::AnyEvent, |(_, reads)| *reads)
}

/// Whether it compares times, though its value is not a span.
pub(super) fn is_on_time(measure: &str) -> bool {
    ON_TIME.iter().any(|part| measure.contains(part))
}

/// Whether it is the distance of the two clocks itself, which they need not agree on to be far apart.
pub(super) fn is_of_clocks(measure: &str) -> bool {
    measure == "gaps.greatest_clock_distance"
}

/// Whether it counts days of the range, so that a single record is not enough over a long one.
pub(super) fn is_by_day(measure: &str) -> bool {
    measure.contains("share_of_days")
}

/// Whether it goes by where records stand among others.
pub(super) fn is_by_place(measure: &str) -> bool {
    BY_PLACE.iter().any(|fold| fits(fold, measure))
}

/// Whether it goes by how long the range is.
pub(super) fn is_by_length(measure: &str) -> bool {
    BY_LENGTH.contains(&measure)
}

fn fits(name: &str, measure: &str) -> bool {
    measure == name || name.ends_with(['.', '_']) && measure.starts_with(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conventions::SPECS, projections::folds::Projections};

    /// One that tells nothing would leave every criterion with `every` undecided.
    #[test]
    fn what_is_asked_for_again_and_again_tells_when_it_was_recorded() {
        let measures = Projections::default().measures();
        let telling = measures.0.iter();
        let telling = telling.filter(|(_, measure)| measure.recurs.is_some());
        let telling: Vec<_> = telling.map(|(name, _)| name.as_str()).collect();
        assert_eq!(telling, TELL_WHEN);
    }

    /// One that is misspelt would leave events out whose clocks count.
    #[test]
    fn families_whose_clocks_count_are_known_ones() {
        for (measure, reads) in CLOCKS {
            let Reads::Families(families) = reads else {
                continue;
            };
            for family in *families {
                let mut known = SPECS.iter().map(|spec| spec.event_type);
                let known = known.any(|known| known.strip_prefix(family) == Some("v1"));
                assert!(known, "{measure}: {family}");
            }
        }
    }
}

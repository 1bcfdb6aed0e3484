//! Which charts there are: what each line of bars counts.

use crate::reports::data::Bar;

/// One line of bars: what it counts, in which colour, and how.
pub(super) struct Strip {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) count: fn(&Bar) -> u64,
    /// How many of these can’t be read or don’t fit their type, and so count in no criterion.
    pub(super) unread: fn(&Bar) -> u64,
}

/// A chart: strips that are read together.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) says: &'static str,
    pub(super) strips: &'static [Strip],
}

/// All of them, in the order of a page.
pub(super) const CHARTS: [Chart; 4] = [
    Chart {
        title: "Decisions and what people did about them",
        says: "Overrides replace a decision; other interventions are reviews, holds and the like.",
        strips: &[
            Strip {
                name: "decisions",
                class: "accent",
                count: |bar| bar.decisions,
                unread: |bar| bar.decisions_unread,
            },
            Strip {
                name: "overrides",
                class: "half",
                count: |bar| bar.overrides,
                unread: |bar| bar.overrides_unread,
            },
            Strip {
                name: "other interventions",
                class: "half",
                count: |bar| bar.interventions,
                unread: |bar| bar.interventions_unread,
            },
        ],
    },
    Chart {
        title: "Incidents and halts",
        says: "An incident may have several events, from its opening to its close.",
        strips: &[
            Strip {
                name: "events about incidents",
                class: "bad",
                count: |bar| bar.incidents,
                unread: |bar| bar.incidents_unread,
            },
            Strip {
                name: "halts of agents",
                class: "bad",
                count: |bar| bar.halts,
                unread: |bar| bar.halts_unread,
            },
        ],
    },
    Chart {
        title: "Errors of models",
        says: "Where a call doesn’t say whether it failed, can’t be read or doesn’t fit its type, it stands in a line of its own.",
        strips: &[
            Strip {
                name: "calls",
                class: "accent",
                count: |bar| bar.calls,
                unread: |bar| bar.calls_unread,
            },
            Strip {
                name: "calls that say that they failed",
                class: "bad",
                count: |bar| bar.calls_failed,
                unread: |_| 0,
            },
            Strip {
                name: "calls that don’t say, can’t be read or don’t fit their type",
                class: "open",
                count: |bar| bar.calls_unsaid,
                unread: |_| 0,
            },
        ],
    },
    Chart {
        title: "Drift of models",
        says: "Whether a drift is a warning or critical is the word of whoever measured it. An event that can’t be read, or doesn’t fit its type, may be about a measurement, and stands in the last line.",
        strips: &[
            Strip {
                name: "measurements of drift",
                class: "accent",
                count: |bar| bar.drift_measured,
                unread: |_| 0,
            },
            Strip {
                name: "measurements that are warnings",
                class: "half",
                count: |bar| bar.drift_warnings,
                unread: |_| 0,
            },
            Strip {
                name: "measurements that are critical",
                class: "bad",
                count: |bar| bar.drift_critical,
                unread: |_| 0,
            },
            Strip {
                name: "measurements that don’t say what they mean, can’t be read or don’t fit their type",
                class: "open",
                count: |bar| bar.drift_unsaid,
                unread: |_| 0,
            },
        ],
    },
];

//! What an event of any type may have, by lot.

use super::story::{Fact, Shown, Told};
use crate::{conventions::ACCESS_SOURCE, projections::record::PayloadState};

/// One step of a story, in numbers: what happens, to whom, and how. The vocabularies are small, so that approvals,
/// overrides, halts and erasures meet what they belong to, on either side of a cut.
pub(super) type Step = (u8, u8, u8, u8);

pub(super) fn pick(words: &[&str], number: u8) -> String {
    words[usize::from(number) % words.len()].to_owned()
}

/// What any event may have: a number and a time of its producer's, a person, a state of its body.
pub(super) fn around(mut told: Told, (kind, who, what, how): Step) -> Told {
    let numbered = kind & 0x20 == 0;
    told.source = Some(pick(
        &[
            "urn:a",
            "urn:b",
            if numbered { "urn:c" } else { "urn:quiet" },
        ],
        what,
    ));
    if told.event_type.starts_with("indelible.access.") && what % 2 == 0 {
        told.source = Some(ACCESS_SOURCE.to_owned());
    }
    if numbered {
        told.facts
            .push(("producer_sequence".to_owned(), Fact::Uint(u64::from(how))));
    }
    if kind & 0x40 == 0 {
        let texts = [
            "2026-03-01T12:00:00Z",
            "2026-03-01T11:00:00Z",
            "2026-03-02T12:00:00Z",
            "yesterday",
        ];
        told.time = Some(pick(&texts, how));
    }
    if who & 0x20 == 0 {
        told = told.about(&pick(&["ann", "ben", "cat"], what), what % 4 + 1);
    }
    if who & 0x40 == 0 {
        told.actor = Some(pick(&["ada", "hana"], how));
    }
    if kind & 0x80 == 0 && who % 3 == 0 {
        told.data_key = None;
    }
    told.shown = shown(how);
    told
}

/// What is there of a content.
pub(super) fn shown(how: u8) -> Shown {
    match how {
        0..200 => Shown::Open,
        200..210 => Shown::Sealed,
        210..220 => Shown::Erased,
        220..230 => Shown::Withheld,
        230..240 => Shown::Archived,
        240..248 => Shown::Missing,
        248.. => Shown::Garbage,
    }
}

pub(super) fn agent(number: u8) -> Fact {
    Fact::Text(pick(&["ada", "bob", "cy"], number))
}

pub(super) fn human(number: u8) -> Fact {
    Fact::Text(pick(&["hana", "ivo", "ada"], number))
}

pub(super) fn text(words: &[&str], number: u8) -> Fact {
    Fact::Text(pick(words, number))
}

/// One event in four has a payload, of which anything may have become, and one override in seven changes nothing.
pub(super) fn with_payload(mut told: Told, (_, who, what, how): Step) -> Told {
    told.changes_nothing = what % 7 == 0;
    let states = [
        PayloadState::There,
        PayloadState::Erased,
        PayloadState::Withheld,
        PayloadState::Archived,
        PayloadState::Missing,
        PayloadState::Unreadable,
    ];
    match (who ^ how) % 4 {
        0 => told.with_payload(states[usize::from(what) % states.len()]),
        _ => told,
    }
}

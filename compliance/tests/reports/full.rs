//! A ledger on which all that clauses look for is recorded, and not one record more than their thresholds ask for.

use std::collections::BTreeSet;

use indelible_compliance::frameworks::{Framework, Kind, SHIPPED, Threshold};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::{ClauseFinding, OutcomeFacts, State};

use crate::ledger::{Shown, Told, claim, reports, subject_from, told};
use events::{
    DAYS, Days, QUIET, attempt, calls, decision, decisions, happened, is_silent, log_review,
    notice, registered, reviews,
};
use spoils::spoils;

mod events;
mod gate;
mod requests;
mod spoils;
mod uses;

/// Somebody logs in.
pub(crate) fn attempt_of(number: u64) -> Told {
    attempt(number)
}

/// Noon of a day, in nanoseconds.
pub(crate) fn at(day: u64) -> u64 {
    events::at(day)
}

/// The ledger.
pub(crate) fn ledger() -> Vec<Told> {
    as_told(Days::Reviewed)
}

/// Ledgers over which each clause that can be shown is, in one of them.
pub(crate) fn ledgers() -> [Vec<Told>; 5] {
    let note = told("com.example.note", &[]);
    let old = vec![note.clone(), note.on_day(2_300)];
    [
        ledger(),
        as_told(Days::Silent),
        old,
        erased(),
        gate::ledger(),
    ]
}

/// A ledger whose own gate decides.
pub(crate) fn governed() -> Vec<Told> {
    gate::ledger()
}

/// Somebody asked for erasure, and what was held on them is gone.
fn erased() -> Vec<Told> {
    let letter = told("com.example.letter", &[]).about_somebody();
    let request = told(
        "privacy.request.received.v1",
        &[
            ("request_id", "e".into()),
            ("right", "erasure".into()),
            ("received_at_ns", at(0).into()),
        ],
    );
    let answer = told(
        "privacy.request.answered.v1",
        &[("request_id", "e".into()), ("outcome", "fulfilled".into())],
    );
    vec![
        letter.shown(Shown::Erased),
        request,
        Told::erasure().on_day(1),
        answer.on_day(2),
    ]
}

fn as_told(days: Days) -> Vec<Told> {
    let mut ledger = registered();
    let mut numbers = 0..;
    for day in 0..=DAYS {
        let mut of_day = Vec::new();
        for number in numbers
            .by_ref()
            .take(usize::try_from(decisions(day)).expect("few"))
        {
            of_day.push(decision(number));
            of_day.extend(notice(number));
        }
        if !is_silent(day) && day != QUIET {
            of_day.extend(reviews(day));
            of_day.extend(calls(day));
            of_day.extend(happened(day));
            of_day.extend(requests::of_people(day));
            of_day.extend(uses::used(day));
        }
        if day == 11 {
            of_day.extend((0..100).map(attempt));
        }
        if day == QUIET || day == DAYS {
            let idle = [("agent", "scorer".into()), ("state", "idle".into())];
            of_day.push(told("ai.agent.present.v1", &idle).by("scorer"));
        }
        if days == Days::Reviewed {
            of_day.extend(log_review(day));
        }
        ledger.extend(of_day.into_iter().map(|event| event.on_day(day)));
    }
    let mut from = 0_u64;
    let placed = (0_u64..).zip(ledger).map(|(number, event)| {
        let event = event.and("producer_sequence", number);
        if event.event_type != "log.review.v1" {
            return event;
        }
        let first = std::mem::replace(&mut from, number);
        event
            .and("first", first)
            .and("last", number.saturating_sub(1).max(first))
    });
    placed.collect()
}

/// The ledger with some records taken away and others put in: places, and what; a number past the list takes away.
pub(crate) fn spoilt(changes: &[(usize, usize)]) -> Vec<Told> {
    let mut ledger = ledger();
    let spoils = spoils();
    for (place, what) in changes {
        let place = place % ledger.len();
        match spoils.get(*what) {
            Some(spoil) => {
                let day = ledger[place].day;
                ledger.insert(place, spoil.clone().on_day(day));
            }
            None => drop(ledger.remove(place)),
        }
    }
    ledger
}

/// The ledger with each thing alone that speaks against a clause, and the place of it.
pub(crate) fn each_spoilt() -> Vec<(usize, Vec<Told>)> {
    let place = ledger().len() - 1;
    let all = 0..spoils().len();
    all.map(|what| (place, spoilt(&[(place, what)]))).collect()
}

/// Everything that speaks against a clause, at once.
pub(crate) fn all_spoilt() -> Vec<Told> {
    let changes: Vec<_> = (0..spoils().len())
        .map(|what| (200 + 5 * what, what))
        .collect();
    spoilt(&changes)
}

/// The types of which there are many events.
const OFTEN: [&str; 4] = [
    "access.attempt.v1",
    "ai.decision.v1",
    "log.review.v1",
    "privacy.notice.v1",
];

/// The records that there are few of, and of the others two of every 90, with their places.
pub(crate) fn rare(ledger: &[Told]) -> Vec<(usize, &Told)> {
    let places = ledger.iter().enumerate();
    places
        .filter(|(place, event)| !OFTEN.contains(&event.event_type.as_str()) || place % 90 < 2)
        .collect()
}

/// The most that a clause can be, by its mapping.
fn ceiling(framework: &Framework, id: &str) -> State {
    let clause = framework.clauses.iter().find(|clause| clause.id == id);
    let clause = clause.expect("the clause");
    let mut held = clause
        .criteria
        .iter()
        .filter_map(|criterion| criterion.held.as_ref());
    match clause.kind {
        None => State::NotAssessable,
        Some(Kind::RecordKeeping)
            if clause.partly.is_none() && !held.any(|held| held.counts_once()) =>
        {
            State::Evidenced
        }
        Some(_) => State::PartlyEvidenced,
    }
}

/// Clauses that nothing more can speak for: a record more may lower them, and no record less.
fn only_bounded_above() -> Vec<String> {
    let mut bounded = Vec::new();
    for framework in mappings() {
        for clause in &framework.clauses {
            let mut held = clause
                .criteria
                .iter()
                .filter_map(|criterion| criterion.held.as_ref());
            if held.all(|held| {
                matches!(held.threshold, Threshold::AtMost(_)) && held.of == "records.live"
            }) {
                bounded.push(format!("{} {}", framework.id, clause.id));
            }
        }
    }
    bounded
}

fn mappings() -> Vec<Framework> {
    let read = SHIPPED
        .iter()
        .map(|shipped| shipped.read(&Catalogue::of_this_build()));
    read.collect::<Result<_, _>>().expect("mappings")
}

/// What a clause claims, and by how many criteria.
fn shown(clause: &ClauseFinding) -> (u8, usize) {
    let met = clause.criteria.iter();
    let met = met.filter(|criterion| criterion.outcome == OutcomeFacts::Met);
    (claim(clause.state), met.count())
}

#[test]
fn every_clause_that_can_be_shown_is() {
    let told = ledgers().map(|ledger| reports(&subject_from(0, &ledger)));
    let mut wrong = Vec::new();
    for (place, framework) in mappings().iter().enumerate() {
        for (at, clause) in told[0][place].clauses.iter().enumerate() {
            let wanted = ceiling(framework, &clause.id);
            if told
                .iter()
                .any(|reports| reports[place].clauses[at].state == wanted)
            {
                continue;
            }
            let criteria = clause.criteria.iter().filter(|criterion| {
                !matches!(criterion.outcome, OutcomeFacts::Met | OutcomeFacts::Shown)
            });
            let words: Vec<_> = criteria
                .map(|criterion| format!("{}: {}", criterion.measure, criterion.words))
                .collect();
            let (id, state) = (&clause.id, clause.state);
            wrong.push(format!(
                "{} {id} is {state:?}, not {wanted:?}: {words:?}",
                framework.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// However much there is: what was done is shown in part at most, and so is what its mapping says is.
#[test]
fn no_clause_stands_above_what_records_can_show() {
    for ledger in ledgers() {
        let told = reports(&subject_from(0, &ledger));
        for (framework, report) in mappings().iter().zip(&told) {
            for clause in &report.clauses {
                let most = ceiling(framework, &clause.id);
                let stands = format!("{} {} is {:?}", framework.id, clause.id, clause.state);
                assert!(
                    claim(clause.state) <= claim(most),
                    "{stands}, at most {most:?}"
                );
            }
        }
    }
}

/// Each clause with what it claims.
fn claims(ledger: &[Told]) -> Vec<(String, (u8, usize))> {
    let reports = reports(&subject_from(0, ledger));
    let clauses = reports.iter().flat_map(|report| {
        let name = move |id: &str| format!("{} {id}", report.framework.id);
        let clauses = report.clauses.iter();
        clauses.map(move |clause| (name(&clause.id), shown(clause)))
    });
    clauses.collect()
}

/// Without one record, or without what one record says.
#[test]
fn one_record_less_lowers_every_clause() {
    let mut lowered = BTreeSet::new();
    let mut claimed = BTreeSet::new();
    for whole in ledgers() {
        let all = claims(&whole);
        let claiming = all.iter().filter(|(_, (claim, _))| *claim > 0);
        claimed.extend(claiming.map(|(name, _)| name.clone()));
        for (place, event) in rare(&whole) {
            let mut without = whole.clone();
            without.remove(place);
            let mut erased = whole.clone();
            erased[place] = event.shown(Shown::Erased);
            for less in [without, erased] {
                let pairs = claims(&less).into_iter().zip(&all);
                let lower = pairs.filter(|((_, now), (_, then))| now < then);
                lowered.extend(lower.map(|((name, _), _)| name));
            }
        }
    }
    let bounded = only_bounded_above();
    let stuck = claimed
        .difference(&lowered)
        .filter(|name| !bounded.contains(name));
    let stuck: Vec<_> = stuck.collect();
    assert!(stuck.is_empty(), "no record less lowers {stuck:?}");
}

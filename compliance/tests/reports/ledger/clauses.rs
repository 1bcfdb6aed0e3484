//! What the clauses of every shipped framework come to over a ledger.

use indelible_compliance::frameworks::{Framework, SHIPPED};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::{Report, State, Subject, assess};

use super::{Told, subject_from};

/// The newest mapping of each framework, over what was found.
pub(crate) fn reports(subject: &Subject) -> Vec<Report> {
    thread_local! {
        static MAPPINGS: Vec<Framework> = SHIPPED
            .iter()
            .map(|shipped| shipped.read(&Catalogue::of_this_build()).expect("a mapping"))
            .collect();
    }
    MAPPINGS.with(|mappings| {
        let of = |framework: &Framework| {
            assess(framework, &framework.select(&[]).expect("all"), subject).expect("a report")
        };
        mappings.iter().map(of).collect()
    })
}

/// Each clause of every framework with its state.
pub(crate) fn states(ledger: &[Told]) -> Vec<(String, State)> {
    let reports = reports(&subject_from(0, ledger));
    let clauses = reports.iter().flat_map(|report| {
        let named = |id: &str| format!("{} {id}", report.framework.id);
        let clauses = report.clauses.iter();
        clauses.map(move |clause| (named(&clause.id), clause.state))
    });
    clauses.collect()
}

/// The state of one clause, as `eu-ai-act 12(1)`.
pub(crate) fn state_of(clause: &str, ledger: &[Told]) -> State {
    let states = states(ledger);
    let found = states.iter().find(|(name, _)| name == clause);
    found.unwrap_or_else(|| panic!("there is no {clause}")).1
}

/// What a state claims: the more, the greater. What can't be assessed and what is not evidenced claim nothing.
pub(crate) fn claim(state: State) -> u8 {
    match state {
        State::Evidenced => 2,
        State::PartlyEvidenced => 1,
        State::NotEvidenced | State::NotAssessable => 0,
    }
}

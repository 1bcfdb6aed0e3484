//! Places where what takes two people can't be done, because nobody is bound there who could approve it.

use std::collections::BTreeMap;

use super::finding::{Finding, Known, Lint, plain};
use crate::{
    action::{Action, ActionSet},
    binding::Binding,
    reach::{Reach, is_of_the_store},
    role::Role,
    table::{DualControl, Table},
};

/// Each place where somebody may ask for what takes two people, and no approver covers all of it.
pub(super) fn missing(table: &Table, known: Known<'_>) -> Vec<Finding> {
    if table.dual_control() != DualControl::InForce && !known.two_people {
        return Vec::new();
    }
    let mut places: BTreeMap<&Reach, &Binding> = BTreeMap::new();
    for bound in table.bindings().iter().filter(|bound| asks(bound)) {
        let first = places.entry(&bound.reach).or_insert(bound);
        if bound.line < first.line {
            *first = bound;
        }
    }
    let approved: Vec<_> = table
        .with_role(Role::Approver)
        .map(|(_, bound)| &bound.reach)
        .collect();
    let of_place = |(place, bound): (&Reach, &Binding)| {
        let is_covered = approved.iter().any(|reach| reach.covers(place));
        (!is_covered).then(|| finding(place, bound, &approved))
    };
    places.into_iter().filter_map(of_place).collect()
}

fn asks(bound: &Binding) -> bool {
    // On ledgers of the store itself nothing can be done that takes two people.
    if bound.reach.beginning().is_some_and(is_of_the_store) {
        return false;
    }
    let two = Action::ALL.iter().copied();
    let two: Vec<_> = two.filter(|action| action.takes_two()).collect();
    bound.role.actions().within(ActionSet::of(&two)) != ActionSet::EMPTY
}

fn finding(place: &Reach, bound: &Binding, approved: &[&Reach]) -> Finding {
    let within = approved.iter().filter(|reach| place.covers(reach));
    let mut within: Vec<_> = within.map(ToString::to_string).collect();
    within.sort_unstable();
    within.dedup();
    let who = match within.is_empty() {
        true => "nobody is approver there, so nothing that takes two people can be done there"
            .to_owned(),
        false => format!(
            "of that place, only {} has an approver, so elsewhere nothing that takes two people can be done",
            within.join(", ")
        ),
    };
    let text = format!(
        "{}: {who}; bind somebody else as approver on {place}",
        plain(bound)
    );
    Finding::of(Lint::NoApprover, bound, text)
}

//! What is odd about bindings: those that grant nothing, those that grant everything, and those that can never count.

mod approvers;
mod finding;

use std::{collections::BTreeSet, fmt};

use self::finding::plain;
pub use self::finding::{Finding, Known, Lint};
use crate::{
    action::{Action, ActionSet, ON_LEDGERS_OF_THE_STORE},
    binding::Binding,
    principal::Method,
    reach::{Reach, is_of_the_store},
    role::Role,
    sources::SourcePattern,
    table::Table,
};

impl Table {
    /// Everything that is odd about the bindings.
    pub fn lint(&self, known: Known<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for run in self
            .bindings()
            .chunk_by(|one, other| one.principal == other.principal)
        {
            covered(run, &mut findings);
            findings.extend(nobody(&run[0], known));
            findings.extend(everything(run));
            findings.extend(asks_and_approves(run));
            for bound in run {
                findings.extend(nothing_there(bound));
                findings.extend(no_ledger(bound, known));
                findings.extend(wide_administrator(bound));
                findings.extend(every_source(bound));
            }
        }
        findings.extend(self.one_approver());
        findings.extend(approvers::missing(self, known));
        findings.extend(self.no_administrator());
        findings.sort_by_key(|finding| (finding.line.is_none(), finding.line, finding.lint));
        findings
    }

    fn one_approver(&self) -> Option<Finding> {
        let who: BTreeSet<_> = self.with_role(Role::Approver).map(|(who, _)| who).collect();
        let (_, bound) = self.with_role(Role::Approver).next()?;
        let is_one = who.len() == 1 && !bound.principal.is_group();
        is_one.then(|| {
            let text = format!(
                "{} is the only approver: nothing that takes two people can be done while they are away, and nothing that \
                 they ask for themselves; bind another",
                bound.principal
            );
            Finding::of(Lint::OneApprover, bound, text)
        })
    }

    fn no_administrator(&self) -> Option<Finding> {
        let mut administrators = self.with_role(Role::Administrator);
        let is_bound = administrators.any(|(_, bound)| bound.reach == Reach::Store);
        (!is_bound).then(|| Finding {
            lint: Lint::NoAdministrator,
            line: None,
            text: "nobody is administrator on @store: nobody can make a token for the store or see who may do what"
                .to_owned(),
        })
    }
}

impl Finding {
    fn of(lint: Lint, bound: &Binding, text: String) -> Self {
        let line = bound.line;
        Self { lint, line, text }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        write!(formatter, "{} ({})", self.text, self.lint.name())
    }
}

/// Of one principal, those that another grants. Of two that are the same, the second.
fn covered(run: &[Binding], findings: &mut Vec<Finding>) {
    let is_wide = |bound: &&Binding| !matches!(bound.reach, Reach::Ledger(_));
    let wide: Vec<_> = run.iter().filter(is_wide).collect();
    let mut same: Vec<_> = run.iter().collect();
    // Of two that are alike, the first stays the first.
    same.sort_by_key(|bound| (bound.role, &bound.reach));
    for pair in same.chunk_by(|one, other| (one.role, &one.reach) == (other.role, &other.reach)) {
        for (at, bound) in pair.iter().enumerate() {
            // Of two that cover each other, the second is told.
            let beside = pair.iter().enumerate().find(|(place, other)| {
                let is_mutual = covers_sources(bound, other);
                *place != at && covers_sources(other, bound) && (*place < at || !is_mutual)
            });
            let outer = wide.iter().find(|other| {
                other.role == bound.role
                    && other.reach != bound.reach
                    && other.reach.covers(&bound.reach)
                    && covers_sources(other, bound)
            });
            if let Some(other) = beside.map(|(_, other)| other).or(outer) {
                let text = format!(
                    "{} grants nothing that {other} does not; remove it",
                    plain(bound)
                );
                findings.push(Finding::of(Lint::Covered, bound, text));
            }
        }
    }
}

fn covers_sources(wide: &Binding, narrow: &Binding) -> bool {
    let covered = |own: &SourcePattern| wide.sources.iter().any(|other| other.covers_pattern(own));
    wide.sources.is_empty() || !narrow.sources.is_empty() && narrow.sources.iter().all(covered)
}

fn nothing_there(bound: &Binding) -> Option<Finding> {
    let text = bound.reach.beginning()?;
    let knowing = ActionSet::of(&[
        Action::DescribeLedger,
        Action::ListLedgers,
        Action::ListRequests,
    ]);
    let there = bound.role.actions().within(ON_LEDGERS_OF_THE_STORE);
    let is_nothing = is_of_the_store(text) && there.without(knowing) == ActionSet::EMPTY;
    is_nothing.then(|| {
        let text = format!(
            "{}: on a ledger of the store itself that role can do nothing; remove it",
            plain(bound)
        );
        Finding::of(Lint::NothingThere, bound, text)
    })
}

fn no_ledger(bound: &Binding, known: Known<'_>) -> Option<Finding> {
    let place = bound.reach.beginning()?;
    let text = if place.contains('/') {
        format!(
            "{}: no ledger's name holds a '/', so it covers none; write a prefix that ends in '*'",
            plain(bound)
        )
    } else {
        let covers = |name: &&str| bound.reach.covers_ledger(name);
        // Every store has its own ledger.
        if is_of_the_store(place) || known.ledgers?.iter().any(covers) {
            return None;
        }
        format!("{}: there is no such ledger yet", plain(bound))
    };
    Some(Finding::of(Lint::NoLedger, bound, text))
}

fn nobody(bound: &Binding, known: Known<'_>) -> Option<Finding> {
    let who = &bound.principal;
    let is_away = |method: Method| {
        known
            .methods
            .is_some_and(|methods| !methods.contains(&method))
    };
    let unknown_issuer = || {
        let issuer = who.issuer()?;
        let known = known.issuers?.contains(&issuer);
        (!known).then(|| format!("{who}: the issuer {issuer} is not configured"))
    };
    let text = if who.as_str() == "unix:nobody" {
        "unix:nobody: whoever has that user is refused, since the kernel shows it for users of other namespaces".to_owned()
    } else if is_away(who.method()) {
        format!(
            "{who}: nobody can show who they are in that way ({})",
            who.method().name()
        )
    } else if who.is_token() && known.tokens.is_some_and(|tokens| !tokens.contains(who)) {
        format!("{who}: there is no such token, or it is no longer valid")
    } else {
        unknown_issuer()?
    };
    Some(Finding::of(
        Lint::Nobody,
        bound,
        format!("{text}; remove what is bound to it"),
    ))
}

fn everything(run: &[Binding]) -> Option<Finding> {
    let on_the_store = run.iter().filter(|bound| bound.reach == Reach::Store);
    let actions = on_the_store.map(|bound| bound.role.actions());
    let all = actions.fold(ActionSet::EMPTY, ActionSet::and);
    let missing = ActionSet::of(Action::ALL).without(all);
    // Whoever may do all the rest needs nobody's approval where nobody is approver.
    let lacks = |actions: &[Action]| missing == ActionSet::of(actions);
    let but = match missing {
        ActionSet::EMPTY => "",
        _ if lacks(&[Action::Approve]) => " but approve",
        _ if lacks(&[Action::AnswerAgents]) => " but grant acts of agents",
        _ if lacks(&[Action::Approve, Action::AnswerAgents]) => " but grant what others ask for",
        _ => return None,
    };
    let text = format!(
        "{} may do everything{but} on the store; split the roles",
        run[0].principal
    );
    Some(Finding::of(Lint::Everything, &run[0], text))
}

fn asks_and_approves(run: &[Binding]) -> Option<Finding> {
    let two = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.takes_two());
    let two = ActionSet::of(&two.collect::<Vec<_>>());
    let asks = |bound: &&Binding| bound.role.actions().within(two) != ActionSet::EMPTY;
    let meet = |one: &Binding, other: &Binding| {
        one.reach.covers(&other.reach) || other.reach.covers(&one.reach)
    };
    let approves = run.iter().filter(|bound| bound.role == Role::Approver);
    let mut pairs = approves.flat_map(|approver| {
        let asking = run.iter().filter(asks);
        asking.map(move |asking| (asking, approver))
    });
    let (asking, approver) = pairs.find(|(asking, approver)| meet(asking, approver))?;
    let text = format!(
        "{} and approves what others ask for there: two such people can do everything for each other; bind somebody else as \
         approver",
        plain(asking)
    );
    Some(Finding::of(Lint::AsksAndApproves, approver, text))
}

fn wide_administrator(bound: &Binding) -> Option<Finding> {
    if bound.role != Role::Administrator {
        return None;
    }
    let text = if bound.principal.is_group() {
        "whoever may put somebody into that group makes administrators; bind principals"
    } else if matches!(&bound.reach, Reach::Prefix(prefix) if prefix.is_empty()) {
        "every ledger that will ever be made is meant; write prefixes, or @store if that is what is meant"
    } else {
        return None;
    };
    let text = format!("{}: {text}", plain(bound));
    Some(Finding::of(Lint::WideAdministrator, bound, text))
}

fn every_source(bound: &Binding) -> Option<Finding> {
    let is_every = bound.sources.iter().any(SourcePattern::is_everything);
    is_every.then(|| {
        let text = format!(
            "{}: '*' is every source; leave sources out, or name them",
            plain(bound)
        );
        Finding::of(Lint::EverySource, bound, text)
    })
}

#[cfg(test)]
mod tests;

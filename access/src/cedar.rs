//! The bindings as Cedar policies and a schema, for people who analyse them with its tools. Nothing here decides.
//!
//! Users, groups and other names are entities of one type: a caller's entity has its other names and its groups as
//! parents. The store is the parent of every ledger.

use std::fmt::Write as _;

use crate::{
    action::{Action, ActionSet, Bound, ON_LEDGERS_OF_THE_STORE},
    binding::Binding,
    reach::Reach,
    role::Role,
    sources::SourcePattern,
    table::{DualControl, Table},
};

/// The schema of the policies: the same for all bindings.
pub fn schema() -> String {
    let mut text = String::from(
        "namespace Indelible {\n  entity Principal in [Principal];\n  entity Store;\n  entity Ledger in [Store] { name: \
         String };\n",
    );
    for action in Action::ALL.iter().copied() {
        let resource = match action.bound() {
            Bound::Ledger => "Ledger",
            Bound::Store | Bound::Anywhere => "Store",
            Bound::Either => "Store, Ledger",
        };
        let context = match action {
            Action::Append => "{ source: String }",
            action if action.takes_two() => "{ approved: Bool }",
            _ => "{}",
        };
        // Writing into a string can't fail.
        let _ = writeln!(
            text,
            "  action \"{}\" appliesTo {{ principal: [Principal], resource: [{resource}], context: {context} }};",
            action.name()
        );
    }
    text.push_str("}\n");
    text
}

impl Table {
    /// The policies that say what this table says.
    pub fn cedar(&self) -> String {
        let never = ActionSet::of(Action::ALL)
            .within(bound_to(&[Bound::Ledger, Bound::Either]))
            .without(ON_LEDGERS_OF_THE_STORE);
        let mut text = format!(
            "// What nobody can do on the store's own ledgers.\nforbid (\n  principal,\n  action in [{}],\n  resource is \
             Indelible::Ledger\n) when {{ resource.name like \"_*\" }};\n",
            names(never)
        );
        for bound in self.bindings() {
            self.policies(bound, &mut text);
        }
        text
    }

    fn policies(&self, bound: &Binding, text: &mut String) {
        let _ = write!(text, "\n// {bound}\n");
        let actions = bound.role.actions();
        let (resource, place) = match &bound.reach {
            Reach::Store => ("resource in Indelible::Store::\"store\"".to_owned(), None),
            Reach::Ledger(name) => (format!("resource == Indelible::Ledger::\"{name}\""), None),
            Reach::Prefix(prefix) => (
                "resource is Indelible::Ledger".to_owned(),
                Some(match prefix.is_empty() {
                    true => "!(resource.name like \"_*\")".to_owned(),
                    false => format!("resource.name like \"{}*\"", &**prefix),
                }),
            ),
        };
        let append = ActionSet::of(&[Action::Append]);
        let two: Vec<_> = Action::ALL
            .iter()
            .copied()
            .filter(|action| action.takes_two())
            .collect();
        let two = match self.dual_control() {
            DualControl::InForce => actions.within(ActionSet::of(&two)),
            DualControl::NeverInForce => ActionSet::EMPTY,
        };
        let sources = match bound.role == Role::Writer && !bound.sources.is_empty() {
            true => Some(sources(&bound.sources)),
            false => None,
        };
        let conditional = match sources {
            Some(_) => two.and(append),
            None => two,
        };
        let mut places = bound_to(&[Bound::Ledger, Bound::Either]);
        if bound.reach == Reach::Store {
            places = ActionSet::of(Action::ALL);
        } else {
            let lists = actions.within(bound_to(&[Bound::Anywhere]));
            policy(
                bound,
                lists,
                "resource == Indelible::Store::\"store\"",
                &[],
                text,
            );
        }
        let here = actions.within(places);
        let place = place.as_deref();
        let when = |condition: Option<&str>| -> Vec<String> {
            place
                .into_iter()
                .chain(condition)
                .map(str::to_owned)
                .collect()
        };
        policy(
            bound,
            here.without(conditional),
            &resource,
            &when(None),
            text,
        );
        policy(bound, two, &resource, &when(Some("context.approved")), text);
        if let Some(sources) = sources {
            policy(bound, append, &resource, &when(Some(&sources)), text);
        }
    }
}

fn policy(bound: &Binding, actions: ActionSet, resource: &str, when: &[String], text: &mut String) {
    if actions == ActionSet::EMPTY {
        return;
    }
    let _ = write!(
        text,
        "permit (\n  principal in Indelible::Principal::{},\n  action in [{}],\n  {resource}\n)",
        quoted(bound.principal.as_str()),
        names(actions)
    );
    if !when.is_empty() {
        let _ = write!(text, " when {{ {} }}", when.join(" && "));
    }
    text.push_str(";\n");
}

fn bound_to(bounds: &[Bound]) -> ActionSet {
    let all = Action::ALL.iter().copied();
    let some: Vec<_> = all
        .filter(|action| bounds.contains(&action.bound()))
        .collect();
    ActionSet::of(&some)
}

fn names(actions: ActionSet) -> String {
    let names = actions
        .iter()
        .map(|action| format!("Indelible::Action::\"{}\"", action.name()));
    names.collect::<Vec<_>>().join(", ")
}

fn sources(patterns: &[SourcePattern]) -> String {
    let one = |pattern: &SourcePattern| {
        let (text, is_prefix) = pattern.parts();
        match is_prefix {
            // No pattern holds a star, which alone has a meaning here.
            true => format!("context.source like {}", quoted(&format!("{text}*"))),
            false => format!("context.source == {}", quoted(text)),
        }
    };
    let all: Vec<_> = patterns.iter().map(one).collect();
    format!("({})", all.join(" || "))
}

/// A string of Cedar: all that is bound is printable ASCII.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;

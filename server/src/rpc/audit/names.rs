//! The other names of a caller, as records have them: a user of this machine has a name and a number, a certificate may have
//! several names, and what is granted to one of them is done by the caller of all.

use indelible_access::{Caller, Principal, Table};
use indelible_evidence::limits::ATTRIBUTE_BYTES_MAX;
use indelible_ledger::SystemFact;

/// The names of a caller beside its principal: as many as one fact holds, those that are bound first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct OtherNames {
    text: String,
    has_more: bool,
}

impl OtherNames {
    /// Those of a caller who was let in, or refused, by this table.
    pub(crate) fn of(table: &Table, caller: &Caller) -> Self {
        let names: Vec<_> = caller.other_names().collect();
        let all = joined(&names);
        if all.text.len() <= ATTRIBUTE_BYTES_MAX {
            return all;
        }
        let is_bound = |name: &&Principal| {
            let mut bound = table.bindings().iter();
            bound.any(|bound| bound.principal == **name)
        };
        let (bound, rest): (Vec<_>, Vec<_>) = names.iter().copied().partition(is_bound);
        let mut fitting = Vec::new();
        let mut room = ATTRIBUTE_BYTES_MAX;
        for name in bound.into_iter().chain(rest) {
            let Some(left) = room.checked_sub(name.as_str().len() + 1) else {
                break;
            };
            room = left;
            fitting.push(name);
        }
        Self {
            has_more: true,
            ..joined(&fitting)
        }
    }

    /// The names, with commas between them: no name of a user or a certificate has one. Empty if there are none.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there are more than these.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// The facts that tell them.
    pub(crate) fn facts(&self) -> Vec<(&'static str, SystemFact)> {
        let names = ("other_names", SystemFact::Text(self.text.clone()));
        let more = ("more_names", SystemFact::Boolean(true));
        let names = (!self.text.is_empty()).then_some(names);
        names
            .into_iter()
            .chain(self.has_more.then_some(more))
            .collect()
    }
}

fn joined(names: &[&Principal]) -> OtherNames {
    let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
    OtherNames {
        text: names.join(","),
        has_more: false,
    }
}

#[cfg(test)]
mod tests {
    use indelible_access::{Binding, DualControl, Reach, Role};

    use super::*;

    fn certificate(names: usize) -> Caller {
        let names: Vec<_> = (0..names)
            .map(|name| format!("service-{name}.payments.example.org"))
            .collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Caller::certificate(&["spiffe://example.org/payments"], &names).unwrap()
    }

    #[test]
    fn all_names_are_told_and_of_too_many_those_that_are_bound() {
        let last = Principal::parse("dns:service-99.payments.example.org").unwrap();
        let reach = Reach::parse("hr").unwrap();
        let bound = Binding::new(last.clone(), Role::Approver, reach);
        let table = Table::new(vec![bound], DualControl::InForce);
        let alice = Caller::unix(7, Some("alice"), &[(7, Some("staff"))]).unwrap();
        let alice = OtherNames::of(&table, &alice);
        assert_eq!((alice.text(), alice.has_more()), ("unix:#7", false));
        assert_eq!(alice.facts().len(), 1);
        let few = OtherNames::of(&table, &certificate(2));
        assert_eq!(
            few.text(),
            "dns:service-0.payments.example.org,dns:service-1.payments.example.org"
        );
        let many = OtherNames::of(&table, &certificate(100));
        assert!(many.has_more() && many.text().len() <= ATTRIBUTE_BYTES_MAX);
        assert!(many.text().starts_with(last.as_str()), "{}", many.text());
        assert_eq!(many.facts().len(), 2);
        let token = OtherNames::of(&table, &Caller::insecure_local());
        assert!(token.facts().is_empty());
    }
}

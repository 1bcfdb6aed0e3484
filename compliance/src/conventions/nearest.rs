//! The known type that somebody meant who wrote another one.

use super::known::SPECS;

/// All known types.
pub fn known_types() -> impl Iterator<Item = &'static str> {
    SPECS.iter().map(|spec| spec.event_type)
}

/// The beginnings that known types have, up to their first dot: all other types that begin so are unknown.
pub fn families() -> impl Iterator<Item = &'static str> {
    SPECS.iter().enumerate().filter_map(|(place, spec)| {
        let family = family(spec.event_type);
        let earlier = &SPECS[..place];
        let is_first = !earlier
            .iter()
            .any(|spec| spec.event_type.starts_with(family));
        is_first.then_some(family)
    })
}

/// The known type that differs least from a type: by letters that are missing, too many, others, or exchanged with the
/// next. Of those that differ as little, the first.
#[must_use]
pub fn nearest(event_type: &str) -> &'static str {
    let typed: Vec<char> = event_type.chars().take(TYPED_CHARACTERS_READ).collect();
    known_types()
        .min_by_key(|known| distance(&typed, &known.chars().collect::<Vec<_>>()))
        .unwrap_or_default()
}

/// Beyond these, a type is like none that is known.
const TYPED_CHARACTERS_READ: usize = 128;

fn family(event_type: &'static str) -> &'static str {
    let end = event_type.find('.').map_or(event_type.len(), |dot| dot + 1);
    &event_type[..end]
}

/// How many changes lead from one to the other; no letter is changed twice.
fn distance(from: &[char], to: &[char]) -> usize {
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=to.len()).collect());
    for (row, letter) in from.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, wanted) in to.iter().enumerate() {
            let other = last[column] + usize::from(letter != wanted);
            let mut least = other.min(last[column + 1] + 1).min(now[column] + 1);
            let exchanged =
                row > 0 && column > 0 && from[row - 1] == *wanted && *letter == to[column - 1];
            if exchanged {
                least = least.min(before[column - 1] + 1);
            }
            now.push(least);
        }
        (before, last) = (last, now);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_leads_to_the_type_that_was_meant() {
        for (typed, meant) in [
            ("ai.decison.v1", "ai.decision.v1"),
            ("ai.decision.v2", "ai.decision.v1"),
            ("ai.decisoin.v1", "ai.decision.v1"),
            ("AI.Decision.v1", "ai.decision.v1"),
            ("ai.decision", "ai.decision.v1"),
            ("ai.approval.grant.v1", "ai.approval.granted.v1"),
            ("ai.agent.holted.v1", "ai.agent.halted.v1"),
            ("privacy.request.recieved.v1", "privacy.request.received.v1"),
            ("indelible.import.checkd.v1", "indelible.import.checked.v1"),
        ] {
            assert!(known_types().all(|known| known != typed));
            assert_eq!(nearest(typed), meant, "{typed}");
        }
        assert!(
            SPECS
                .iter()
                .all(|spec| nearest(spec.event_type) == spec.event_type)
        );
    }

    #[test]
    fn distances_count_changes() {
        let of = |from: &str, to: &str| {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            distance(&letters(from), &letters(to))
        };
        for (from, to, changes) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "acb", 1),
            ("abc", "abd", 1),
            ("abc", "ac", 1),
            ("abc", "xabc", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(of(from, to), changes, "{from} to {to}");
        }
    }

    #[test]
    fn families_are_each_named_once() {
        let all: Vec<_> = families().collect();
        assert!(all.contains(&"ai.") && all.contains(&"privacy.") && all.contains(&"indelible."));
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
    }
}

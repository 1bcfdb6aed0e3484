//! Folding is a homomorphism: for every fold of the list, whatever happens across the cut.

use proptest::prelude::*;

use super::{random_attributes::Step, random_stories::story};
use crate::{
    canonical,
    projections::{
        folds::{FoldName, Projections},
        measure::{Measure, Value},
        pieces::Absorb,
    },
};

fn same(left: &Projections, right: &Projections) -> Result<(), TestCaseError> {
    for fold in FoldName::ALL {
        prop_assert_eq!(left.state(*fold), right.state(*fold), "{}", fold.as_str());
        prop_assert_eq!(left.tables(*fold), right.tables(*fold), "{}", fold.as_str());
        prop_assert_eq!(left.folded(*fold), right.folded(*fold));
    }
    prop_assert_eq!(left, right);
    prop_assert_eq!(left.measures(), right.measures());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_fold_comes_out_the_same_wherever_it_is_cut(
        steps in proptest::collection::vec((any::<Step>(), 0_u32..20_000), 0..70),
        cuts in (0_usize..70, 0_usize..70),
    ) {
        let story = story(&steps);
        let whole = story.fold(0..story.len());
        let first = cuts.0.min(cuts.1).min(story.len());
        let second = cuts.0.max(cuts.1).min(story.len());
        let (a, b, c) = (story.fold(0..first), story.fold(first..second), story.fold(second..story.len()));
        let mut left = a.clone();
        left.absorb(b.clone());
        left.absorb(c.clone());
        same(&left, &whole)?;
        let mut right = b;
        right.absorb(c);
        let mut outer = a;
        outer.absorb(right);
        same(&outer, &whole)?;
        // What was stored goes on as if it had never been.
        let read = Projections::decode(whole.encode().as_bytes()).unwrap();
        same(&read, &whole)?;
        prop_assert_eq!(read.records(), story.len() as u64);
        prop_assert_eq!(&canonical::to_string(&whole).unwrap(), &serde_json::to_string(&whole).unwrap());
    }
}

/// Spreads the bits of a number over all of it.
fn mixed(number: u32) -> u32 {
    let number = (number ^ (number >> 16)).wrapping_mul(0x045d_9f3b);
    let number = (number ^ (number >> 16)).wrapping_mul(0x045d_9f3b);
    number ^ (number >> 16)
}

#[test]
fn the_random_stories_reach_what_they_are_for() {
    // What no story of many shows is not tested above.
    let mut never = std::collections::BTreeSet::new();
    for number in 0..1_500_u32 {
        let steps: Vec<_> = (0..90)
            .map(|step| {
                let [a, b, c, d] = mixed(number * 90 + step + 1).to_be_bytes();
                ((a, b, c, d), 7)
            })
            .collect();
        let shows_nothing =
            |measure: &Measure| matches!(measure.value, Value::Count(0) | Value::NotComputable(_));
        let measures = story(&steps).told().projections.measures().0;
        let nothing = measures
            .into_iter()
            .filter(|(_, measure)| shows_nothing(measure));
        let nothing = nothing.map(|(name, _)| name).collect();
        never = if number == 0 {
            nothing
        } else {
            &never & &nothing
        };
    }
    // Its statements are signed by keys of their own, which the tests of custody have.
    let signed = [
        "custody.genesis",
        "custody.identity_changes",
        "custody.revocations",
    ];
    // Nobody says what time it is, and nothing is old: there are tests of their own for that.
    let is_of_time = |name: &str| {
        name.starts_with("retention.kept_") && name.ends_with('d')
            || name.starts_with("governance.kept_")
            || name == "performance.metrics_followed"
            || name.starts_with("disposals.overdue_")
            || name.starts_with("disposals.erased_younger_")
    };
    never.retain(|name| !is_of_time(name));
    assert!(never.iter().eq(signed), "{never:?}");
}

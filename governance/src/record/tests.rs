use proptest::prelude::*;

use super::*;
use crate::{digest::Digest, real::Real, request::Metric};

fn baseline(bounds: Vec<Real>) -> Entry {
    Entry::DriftBaseline(DriftBaseline {
        policy: Digest::of(b"policy"),
        metric: Metric::RiskProposed,
        values: Digest::of(b"values"),
        counts: vec![10; bounds.len() + 1],
        bounds,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_double_is_read_as_it_was_written(numbers in proptest::collection::vec(any::<f64>(), 9)) {
        let bounds = numbers.into_iter().filter_map(Real::new).collect();
        let entry = baseline(bounds);
        let content = entry.encode().unwrap();
        prop_assert_eq!(Entry::decode(&content), Ok(entry));
    }
}

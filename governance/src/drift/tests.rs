use proptest::prelude::*;

use super::*;
use crate::policy::{Compatibility, aegis::AegisPolicy};

fn reals(values: impl IntoIterator<Item = f64>) -> Vec<Real> {
    values.into_iter().map(Real::nearest).collect()
}

fn of(values: &[Real]) -> Result<DriftBaseline, BaselineRefusal> {
    baseline(Digest::of(b"policy"), Metric::RiskProposed, values)
}

#[test]
fn fewer_than_thirty_values_are_no_baseline() {
    let values = reals((0..29).map(f64::from));
    assert_eq!(of(&values), Err(BaselineRefusal::Values { values: 29 }));
    let values = reals((0..30).map(f64::from));
    let baseline = of(&values).unwrap();
    assert_eq!(baseline.counts, [3; 10]);
    assert_eq!(baseline.bounds.len(), 9);
}

/// Every figure would be in the one bin, and nothing ever far from it.
#[test]
fn values_that_make_only_one_bin_are_no_baseline() {
    assert_eq!(
        of(&reals([0.5; 40])),
        Err(BaselineRefusal::OneBin { values: 40 })
    );
    // All but a few are the least.
    let few = reals((0..40).map(|at| if at < 37 { 0.5 } else { 0.9 }));
    assert_eq!(of(&few), Err(BaselineRefusal::OneBin { values: 40 }));
    let two = of(&reals((0..40).map(|at| if at < 20 { 0.5 } else { 0.9 })));
    assert_eq!(two.unwrap().counts, [20, 20]);
    assert_eq!(divergence(&[7], &[40]).get(), 0.0);
}

#[test]
fn an_empty_bin_is_no_infinite_divergence() {
    let far = divergence(&[0, 100], &[100, 0]).get();
    assert!(far.is_finite() && far > 3.0, "{far}");
    assert_eq!(divergence(&[50, 50], &[50, 50]).get(), 0.0);
}

#[test]
fn days_are_those_of_utc() {
    let baseline = of(&reals((0..30).map(f64::from))).unwrap();
    let figures = [(0, 1.0), (DAY_NS - 1, 2.0), (DAY_NS, 29.0)];
    let figures: Vec<_> = figures
        .iter()
        .map(|(time, value)| (*time, Real::nearest(*value)))
        .collect();
    let days = baseline.daily(&figures);
    let found: Vec<_> = days.iter().map(|day| (day.day, day.values)).collect();
    assert_eq!(found, [(0, 2), (1, 1)]);
}

#[test]
fn thresholds_are_the_ninetieth_and_the_ninety_ninth_percentile() {
    let day = |number: u64| DailyDivergence {
        day: number,
        values: 40,
        kl: Real::nearest(number as f64 / 100.0),
    };
    let days: Vec<_> = (0..=100).rev().map(day).collect();
    let calibration = Calibration::of(&days).unwrap();
    assert_eq!(calibration.tau_warning.get(), 0.9);
    assert_eq!(calibration.tau_critical.get(), 0.99);
    assert_eq!(Calibration::of(&days[..29]), Err(TooFewDays { days: 29 }));
}

#[test]
fn a_draft_is_the_same_policy_with_other_thresholds() {
    let text = "version: '7'\ncomplexity_floor: 0.625\nhalt_agent: true\nwindow_days: 7\n";
    let read = |text: &str| AegisPolicy::read("p", text.as_bytes(), Compatibility::Default);
    let policy = read(text).unwrap();
    let calibration = Calibration {
        tau_warning: Real::nearest(0.1),
        tau_critical: Real::nearest(0.25),
        days: 60,
    };
    let draft = read(&policy.draft(&calibration)).unwrap();
    let expected = AegisPolicy {
        digest: draft.digest,
        version: Some("7-draft".to_owned()),
        tau_warning: calibration.tau_warning,
        tau_critical: calibration.tau_critical,
        ..policy
    };
    assert_eq!(draft, expected);
}

proptest! {
    #[test]
    fn a_baseline_is_the_same_in_whatever_order_its_values_come(
        values in proptest::collection::vec(-1e3..1e3_f64, 30..80),
        turn in 0..30_usize,
    ) {
        let one = of(&reals(values.clone())).unwrap();
        let mut turned = values.clone();
        turned.rotate_left(turn);
        turned.reverse();
        let other = of(&reals(turned)).unwrap();
        prop_assert_eq!(&one.bounds, &other.bounds);
        prop_assert_eq!(&one.counts, &other.counts);
        prop_assert_eq!(one.counts.iter().sum::<u64>(), values.len() as u64);
        prop_assert!(one.bounds.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_divergence_is_finite_and_never_negative(
        counts in proptest::collection::vec((0..10_000_u64, 0..10_000_u64), 1..10),
    ) {
        let (one, other): (Vec<_>, Vec<_>) = counts.into_iter().unzip();
        let kl = divergence(&one, &other).get();
        prop_assert!(kl.is_finite() && kl >= 0.0);
    }
}

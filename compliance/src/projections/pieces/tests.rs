//! Every piece comes out the same wherever it is cut, and after it was written and read.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::*;

/// Three runs, put together in both ways and taken in one by one, give the same.
fn check<P, S>(runs: [&[S]; 3], see: impl Fn(&mut P, &S)) -> Result<(), TestCaseError>
where
    P: Absorb + Clone + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let of = |run: &[S]| {
        let mut piece = P::default();
        run.iter().for_each(|step| see(&mut piece, step));
        piece
    };
    let [a, b, c] = runs.map(of);
    let mut whole = P::default();
    runs.into_iter()
        .flatten()
        .for_each(|step| see(&mut whole, step));
    let mut left = a.clone();
    left.absorb(b.clone());
    left.absorb(c.clone());
    let mut right = b;
    right.absorb(c);
    let mut outer = a;
    outer.absorb(right);
    prop_assert_eq!(&left, &outer);
    prop_assert_eq!(&left, &whole);
    let mut neutral = P::default();
    neutral.absorb(whole.clone());
    neutral.absorb(P::default());
    prop_assert_eq!(&neutral, &whole);
    let text = serde_json::to_string(&whole).unwrap();
    let read: P = serde_json::from_str(&text).unwrap();
    prop_assert_eq!(&read, &whole);
    prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
    Ok(())
}

/// Random steps, cut twice.
fn cut<S: Clone + Debug>(steps: &[S], first: usize, second: usize) -> [&[S]; 3] {
    let (low, high) = (first.min(second), first.max(second));
    let (low, high) = (low.min(steps.len()), high.min(steps.len()));
    [&steps[..low], &steps[low..high], &steps[high..]]
}

fn ascending(numbers: &[u64]) -> Vec<u64> {
    let mut numbers: Vec<u64> = numbers.iter().map(|number| number >> 11).collect();
    numbers.sort_unstable();
    numbers
}

proptest! {
    #[test]
    fn all_pieces_are_the_same_wherever_they_are_cut(
        numbers in proptest::collection::vec(any::<u64>(), 0..60),
        first in 0_usize..60,
        second in 0_usize..60,
    ) {
        let steps = ascending(&numbers);
        check::<Sum, _>(cut(&numbers, first, second), |piece, step| piece.add(*step))?;
        check::<Greatest, _>(cut(&numbers, first, second), |piece, step| piece.see(*step))?;
        check::<Histogram, _>(cut(&numbers, first, second), |piece, step| piece.see(*step))?;
        check::<Sample, _>(cut(&steps, first, second), |piece, step| piece.see(*step))?;
        check::<Counted, _>(cut(&steps, first, second), |piece, step| piece.see(*step))?;
        check::<Timeline, _>(cut(&steps, first, second), |piece, step| piece.see(*step, step * 2))?;
        check::<Listed<u64>, _>(cut(&steps, first, second), |piece, step| piece.push(*step))?;
        check::<Last<u64>, _>(cut(&steps, first, second), |piece, step| piece.absorb(Last(Some(*step))))?;
        check::<Option<u64>, _>(cut(&steps, first, second), |piece, step| piece.absorb(Some(*step)))?;
        check::<Keyed<Counted>, _>(cut(&steps, first, second), |piece, step| {
            let name = joined(&["a", &(step % 7).to_string()]);
            piece.at(&name).unwrap().see(*step);
        })?;
        // Small limits, so that some runs are beyond them and others are only beyond them together.
        check::<Hashed<Counted, 9>, _>(cut(&steps, first, second), |piece, step| {
            if let Some(counted) = piece.at(Hash16::of(&(step % 13).to_string())) {
                counted.see(*step);
            }
        })?;
        check::<FirstTimes<9>, _>(cut(&numbers, first, second), |piece, step| {
            let who = [Short::of(Some("a")), Short::of((step % 2 == 0).then_some("b"))];
            let first = First {
                sequence: *step,
                time: *step,
                who,
            };
            piece.see(Hash16::of(&(step % 13).to_string()), first);
        })?;
        check::<Few<u64, 3>, _>(cut(&numbers, first, second), |piece, step| piece.see(step % 7))?;
        check::<Barred, _>(cut(&steps, first, second), |piece, step| match step % 5 {
            0 => piece.order(true),
            1 => piece.order(false),
            _ => piece.see(*step),
        })?;
        check::<Standstill, _>(cut(&steps, first, second), |piece, step| {
            piece.see(*step, step / 50, (step % 3 > 0).then_some(step % 40));
        })?;
    }
}

#[test]
fn too_many_names_stay_too_many() {
    let mut names = Keyed::<Sum>::default();
    for number in 0..KEYS_MAX {
        names.at(&number.to_string()).unwrap().add(1);
    }
    assert_eq!(names.count(), Some(KEYS_MAX as u64));
    let mut other = Keyed::<Sum>::default();
    other.at("7").unwrap().add(1);
    names.absorb(other.clone());
    assert_eq!(names.of("7").map(|sum| sum.value()), Some(2));
    other.at("one more").unwrap().add(1);
    names.absorb(other.clone());
    assert_eq!(names.count(), None);
    other.absorb(names);
    assert_eq!(other.count(), None);
    assert_eq!(serde_json::to_string(&other).unwrap(), "null");
}

#[test]
fn names_may_be_few_and_too_long() {
    let mut names = Keyed::<Sum>::default();
    let long = "n".repeat(1_000);
    for number in 0..1_048 {
        assert!(names.at(&format!("{long}{number:0>3}")).is_some() == (number < 1_045));
    }
}

#[test]
fn sums_stop_at_what_json_holds_exactly() {
    let mut sum = Sum::default();
    sum.add(u64::MAX);
    sum.add(1);
    assert_eq!(sum.value(), (1 << 53) - 1);
}

#[test]
fn a_silence_is_found_across_a_cut() {
    let (mut early, mut late) = (Timeline::default(), Timeline::default());
    early.see(3, 100);
    early.see(4, 150);
    late.see(9, 1_000);
    late.see(10, 1_020);
    early.absorb(late);
    let silence = early.silence().unwrap();
    assert_eq!((silence.length, silence.ended_by), (Nanos(850), 9));
    assert_eq!(early.first(), Some((3, 100)));
    assert_eq!(early.last(), Some((10, 1_020)));
}

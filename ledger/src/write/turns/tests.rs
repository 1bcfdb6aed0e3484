use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::{lines::PLACES_KEPT, *};

/// What an event of this test costs.
const COST: usize = 1_000;

fn ledger(number: u32) -> LedgerId {
    LedgerId::new(number)
}

fn push<T>(turns: &mut Turns<T>, of: u32, cost: usize, work: T) {
    turns.push(ledger(of), Party::Daemon, cost, work);
}

fn next<T>(turns: &mut Turns<T>) -> Option<T> {
    turns.next_if(|_| true)
}

#[test]
fn whoever_has_much_waiting_does_not_hold_up_the_others() {
    let mut turns = Turns::default();
    for number in 0..100_000 {
        push(&mut turns, 1, COST, (1, number));
    }
    push(&mut turns, 2, COST, (2, 0));
    push(&mut turns, 3, COST, (3, 0));
    let before = std::iter::from_fn(|| next(&mut turns)).position(|(of, _)| of == 3);
    let before = before.unwrap();
    assert!(before <= TURN_BYTES / COST + 1, "after {before} others");
}

#[test]
fn whoever_has_much_waiting_in_a_ledger_does_not_hold_up_others_of_it() {
    let mut turns = Turns::default();
    for number in 0..100_000_u64 {
        turns.push(ledger(1), Party::Connection(1), COST, number);
    }
    turns.push(ledger(1), Party::Connection(2), COST, u64::MAX);
    let order: Vec<_> = std::iter::from_fn(|| next(&mut turns)).collect();
    let before = order.iter().position(|number| *number == u64::MAX);
    let before = before.unwrap();
    assert!(before <= TURN_BYTES / COST, "after {before} others");
    let of_hog = order.into_iter().filter(|number| *number != u64::MAX);
    assert!(of_hog.eq(0..100_000), "its own order is as it was");
}

/// More callers do not make a ledger's share of the writer larger.
#[test]
fn a_ledger_has_one_share_however_many_append_to_it() {
    let mut turns = Turns::default();
    for number in 0..2_000 {
        turns.push(ledger(1), Party::Connection(number), COST, 1);
        turns.push(ledger(2), Party::Daemon, COST, 2);
    }
    let first = std::iter::from_fn(|| next(&mut turns)).take(2_000);
    let of_many = first.filter(|of| *of == 1).count();
    assert!(
        of_many.abs_diff(1_000) <= TURN_BYTES / COST + 1,
        "{of_many}"
    );
}

/// The share is of bytes, so that large work gains nothing over small work.
#[test]
fn each_has_the_same_share_whatever_its_work_is_worth() {
    let costs = [(1, 100), (2, 40_000), (3, 500_000)];
    let mut turns = Turns::default();
    for (of, cost) in costs {
        for _ in 0..20_000_000 / cost {
            push(&mut turns, of, cost, (of, cost));
        }
    }
    let (mut served, mut all) = (HashMap::new(), 0);
    while all < 10_000_000 {
        let (of, cost) = next(&mut turns).unwrap();
        *served.entry(of).or_insert(0) += cost;
        all += cost;
    }
    for (of, bytes) in served {
        let off = usize::abs_diff(bytes, all / 3);
        assert!(off <= 500_000 + 2 * TURN_BYTES, "{of}: {bytes}");
    }
}

#[test]
fn what_does_not_suit_now_is_the_next() {
    let mut turns = Turns::default();
    push(&mut turns, 1, COST, "large");
    push(&mut turns, 2, COST, "small");
    assert_eq!(turns.next_if(|work| *work != "large"), None);
    assert_eq!(next(&mut turns), Some("large"));
    assert_eq!(turns.next_if(|work| *work != "large"), Some("small"));
    assert!(turns.is_empty() && next(&mut turns).is_none());
}

/// Many ledgers come and go; what is kept for them is what waited at once.
#[test]
fn ledgers_that_are_gone_leave_little_behind() {
    let mut turns = Turns::default();
    for number in 0..500 {
        for _ in 0..200 {
            push(&mut turns, number, COST, ());
        }
        while next(&mut turns).is_some() {}
    }
    assert_eq!((turns.lanes.len(), turns.places.len()), (1, 0));
    let most = 2 * PLACES_KEPT;
    assert!(turns.lanes[0].waiting.places() <= most);
    for number in 0..2_000 {
        push(&mut turns, number, COST, ());
    }
    while next(&mut turns).is_some() {}
    let kept = turns.lanes.iter().filter(|lane| lane.waiting.places() > 0);
    assert_eq!(kept.count(), LANES_KEPT);
}

proptest! {
    /// Nothing is lost or doubled, the order of what one party brought to a ledger is the one in which it came, and no ledger
    /// waits while others have more than a turn and their largest work beyond it.
    #[test]
    fn turns_change_nothing_but_who_is_next(
        steps in prop::collection::vec((0..6_u32, 0..3_u64, 0..200_000_usize, any::<bool>()), 1..400)
    ) {
        let mut turns = Turns::default();
        type Waiting = HashMap<(u32, u64), VecDeque<usize>>;
        let mut waiting = Waiting::new();
        // What others were given since a ledger's work had to wait first.
        let mut others: HashMap<(u32, u32), usize> = HashMap::new();
        let mut take = |turns: &mut Turns<_>, waiting: &mut Waiting| {
            let Some(((of, from), number, cost)) = next(turns) else { return Ok(false) };
            let expected = waiting.get_mut(&(of, from)).and_then(VecDeque::pop_front);
            prop_assert_eq!(expected, Some(number));
            others.retain(|(waits, _), _| *waits != of);
            let still = waiting.iter().filter(|(_, work)| !work.is_empty());
            let still: BTreeSet<_> = still.map(|((waits, _), _)| *waits).collect();
            for waits in still {
                if waits != of {
                    let given = others.entry((waits, of)).or_default();
                    *given += cost;
                    prop_assert!(*given <= 5 * (TURN_BYTES + 200_000), "{} waits for {}", waits, of);
                }
            }
            Ok(true)
        };
        for (number, (of, from, cost, takes)) in steps.into_iter().enumerate() {
            turns.push(ledger(of), Party::Connection(from), cost, ((of, from), number, cost));
            waiting.entry((of, from)).or_default().push_back(number);
            if takes {
                take(&mut turns, &mut waiting)?;
            }
        }
        while take(&mut turns, &mut waiting)? {}
        prop_assert!(waiting.values().all(VecDeque::is_empty));
        prop_assert!(turns.is_empty());
    }
}

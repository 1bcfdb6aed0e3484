use proptest::prelude::*;

use super::*;

const START: u64 = 77 * SECOND_NS;

fn rate(per_second: u64, at_once: u64) -> Rate {
    Rate::new(per_second, at_once).unwrap()
}

fn principal(at: usize) -> Principal {
    Principal::parse(&format!("unix:user-{at}")).unwrap()
}

fn rates() -> Rates {
    Rates {
        requests: rate(10, 5),
        bytes: rate(1_000, 2_000),
    }
}

#[test]
fn so_many_at_once_and_then_at_an_even_pace() {
    let (rate, cell) = (rate(10, 5), Cell::new(START));
    for _ in 0..5 {
        cell.take(rate, 1, START).unwrap();
    }
    let wait = cell.take(rate, 1, START).unwrap_err();
    assert_eq!(wait, Duration::from_millis(100));
    let next = START + SECOND_NS / 10;
    assert!(cell.take(rate, 1, next - 1).is_err());
    cell.take(rate, 1, next).unwrap();
    assert!(cell.take(rate, 1, next).is_err());
    // What is refused costs nothing.
    for _ in 0..100 {
        assert!(cell.take(rate, 1, next).is_err());
    }
    cell.take(rate, 1, next + SECOND_NS / 10).unwrap();
}

#[test]
fn nobody_saves_up() {
    let (rate, cell) = (rate(10, 5), Cell::new(START));
    let later = START + 1_000 * SECOND_NS;
    for _ in 0..5 {
        cell.take(rate, 1, later).unwrap();
    }
    assert!(cell.take(rate, 1, later).is_err());
}

#[test]
fn a_message_that_is_larger_than_all_at_once_is_paid_for_afterwards() {
    let (rate, cell) = (rate(1_000, 2_000), Cell::new(START));
    cell.take(rate, 10_000, START).unwrap();
    assert!(cell.take(rate, 1, START + 7 * SECOND_NS).is_err());
    cell.take(rate, 1_000, START + 9 * SECOND_NS).unwrap();
    assert!(cell.take(rate, 10_000, START + 10 * SECOND_NS).is_err());
    cell.take(rate, u64::MAX, START + 100 * SECOND_NS).unwrap();
}

#[test]
fn rates_from_the_least_to_the_greatest() {
    assert_eq!(Rate::new(0, 1), None);
    assert_eq!(Rate::new(1, 0), None);
    assert_eq!(Rate::new(1, u64::MAX), None);
    let fast = rate(10_000_000_000, 10_000_000_000);
    let cell = Cell::new(START);
    cell.take(fast, 10_000_000_000, START).unwrap();
    assert!(cell.take(fast, 1_000_000_000, START).is_err());
    // A tenth of a second later there is room for a tenth of it, but for what rounding takes.
    assert!(cell.take(fast, 900_000_000, START + SECOND_NS / 10).is_ok());
}

#[test]
fn times_near_the_ends_are_counted_too() {
    let rate = rate(10, 5);
    for start in [0, 1, u64::MAX - SECOND_NS] {
        let cell = Cell::new(start);
        for _ in 0..5 {
            cell.take(rate, 1, start).unwrap();
        }
        assert!(cell.take(rate, 1, start).is_err());
        cell.take(rate, 1, start + SECOND_NS / 10).unwrap();
    }
    // Years of rest are no debt.
    let cell = Cell::new(0);
    cell.take(rate, 5, 0).unwrap();
    cell.take(rate, 5, 400 * 24 * 3_600 * SECOND_NS).unwrap();
}

#[test]
fn requests_and_bytes_are_counted_apart() {
    let account = Account::new(START);
    let rates = rates();
    account.bytes(&rates, 2_000, START).unwrap();
    let exceeded = account.bytes(&rates, 500, START).unwrap_err();
    assert_eq!(
        (exceeded.limit, exceeded.retry.as_millis()),
        ("bytes_per_second", 500)
    );
    for _ in 0..5 {
        account.request(&rates, START).unwrap();
    }
    assert_eq!(
        account.request(&rates, START).unwrap_err().limit,
        "requests_per_second"
    );
}

#[test]
fn a_full_table_forgets_nobody_who_owes_something() {
    let (mut accounts, rates) = (Accounts::new(3, START), rates());
    let take_all = |account: &Account, now| while account.request(&rates, now).is_ok() {};
    take_all(&accounts.of(&principal(0), START), START);
    for at in 1..100 {
        let now = START + at as u64;
        accounts.of(&principal(at), now);
        assert!(
            accounts
                .of(&principal(0), now)
                .request(&rates, now)
                .is_err()
        );
    }
    assert!(accounts.count() <= 3);
    // Once nothing is owed, there is room for others.
    let later = START + 10 * SECOND_NS;
    accounts.of(&principal(200), later);
    assert_eq!(accounts.count(), 1);
}

#[test]
fn those_who_have_no_account_share_one() {
    let (mut accounts, rates) = (Accounts::new(1, START), rates());
    let own = accounts.of(&principal(0), START);
    own.request(&rates, START).unwrap();
    for at in 1..6 {
        accounts
            .of(&principal(at), START)
            .request(&rates, START)
            .unwrap();
    }
    assert!(
        accounts
            .of(&principal(6), START)
            .request(&rates, START)
            .is_err()
    );
    own.request(&rates, START).unwrap();
}

/// A connection takes from the account that it was given; a second one must not come to be beside it.
#[test]
fn an_account_that_is_in_use_stays_the_same() {
    let mut accounts = Accounts::new(1, START);
    let own = accounts.of(&principal(0), START);
    let later = START + 1_000 * SECOND_NS;
    accounts.of(&principal(1), later);
    assert!(Arc::ptr_eq(&own, &accounts.of(&principal(0), later)));
}

proptest! {
    /// Over any time, no more come through than at once and at an even pace.
    #[test]
    fn never_more_than_the_rate(
        per_second in 1_u64..1_000,
        at_once in 1_u64..100,
        steps in prop::collection::vec((0_u64..SECOND_NS / 4, 1_u64..20), 1..200),
    ) {
        let (rate, cell) = (rate(per_second, at_once), Cell::new(START));
        let (mut now, mut taken) = (START, 0_u64);
        for (wait, count) in steps {
            now += wait;
            match cell.take(rate, count.min(at_once), now) {
                Ok(()) => taken += count.min(at_once),
                // The time that is told is enough, and not much too long.
                Err(retry) => {
                    let retry = u64::try_from(retry.as_nanos()).unwrap();
                    prop_assert!(retry > 0);
                    now += retry;
                    cell.take(rate, count.min(at_once), now).unwrap();
                    taken += count.min(at_once);
                }
            }
            let even = u128::from(now - START) * u128::from(per_second) / u128::from(SECOND_NS);
            prop_assert!(u128::from(taken) <= even + u128::from(at_once) + 1);
        }
    }
}

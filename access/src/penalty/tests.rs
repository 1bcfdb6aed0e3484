use super::*;

const SECOND_NS: u64 = 1_000_000_000;
const START: u64 = 77 * SECOND_NS;

fn penalties(addresses_max: usize) -> Penalties {
    Penalties::new(PenaltyRule {
        failures_max: 3,
        forgive: Duration::from_secs(10),
        addresses_max,
    })
}

fn key(text: &str) -> AddressKey {
    AddressKey::of(text.parse().unwrap())
}

#[test]
fn whoever_fails_too_often_waits_until_one_failure_is_forgiven() {
    let (mut penalties, address) = (penalties(10), key("192.0.2.1"));
    assert!(!penalties.failed(address, START));
    assert!(!penalties.failed(address, START));
    assert_eq!(penalties.may_try(address, START), Ok(()));
    assert!(penalties.failed(address, START));
    assert_eq!(
        penalties.may_try(address, START),
        Err(Duration::from_secs(10))
    );
    assert_eq!(penalties.may_try(key("192.0.2.2"), START), Ok(()));
    let later = START + 10 * SECOND_NS;
    assert!(penalties.may_try(address, later - 1).is_err());
    assert_eq!(penalties.may_try(address, later), Ok(()));
    assert!(penalties.failed(address, later));
    // Going on meanwhile does not make it longer than this.
    for _ in 0..100 {
        assert!(!penalties.failed(address, later));
    }
    assert_eq!(
        penalties.may_try(address, later),
        Err(Duration::from_secs(10))
    );
    assert_eq!(penalties.may_try(address, later + 10 * SECOND_NS), Ok(()));
}

#[test]
fn an_address_is_what_one_customer_has() {
    assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
    assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
}

/// Many addresses with one failure each must not push out the one that has many.
#[test]
fn a_full_table_keeps_the_guiltiest() {
    let (mut penalties, guilty) = (penalties(100), key("192.0.2.1"));
    while !penalties.failed(guilty, START) {}
    for at in 0..10_000_u32 {
        let address = IpAddr::from((u128::from(at) << OWN_BITS).to_be_bytes());
        penalties.failed(AddressKey::of(address), START + 1);
        assert!(penalties.may_try(guilty, START + 1).is_err(), "{at}");
    }
    assert!(penalties.count() <= 100);
    assert!(penalties.forgotten() > 9_000);
}

#[test]
fn those_who_are_forgiven_take_no_room() {
    let mut penalties = penalties(1_000);
    for at in 0..500_u32 {
        penalties.failed(AddressKey::of(IpAddr::from(at.to_be_bytes())), START);
    }
    assert_eq!(penalties.count(), 500);
    penalties.failed(key("192.0.2.1"), START + 10 * SECOND_NS);
    assert_eq!((penalties.count(), penalties.forgotten()), (1, 0));
}

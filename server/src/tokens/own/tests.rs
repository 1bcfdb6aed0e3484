use indelible_access::{NewToken, TOKEN_RANDOM_BYTES};

use super::*;

const NOW: u64 = 20_000 * DAY_NS;

/// A token of its own, and what is kept of it.
fn token(seed: u8, maker: &Caller) -> (NewToken, OwnToken) {
    let mut random = [0; TOKEN_RANDOM_BYTES];
    for (at, byte) in random.iter_mut().enumerate() {
        *byte = seed.wrapping_add(u8::try_from(at).unwrap());
    }
    let token = NewToken::make(&random).unwrap();
    let texts = |text: &str| vec![text.to_owned()];
    let rights = TokenRights::parse(&texts("reader"), &texts("pay*"), &[]).unwrap();
    let grants = rights.grants();
    let record = TokenRecord::new(&token, "a", grants, maker, (NOW, None), 90).unwrap();
    (token, OwnToken::new(record, rights, u64::from(seed)))
}

fn alice() -> Caller {
    Caller::unix(7, Some("alice"), &[]).unwrap()
}

fn read() -> Loaded {
    Loaded {
        origin: "a/_system/log/1".to_owned(),
        tokens: Vec::new(),
    }
}

fn refused(tokens: &OwnTokens, text: &str, now: u64) -> OwnRefusal {
    tokens.admit(text, now).map(drop).unwrap_err()
}

#[test]
fn nobody_is_admitted_before_the_records_are_read_or_without_one() {
    let tokens = OwnTokens::new(false, 90);
    let (first, own) = token(1, &alice());
    assert_eq!(refused(&tokens, first.reveal(), NOW), OwnRefusal::NotRead);
    tokens.take(read(), NOW);
    let unknown = OwnRefusal::Token(TokenRefusal::Unknown);
    assert_eq!(refused(&tokens, first.reveal(), NOW), unknown);
    assert!(tokens.bindings(NOW).is_empty());
    tokens.add(own, NOW);
    let (caller, _) = tokens.admit(first.reveal(), NOW).unwrap();
    assert_eq!(caller.principal().as_str(), format!("token:{}", first.id()));
    assert_eq!(tokens.bindings(NOW).len(), 1);
    // Of another ledger's records none counts.
    let borne = tokens.get(first.id()).unwrap();
    tokens.take(read(), NOW);
    assert_eq!(refused(&tokens, first.reveal(), NOW), unknown);
    assert_eq!(borne.refused(NOW), Some(TokenRefusal::Revoked));
}

#[tokio::test]
async fn whoever_watches_is_told_of_the_end_and_the_bearer_alone_why() {
    let tokens = OwnTokens::new(false, 90);
    tokens.take(read(), NOW);
    let (first, own) = token(1, &alice());
    let (second, other) = token(2, &alice());
    let (own, _) = (tokens.add(own, NOW), tokens.add(other, NOW));
    let mut watched = tokens.watched();
    let revoked = Revoked {
        sequence: 9,
        time: NOW,
    };
    tokens.revoke(&own, revoked);
    assert!(watched.has_changed().unwrap());
    watched.changed().await.unwrap();
    let over = OwnRefusal::Token(TokenRefusal::Revoked);
    assert_eq!(refused(&tokens, first.reveal(), NOW), over);
    // The same id with another secret.
    let text = second.reveal();
    let forged = format!("idlt_{}{}", first.id(), &text[13..]);
    assert_ne!(refused(&tokens, &forged, NOW), over);
    assert!(tokens.admit(text, NOW).is_ok());
    let expired = OwnRefusal::Token(TokenRefusal::Expired);
    assert_eq!(refused(&tokens, text, NOW + 90 * DAY_NS), expired);
    assert_eq!(tokens.bindings(NOW).len(), 1);
    assert!(tokens.bindings(NOW + 90 * DAY_NS).is_empty());
    // It was revoked once.
    tokens.revoke(
        &own,
        Revoked {
            sequence: 10,
            ..revoked
        },
    );
    assert_eq!(own.revoked(), Some(revoked));
}

#[test]
fn what_was_made_where_nobody_is_asked_counts_only_there() {
    for in_development in [true, false] {
        let tokens = OwnTokens::new(in_development, 90);
        tokens.take(read(), NOW);
        let (first, own) = token(1, &Caller::insecure_local());
        tokens.add(own, NOW);
        let admitted = tokens.admit(first.reveal(), NOW).map(drop);
        match in_development {
            true => assert_eq!(admitted, Ok(())),
            false => assert_eq!(
                admitted,
                Err(OwnRefusal::Token(TokenRefusal::OfDevelopment))
            ),
        }
    }
}

#[test]
fn those_that_end_soon_are_counted_and_the_first_is_named() {
    let tokens = OwnTokens::new(false, 90);
    tokens.take(read(), NOW);
    assert_eq!(tokens.counts(NOW), Counts::default());
    let (first, own) = token(1, &alice());
    let (_, mut other) = token(2, &alice());
    other.record.expires += DAY_NS;
    tokens.add(own, NOW);
    tokens.add(other, NOW);
    let at = |day: u64| {
        let counts = tokens.counts(NOW + day * DAY_NS);
        (counts.valid, counts.end_soon)
    };
    assert_eq!(
        [at(75), at(76), at(77), at(90), at(91)],
        [(2, 0), (2, 1), (2, 2), (1, 1), (0, 0)]
    );
    let (named, _, _) = tokens.counts(NOW + 77 * DAY_NS).first.unwrap();
    assert_eq!(named, format!("token:{}", first.id()));
}

#[test]
fn uses_are_told_by_the_day() {
    let tokens = OwnTokens::new(false, 90);
    tokens.take(read(), NOW);
    let (first, own) = token(1, &alice());
    tokens.add(own, NOW);
    assert!(tokens.uses_to_record().is_none());
    for hour in 0..23 {
        tokens
            .admit(first.reveal(), NOW + hour * DAY_NS / 24)
            .unwrap();
    }
    let told = tokens.uses_to_record().unwrap().unwrap();
    let told = String::from_utf8(told.to_vec()).unwrap();
    assert!(
        told.contains(&format!("\"{}\":20000", first.id())),
        "{told}"
    );
    tokens.admit(first.reveal(), NOW + 1).unwrap();
    assert!(tokens.uses_to_record().is_none());
    tokens.admit(first.reveal(), NOW + DAY_NS).unwrap();
    assert!(tokens.uses_to_record().is_some());
    assert_eq!(tokens.all()[0].used_day(), Some(20_001));
}

#[test]
fn there_is_room_for_so_many() {
    let tokens = OwnTokens::shared(false, 90, 1);
    tokens.take(read(), NOW);
    let (_, own) = token(1, &alice());
    let (_, wanted) = token(2, &alice());
    let room = |now| tokens.room(&wanted.record, true, now);
    assert_eq!(room(NOW), Ok(()));
    tokens.add(own, NOW);
    assert_eq!(room(NOW), Err(NoRoom::OfMaker(Size::of_a_maker(1))));
    let (_, others) = token(3, &Caller::unix(8, Some("bob"), &[]).unwrap());
    assert_eq!(tokens.room(&others.record, false, NOW), Ok(()));
    // One that has ended takes no room.
    assert_eq!(room(NOW + 90 * DAY_NS), Ok(()));
}

#[test]
fn one_that_was_made_for_a_short_time_is_no_notice() {
    let tokens = OwnTokens::new(false, 90);
    tokens.take(read(), NOW);
    let (_, mut own) = token(1, &alice());
    own.record.expires = NOW + SOON_NS;
    tokens.add(own, NOW);
    let counts = tokens.counts(NOW);
    assert_eq!((counts.valid, counts.end_soon), (1, 0));
    assert_eq!(tokens.ends_soon(NOW), None);
    let (_, mut longer) = token(2, &alice());
    longer.record.expires = NOW + SOON_NS + DAY_NS;
    tokens.add(longer, NOW);
    assert_eq!(tokens.counts(NOW + DAY_NS).end_soon, 1);
}

use proptest::prelude::*;

use super::{
    text::{CHECKED_BYTES, ID_CHARACTERS, check, crc32},
    *,
};
use crate::{
    action::Action,
    binding::Binding,
    caller::Caller,
    decide::Scope,
    limits::{DAY_NS, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, TOKEN_GRANTS_MAX},
    principal::Principal,
    reach::Reach,
    role::Role,
    sources::SourcePattern,
    table::{DualControl, Table},
};
use blake3::Hasher;

const NOW: u64 = 20_000 * DAY_NS;

fn random(seed: u8) -> [u8; TOKEN_RANDOM_BYTES] {
    let mut bytes = [0; TOKEN_RANDOM_BYTES];
    Hasher::new()
        .update(&[seed])
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

pub(super) fn token_of(seed: u8) -> NewToken {
    NewToken::make(&random(seed)).unwrap()
}

pub(super) fn person(name: &str) -> Caller {
    let uid = name.bytes().map(u32::from).sum();
    Caller::unix(uid, Some(name), &[]).unwrap()
}

pub(super) fn grant(role: Role, on: &str) -> TokenGrant {
    TokenGrant {
        role,
        reach: Reach::parse(on).unwrap(),
        sources: Vec::new(),
    }
}

pub(super) fn record(token: &NewToken) -> TokenRecord {
    let grants = vec![grant(Role::Writer, "payments")];
    TokenRecord::new(
        token,
        "till 1",
        grants,
        &person("alice"),
        (NOW, None),
        TOKEN_DAYS_MAX,
    )
    .unwrap()
}

#[test]
fn the_checksum_is_the_one_of_ieee() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(crc32(b""), 0);
    assert_eq!(check(b""), "000000");
}

/// Scanners know tokens by this form, so it never changes.
#[test]
fn a_token_has_its_form() {
    let token = token_of(1);
    let text = token.reveal();
    assert_eq!(text, "idlt_AqV17qcMXcytfTeb0Mpq4fSrALgbCdh9hRqtpYG40X2Zmp");
    assert_eq!(text.len(), 51);
    let presented = Presented::parse(text).unwrap();
    assert_eq!((presented.id(), token.id()), ("AqV17qcM", "AqV17qcM"));
    assert_eq!(presented.digest(), token.digest());
    assert_ne!(token_of(2).digest(), token.digest());
}

#[test]
fn a_character_that_is_changed_or_missing_is_seen() {
    let token = token_of(1);
    let text = token.reveal();
    for at in 0..text.len() {
        let mut changed = text.to_owned().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(Presented::parse(&changed).is_err(), "{at}");
        let shorter = [&text[..at], &text[at + 1..]].concat();
        assert_eq!(Presented::parse(&shorter).unwrap_err(), TokenError::Form);
    }
    for other in ["", "idlt_", "Bearer x", "ghp_0123456789"] {
        assert_eq!(
            Presented::parse(other).unwrap_err(),
            TokenError::Form,
            "{other}"
        );
    }
}

#[test]
fn random_bytes_that_are_not_random_make_no_token() {
    for byte in [0, 7, 255] {
        let made = NewToken::make(&[byte; TOKEN_RANDOM_BYTES]);
        assert_eq!(made.unwrap_err(), TokenError::NotRandom, "{byte}");
    }
}

/// Each of the 62 characters comes equally often.
#[test]
fn no_character_is_likelier_than_another() {
    let mut counts = [0_u32; 62];
    for byte in (0..=u8::MAX).filter(|byte| *byte < 248) {
        counts[usize::from(byte % 62)] += 1;
    }
    assert_eq!(counts, [4; 62]);
    let mut bytes = random(3);
    bytes[0] = 255;
    bytes[1] = 0;
    assert!(
        NewToken::make(&bytes)
            .unwrap()
            .reveal()
            .starts_with("idlt_0")
    );
}

#[test]
fn debug_shows_no_secret() {
    let token = token_of(1);
    let presented = Presented::parse(token.reveal()).unwrap();
    let record = record(&token);
    for shown in [
        format!("{token:?}"),
        format!("{presented:?}"),
        format!("{record:?}"),
    ] {
        assert!(shown.contains("AqV17qcM"), "{shown}");
        assert!(!shown.contains("Xcyt"), "{shown}");
        let digest = format!("{:?}", token.digest().as_bytes());
        assert!(!shown.contains(&digest), "{shown}");
    }
}

#[test]
fn only_the_whole_token_is_admitted_and_only_in_its_time() {
    let token = token_of(1);
    let mut record = record(&token);
    assert_eq!(record.expires, NOW + TOKEN_DAYS_DEFAULT * DAY_NS);
    let presented = Presented::parse(token.reveal()).unwrap();
    let caller = TokenRecord::admit(Some(&record), &presented, NOW).unwrap();
    assert_eq!(caller.principal().as_str(), "token:AqV17qcM");
    assert_eq!(caller.maker().unwrap().as_str(), "unix:alice");
    assert!(!caller.has_expired(record.expires - 1) && caller.has_expired(record.expires));
    let refused = |record: Option<&TokenRecord>, now| {
        TokenRecord::admit(record, &presented, now).unwrap_err()
    };
    assert_eq!(refused(None, NOW), TokenRefusal::Unknown);
    assert_eq!(
        refused(Some(&record), record.expires),
        TokenRefusal::Expired
    );
    // The id of a token with the secret of another.
    let other = TokenRecord {
        digest: token_of(2).digest(),
        revoked: Some(NOW),
        ..record.clone()
    };
    assert_eq!(refused(Some(&other), NOW), TokenRefusal::Unknown);
    record.revoked = Some(NOW);
    assert_eq!(refused(Some(&record), NOW), TokenRefusal::Revoked);
    assert!(record.bindings().is_empty());
}

#[test]
fn a_token_expires_and_says_what_it_is_for() {
    let token = token_of(1);
    let maker = person("alice");
    let make = |name: &str, grants: Vec<TokenGrant>, expires| {
        TokenRecord::new(&token, name, grants, &maker, (NOW, expires), TOKEN_DAYS_MAX)
            .map(|record| record.expires)
    };
    let one = || vec![grant(Role::Reader, "a")];
    let longest = NOW + TOKEN_DAYS_MAX * DAY_NS;
    assert_eq!(make("a b", one(), Some(longest)), Ok(longest));
    assert_eq!(
        make("a b", one(), Some(longest + 1)),
        Err(WishError::TooLong {
            days_max: TOKEN_DAYS_MAX
        })
    );
    assert_eq!(
        make("a b", one(), Some(u64::MAX)),
        Err(WishError::TooLong {
            days_max: TOKEN_DAYS_MAX
        })
    );
    assert_eq!(make("a b", one(), Some(NOW)), Err(WishError::Expired));
    assert_eq!(make("a b", one(), Some(0)), Err(WishError::Expired));
    assert_eq!(make("a b", Vec::new(), None), Err(WishError::Powerless));
    let many = vec![grant(Role::Reader, "a"); TOKEN_GRANTS_MAX + 1];
    let found = many.len();
    assert_eq!(make("a b", many, None), Err(WishError::Grants { found }));
    let long = "a".repeat(crate::limits::TOKEN_NAME_BYTES_MAX + 1);
    for name in ["", " a", "a ", "a  b", "a\nb", "а", &long] {
        assert_eq!(make(name, one(), None), Err(WishError::Name), "{name:?}");
    }
}

#[test]
fn fewer_days_may_be_configured() {
    let token = token_of(1);
    let make = |expires, days_max| {
        let grants = vec![grant(Role::Reader, "a")];
        let times = (NOW, expires);
        TokenRecord::new(&token, "a", grants, &person("alice"), times, days_max)
            .map(|record| (record.expires - NOW) / DAY_NS)
    };
    assert_eq!(make(None, 30), Ok(30));
    assert_eq!(make(None, 200), Ok(TOKEN_DAYS_DEFAULT));
    let days = |days| Some(NOW + days * DAY_NS);
    assert_eq!(make(days(30), 30), Ok(30));
    assert_eq!(make(days(31), 30), Err(WishError::TooLong { days_max: 30 }));
    assert!(make(days(TOKEN_DAYS_MAX + 1), u64::MAX).is_err());
}

#[test]
fn what_nobody_in_particular_made_is_known() {
    let token = token_of(1);
    assert!(!record(&token).is_of_development());
    let grants = vec![grant(Role::Reader, "a")];
    let nobody = Caller::insecure_local();
    let made = TokenRecord::new(&token, "a", grants, &nobody, (NOW, None), TOKEN_DAYS_MAX);
    assert!(made.unwrap().is_of_development());
}

#[test]
fn use_is_kept_by_the_day() {
    let mut record = record(&token_of(1));
    assert!(record.used(NOW));
    assert!(!record.used(NOW + DAY_NS - 1));
    assert!(record.used(NOW + DAY_NS));
    // A clock that goes back makes nothing new.
    assert!(!record.used(NOW));
    assert_eq!(record.used_day, Some(20_001));
}

fn binding(who: &str, role: Role, on: &str) -> Binding {
    let reach = Reach::parse(on).unwrap();
    Binding::new(Principal::parse(who).unwrap(), role, reach)
}

fn administrator(on: &str, before: DualControl) -> Table {
    let bindings = vec![
        binding("unix:alice", Role::Administrator, on),
        binding("unix:bob", Role::Operator, "@store"),
    ];
    Table::new(bindings, before)
}

#[test]
fn a_maker_hands_out_what_is_within_the_place_that_it_administers() {
    let pay = administrator("pay*", DualControl::NeverInForce);
    let decide = |table: &Table, who: &str, role, on: &str| {
        table.decide_token(&person(who), &[grant(role, on)]).is_ok()
    };
    for (who, on, expected) in [
        ("alice", "payments", true),
        ("alice", "payments*", true),
        ("alice", "pay*", true),
        ("alice", "pa*", false),
        ("alice", "hr", false),
        ("alice", "*", false),
        ("alice", "@store", false),
        ("bob", "payments", false),
        ("carol", "payments", false),
    ] {
        for role in Role::ALL {
            assert_eq!(
                decide(&pay, who, *role, on),
                expected,
                "{who} {role:?} {on}"
            );
        }
    }
    let all = administrator("*", DualControl::NeverInForce);
    assert!(!decide(&all, "alice", Role::Auditor, "_system"));
    assert!(!decide(&all, "alice", Role::Auditor, "@store"));
    let store = administrator("@store", DualControl::NeverInForce);
    assert!(decide(&store, "alice", Role::Auditor, "_system"));
    // One grant that is too wide refuses the whole token.
    let both = [grant(Role::Reader, "payments"), grant(Role::Reader, "hr")];
    assert!(pay.decide_token(&person("alice"), &both).is_err());
    let mut sources = grant(Role::Reader, "payments");
    sources.sources = vec![SourcePattern::parse("urn:a").unwrap()];
    let refused = pay.decide_token(&person("alice"), &[sources]);
    assert_eq!(refused, Err(TooWide::SourcesOfOthers));
}

#[test]
fn privileged_tokens_take_two_people() {
    let needs = |before, roles: &[Role]| {
        let grants: Vec<_> = roles.iter().map(|role| grant(*role, "payments")).collect();
        let table = administrator("@store", before);
        table
            .decide_token(&person("alice"), &grants)
            .unwrap()
            .needs_approval
    };
    for role in Role::ALL.iter().copied() {
        assert!(!needs(DualControl::NeverInForce, &[role]), "{role:?}");
        assert_eq!(
            needs(DualControl::InForce, &[role]),
            role.is_privileged(),
            "{role:?}"
        );
    }
    assert!(needs(DualControl::InForce, &[Role::Approver, Role::Reader]));
    assert!(needs(DualControl::InForce, &[Role::Reader, Role::Approver]));
}

#[test]
fn a_token_makes_no_token() {
    let text = token_of(1);
    let grants = vec![grant(Role::Administrator, "@store")];
    let record = TokenRecord::new(
        &text,
        "automation",
        grants,
        &person("alice"),
        (NOW, None),
        TOKEN_DAYS_MAX,
    )
    .unwrap();
    let table = Table::new(record.bindings(), DualControl::NeverInForce);
    let presented = Presented::parse(text.reveal()).unwrap();
    let caller = TokenRecord::admit(Some(&record), &presented, NOW).unwrap();
    assert!(
        table
            .decide(&caller, Action::ReadStatus, Scope::Store)
            .is_granted()
    );
    let refused = table.decide_token(&caller, &[grant(Role::Reader, "a")]);
    assert_eq!(refused, Err(TooWide::ByToken));
    assert!(table.may_revoke(&caller, &record));
}

#[test]
fn makers_bearers_and_administrators_revoke() {
    let record = record(&token_of(1));
    let pay = administrator("pay*", DualControl::NeverInForce);
    let hr = administrator("hr", DualControl::NeverInForce);
    assert!(hr.may_revoke(&person("alice"), &record), "its maker");
    let text = token_of(2);
    let grants = vec![grant(Role::Reader, "hr")];
    let times = (NOW, None);
    let sibling =
        TokenRecord::new(&text, "hr", grants, &person("alice"), times, TOKEN_DAYS_MAX).unwrap();
    let presented = Presented::parse(text.reveal()).unwrap();
    let bearer = TokenRecord::admit(Some(&sibling), &presented, NOW).unwrap();
    assert!(hr.may_revoke(&bearer, &sibling), "itself");
    assert!(!hr.may_revoke(&bearer, &record), "another of its maker");
    let other = TokenRecord {
        makers: vec![Principal::parse("unix:dan").unwrap()],
        ..record
    };
    assert!(pay.may_revoke(&person("alice"), &other));
    assert!(!hr.may_revoke(&person("alice"), &other));
    assert!(!pay.may_revoke(&person("bob"), &other));
}

proptest! {
    #[test]
    fn whatever_is_presented_is_judged(text in "\\PC{0,64}|idlt_[0-9A-Za-z]{0,60}|idlt_\\PC{46}") {
        if let Ok(presented) = Presented::parse(&text) {
            prop_assert_eq!(check(&text.as_bytes()[..CHECKED_BYTES]), &text[CHECKED_BYTES..]);
            prop_assert_eq!(presented.id().len(), ID_CHARACTERS);
        }
    }

    #[test]
    fn every_token_is_read_back(bytes in prop::array::uniform32(any::<u8>())) {
        let mut random = [0; TOKEN_RANDOM_BYTES];
        Hasher::new().update(&bytes).finalize_xof().fill(&mut random);
        let token = NewToken::make(&random).unwrap();
        let presented = Presented::parse(token.reveal()).unwrap();
        prop_assert_eq!(presented.digest(), token.digest());
        prop_assert!(Principal::token(token.id()).is_ok());
    }
}

use super::{
    file::{QuotaEntry, quotas},
    *,
};
use crate::{binding::file::FileError, limits::QUOTAS_MAX};

const HOUR: u64 = DAY_NS / 24;

fn read(text: &str) -> Result<Vec<Quota>, FileError> {
    #[derive(serde::Deserialize)]
    struct File {
        quotas: Vec<QuotaEntry>,
    }
    let file: File = toml::from_str(text).unwrap();
    quotas(&file.quotas, text)
}

fn in_force(text: &str) -> Quotas {
    let mut quotas = Quotas::default();
    quotas.put(read(text).unwrap());
    quotas
}

fn user(uid: u32) -> Caller {
    Caller::unix(uid, None, &[(50, Some("staff"))]).unwrap()
}

#[test]
fn each_principal_of_a_quota_has_all_of_it_in_each_ledger() {
    let mut quotas = in_force(
        "[[quotas]]\nprincipals = [\"unix-group:staff\"]\non = [\"pay*\"]\nevents_per_day = 10",
    );
    let (alice, bob) = (user(1), user(2));
    assert!(quotas.take(&alice, "pay", 10, 1, HOUR).is_ok());
    let used_up = quotas.take(&alice, "pay", 1, 1, 2 * HOUR).unwrap_err();
    assert_eq!(
        used_up,
        QuotaExceeded {
            quota: "events_per_day",
            per_day: 10,
            is_own: true,
            retry: Duration::from_secs(22 * 3_600)
        }
    );
    assert!(quotas.take(&bob, "pay", 10, 1, 2 * HOUR).is_ok());
    assert!(quotas.take(&alice, "payments", 10, 1, 2 * HOUR).is_ok());
    // What it does not cover has no quota.
    assert!(quotas.take(&alice, "other", 1_000, 1, 2 * HOUR).is_ok());
    let nobody_of_staff = Caller::unix(3, None, &[]).unwrap();
    assert!(quotas.take(&nobody_of_staff, "pay", 1_000, 1, HOUR).is_ok());
    // A new day has all of it again.
    assert!(quotas.take(&alice, "pay", 10, 1, 25 * HOUR).is_ok());
}

#[test]
fn without_principals_all_have_it_together_and_what_is_refused_costs_nothing() {
    let mut quotas = in_force("[[quotas]]\non = [\"pay\"]\nbytes_per_day = 100");
    assert!(quotas.take(&user(1), "pay", 1, 60, 0).is_ok());
    let used_up = quotas.take(&user(2), "pay", 1, 41, 0).unwrap_err();
    assert_eq!((used_up.quota, used_up.is_own), ("bytes_per_day", false));
    assert!(quotas.take(&user(2), "pay", 1, 40, 0).is_ok());
    assert!(quotas.take(&user(2), "pay", 1, 1, 0).is_err());
}

#[test]
fn every_quota_that_covers_an_append_must_have_room_for_it() {
    let mut quotas = in_force(
        "[[quotas]]\non = [\"@store\"]\nevents_per_day = 10\n\
         [[quotas]]\nprincipals = [\"unix:#1\"]\non = [\"pay\"]\nevents_per_day = 4",
    );
    assert!(quotas.take(&user(1), "pay", 5, 0, 0).is_err());
    // The first one was not charged for it.
    assert!(quotas.take(&user(2), "pay", 10, 0, 0).is_ok());
    assert!(quotas.take(&user(1), "pay", 1, 0, 0).is_err());
}

#[test]
fn what_was_had_stays_counted_when_other_quotas_come() {
    let own = "[[quotas]]\non = [\"pay\"]\nevents_per_day = 10\n";
    let mut quotas = in_force(own);
    assert!(quotas.take(&user(1), "pay", 10, 0, 0).is_ok());
    let before = "[[quotas]]\non = [\"hr\"]\nevents_per_day = 1\n";
    quotas.put(read(&format!("{before}{own}")).unwrap());
    assert!(quotas.take(&user(1), "pay", 1, 0, 0).is_err());
    assert!(quotas.take(&user(1), "hr", 1, 0, 0).is_ok());
    quotas.put(read("[[quotas]]\non = [\"pay\"]\nevents_per_day = 11").unwrap());
    assert!(quotas.take(&user(1), "pay", 11, 0, 0).is_ok());
}

#[test]
fn counts_are_bounded_and_the_rest_share_one() {
    let mut quotas = in_force(
        "[[quotas]]\nprincipals = [\"unix-group:staff\"]\non = [\"pay\"]\nevents_per_day = 2",
    );
    for uid in 0..QUOTA_COUNTS_MAX as u32 {
        // Root and the number of nobody are users like others here; 65534 is refused by name.
        if uid != 65_534 {
            assert!(quotas.take(&user(uid), "pay", 1, 0, 0).is_ok());
        }
    }
    for (uid, fits) in [
        (100_000, true),
        (100_001, true),
        (100_002, true),
        (100_003, false),
    ] {
        assert_eq!(
            quotas.take(&user(uid), "pay", 1, 0, 0).is_ok(),
            fits,
            "{uid}"
        );
    }
    // Whoever has one goes on.
    assert!(quotas.take(&user(1), "pay", 1, 0, 0).is_ok());
    assert_eq!(quotas.had.len(), QUOTA_COUNTS_MAX + 1);
}

#[test]
fn quotas_that_mean_nothing_are_refused_with_their_line() {
    for (text, told) in [
        ("[[quotas]]\non = [\"pay\"]", "line 2: "),
        (
            "[[quotas]]\non = []\nevents_per_day = 1",
            "line 2: on is empty",
        ),
        (
            "[[quotas]]\non = [\"pay\"]\nprincipals = []\nevents_per_day = 1",
            "line 3: principals is empty",
        ),
        (
            "[[quotas]]\non = [\"p*y\"]\nevents_per_day = 1",
            "line 2: on \"p*y\"",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}: {error}");
    }
    let many = "[[quotas]]\non = [\"pay\"]\nevents_per_day = 1\n".repeat(QUOTAS_MAX + 1);
    assert!(matches!(read(&many), Err(FileError::Quotas { .. })));
}

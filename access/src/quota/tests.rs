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

/// Sets aside whatever is lacking.
struct InForce(Quotas);

impl InForce {
    fn put(&mut self, quotas: Vec<Quota>) {
        self.0.put(quotas);
    }

    fn take(
        &mut self,
        caller: &Caller,
        ledger: &str,
        events: u64,
        bytes: u64,
        now: u64,
    ) -> Result<(), QuotaExceeded> {
        loop {
            match self.0.take(caller, ledger, events, bytes, now) {
                Ok(()) => return Ok(()),
                Err(NotTaken::UsedUp(exceeded)) => return Err(exceeded),
                Err(NotTaken::NotSetAside(lacking)) => self.0.set_aside(&lacking),
            }
        }
    }
}

fn in_force(text: &str) -> InForce {
    InForce(begun(text))
}

fn begun(text: &str) -> Quotas {
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
        "[[quotas]]\non = [\"@store\"]\nevents_per_day = 640\n\
         [[quotas]]\nprincipals = [\"unix:#1\"]\non = [\"pay\"]\nevents_per_day = 4",
    );
    assert!(quotas.take(&user(2), "pay", 1, 0, 0).is_ok());
    assert!(quotas.take(&user(1), "pay", 5, 0, 0).is_err());
    // The first one was not charged for it.
    assert!(quotas.take(&user(2), "pay", 639, 0, 0).is_ok());
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
    assert_eq!(quotas.0.counts.len(), QUOTA_COUNTS_MAX + 1);
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

/// What outlives a process.
#[derive(Default)]
struct Disk(BTreeMap<u32, Vec<u8>>);

impl Disk {
    fn keep(&mut self, counts: &[KeptCount]) {
        let counts = counts.iter().map(|count| (count.place, count.to_bytes()));
        self.0.extend(counts);
    }

    fn read(&self) -> Vec<KeptCount> {
        let counts = self.0.iter();
        counts
            .map(|(place, bytes)| KeptCount::from_bytes(*place, bytes).unwrap())
            .collect()
    }
}

/// Takes, and keeps what must be kept first.
fn take_kept(quotas: &mut Quotas, disk: &mut Disk, caller: &Caller, bytes: u64, now: u64) -> bool {
    loop {
        match quotas.take(caller, "pay", 1, bytes, now) {
            Ok(()) => return true,
            Err(NotTaken::UsedUp(_)) => return false,
            Err(NotTaken::NotSetAside(lacking)) => {
                disk.keep(&lacking);
                quotas.set_aside(&lacking);
            }
        }
    }
}

proptest::proptest! {
    /// Processes that end at any moment, killed or in good order, have no more together than one.
    #[test]
    fn a_kill_at_any_moment_gives_nothing_back(
        steps in proptest::collection::vec((0..2_u32, 1..40_u64, 0..8_u8), 1..120),
    ) {
        let text = "[[quotas]]\nprincipals = [\"unix-group:staff\"]\non = [\"pay\"]\nevents_per_day = 50\nbytes_per_day = 900\n\
                    [[quotas]]\non = [\"pay\"]\nbytes_per_day = 1500";
        let (mut disk, mut quotas) = (Disk::default(), begun(text));
        let (mut had, mut events, mut kills) = ([0; 2], [0; 2], 0);
        for (uid, bytes, end) in steps {
            match end {
                // The process is killed; between what is kept and what is had there is always such a moment.
                0 => {
                    if let Err(NotTaken::NotSetAside(lacking)) = quotas.take(&user(uid), "pay", 1, bytes, HOUR) {
                        disk.keep(&lacking);
                    }
                    quotas = begun(text);
                    quotas.restore(disk.read(), HOUR);
                    kills += 1;
                }
                1 => {
                    disk.keep(&quotas.settle());
                    quotas = begun(text);
                    quotas.restore(disk.read(), HOUR);
                }
                _ if take_kept(&mut quotas, &mut disk, &user(uid), bytes, HOUR) => {
                    had[uid as usize] += bytes;
                    events[uid as usize] += 1;
                }
                _ if kills == 0 => proptest::prop_assert!(
                    events[uid as usize] == 50 || had[uid as usize] + bytes > 900 || had[0] + had[1] + bytes > 1_500
                ),
                _ => {}
            }
            proptest::prop_assert!(had.iter().all(|had| *had <= 900) && had[0] + had[1] <= 1_500);
            proptest::prop_assert!(events.iter().all(|events| *events <= 50));
        }
        // The next day has all again, whatever is kept.
        let mut tomorrow = begun(text);
        tomorrow.restore(disk.read(), 25 * HOUR);
        proptest::prop_assert!(take_kept(&mut tomorrow, &mut disk, &user(0), 900, 25 * HOUR));
    }
}

#[test]
fn bytes_that_are_no_count_are_told_apart() {
    let mut quotas = begun("[[quotas]]\non = [\"pay\"]\nevents_per_day = 10");
    let Err(NotTaken::NotSetAside(lacking)) = quotas.take(&user(1), "pay", 1, 0, HOUR) else {
        panic!("nothing is set aside");
    };
    let bytes = lacking[0].to_bytes();
    assert_eq!(KeptCount::from_bytes(0, &bytes), Ok(lacking[0]));
    for wrong in [&bytes[1..], &bytes[..56], &[2; 57], b""] {
        assert_eq!(KeptCount::from_bytes(0, wrong), Err(NotACount));
    }
}

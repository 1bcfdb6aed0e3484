//! The daemon is killed between the approval of an erasure and its end: before each change of a file, and at any moment. After
//! that the erasure was carried out or not, at most once, and `_system` says which.

use std::{collections::BTreeMap, time::Duration};

use indelible_proto::v1::{ApprovalRequest, ApprovalState};

use super::{BINDINGS, Office, not_usable, why};
use crate::{
    access::net::Net,
    support::{
        calls::{append, create, hex},
        chance::Chance,
        keys::{erasures, event_of},
        tier::{Counts, counts, report},
    },
    system::told,
};

/// So many changes are met one by one: the record that the approval is used, the record of the erasure, and what begins then.
const CHANGES_MET_ONE_BY_ONE: u64 = 10;
/// Among so many changes one is drawn by lot.
const CHANGES: std::ops::Range<u64> = 1..60;
/// How long an erasure may go on until the daemon is killed from outside, in milliseconds.
const KILLED_AFTER_MS: std::ops::Range<u64> = 0..120;

/// When the daemon is killed.
#[derive(Debug, Clone, Copy)]
enum Killed {
    /// Before the change of a file of this number.
    Before(u64),
    /// So many milliseconds after the call.
    After(u64),
}

/// What became of an act that somebody else had approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    /// Nothing: the approval can still be used.
    NotBegun,
    /// The approval is used up, and nothing was done.
    Nothing,
    /// It was done.
    Done,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approved_act_whose_daemon_is_killed_was_carried_out_once_or_not_and_system_says_which()
{
    let Counts {
        kills_at_changes_under_load: random,
        ..
    } = *counts();
    let mut chance = Chance::new("kills of approved acts");
    let mut office = Office::of(Net::killable(BINDINGS).await).await;
    create(&mut office.admin, "hr").await;
    let one_by_one = (1..=CHANGES_MET_ONE_BY_ONE).map(Killed::Before);
    let mut kills: Vec<_> = one_by_one.collect();
    for _ in 0..random {
        kills.push(Killed::Before(chance.within(CHANGES)));
        kills.push(Killed::After(chance.within(KILLED_AFTER_MS)));
    }
    let mut met = BTreeMap::<_, u64>::new();
    for (number, kill) in kills.into_iter().enumerate() {
        let subject = format!("subject{number}");
        let asked = approved(&mut office, &subject).await;
        let was_done = erased(&office, &subject, &asked, kill).await;
        office = Office::of(office.net.killed().await).await;
        let became = became(&mut office, &asked).await;
        assert!(became == Became::Done || !was_done, "{kill:?}: {became:?}");
        *met.entry(became).or_default() += 1;
        afterwards(&mut office, &subject, &asked, became).await;
    }
    for became in [Became::NotBegun, Became::Nothing, Became::Done] {
        assert!(met.contains_key(&became), "{became:?} was not met: {met:?}");
    }
    report(format_args!("approved acts, killed: {met:?}"));
    office.net.daemon.stop();
}

/// A request to erase somebody, who has an event, which somebody else has approved.
async fn approved(office: &mut Office, subject: &str) -> ApprovalRequest {
    append(&mut office.admin, "hr", event_of(subject, subject))
        .await
        .unwrap();
    let asked = office.person("officer").await.ask_to_erase(subject).await;
    let mut second = office.person("second").await;
    second.approve(&asked, subject).await.unwrap();
    asked
}

/// Erases, while the daemon is killed; whether the caller was told that it is done. Where it is killed from outside, that is
/// still to be done.
async fn erased(office: &Office, subject: &str, asked: &ApprovalRequest, kill: Killed) -> bool {
    let mut officer = office.person("officer").await;
    let (subject, id) = (subject.to_owned(), asked.approval_id.clone());
    let point = office.net.kill_point.as_ref().unwrap();
    if let Killed::Before(nth) = kill {
        point.arm(nth, None);
    }
    let erasing = tokio::spawn(async move { officer.erase(&subject, &id).await });
    let was_done = match kill {
        Killed::Before(_) => erasing.await.unwrap().unwrap_or_default(),
        Killed::After(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            let is_over = erasing.is_finished();
            is_over && erasing.await.unwrap().unwrap_or_default()
        }
    };
    point.disarm();
    was_done
}

/// What the daemon says of it that was started again.
async fn became(office: &mut Office, asked: &ApprovalRequest) -> Became {
    let mut admin = office.person("admin").await;
    let used = told(&mut office.admin, "approval_used").await;
    let request = format!("request={}", asked.approval_id);
    let used = used.iter().filter(|text| text.contains(&request)).count();
    let begun = told(&mut office.admin, "erased").await;
    let key = format!("data_keys={}", hex(&asked.data_key_ids[0]));
    let begun = begun
        .iter()
        .filter(|text| text.contains(&key) && text.contains("outcome=begun"));
    let begun = begun.count();
    // Both records or neither.
    assert!(used == begun && used <= 1, "{used} {begun}");
    let recorded = erasures(&mut admin.keys, "hr").await;
    let recorded = recorded
        .iter()
        .filter(|erasure| erasure.data_key_ids == asked.data_key_ids);
    let recorded = recorded.count();
    let state = admin.get(&asked.approval_id).await.unwrap().state();
    match (used, recorded) {
        (0, 0) => {
            assert_eq!(state, ApprovalState::Approved);
            Became::NotBegun
        }
        (1, recorded) => {
            assert_eq!(state, ApprovalState::CarriedOut);
            assert!(recorded <= 1, "{recorded}");
            match recorded {
                0 => Became::Nothing,
                _ => Became::Done,
            }
        }
        _ => panic!("an act without the record that its approval is used"),
    }
}

/// What was not begun can be done; what was begun needs another approval, if anything is left to do.
async fn afterwards(office: &mut Office, subject: &str, asked: &ApprovalRequest, became: Became) {
    let mut officer = office.person("officer").await;
    let id = asked.approval_id.as_str();
    match became {
        Became::NotBegun => assert!(officer.erase(subject, id).await.unwrap()),
        Became::Nothing => {
            let again = officer.erase(subject, id).await;
            assert_eq!(why(again), not_usable("state used"));
            let asked = officer.ask_to_erase(subject).await;
            let mut second = office.person("second").await;
            second.approve(&asked, subject).await.unwrap();
            assert!(officer.erase(subject, &asked.approval_id).await.unwrap());
        }
        Became::Done => {}
    }
    // Whatever became of it, nobody is erased twice.
    let again = officer.erase(subject, id).await;
    assert!(again.is_err(), "{again:?}");
    let mut admin = office.person("admin").await;
    let of_person = erasures(&mut admin.keys, "hr").await;
    let of_person = of_person
        .iter()
        .filter(|erasure| erasure.data_key_ids == asked.data_key_ids);
    assert_eq!(of_person.count(), 1);
}

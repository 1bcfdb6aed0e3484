//! What is said of a ledger that lacks records: nothing that the missing ones could gainsay.

use serde_json::Value;

use super::*;
use crate::support::keys::event_of;

/// A daemon on an older copy of a store, beside the newer anchor: an event of a person and a halt are on record, and what came
/// after is missing, of `_system` too unless that was repaired.
async fn rolled_back(place: &Place, is_system_whole: bool) -> Daemon {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    let halt = ["agent", "halt", "audit", "--everything", "--two-people"];
    done(&daemon, &halt);
    daemon.stop();
    let older = place.copy_data("older");
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    batch(&mut client, "audit", events("new", 0..9))
        .await
        .unwrap();
    daemon.stop();
    place.restore_data(&older);
    if is_system_whole {
        repair_system(place);
    }
    Daemon::start(place).await
}

/// The lists of what a ledger has on record, each with what it says where there is nothing.
const LISTS: [(&[&str], &str); 4] = [
    (&["erasures"], "no erasure is recorded in what is there"),
    (&["hold", "list"], "no hold is known to be in force"),
    (
        &["retention", "list"],
        "no disposal is recorded in what is there",
    ),
    (
        &["retention", "show"],
        "no rule of retention is known to be in force",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_what_a_ledger_has_says_that_records_may_be_missing() {
    let place = Place::new();
    let daemon = rolled_back(&place, false).await;
    for (list, nothing) in LISTS {
        let said = run(&daemon, &[list, &["audit"]].concat());
        assert_eq!(said.code, 0, "{list:?}: {said:?}");
        for part in [nothing, "there may be more than is told here"] {
            assert!(said.remarks.contains(part), "{part}: {list:?}: {said:?}");
        }
        let json = run(&daemon, &[list, &["audit", "--output", "json"]].concat());
        let warned = json.remarks.contains("there may be more than is told here");
        assert!(warned, "{list:?}: {json:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_halts_of_a_ledger_in_quarantine_are_listed() {
    let place = Place::new();
    let daemon = rolled_back(&place, true).await;
    let said = run(&daemon, &["agent", "halts", "audit", "--output", "json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let halt: Value = said.json();
    assert_eq!(
        (&halt["of"], &halt["people"]),
        (&"everything".into(), &2.into())
    );
    let said = run(&daemon, &["agent", "halts", "audit"]);
    assert!(said.text().contains("2 people"), "{said:?}");
    let more = "there may be more than is told here";
    assert!(said.remarks.contains(more), "{said:?}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_that_missing_records_name_no_reader_and_no_backup() {
    let place = Place::new();
    let daemon = rolled_back(&place, false).await;
    let tried = [
        "erase",
        "audit",
        "--subject",
        "erika",
        "--dry-run",
        "--output",
        "json",
    ];
    let dry: Value = run(&daemon, &tried).json();
    assert_eq!(
        (&dry["opened_by"], &dry["in_backups"]),
        (&Value::Null, &Value::Null),
        "{dry}"
    );
    let lack = dry["opened_by_lack"].as_str().unwrap();
    assert!(
        lack.contains("_system") && lack.contains("may lack records"),
        "{lack}"
    );
    let backups = dry["backups"].as_str().unwrap();
    assert!(
        backups.contains("which backups there are is not known"),
        "{backups}"
    );
    let show = ["subject", "show", "--subject", "erika", "--readers"];
    let shown = done(&daemon, &show).text();
    for part in ["caution", "opened by  not known: localhost/_system"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    daemon.stop();
}

/// Waiting does not end a quarantine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_system_can_not_be_read_halts_say_what_is_not_known() {
    let place = Place::new();
    let daemon = rolled_back(&place, false).await;
    let said = run(&daemon, &["agent", "halts", "audit"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.text().contains("everything"), "{said:?}");
    let why = "whether _system is in quarantine";
    assert!(said.remarks.contains(why), "{said:?}");
    daemon.stop();
}

//! A person is erased from all ledgers, or it is said beforehand what would become of each.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_erased_from_all_ledgers_and_what_refuses_is_named() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let (mut client, mut keys) = (daemon.client().await, daemon.keys().await);
    for name in ["audit", "held", "without"] {
        create(&mut client, name).await;
    }
    for name in ["audit", "held"] {
        let events = vec![event_of("erika", "e1"), event_of("max", "m1")];
        batch(&mut client, name, events).await.unwrap();
    }
    hold(&mut keys, "held", Some("erika")).await;
    let all = ["erase", "--all-ledgers", "--subject", "erika"];
    let dry = run(&daemon, &[&all[..], &["--dry-run"]].concat());
    // As the real one would be.
    assert_eq!(dry.code, 1, "{dry:?}");
    assert!(
        dry.remarks.contains("would be refused from: held"),
        "{dry:?}"
    );
    let said = dry.text();
    for part in [
        "body and payload of 1 event;",
        "a hold is in force",
        "would remain",
        "nobody, as the store\u{2019}s own ledger",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json = run(
        &daemon,
        &[&all[..], &["--dry-run", "--output", "json"]].concat(),
    );
    let lines: Vec<serde_json::Value> = json
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |name: &str| lines.iter().find(|line| line["ledger"] == name).unwrap();
    assert_eq!(of("audit")["would_be_erased"], 1);
    assert_eq!(of("audit")["would_be_refused_by"], serde_json::json!([]));
    assert_eq!(of("held")["would_be_erased"], 0);
    assert_eq!(of("held")["would_be_refused_by"][0], "a hold is in force");
    assert_eq!(of("held")["remains"].as_array().unwrap().len(), 5);
    let unseen = "ledgers that whoever erased may not see";
    let told = |line: &serde_json::Value| line["not_looked_at"].to_string();
    let backups = "backups and other copies";
    assert!(told(of("held")).contains(backups), "{}", told(of("held")));
    assert_eq!(said.matches(backups).count(), 1, "once for all: {said}");
    // The daemon's own user sees every ledger that there is.
    assert!(!told(of("held")).contains(unseen) && !said.contains(unseen));
    let one = ["erase", "audit", "--subject", "erika", "--dry-run"];
    let one = done(&daemon, &one).text();
    for part in ["not looked at", "other ledgers of this daemon", "backups"] {
        assert!(one.contains(part), "{part}: {one}");
    }
    assert_eq!(
        list(&mut client, "audit", about("erika")).await.unwrap(),
        ids(["e1"])
    );

    let erased = run(
        &daemon,
        &[
            &all[..],
            &["--basis", "GDPR Art. 17(1)(a)", "--yes", "--output", "json"],
        ]
        .concat(),
    );
    let said = &erased.remarks;
    assert_eq!(erased.code, 1, "{said}");
    assert!(said.contains("is not erased from: held"), "{said}");
    let lines = erased.text();
    let results: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(results.len(), 2, "{lines}");
    let of = |name: &str| results.iter().find(|one| one["ledger"] == name).unwrap();
    assert_eq!(of("audit")["complete"], true);
    assert!(!told(of("audit")).contains(unseen));
    for result in &results {
        assert!(
            result["origin"]
                .as_str()
                .unwrap()
                .contains(result["ledger"].as_str().unwrap())
        );
    }
    assert!(of("held")["refused"].is_string(), "{lines}");
    assert!(said.contains("stays erased"), "{said}");
    let none = run(&daemon, &[&all[..], &["--basis", "b", "--yes"]].concat());
    assert_eq!(none.code, 1, "{none:?}");
    let said = format!("{}{}", none.text(), none.remarks);
    for part in ["stays erased", "not looked at"] {
        assert!(!said.contains(part), "nothing was erased: {part}: {said}");
    }
    let refused = list(&mut client, "audit", about("erika")).await;
    assert_refused(refused, UNKNOWN.0, UNKNOWN.1, "");
    assert_eq!(
        list(&mut client, "held", about("erika")).await.unwrap(),
        ids(["e1"])
    );
    for name in ["audit", "held"] {
        assert_eq!(
            list(&mut client, name, about("max")).await.unwrap(),
            ids(["m1"])
        );
    }
    let max = [
        "erase",
        "audit",
        "--subject",
        "max",
        "--basis",
        "b",
        "--yes",
    ];
    let one = done(&daemon, &max).text();
    assert!(one.contains("other ledgers of this daemon"), "{one}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_quarantine_may_have_more_and_nothing_is_erased_while_the_stores_own_is_in_it_too()
 {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    daemon.stop();
    fs::remove_file(place.anchor()).unwrap();
    let daemon = Daemon::start(&place).await;
    let shown = done(&daemon, &["subject", "show", "--subject", "erika"]).text();
    for part in [
        "quarantined",
        "caution",
        "there may be more than is told here",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let tried = run(
        &daemon,
        &["erase", "audit", "--subject", "erika", "--dry-run"],
    );
    assert_eq!(tried.code, 1, "{tried:?}");
    // Of a ledger that takes no records, the store's own has the record.
    let refused = "_system, is in quarantine";
    assert!(tried.text().contains(refused), "{tried:?}");
    daemon.stop();
}

//! The certificate of an erasure: at any time afterwards, with what remains and what proves it.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_has_a_certificate_at_any_time_afterwards() {
    let place = Place::new();
    let (daemon, mut client, mut keys, _) = filled(&place).await;
    let size = ledger(&mut client, "audit").await.size;
    let sequence = erase(&mut keys, "audit", "erika").await.unwrap().sequence;
    assert_eq!(sequence, size);
    append(&mut client, "audit", event("later")).await.unwrap();
    daemon.stop();

    let daemon = Daemon::start(&place).await;
    let (page, json) = (place.file("c.html"), place.file("c.json"));
    let number = sequence.to_string();
    let files = [page.to_str().unwrap(), json.to_str().unwrap()];
    done(
        &daemon,
        &[
            "certificate",
            "audit",
            &number,
            "-o",
            files[0],
            "-o",
            files[1],
        ],
    );
    let certificate: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(
        (&certificate["events"], &certificate["complete"]),
        (&3.into(), &true.into())
    );
    assert_eq!(certificate["events_still_readable"], 0);
    assert_eq!(certificate["erasure"], sequence);
    let opened = &certificate["opened_before"];
    assert!(
        opened.is_array(),
        "{opened}: _system says who had them decrypted"
    );
    assert_eq!(certificate["not_looked_at"].as_array().unwrap().len(), 5);
    let (receipt, record) = (place.file("c.receipt"), place.file("c.record"));
    fs::write(&receipt, certificate["proof"]["receipt"].as_str().unwrap()).unwrap();
    let record_file = certificate["proof"]["record_file"].as_str().unwrap();
    fs::write(&record, BASE64.decode(record_file).unwrap()).unwrap();
    let key = certificate["verifier_key"].as_str().unwrap();
    let verdict = verify_receipt(&receipt, &record, key);
    assert_eq!(verdict.code, 0, "{}", verdict.complaint);
    let page = fs::read_to_string(&page).unwrap();
    for said in [
        "The contents of 3 events about one person",
        "keys that are destroyed",
        "Who had them decrypted before",
        "What was not looked at",
        "other ledgers of this daemon",
        certificate["data_keys"][0].as_str().unwrap(),
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("erika"));

    let text = done(&daemon, &["certificate", "audit", &number]).text();
    assert!(text.contains("events erased   3"), "{text}");
    assert!(text.contains("not looked at   other ledgers"), "{text}");
    let no_erasure = run(&daemon, &["certificate", "audit", "2"]);
    assert_eq!(no_erasure.code, 4, "{no_erasure:?}");
    daemon.stop();
}

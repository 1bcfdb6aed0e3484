//! What the page for a person says: who has read, what was decided, what was asked and what is gone.

use std::path::Path;

use super::*;

/// A file of an archive, as tar gives it out.
fn unpacked(archive: &Path, name: &str) -> String {
    let tar = Command::new("tar")
        .args(["--extract", "--to-stdout", "--file"])
        .arg(archive)
        .args(["--wildcards", name])
        .output()
        .unwrap();
    assert!(tar.status.success(), "{tar:?}");
    String::from_utf8(tar.stdout).unwrap()
}

fn exported(daemon: &Daemon, place: &Place, more: &[&str]) -> (String, String) {
    let archive = place.file("person.tar");
    let out = archive.display().to_string();
    let export = ["subject", "export", "--subject", "erika", "--out", &out];
    done(daemon, &[&export[..], more].concat());
    let page = unpacked(&archive, "index.html").replace("<wbr>", "");
    (page, unpacked(&archive, "*/summary.json"))
}

/// Every decryption is on record, whether or not the ledger keeps a trail of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_read_is_told_of_a_ledger_without_a_trail_too() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let events = vec![event_of("erika", "e1"), event_of("max", "m1")];
    batch(&mut client, "audit", events).await.unwrap();
    let (page, summary) = exported(&daemon, &place, &[]);
    assert!(
        page.contains("Nobody had these records decrypted"),
        "{page}"
    );
    assert!(
        page.contains("The reading for this page is on record"),
        "{page}"
    );
    assert!(summary.contains("\"recipients\": []"), "{summary}");
    // The archive's own reading is on record from then on.
    let (page, summary) = exported(&daemon, &place, &[]);
    let names = |text: &str| text.contains("insecure:local") && text.contains("list");
    assert!(names(&page), "{page}");
    assert!(!page.contains("nobody can tell"), "{page}");
    assert!(names(&summary) && summary.contains("_system"), "{summary}");
    let shown = ["subject", "show", "--subject", "erika", "--readers"];
    let shown = done(&daemon, &shown).text();
    assert!(names(&shown), "{shown}");
    let dry = ["erase", "audit", "--subject", "erika", "--dry-run"];
    let dry = done(&daemon, &dry).text();
    assert!(names(&dry), "{dry}");
    assert!(!dry.contains("entries of the access trail"), "{dry}");
    let of_max = ["erase", "audit", "--subject", "max", "--dry-run"];
    let of_max = done(&daemon, &of_max).text();
    assert!(of_max.contains("nobody, as the store"), "{of_max}");
    let erased = erase(&mut daemon.keys().await, "audit", "erika").await;
    let number = erased.unwrap().sequence.to_string();
    let certificate = ["certificate", "audit", &number, "--output", "json"];
    let certificate = done(&daemon, &certificate).json();
    assert_eq!(
        certificate["opened_before"][0]["principal"],
        "insecure:local"
    );
    assert_eq!(certificate["opened_before_as_told_by"], "_system");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_known_by_their_classification_too_and_all_that_records_say_is_shown() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    for name in ["audit", "other"] {
        create(&mut client, name).await;
    }
    let decided = v1::Event {
        r#type: "com.example.loan.v1".into(),
        classification: "automated_decision".into(),
        causation_id: "cause-7".into(),
        datacontenttype: "application/json".into(),
        digests: vec![v1::Digest {
            component: "model_input".into(),
            algorithm: "sha-256".into(),
            value: vec![0xab; 32].into(),
        }],
        ..event_of("erika", "e1")
    };
    append(&mut client, "audit", decided).await.unwrap();
    append(&mut client, "other", event_of("erika", "e2"))
        .await
        .unwrap();
    let named = ["--ledger", "audit"];
    let (page, summary) = exported(&daemon, &place, &named);
    let decisions = page.split_once("Decisions by machines").unwrap().1;
    assert!(decisions.contains("com.example.loan.v1"), "{page}");
    assert!(!page.contains("There is no record of a type"), "{page}");
    for said in [
        "cause-7",
        "application/json",
        "model_input",
        &"ab".repeat(32),
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // Others were not asked.
    assert!(page.contains("Others were not asked"), "{page}");
    assert!(summary.contains("ledgers that were not named"), "{summary}");
    let (page, _) = exported(&daemon, &place, &["--ledger", "other"]);
    assert!(
        page.contains("There is no record of a type ai.decision.*"),
        "{page}"
    );
    let archive = place.file("all.tar");
    let out = archive.display().to_string();
    let all = ["subject", "export", "--subject", "erika", "--out", &out];
    done(&daemon, &all);
    let page = unpacked(&archive, "index.html");
    assert!(!page.contains("Others were not asked"), "{page}");
    daemon.stop();
}

/// What a hold is for may be somebody else's affair.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reasons_of_holds_on_others_are_not_told_to_a_person() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    for hold in [
        &[
            "hold",
            "place",
            "audit",
            "--reason",
            "inquiry into somebody",
        ][..],
        &[
            "hold",
            "place",
            "audit",
            "--subject",
            "erika",
            "--reason",
            "her own claim",
        ],
    ] {
        done(&daemon, hold);
    }
    let (page, summary) = exported(&daemon, &place, &[]);
    for told in [&page, &summary] {
        assert!(told.contains("her own claim"), "{told}");
        assert!(!told.contains("inquiry into somebody"), "{told}");
    }
    // Whoever answers for the ledger sees both.
    let shown = done(&daemon, &["subject", "show", "--subject", "erika"]).text();
    assert!(shown.contains("inquiry into somebody"), "{shown}");
    daemon.stop();
}

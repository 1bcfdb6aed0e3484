//! The end of a ledger: once a bundle has all of it, its keys are in no file, and its name and its proofs stay.

use std::fs;

use indelible_proto::v1::{ErrorReason, PartState};
use tonic::Code;

use super::{GONE, assert_intact, holds_word, states};
use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event},
    command::{done, run},
    daemon::Daemon,
    keys::event_of,
    place::Place,
    verifier::{export, verify},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_ends_once_a_bundle_has_all_of_it_and_its_keys_are_in_no_file() {
    let place = Place::new();
    let mut daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let events = vec![
        event("plain"),
        event_of("erika", "e1"),
        event_of("max", "m1"),
    ];
    batch(&mut client, "audit", events).await.unwrap();
    let bundle = place.file("all.tar.zst");
    let out = bundle.to_str().unwrap();
    done(&daemon, &["export", "audit", "--out", out]);
    let end = [
        "ledger", "end", "audit", "--bundle", out, "--reason", "over", "--yes",
    ];
    append(&mut client, "audit", event("late")).await.unwrap();
    let refused = run(&daemon, &end);
    assert!(
        refused.code == 1 && refused.remarks.contains("BUNDLE_DIFFERS"),
        "{refused:?}"
    );
    fs::remove_file(&bundle).unwrap();
    done(&daemon, &["export", "audit", "--out", out]);
    let elsewhere = run(
        &daemon,
        &["ledger", "end", "other", "--bundle", out, "--yes"],
    );
    assert!(
        elsewhere.code == 2 && elsewhere.remarks.contains("not of other"),
        "{elsewhere:?}"
    );
    let ended = done(&daemon, &[&end[..], &["--output", "json"]].concat());
    assert!(
        ended.remarks.contains("no readable copy"),
        "the bundle opens nothing: {ended:?}"
    );
    let ended = ended.json();
    assert_eq!(
        (&ended["sealed_bodies"], &ended["sealed_payloads"]),
        (&2.into(), &2.into())
    );
    assert_eq!(
        (&ended["data_keys"], &ended["events"]),
        (&2.into(), &2.into())
    );
    let erasure = ended["erasures"][0].to_string();
    let certificate = done(&daemon, &["certificate", "audit", &erasure]).text();
    assert!(certificate.contains("2 keys of people"), "{certificate}");
    assert!(certificate.contains("the ledger ended"), "{certificate}");
    let page = place.file("end.html");
    let out = page.to_str().unwrap();
    done(&daemon, &["certificate", "audit", &erasure, "-o", out]);
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("The ledger audit ended"), "{page}");
    assert!(!page.contains("about one person, and the keys"), "{page}");

    for restarted in [false, true] {
        if restarted {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
        }
        let listed = done(&daemon, &["ledger", "list"]).text();
        assert!(listed.contains("ended"), "{listed}");
        assert_eq!(states(&mut client, 3).await, GONE);
        assert_eq!(states(&mut client, 2).await.0, PartState::Present);
        for more in [event("more"), event_of("moritz", "more")] {
            let refused = append(&mut client, "audit", more).await;
            assert_refused(
                refused,
                Code::FailedPrecondition,
                ErrorReason::LedgerClosed,
                "",
            );
        }
        let taken = run(&daemon, &["ledger", "create", "audit"]);
        assert!(
            taken.code == 5 && taken.remarks.contains("LEDGER_EXISTS"),
            "{taken:?}"
        );
        let again = run(&daemon, &end);
        assert!(
            again.code != 0 && again.remarks.contains("LEDGER_CLOSED"),
            "{again:?}"
        );
        assert_intact(&mut client).await;
    }
    // The bundle from before verifies as ever, and one of now does.
    let after = place.file("after.tar");
    export(&mut client, &named.origin, None, &after).await;
    for bundle in [&bundle, &after] {
        let verified = verify(bundle, &named.verifier_key, &[]);
        assert_eq!(verified.code, 0, "{verified:#?}");
    }
    daemon.stop();
    assert!(!holds_word(&place.data(), "actor of e1"));
}

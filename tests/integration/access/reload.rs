//! Bindings and rates are taken without a restart, and what is open is held against them.

mod shop;

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_interchange::hex;
use indelible_proto::v1::{ErrorReason, FollowRecordsRequest, GetLedgerRequest};
use sha2::{Digest as _, Sha256};
use tonic::{Code, Status, Streaming};

use self::shop::{PATIENCE, Shop, bound, message};
use crate::support::calls::{append, event, ledger, refusal};
use crate::system::{await_told, told};

fn reason(status: &Status) -> (Code, Option<ErrorReason>) {
    let (code, reason, _) = refusal(status);
    (code, reason)
}

const DENIED: (Code, Option<ErrorReason>) =
    (Code::PermissionDenied, Some(ErrorReason::AccessDenied));

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bindings_are_taken_without_a_restart() {
    let mut shop = Shop::start(&[]).await;
    let refused = append(&mut shop.till, "sales", event("a")).await;
    assert_eq!(reason(&refused.unwrap_err()), DENIED);
    // Over the same connection.
    shop.take(&bound(&["writer"])).await;
    append(&mut shop.till, "sales", event("a")).await.unwrap();
    shop.take(&bound(&[])).await;
    let refused = append(&mut shop.till, "sales", event("b")).await;
    assert_eq!(reason(&refused.unwrap_err()), DENIED);
    // Without a signal, too, though later.
    shop.write(&bound(&["writer"]));
    let begun = Instant::now();
    while append(&mut shop.till, "sales", event("c")).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "{}", shop.net.daemon.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // And so are rates.
    let limits = "[limits]\nrequests_per_second = 1\n";
    shop.take(&format!("{}{limits}", bound(&["writer"]))).await;
    let request = || GetLedgerRequest {
        ledger: "sales".into(),
    };
    let mut refused = None;
    for _call in 0..4 {
        refused = refused.or(shop.till.get_ledger(request()).await.err());
    }
    let refused = refused.expect("four calls in a second");
    assert_eq!(reason(&refused).1, Some(ErrorReason::RateExceeded));
    shop.take(&bound(&["writer"])).await;
    for _call in 0..4 {
        shop.till.get_ledger(request()).await.unwrap();
    }
    shop.net.daemon.stop();
}

/// What is on record as in force is in force, and what waits for a restart is named as that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_and_what_waits_for_a_restart_is_on_record() {
    let mut shop = Shop::start(&[]).await;
    let limits = "[limits]\nrequests_per_second = 1000\ntoken_days = 7\n";
    shop.take(&format!("{}{limits}", bound(&["writer"]))).await;
    let says = [
        "changed=access,rates",
        "waits_for_restart=limits.token_days",
    ];
    await_told(&mut shop.operator, "configuration_loaded", &says).await;
    assert!(
        shop.net
            .daemon
            .log()
            .contains("waits_for_restart=\"limits.token_days\"")
    );
    // Other words alone are nothing new.
    shop.take(&format!("{}{limits}# a remark\n", bound(&["writer"])))
        .await;
    // Put back, nothing waits any more.
    shop.take(&bound(&["writer"])).await;
    await_told(
        &mut shop.operator,
        "configuration_loaded",
        &["changed=rates"],
    )
    .await;
    let all = told(&mut shop.operator, "configuration_loaded").await;
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(!all[2].contains("waits_for_restart"), "{all:#?}");
    // What a daemon could not start with is not taken, whatever part of it is wrong.
    shop.write(&format!("{}[clock]\nmax_step_hours = 0\n", bound(&[])));
    shop.net.daemon.signal(libc::SIGHUP);
    shop.net.logs("clock.max_step_hours is 0").await;
    // Which file it was is on record, and nothing of what it says.
    let file = fs::read(shop.net.place.file("indelible.toml")).unwrap();
    let digest = hex::encode(&Sha256::digest(&file));
    let says = ["outcome=denied", &format!("file_sha256={digest}")];
    let told = await_told(&mut shop.operator, "configuration_refused", &says).await;
    assert!(!told.contains("max_step_hours"), "{told}");
    append(&mut shop.till, "sales", event("a")).await.unwrap();
    shop.net.daemon.stop();
}

/// What would keep the next start from happening is told now, and not then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_names_others_with_which_no_daemon_could_start_is_not_taken() {
    let mut shop = Shop::start(&["writer"]).await;
    let file = shop.net.place.file("indelible.toml");
    let sound = fs::read_to_string(&file).unwrap();
    let line = |name: &str| {
        let line = sound.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("{name}: {sound}")).to_owned()
    };
    for (name, missing) in [
        ("certificate", "/nowhere/tls.pem"),
        ("path", "/nowhere/passphrase"),
    ] {
        let (before, after) = sound.split_once(&line(name)).unwrap();
        let text = format!("{before}{name} = \"{missing}\"{after}");
        fs::write(&file, text.replace("\"writer\"", "\"auditor\"")).unwrap();
        shop.net.daemon.signal(libc::SIGHUP);
        shop.net.logs(missing).await;
        append(&mut shop.till, "sales", event(name)).await.unwrap();
        let notices = shop.notices().await;
        let told = notices
            .iter()
            .find(|notice| notice.0 == "BINDINGS_NOT_TAKEN");
        assert!(
            told.is_some_and(|told| told.1.contains(missing)),
            "{notices:?}"
        );
    }
    fs::write(&file, &sound).unwrap();
    let begun = Instant::now();
    while shop
        .notices()
        .await
        .iter()
        .any(|notice| notice.0 == "BINDINGS_NOT_TAKEN")
    {
        assert!(begun.elapsed() < PATIENCE, "{}", shop.net.daemon.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    shop.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_requires_certificates_of_nobody_is_refused() {
    let mut shop = Shop::start(&["writer"]).await;
    let file = shop.net.place.file("indelible.toml");
    let text = fs::read_to_string(&file).unwrap();
    let without: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("client_ca"))
        .collect();
    let without = without.join("\n").replace("\"optional\"", "\"required\"");
    fs::write(&file, without).unwrap();
    shop.net.daemon.signal(libc::SIGHUP);
    shop.net
        .logs("sets client_certificates but not client_ca")
        .await;
    let notices = shop.notices().await;
    let told = notices
        .iter()
        .find(|(code, _)| code == "BINDINGS_NOT_TAKEN");
    assert!(
        told.is_some_and(|(_, why)| why.contains("client_ca")),
        "{notices:?}"
    );
    shop.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_when_its_caller_loses_the_role() {
    let mut shop = Shop::start(&["writer", "reader"]).await;
    let follow = FollowRecordsRequest {
        ledger: "sales".into(),
        ..Default::default()
    };
    let followed = shop.till.follow_records(follow.clone()).await;
    let mut followed = followed.unwrap().into_inner();
    let others = shop.operator.follow_records(follow).await;
    let mut others = others.unwrap().into_inner();
    let (sender, mut acknowledged) = shop.stream().await;
    let mut seen = 0;
    while seen < 3 {
        seen += followed.message().await.unwrap().unwrap().records.len();
    }

    // What still may be goes on.
    shop.take(&bound(&["reader", "writer", "auditor"])).await;
    sender.send(message("s1")).await.unwrap();
    assert_eq!(
        acknowledged.message().await.unwrap().unwrap().message_index,
        1
    );
    assert_eq!(followed.message().await.unwrap().unwrap().records.len(), 1);

    // It ends though nobody sends anything.
    shop.take(&bound(&["auditor"])).await;
    assert_eq!(reason(&end(acknowledged).await), DENIED);
    // An auditor may follow, too.
    append_as_operator(&mut shop).await;
    shop.take(&bound(&["writer"])).await;
    let ended = end(followed).await;
    assert_eq!(reason(&ended), DENIED);
    assert!(
        ended.message().contains("the bindings have changed"),
        "{ended:?}"
    );
    // Others' streams go on.
    let mut seen = 0;
    let size = usize::try_from(ledger(&mut shop.operator, "sales").await.size).unwrap();
    while seen < size {
        seen += others.message().await.unwrap().unwrap().records.len();
    }
    shop.net.daemon.stop();
}

/// How a stream ends, whatever it says before.
async fn end<T>(mut stream: Streaming<T>) -> Status {
    let to_the_end = async {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended without a word"),
                Err(status) => return status,
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, to_the_end).await;
    ended.expect("a stream goes on whose caller lost the role")
}

/// Makes a record, so that those who follow have something to see.
async fn append_as_operator(shop: &mut Shop) {
    shop.take(&bound(&["auditor", "writer"])).await;
    append(&mut shop.till, "sales", event("o")).await.unwrap();
}

/// Under load, nothing is appended after the daemon has said that it took the bindings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_never_pauses_appends_nothing_more() {
    let mut shop = Shop::start(&["writer"]).await;
    let (sender, acknowledged) = shop.stream().await;
    let sending = tokio::spawn(async move {
        for number in 1.. {
            if sender.send(message(&format!("s{number}"))).await.is_err() {
                return;
            }
        }
    });
    let reading = tokio::spawn(end(acknowledged));
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.take(&bound(&[])).await;
    assert_eq!(reason(&reading.await.unwrap()), DENIED);
    sending.abort();
    let size = ledger(&mut shop.operator, "sales").await.size;
    assert!(size > 10, "{size}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(ledger(&mut shop.operator, "sales").await.size, size);
    shop.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_valid_is_not_taken_and_told() {
    let mut shop = Shop::start(&["writer"]).await;
    for (wrong, why) in [
        (bound(&["writer", "king"]), "is not a role"),
        (
            bound(&["writer"]).replace("on = ", "at = "),
            "unknown field `at`",
        ),
        (
            format!("{}[limits]\nbytes_per_minute = 1\n", bound(&["reader"])),
            "bytes_per_minute",
        ),
        (
            format!(
                "{}[limits]\nbytes_per_second = 99999999999999\n",
                bound(&[])
            ),
            "bytes_per_second",
        ),
    ] {
        shop.write(&wrong);
        shop.net.daemon.signal(libc::SIGHUP);
        let begun = Instant::now();
        loop {
            let notices = shop.notices().await;
            let told = notices
                .iter()
                .find(|(code, _)| code == "BINDINGS_NOT_TAKEN");
            if told.is_some_and(|(_, detail)| detail.contains(why)) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{why}: {notices:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let id = format!("after-{}", why.len());
        append(&mut shop.till, "sales", event(&id)).await.unwrap();
    }
    shop.take(&bound(&["writer"])).await;
    let notices = shop.notices().await;
    assert!(
        notices.iter().all(|(code, _)| code != "BINDINGS_NOT_TAKEN"),
        "{notices:?}"
    );
    shop.net.daemon.stop();
}

//! Whoever asks all ledgers and may not see all of them is told that the answer may not be all.

use super::*;

/// A user of this machine who answers for the people in one ledger.
const OFFICER: u32 = 54_323;

const UNSEEN: &str = "ledgers that whoever asked may not see";

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A file of an archive, as tar gives it out.
fn unpacked(archive: &Path, name: &str) -> String {
    let mut tar = Command::new("tar");
    tar.arg("--extract").arg("--to-stdout").arg("--file");
    tar.arg(archive).args(["--wildcards", name]);
    done(tar.output().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_from_some_ledgers_is_not_taken_for_one_from_all() {
    // Only root can be somebody else.
    if !is_root() {
        return;
    }
    let place = Place::new();
    let (open, address) = open_socket();
    let bindings = format!(
        "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{OFFICER}\"]\n\
         roles = [\"privacy-officer\", \"reader\", \"decryptor\", \"auditor\"]\non = [\"hr\"]\n"
    );
    let mut daemon = begin(&place, &bindings);
    daemon.await_serving().await;
    for (ledger, id) in [("hr", "1"), ("pay", "2")] {
        done(run_as(None, &address, &["ledger", "create", ledger]));
        let event = ["--type", "com.example.a.v1", "--source", "/s", "--id", id];
        let of_erika = [
            &["append", ledger][..],
            &event,
            &["--data-subject", "erika"],
        ]
        .concat();
        done(run_as(None, &address, &of_erika));
    }
    let officer = |arguments: &[&str]| run_as(Some(OFFICER), &address, arguments);
    let show = ["subject", "show", "--subject", "erika"];
    let part = officer(&show);
    let text = String::from_utf8_lossy(&part.stdout).into_owned();
    assert_eq!(part.status.code(), Some(6), "{text}{}", said(&part));
    assert!(text.contains(UNSEEN) && !text.contains("pay"), "{text}");
    let told = said(&part);
    assert!(
        told.contains("covers only the ledgers that you may see") && told.contains("on = [\"*\"]"),
        "{told}"
    );
    let json = officer(&[&show[..], &["--output", "json"]].concat());
    assert_eq!(json.status.code(), Some(6));
    let told = lines(&json)[0]["not_looked_at"].to_string();
    assert!(told.contains(UNSEEN), "{told}");

    // Whoever names the ledgers asks about these.
    let named = officer(&[&show[..], &["--ledger", "hr"]].concat());
    assert!(!done(named).contains(UNSEEN));
    let none = officer(&["subject", "show", "--subject", "erica"]);
    assert_eq!(none.status.code(), Some(4));
    assert!(said(&none).contains(UNSEEN), "{}", said(&none));

    let archive = open.path().join("erika.tar");
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let out = ["--out", archive.to_str().unwrap()];
    let export = [
        &[
            "subject",
            "export",
            "--subject",
            "erika",
            "--output",
            "json",
        ][..],
        &out,
    ]
    .concat();
    let exported = officer(&export);
    assert_eq!(exported.status.code(), Some(6), "{}", said(&exported));
    let told: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert!(told["not_looked_at"].to_string().contains(UNSEEN), "{told}");
    let page = unpacked(&archive, "index.html");
    assert!(page.contains("covers only the ledgers"), "{page}");
    let summary = unpacked(&archive, "hr-*/summary.json");
    assert!(summary.contains(UNSEEN), "{summary}");

    let dry = ["erase", "--all-ledgers", "--subject", "erika", "--dry-run"];
    assert_eq!(officer(&dry).status.code(), Some(6));

    // Whoever may see all is told of none.
    let all = done(run_as(None, &address, &show));
    assert!(all.contains("pay") && !all.contains(UNSEEN), "{all}");
    done(run_as(None, &address, &export));
    let page = unpacked(&archive, "index.html");
    assert!(!page.contains("covers only the ledgers"), "{page}");
    daemon.stop();
}

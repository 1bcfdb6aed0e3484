//! Who may write the archive of a person: what is missing is said at once, before anything is decrypted.

use super::*;

/// Users of this machine: a privacy officer, one who may also decrypt, and one who may do all.
const OFFICER: u32 = 54_331;
const DECRYPTOR: u32 = 54_332;
const READER: u32 = 54_333;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_do_all_that_an_archive_takes_decrypts_nothing() {
    // Only root can be somebody else.
    if !is_root() {
        return;
    }
    let place = Place::new();
    let (open, address) = open_socket();
    let binding = |user: u32, roles: &str| {
        format!("[[access]]\nprincipals = [\"unix:#{user}\"]\nroles = {roles}\non = [\"hr\"]\n")
    };
    let bindings = [
        format!("listen = {address:?}\n"),
        binding(OFFICER, "[\"privacy-officer\"]"),
        binding(DECRYPTOR, "[\"privacy-officer\", \"decryptor\"]"),
        binding(READER, "[\"privacy-officer\", \"decryptor\", \"reader\"]"),
    ];
    let mut daemon = begin(&place, &bindings.concat());
    daemon.await_serving().await;
    done(run_as(None, &address, &["ledger", "create", "hr"]));
    let append = [
        "append",
        "hr",
        "--type",
        "com.example.a.v1",
        "--source",
        "/s",
        "--id",
        "1",
        "--data-subject",
        "erika",
    ];
    done(run_as(None, &address, &append));
    let archive = open.path().join("erika.tar");
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let out = archive.to_str().unwrap();
    let export = [
        "subject",
        "export",
        "--subject",
        "erika",
        "--ledger",
        "hr",
        "--out",
        out,
    ];
    let decrypted = || {
        let list = ["list", "_system", "--type", "indelible.system.decrypted.v1"];
        done(run_as(None, &address, &list))
    };
    for (user, missing) in [
        (OFFICER, &["read", "decrypt", "prove"][..]),
        (DECRYPTOR, &["prove"]),
    ] {
        let refused = run_as(Some(user), &address, &export);
        let told = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        for missing in missing {
            assert!(
                told.contains(&format!("{missing} (role ")),
                "{missing}: {told}"
            );
        }
        assert_eq!(told.matches(" (role ").count(), missing.len(), "{told}");
        assert!(!told.contains("that needs the role"), "{told}");
        assert!(!archive.exists());
        assert!(!decrypted().contains("decrypted.v1"), "{}", decrypted());
    }
    done(run_as(Some(READER), &address, &export));
    assert!(decrypted().contains("decrypted.v1"));
    // Who has read is on record where this officer may not look.
    let tar = Command::new("tar")
        .args(["--extract", "--to-stdout", "--file", out, "index.html"])
        .output();
    let page = done(tar.unwrap());
    assert!(
        page.contains("whoever made this page may not read that"),
        "{page}"
    );
    assert!(!page.contains("nobody can tell"), "{page}");
    daemon.stop();
}

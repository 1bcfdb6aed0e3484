//! Who calls, and what they may do: users of this machine over the socket, and holders of certificates.

mod agents;
mod agents_all_ledgers;
mod agents_commands;
mod agents_granters;
mod agents_matters;
mod archive;
mod believer;
mod certificates;
mod commands;
mod contexts;
mod dry_run;
mod files_over_quotas;
mod floods;
mod in_force;
mod issuer;
mod jwt;
mod names;
mod net;
mod page;
mod quotas;
mod reload;
mod revoked_followers;
mod sight;
mod strangers;
mod table;
mod timing;
mod tls;
mod tokens;
mod two_people;
mod wire;

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::support::{
    daemon::{Daemon, INDELIBLE},
    place::Place,
};

/// Writes a configuration, and starts the daemon on it.
pub(crate) fn begin(place: &Place, rest: &str) -> Daemon {
    Daemon::spawn(serve(Command::new(INDELIBLE), place, rest), place).unwrap()
}

/// The command that does so, given the program or what runs it.
fn serve(mut command: Command, place: &Place, rest: &str) -> Command {
    let text = format!(
        "data = {:?}\n{rest}\n[kek]\nprovider = \"passphrase-file\"\npath = {:?}\n",
        place.data(),
        place.passphrase()
    );
    let file = place.file("indelible.toml");
    fs::write(&file, text).unwrap();
    command
        .arg("serve")
        .arg("--config")
        .arg(file)
        .stdin(Stdio::null());
    command
}

/// A socket that everybody can reach, and nothing else that they can.
pub(crate) fn open_socket() -> (tempfile::TempDir, String) {
    let open = tempfile::tempdir().unwrap();
    fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let address = format!("unix:{}", open.path().join("socket").display());
    (open, address)
}

/// Whether this process can act as another user.
pub(crate) fn is_root() -> bool {
    done(Command::new("id").arg("-u").output().unwrap()).trim() == "0"
}

/// Runs the command line as a user of this machine; only root can be another one.
pub(crate) fn run_as(user: Option<u32>, address: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(INDELIBLE);
    command
        .args(["--address", address])
        .args(arguments)
        .stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command.output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A user of this machine who is nobody in particular.
pub(crate) const STRANGER: u32 = 54_321;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_over_the_socket_are_who_the_kernel_says() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let bindings = format!(
        "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"writer\"]\non = [\"pay*\"]\nsources = [\"/shop/*\"]\n"
    );
    let mut daemon = begin(&place, &bindings);
    assert_eq!(daemon.address(), address);
    daemon.await_serving().await;

    for ledger in ["payments", "other"] {
        done(run_as(
            None,
            &address,
            &[
                "ledger",
                "create",
                ledger,
                "--encrypt",
                "all",
                "--access-trail",
            ],
        ));
    }
    let append = ["--id", "1", "--type", "com.example.sale.v1", "--source"];
    let own = [&["append", "payments"][..], &append, &["/till"]].concat();
    done(run_as(None, &address, &own));
    done(run_as(None, &address, &["list", "payments", "--decrypt"]));
    let trail = done(run_as(
        None,
        &address,
        &[
            "list",
            "payments",
            "--type",
            "indelible.access.decrypted.v1",
            "--output",
            "json",
        ],
    ));
    let own_name = done(Command::new("id").arg("-un").output().unwrap());
    assert!(
        trail.contains(&format!("unix:{}", own_name.trim())),
        "{trail}"
    );
    assert!(trail.contains("unix-socket"), "{trail}");

    // Only root can be somebody else; any other user is the daemon's own, who may do everything.
    if !is_root() {
        return daemon.stop();
    }
    let stranger = |arguments: &[&str]| run_as(Some(STRANGER), &address, arguments);
    done(stranger(
        &[&["append", "payments"][..], &append, &["/shop/1"]].concat(),
    ));
    for (arguments, lacks) in [
        (
            [&["append", "payments"][..], &append, &["/till"]].concat(),
            "of this source to payments: its bindings as writer name others; ask who administers the store",
        ),
        (vec!["list", "payments"], "reader"),
        (
            vec![
                "erase",
                "payments",
                "--subject",
                "x",
                "--basis",
                "y",
                "--yes",
            ],
            "privacy-officer",
        ),
        (vec!["status"], "operator"),
    ] {
        let refused = stranger(&arguments);
        let said = said(&refused);
        assert!(
            said.contains(&format!("unix:#{STRANGER}")) && said.contains(lacks),
            "{arguments:?}: {said}"
        );
        assert!(said.contains("ACCESS_DENIED"), "{said}");
    }
    // What is somebody else's is not told from what is not there.
    let [foreign, absent] = ["other", "nowhere"].map(|ledger| {
        let refused = said(&stranger(&["list", ledger]));
        refused.replace(ledger, "LEDGER")
    });
    assert_eq!(foreign, absent);
    let seen: Value =
        serde_json::from_str(&done(stranger(&["ledger", "list", "--output", "json"])))
            .unwrap_or_default();
    let seen = seen.to_string();
    assert!(
        seen.contains("payments") && !seen.contains("other"),
        "{seen}"
    );
    daemon.stop();
    assert!(
        !Path::new(&address["unix:".len()..]).exists(),
        "the socket is still there"
    );
}

/// Whoever has no number in the daemon's user namespace is the same unknown user as all others who have none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_user_namespace_nobody_from_outside_is_anybody() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let bindings = format!(
        "listen = {address:?}\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\nroles = [\"operator\"]\non = [\"@store\"]\n"
    );
    let mut unshare = Command::new("unshare");
    unshare.arg("--map-root-user").arg(INDELIBLE);
    let mut daemon = Daemon::spawn(serve(unshare, &place, &bindings), &place).unwrap();
    daemon.await_serving().await;
    done(run_as(None, &address, &["status"]));
    // Only root can be somebody else.
    if is_root() {
        let said = said(&run_as(Some(STRANGER), &address, &["status"]));
        assert!(said.contains("CALLER_UNKNOWN"), "{said}");
    }
    daemon.stop();
}

/// Whoever takes all connections keeps neither root nor the daemon's own user from looking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_house_has_places_for_the_operator() {
    let place = Place::new();
    let (_open, address) = open_socket();
    let mut daemon = begin(
        &place,
        &format!("listen = [\"127.0.0.1:0\", {address:?}]\n"),
    );
    daemon.await_serving().await;
    let (_, tcp) = daemon.address().split_once("//").unwrap();
    let mut held = Vec::new();
    while !daemon.log().contains("refused connections") {
        held.push(std::net::TcpStream::connect(tcp).unwrap());
        assert!(held.len() < 4_096, "nothing was refused");
    }
    done(run_as(None, &address, &["status"]));
    drop(held);
    daemon.stop();
}

/// Whoever may write to the file that says who may do what, or to a key, is anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_everybody_may_write_to_are_refused() {
    let place = Place::new();
    let command = serve(Command::new(INDELIBLE), &place, "");
    let file = place.file("indelible.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let Err(said) = Daemon::spawn(command, &place) else {
        panic!("it was taken");
    };
    assert!(said.contains("every user may write to"), "{said}");
}

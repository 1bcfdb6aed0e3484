//! Tokens where nobody is asked who they are.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{
    access::{begin, done, open_socket, run_as, said},
    support::{daemon::INDELIBLE, place::Place},
};

fn run(address: &str, token_file: Option<&str>, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(INDELIBLE);
    command
        .args(["--address", address])
        .args(arguments)
        .stdin(Stdio::null());
    if let Some(file) = token_file {
        command.args(["--token-file", file]);
    }
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_development_mode_counts_in_that_mode_only_and_its_maker_is_told() {
    let place = Place::new();
    let (_open, socket) = open_socket();
    let mut daemon = begin(&place, &format!("listen = [\"127.0.0.1:0\", {socket:?}]\n"));
    daemon.await_serving().await;
    let plain = format!("http://{}", daemon.address().rsplit('/').next().unwrap());
    done(run(&plain, None, &["ledger", "create", "payments"]));
    let file = place.file("token");
    let file = file.to_str().unwrap();
    let create = [
        "token", "create", "--name", "t", "--role", "reader", "--on", "payments", "-o", file,
    ];
    let made = run(&plain, None, &create);
    assert!(said(&made).contains("development mode"), "{}", said(&made));
    done(made);
    done(run(&plain, Some(file), &["list", "payments"]));
    // Over the socket its maker is somebody.
    let other = place.file("other");
    let other = other.to_str().unwrap();
    let create = [&create[..create.len() - 1], &[other]].concat();
    let made = run_as(None, &socket, &create);
    assert!(!said(&made).contains("development mode"), "{}", said(&made));
    let shown = done(made);
    assert!(!shown.contains("idlt_"), "{shown}");
    daemon.stop();

    let mut daemon = begin(&place, &format!("listen = {socket:?}\n"));
    daemon.await_serving().await;
    done(run(&socket, Some(other), &["list", "payments"]));
    let refused = run(&socket, Some(file), &["list", "payments"]);
    let told = said(&refused);
    assert!(
        told.contains("TOKEN_NOT_ACCEPTED") && told.contains("development mode"),
        "{told}"
    );
    let listed = done(run_as(
        None,
        &socket,
        &["token", "list", "--output", "json"],
    ));
    let makers: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["maker"].clone())
        .collect();
    assert_eq!(makers[0], "insecure:local");
    assert!(
        makers[1].as_str().unwrap().starts_with("unix:"),
        "{makers:?}"
    );
    daemon.stop();
}

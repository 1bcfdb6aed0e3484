//! Where nobody is asked who they are, nobody is a first or a second person.

use crate::{
    access::{STRANGER, begin, done, open_socket, run_as, said},
    support::place::Place,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_development_listener_asks_for_nothing_that_takes_two_people() {
    let place = Place::new();
    let (_open, socket) = open_socket();
    let mut daemon = begin(
        &place,
        &format!(
            "listen = [\"127.0.0.1:0\", {socket:?}]\n[[access]]\nprincipals = [\"unix:#{STRANGER}\"]\n\
             roles = [\"approver\"]\non = [\"@store\"]\n"
        ),
    );
    daemon.await_serving().await;
    let local = daemon.address().to_owned();
    assert!(local.starts_with("http://127.0.0.1:"), "{local}");
    done(run_as(None, &local, &["ledger", "create", "hr"]));
    let event = [
        "--id",
        "1",
        "--source",
        "/hr",
        "--type",
        "com.example.hired.v1",
    ];
    let append = [&["append", "hr", "--data-subject", "erika"][..], &event].concat();
    done(run_as(None, &local, &append));
    let erase = ["erase", "hr", "--subject", "erika", "--basis", "wish 118"];
    for more in [&["--request"][..], &["--yes"]] {
        let refused = run_as(None, &local, &[&erase[..], more].concat());
        let told = said(&refused);
        assert!(
            told.contains("ACCESS_DENIED") && told.contains("insecure:local"),
            "{more:?}: {told}"
        );
    }
    // Nor does a token that was made there.
    let file = place.file("token").display().to_string();
    let make = [
        "token", "create", "--name", "a", "--role", "operator", "--on", "hr", "-o", &file,
    ];
    done(run_as(None, &local, &make));
    let succeed = ["ledger", "succeed", "hr", "--request", "--token-file"];
    let by_token = run_as(None, &local, &[&succeed[..], &[file.as_str()]].concat());
    assert!(
        said(&by_token).contains("insecure:local"),
        "{}",
        said(&by_token)
    );
    // Over the socket it is known who asks.
    done(run_as(
        None,
        &socket,
        &[&erase[..], &["--request"]].concat(),
    ));
    daemon.stop();
}

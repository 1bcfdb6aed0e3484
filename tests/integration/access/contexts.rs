//! Contexts of the command line, and what it says to whoever may not do something.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::{
    certificates::{host, workload},
    done,
    net::Net,
    said,
};
use crate::support::daemon::INDELIBLE;

/// A home of somebody, with contexts.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(INDELIBLE);
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", self.0.path())
            .env_remove("INDELIBLE_ADDRESS")
            .env_remove("INDELIBLE_CONTEXT")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("indelible/contexts.json")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const ROLES: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\", \"reader\"]\non = [\"@store\"]\n\
                     [[access]]\nprincipals = [\"spiffe://a.example/auditor\"]\nroles = [\"auditor\"]\non = [\"@store\"]\n\
                     [[access]]\nprincipals = [\"spiffe://a.example/writer\"]\nroles = [\"writer\"]\non = [\"sales\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_who_what_of_whom_and_for_which_command() {
    let net = Net::start("\"127.0.0.1:0\"", ROLES).await.unwrap();
    let home = Home::new();
    let address = net.address();
    for (name, names) in [
        ("operator", host("operator.example")),
        ("auditor", workload("spiffe://a.example/auditor")),
        ("writer", workload("spiffe://a.example/writer")),
        ("nobody", workload("spiffe://a.example/nobody")),
    ] {
        let files = net.issue(name, names);
        let (cert, key) = (text(&files.certificate), text(&files.key));
        let set = [
            "context",
            "set",
            name,
            "--address",
            &address,
            "--ca",
            text(&net.ca),
        ];
        done(home.run(&[&set[..], &["--cert", cert, "--cert-key", key]].concat()));
    }
    let run = |who: &str, line: &str| {
        let arguments: Vec<_> = line.split(' ').collect();
        home.run(&[&["--context", who][..], &arguments].concat())
    };
    done(run("operator", "ledger create sales"));
    for (who, line, words) in [
        (
            "writer",
            "clock accept --yes",
            &[
                "on the store",
                "auditor, operator or administrator on @store",
                "clock accept, which is about accept-clock: that needs the role operator",
            ][..],
        ),
        (
            "auditor",
            "clock accept --yes",
            &[
                "may not accept-clock on the store",
                "command: indelible clock accept\n",
            ],
        ),
        (
            "nobody",
            "subject show --subject x",
            &[
                "may not list-ledgers: it needs the role",
                "in some place",
                "subject show, which is about read-data-subjects: that needs the role auditor or privacy-officer",
            ],
        ),
        (
            "writer",
            "list sales",
            &[
                "may not read on the ledger sales, or there is no such ledger",
                "reader, auditor or decryptor there",
            ],
        ),
        ("writer", "status", &["may not read-status on the store"]),
        (
            "nobody",
            "tail sales --follow",
            &["tail, which is about follow"],
        ),
    ] {
        let output = run(who, line);
        let refused = said(&output);
        assert_eq!(output.status.code(), Some(1), "{line}: {refused}");
        let always = [
            "(by certificate)",
            "reason: ACCESS_DENIED",
            "what to do: ",
            "unix:#0",
        ];
        for words in words.iter().chain(&always) {
            assert!(refused.contains(words), "{line}: no {words:?} in {refused}");
        }
        let is_of_a_ledger = refused.contains("no such ledger");
        assert_eq!(is_of_a_ledger, line.contains("sales"), "{line}: {refused}");
    }
    let json = said(&run("writer", "list sales --output json"));
    let error = &serde_json::from_str::<Value>(&json).unwrap()["error"];
    assert_eq!(error["metadata"]["action"], "read");
    assert_eq!(error["metadata"]["roles"], "reader auditor decryptor");
    assert_eq!(error["metadata"]["place"], "ledger");
    assert_eq!(error["metadata"]["ledger"], "sales");
    assert_eq!(error["metadata"]["principal"], "spiffe://a.example/writer");
    assert_eq!(error["metadata"]["administrators"], "unix:#0");
    assert_eq!(error["metadata"]["authentication"], "certificate");
    assert_eq!(error["command"], "indelible list");
    // Nobody appends to the store's own ledger, so nobody is sent to somebody who would have to let them.
    let append = "append _system --source /x --id 1 --type com.example.a.v1";
    let refused = said(&run("operator", append));
    assert!(
        refused.contains("may not append on the ledger _system"),
        "{refused}"
    );
    assert!(
        refused.contains("nobody can, whatever is bound"),
        "{refused}"
    );
    assert!(
        refused.contains("what to do: choose another ledger"),
        "{refused}"
    );
    assert!(!refused.contains("unix:#0"), "{refused}");
    let json = said(&run("operator", &format!("{append} --output json")));
    let error = &serde_json::from_str::<Value>(&json).unwrap()["error"];
    assert_eq!(error["metadata"]["roles"], "");
    assert_eq!(error["metadata"]["administrators"], "");
    net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_names_a_daemon_and_options_win() {
    let net = Net::start("\"127.0.0.1:0\"", ROLES).await.unwrap();
    let (home, address) = (Home::new(), net.address());
    let refused = said(&home.run(&["context", "use", "prod"]));
    assert!(refused.contains("there is none yet"), "{refused}");
    let files = net.issue("operator", host("operator.example"));
    let (cert, key) = (text(&files.certificate), text(&files.key));
    let set = [
        "context",
        "set",
        "prod",
        "--address",
        &address,
        "--ca",
        text(&net.ca),
    ];
    done(home.run(&[&set[..], &["--cert", cert, "--cert-key", key]].concat()));
    done(home.run(&[
        "context",
        "set",
        "elsewhere",
        "--address",
        "unix:/nowhere/x.sock",
    ]));
    let status = |arguments: &[&str]| {
        let output = home.run(&[arguments, &["status", "--output", "json"]].concat());
        serde_json::from_str::<Value>(&done(output)).unwrap()
    };
    assert_eq!(status(&["--context", "prod"])["context"], "prod");
    // In use.
    done(home.run(&["context", "use", "prod"]));
    assert_eq!(status(&[])["context"], "prod");
    assert_eq!(status(&[])["address"], address.as_str());
    let list = done(home.run(&["context", "list"]));
    assert!(
        list.contains("* prod") && list.contains("  elsewhere"),
        "{list}"
    );
    let shown = done(home.run(&["context", "show"]));
    assert!(shown.contains(cert) && shown.contains(&address), "{shown}");
    // The environment chooses another one, and the option wins.
    let mut other = home.command(&["status"]);
    let unreachable = other
        .env("INDELIBLE_CONTEXT", "elsewhere")
        .output()
        .unwrap();
    assert!(
        said(&unreachable).contains("/nowhere/x.sock"),
        "{}",
        said(&unreachable)
    );
    let mut both = home.command(&["--context", "prod", "status"]);
    done(both.env("INDELIBLE_CONTEXT", "elsewhere").output().unwrap());
    let mut named = home.command(&["--context", "prod", "status"]);
    done(
        named
            .env("INDELIBLE_ADDRESS", "unix:/nowhere/x.sock")
            .output()
            .unwrap(),
    );
    // An address sets the context in use aside, its certificate too.
    let aside = home.run(&["--address", &address, "--ca", text(&net.ca), "status"]);
    let told = said(&aside);
    assert!(told.contains("CALLER_UNKNOWN"), "{told}");
    assert!(
        told.contains("context prod is set aside") && told.contains("its certificate is not shown"),
        "{told}"
    );
    let beside = home.run(&[
        "--context",
        "elsewhere",
        "--address",
        &address,
        "--ca",
        text(&net.ca),
        "status",
    ]);
    assert!(
        said(&beside).contains("CALLER_UNKNOWN"),
        "{}",
        said(&beside)
    );
    // Commands without a daemon don't read the file, and others refuse one that others may write to.
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o666)).unwrap();
    done(home.run(&["frameworks"]));
    let refused = home.run(&["status"]);
    assert!(
        said(&refused).contains("others may write to it"),
        "{}",
        said(&refused)
    );
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    let unknown = said(&home.run(&["--context", "nowhere", "status"]));
    assert!(
        unknown.contains("`indelible context list` shows") && !unknown.contains("--help"),
        "{unknown}"
    );
    let removed = home.run(&["context", "remove", "prod"]);
    assert!(
        said(&removed).contains("no context is in use now"),
        "{}",
        said(&removed)
    );
    assert!(!fs::read_to_string(home.file()).unwrap().contains("prod"));
    net.daemon.stop();
}

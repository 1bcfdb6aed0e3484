//! What the command line says of access: `access list|check|lint`, refusals, and contexts.

use std::{
    fs,
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

/// A configuration file in a directory of its own.
struct Configured {
    directory: tempfile::TempDir,
}

impl Configured {
    fn new(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("indelible.toml"), text).unwrap();
        Self { directory }
    }

    fn access(&self, arguments: &[&str]) -> Output {
        Command::new(INDELIBLE)
            .arg("access")
            .args(arguments)
            .arg("--config")
            .arg(self.directory.path().join("indelible.toml"))
            .output()
            .unwrap()
    }

    /// Exit code and answer of a check.
    fn check(&self, who: &str, can: &str, more: &[&str]) -> (Option<i32>, String) {
        let check = ["check", "--as", who, "--can", can];
        let output = self.access(&[&check, more].concat());
        let answer = String::from_utf8(output.stdout.clone()).unwrap();
        (output.status.code(), answer + &said(&output))
    }
}

const BINDINGS: &str = r#"
data = "/srv/indelible"
listen = "unix:/run/x.sock"

[[access]]
principals = ["unix:till"]
roles = ["writer"]
on = ["sales"]
sources = ["urn:shop:*"]

[[access]]
principals = ["unix:anna"]
roles = ["reader"]
on = ["pay*"]
"#;

#[test]
fn a_check_says_no_more_than_is_granted() {
    let of = Configured::new(BINDINGS);
    for (who, can, more, code, words) in [
        (
            "unix:till",
            "append",
            &["--on", "sales", "--source", "urn:shop:1"][..],
            0,
            "yes: unix:till may append events of urn:shop:1 on sales",
        ),
        (
            "unix:till",
            "append",
            &["--on", "sales"],
            1,
            "for some sources only",
        ),
        (
            "unix:till",
            "append",
            &["--on", "sales", "--source", "urn:x"],
            1,
            "not append on sales for this source, but for others",
        ),
        (
            "unix:till",
            "append",
            &["--on", "other"],
            1,
            "it needs the role writer",
        ),
        ("unix:anna", "list-ledgers", &[], 0, "yes"),
        (
            "unix:anna",
            "list-ledgers",
            &["--on", "payments"],
            0,
            "unix:anna is reader on pay*",
        ),
        (
            "unix:anna",
            "list-ledgers",
            &["--on", "sales"],
            1,
            "the answer does not show sales",
        ),
        (
            "unix:eve",
            "list-ledgers",
            &["--on", "sales"],
            1,
            "no: unix:eve may not list-ledgers",
        ),
        (
            "unix:anna",
            "read-status",
            &["--on", "payments"],
            2,
            "leave out --on",
        ),
        (
            "unix:anna",
            "read",
            &["--on", "pay1", "--source", "urn:a"],
            2,
            "leave out --source",
        ),
        ("unix:anna", "read", &[], 2, "name it with --on"),
        ("unix:#0", "rotate-store-keys", &[], 0, "yes"),
        (
            "unix:eve",
            "read",
            &["--on", "pay"],
            1,
            "If the daemon runs as that user",
        ),
        (
            "spiffe://a.example/b",
            "read",
            &["--on", "pay"],
            1,
            "nobody can call as spiffe://a.example/b",
        ),
        (
            "insecure:local",
            "read",
            &["--on", "pay"],
            1,
            "nobody can call as insecure:local",
        ),
    ] {
        let (found, answer) = of.check(who, can, more);
        assert_eq!(found, Some(code), "{who} {can} {more:?}: {answer}");
        assert!(answer.contains(words), "{who} {can} {more:?}: {answer}");
    }
    let open = Configured::new(&BINDINGS.replace("unix:/run/x.sock", "127.0.0.1:7311"));
    let (code, answer) = open.check("insecure:local", "erase", &["--on", "sales"]);
    assert_eq!(code, Some(0), "{answer}");
}

#[test]
fn a_list_leaves_out_nobody_who_may_do_something() {
    let of = Configured::new(BINDINGS);
    let list = done(of.access(&["list"]));
    for words in [
        "unix:#0 has every role but approver on @store, unbound: root could",
        "the daemon's own user has every role",
        "unix:till is writer on sales for urn:shop:*",
        "unix:anna is reader on pay*",
    ] {
        assert!(list.contains(words), "{list}");
    }
    assert!(!list.contains("insecure:local"), "{list}");
    let open = Configured::new(&BINDINGS.replace("unix:/run/x.sock", "127.0.0.1:7311"));
    let list = done(open.access(&["list", "--output", "json"]));
    let items: Vec<Value> = list
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(items.len(), 5, "{list}");
    let open_to_all = items
        .iter()
        .find(|item| item["principal"] == "insecure:local");
    assert_eq!(open_to_all.unwrap()["roles"].as_array().unwrap().len(), 7);
}

/// The names of what the lint finds.
fn lints(of: &Configured) -> Vec<String> {
    let output = of.access(&["lint", "--output", "json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let found = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    found
        .map(|one| one["lint"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_lint_reads_how_callers_show_who_they_are() {
    let certificate =
        "[[access]]\nprincipals = [\"dns:a.example\"]\nroles = [\"reader\"]\non = [\"pay*\"]\n";
    let tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n";
    let network = BINDINGS.replace(
        "\"unix:/run/x.sock\"",
        "[\"unix:/run/x.sock\", \"192.0.2.1:7311\"]",
    );
    let none: [&str; 0] = [];
    assert_eq!(lints(&Configured::new(BINDINGS)), none);
    assert_eq!(
        lints(&Configured::new(&format!("{BINDINGS}{certificate}"))),
        ["nobody"]
    );
    // TLS alone knows nobody by a certificate.
    assert_eq!(
        lints(&Configured::new(&format!("{network}{tls}{certificate}"))),
        ["nobody"]
    );
    let known = format!("{network}{tls}client_ca = \"/a\"\n{certificate}");
    assert_eq!(lints(&Configured::new(&known)), none);
    // Where only the network listens, no user of the machine is known.
    let only = known.replace("\"unix:/run/x.sock\", ", "");
    assert_eq!(lints(&Configured::new(&only)), ["nobody", "nobody"]);
    let all = "[[access]]\nprincipals = [\"unix:dan\"]\nroles = [\"writer\", \"reader\", \"auditor\", \"decryptor\", \
               \"privacy-officer\", \"operator\", \"administrator\"]\non = [\"@store\"]\n";
    assert_eq!(
        lints(&Configured::new(&format!("{BINDINGS}{all}"))),
        ["everything"]
    );
}

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
                "may not read on this ledger, or there is no such ledger",
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
    assert_eq!(error["metadata"]["authentication"], "certificate");
    assert_eq!(error["command"], "indelible list");
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
    assert!(said(&aside).contains("CALLER_UNKNOWN"), "{}", said(&aside));
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
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o666)).unwrap();
    done(home.run(&["frameworks"]));
    let refused = home.run(&["status"]);
    assert!(
        said(&refused).contains("others may write to it"),
        "{}",
        said(&refused)
    );
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    done(home.run(&["context", "remove", "prod"]));
    assert!(!fs::read_to_string(home.file()).unwrap().contains("prod"));
    net.daemon.stop();
}

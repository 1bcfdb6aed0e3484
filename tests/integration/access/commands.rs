//! What `access list|check|lint` say of a configuration file.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;

use super::{done, said};
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

/// What is not known from the file is not answered with no, and what nobody can do is not answered with a role.
#[test]
fn a_check_says_what_it_can_t_know() {
    let groups = "[[issuers]]\nissuer = \"https://id.example\"\naudiences = [\"indelible\"]\nkeys_file = \"/k\"\n\
                  groups_claim = \"groups\"\n\
                  [[access]]\nprincipals = [\"unix-group:staff\", \"jwt-group:https://id.example#g\"]\nroles = [\"auditor\"]\n\
                  on = [\"hr\"]\n";
    let of = Configured::new(&format!("{BINDINGS}{groups}"));
    let (alice, subject) = ("unix:alice", "jwt:https://id.example#alice");
    for (who, can, more, code, words) in [
        (
            alice,
            "export",
            &["--on", "hr"][..],
            6,
            "not known: whether unix:alice may export on hr",
        ),
        (
            alice,
            "export",
            &["--on", "hr"],
            6,
            "They may if they are also unix-group:staff",
        ),
        (
            subject,
            "export",
            &["--on", "hr"],
            6,
            "also jwt-group:https://id.example#g",
        ),
        (
            alice,
            "export",
            &["--on", "hr", "--exactly"],
            1,
            "no: unix:alice may not export on hr",
        ),
        (
            alice,
            "export",
            &["--on", "hr", "--as", "unix-group:staff"],
            0,
            "yes",
        ),
        (alice, "export", &["--on", "sales"], 1, "no: unix:alice"),
        (
            "unix-group:other",
            "export",
            &["--on", "hr"],
            1,
            "no: unix-group:other",
        ),
        ("unix:#0", "append", &["--on", "_system"], 1, "nobody can"),
        ("unix:#0", "approve", &["--on", "hr"], 1, "nobody can"),
        (
            "unix:#0",
            "read-access",
            &["--on", "@store"],
            0,
            "This version has no call that needs it",
        ),
        ("unix:#0", "close-ledger", &["--on", "hr"], 0, "two people"),
        ("unix:#0", "erase", &["--on", "hr"], 0, "two people"),
        (
            "unix:#0",
            "read",
            &["--on", "pay*"],
            2,
            "the name of one ledger",
        ),
        (
            "unix:#0",
            "read",
            &["--on", "@store"],
            2,
            "name it with --on",
        ),
        ("unix:#0", "make-token", &["--on", "@store"], 0, "yes"),
        (
            "token:4Kd02Lmx",
            "read",
            &["--on", "payments"],
            6,
            "known to its daemon alone",
        ),
    ] {
        let nowhere = ["--address", "unix:/nowhere/x.sock"];
        let (found, answer) = of.check(who, can, &[more, &nowhere].concat());
        assert_eq!(found, Some(code), "{who} {can} {more:?}: {answer}");
        assert!(answer.contains(words), "{who} {can} {more:?}: {answer}");
    }
    let json = of.access(&[
        "check", "--as", alice, "--can", "export", "--on", "hr", "--output", "json",
    ]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&json["verdict"], &json["granted"]),
        (&"unknown".into(), &Value::Null)
    );
}

#[test]
fn a_list_leaves_out_nobody_who_may_do_something() {
    let of = Configured::new(BINDINGS);
    let list = done(of.access(&["list"]));
    for words in [
        "unix:#0 has every role but those that answer others on @store, unbound: root could",
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

//! `indelible config`, and what the environment says in the place of the configuration file.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;

use crate::support::{
    calls::create,
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
};

const FILE: &str = r#"
listen = "unix:/run/indelible/indelible.sock"

[memory]
budget_mib = 256

[[issuers]]
issuer = "https://id.example.org"
audiences = ["indelible"]
keys_url = "https://me:secret@id.example.org/keys"
"#;

/// Runs `indelible config` with these arguments and this environment.
fn config(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(INDELIBLE)
        .arg("config")
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn problem(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_would_be_in_force_is_shown_with_where_it_comes_from() {
    let place = Place::new();
    let file = place.file("indelible.toml");
    fs::write(&file, FILE.replace("me:secret@", "")).unwrap();
    let file = file.to_str().unwrap();
    let data = place.data();
    let options = [
        "show",
        "--output",
        "json",
        "--config",
        file,
        "--data",
        data.to_str().unwrap(),
    ];
    let shown = config(&options, &[("INDELIBLE__LIMITS__LEDGERS", "7")]);
    assert!(shown.status.success(), "{shown:?}");
    let text = String::from_utf8(shown.stdout).unwrap();
    let settings: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (key, value, source) in [
        ("data", data.to_str().unwrap().into(), "option --data"),
        (
            "limits.ledgers",
            7.into(),
            "environment INDELIBLE__LIMITS__LEDGERS",
        ),
        ("memory.budget_mib", 256.into(), "file"),
        ("issuers.1.issuer", "https://id.example.org".into(), "file"),
        ("publication.interval_ms", 1_000.into(), "default"),
    ] {
        let found: Vec<_> = settings.iter().filter(|it| it["key"] == key).collect();
        assert_eq!(found.len(), 1, "{key}: {text}");
        assert_eq!(
            (&found[0]["value"], &found[0]["source"]),
            (&value, &source.into())
        );
    }
    assert!(!data.exists(), "showing makes nothing");
}

#[test]
fn a_configuration_with_which_no_daemon_could_start_is_refused() {
    let place = Place::new();
    let file = place.file("indelible.toml");
    let data = place.data();
    let checked = |text: &str, environment: &[(&str, &str)]| {
        fs::write(&file, text).unwrap();
        let options = ["check", "--config", file.to_str().unwrap()];
        let options = [&options[..], &["--data", data.to_str().unwrap()]].concat();
        config(&options, environment)
    };
    let valid = checked("[memory]\nbudget_mib = 256\n", &[]);
    assert!(valid.status.success(), "{valid:?}");
    let text = String::from_utf8(valid.stdout).unwrap();
    assert!(
        text.contains("is valid") && text.contains("on a terminal"),
        "{text}"
    );
    let variable = "INDELIBLE__MEMORY__BUDGET";
    let refused = problem(&checked("", &[(variable, "256")]));
    assert!(
        refused.contains(variable) && refused.contains("budget_mib"),
        "{refused}"
    );
    let refused = problem(&checked("[memory]\nbudget = 256\n", &[]));
    assert!(refused.contains("line 2"), "{refused}");
    // What the file names must be there, too.
    let tls = "[tls]\ncertificate = \"/nowhere/tls.pem\"\nkey = \"/nowhere/tls.key\"\n";
    let refused = checked(tls, &[]);
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && text.contains("/nowhere/tls.pem"),
        "{text}"
    );
    let passphrase = "[kek]\nprovider = \"passphrase-file\"\npath = \"/nowhere/passphrase\"\n";
    let refused = checked(passphrase, &[]);
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && text.contains("/nowhere/passphrase"),
        "{text}"
    );
    assert!(!data.exists(), "checking makes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_takes_what_its_environment_says() {
    let place = Place::new();
    let mut command = serve(&place);
    command.env("INDELIBLE__LIMITS__LEDGERS", "1");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    create(&mut client, "one").await;
    let request = indelible_proto::v1::CreateLedgerRequest {
        name: "two".to_owned(),
        ..Default::default()
    };
    let refused = client.create_ledger(request).await.unwrap_err();
    assert_eq!(
        refused.code(),
        tonic::Code::ResourceExhausted,
        "{refused:?}"
    );
    daemon.stop();
    let mut wrong = serve(&place);
    wrong.env("INDELIBLE__LIMITS__LEDGER", "2");
    let Err(problem) = Daemon::spawn(wrong, &place) else {
        panic!("a misspelt variable must not be passed over");
    };
    assert!(problem.contains("INDELIBLE__LIMITS__LEDGER"), "{problem}");
}

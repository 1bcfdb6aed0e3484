//! What agents and people do about acts that a human must grant, by the built program, each under a certificate of their own.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use serde_json::Value;

use super::{
    agents::{LEDGER, Office},
    certificates::{Files, host},
    done,
};
use crate::support::daemon::INDELIBLE;

/// Somebody at a shell.
struct Shell<'a> {
    office: &'a Office,
    files: Files,
}

impl<'a> Shell<'a> {
    fn new(office: &'a Office, name: &str) -> Self {
        let files = office.net.issue(name, host(&format!("{name}.example")));
        Self { office, files }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(INDELIBLE);
        command
            .args(["--address", &self.office.net.address(), "--ca"])
            .arg(&self.office.net.ca)
            .arg("--cert")
            .arg(&self.files.certificate)
            .arg("--cert-key")
            .arg(&self.files.key)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).spawn().unwrap()
    }
}

/// The next JSON line of a command that goes on.
fn next(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Value {
    serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
}

/// A private key as `openssl genpkey` writes it.
fn pem(seed: &[u8; 32]) -> String {
    const HEAD: [u8; 16] = [
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    let der = STANDARD.encode([&HEAD[..], seed].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

fn request(office: &Office, id: &str) -> String {
    let path = office.net.place.file(&format!("{id}.json"));
    let text = format!(
        "{{\"source\": \"/agents/payer\", \"id\": \"{id}\", \"agent\": \"payer\", \"kind\": \"tool_call\", \
         \"action\": \"pay\", \"arguments\": {{\"to\": \"{id}\"}}}}"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_waits_goes_on_once_somebody_who_watches_has_granted_the_act() {
    let office = Office::start().await;
    let (agent, second) = (Shell::new(&office, "agent"), Shell::new(&office, "second"));
    let json = ["--output", "json"];
    let watch = ["agent", "approvals", LEDGER, "--watch"];
    let mut watches = second.begin(&[&watch[..], &json].concat());
    let mut lines = BufReader::new(watches.stdout.take().unwrap()).lines();
    let pay = request(&office, "granted");
    let decide = ["decide", LEDGER, &pay, "--wait", "120"];
    let waits = agent.begin(&[&decide[..], &json].concat());
    let seen = next(&mut lines);
    assert_eq!(
        (&seen["state"], &seen["action"]),
        (&"pending".into(), &"pay".into())
    );
    let number = seen["approval"].to_string();
    done(second.run(&["agent", "claim", LEDGER, &number]));
    assert_eq!(next(&mut lines)["claimed_by"], "dns:second.example");
    done(second.run(&[
        "agent",
        "grant",
        LEDGER,
        &number,
        "--request",
        &pay,
        "--yes",
    ]));
    let ended = waits.wait_with_output().unwrap();
    let decision: Value = serde_json::from_str(&done(ended)).unwrap();
    assert_eq!(
        (&decision["verdict"], &decision["may_act"]),
        (&"allow".into(), &true.into())
    );
    // Whoever watches learns what became of it: granted, and then used.
    let mut state = Value::Null;
    while state != "used" {
        state = next(&mut lines)["state"].clone();
        assert!(state == "granted" || state == "used", "{state}");
    }
    watches.kill().unwrap();
    watches.wait().unwrap();
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_waits_ends_when_the_act_is_denied_and_when_nobody_answers() {
    let office = Office::start().await;
    let (agent, second) = (Shell::new(&office, "agent"), Shell::new(&office, "second"));
    let pay = request(&office, "denied");
    let waits = agent.begin(&["decide", LEDGER, &pay, "--wait", "120", "--output", "json"]);
    let list = [
        "agent",
        "approvals",
        LEDGER,
        "--pending",
        "--output",
        "json",
    ];
    let number = loop {
        let listed = done(second.run(&list));
        if let Some(line) = listed.lines().next() {
            let listed: Value = serde_json::from_str(line).unwrap();
            break listed["approval"].to_string();
        }
    };
    done(second.run(&["agent", "deny", LEDGER, &number]));
    let ended = waits.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let decision: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(decision["code"], "APPROVAL_DENIED");
    // Nobody answers in time: then it is escalated, on record.
    let pay = request(&office, "unanswered");
    let ended = agent.run(&["decide", LEDGER, &pay, "--wait", "1", "--output", "json"]);
    let decision: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(decision["verdict"], "escalate");
    assert!(decision["open_approval"].is_u64());
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overrides_and_proposals_are_made_and_shown_by_commands() {
    let office = Office::start().await;
    let (agent, second) = (Shell::new(&office, "agent"), Shell::new(&office, "second"));
    let operator = Shell::new(&office, "operator");
    let seed = [7; 32];
    let key = office.net.place.file("signer.pem");
    std::fs::write(&key, pem(&seed)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, mode).unwrap();
    let public = SigningKey::from_bytes(&seed).verifying_key();
    let hex: String = public
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signer = ["override", "signer", LEDGER, "dns:second.example"];
    let role = ["--role", "risk_lead", "--public-key", &hex];
    done(operator.run(&[&signer[..], &role].concat()));
    let act = "ab".repeat(32);
    let ask = [
        "override",
        "request",
        LEDGER,
        "--act",
        &act,
        "--gate",
        "risk",
        "--justification",
        "the figures are wrong",
        "--output",
        "json",
    ];
    let asked: Value = serde_json::from_str(&done(agent.run(&ask))).unwrap();
    let number = asked["override"].to_string();
    let key = key.to_str().unwrap();
    let sign = ["override", "sign", LEDGER, &number, "--key", key, "--yes"];
    assert!(done(second.run(&sign)).contains("partial"));
    let shown = done(second.run(&["override", "list", LEDGER]));
    for word in [
        "partial",
        "the figures are wrong",
        "dns:second.example (risk_lead)",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    done(second.run(&["override", "reject", LEDGER, &number]));
    assert!(done(second.run(&["override", "signers", LEDGER])).contains(&hex));
    let create = [
        "proposal",
        "create",
        LEDGER,
        "--content",
        &act,
        "--output",
        "json",
    ];
    let created: Value = serde_json::from_str(&done(agent.run(&create))).unwrap();
    let number = created["sequence"].to_string();
    done(second.run(&["proposal", "approve", LEDGER, &number]));
    done(agent.run(&["proposal", "execute", LEDGER, &number]));
    let shown = done(second.run(&["proposal", "list", LEDGER]));
    assert!(shown.contains("executed"), "{shown}");
    office.net.daemon.stop();
}

/// Whoever speaks for an agent is an agent under its own name, too, which the agent's halt does not bind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_halt_of_an_agent_names_who_may_still_act_and_halts_them_if_asked_to() {
    let office = Office::start().await;
    let operator = Shell::new(&office, "operator");
    let halt = ["agent", "halt", LEDGER, "--agent", "payer"];
    let json = ["--output", "json"];
    let told = |arguments: &[&str]| -> Value {
        let output = operator.run(&[arguments, &json].concat());
        serde_json::from_str(&done(output)).unwrap()
    };
    let alone = told(&halt);
    let speaker = Value::from(vec!["dns:agent.example"]);
    assert_eq!(alone["may_still_act"], speaker, "{alone}");
    assert_eq!(alone["speakers_halted"], Value::from(Vec::<String>::new()));
    let both = told(&[&halt[..], &["--with-speakers"]].concat());
    assert_eq!(both["speakers_halted"], speaker, "{both}");
    assert_eq!(both["may_still_act"], Value::from(Vec::<String>::new()));
    let halts = done(operator.run(&["agent", "halts", LEDGER]));
    for halted in ["the agent payer", "the agent dns:agent.example"] {
        assert!(halts.contains(halted), "{halted}: {halts}");
    }
    let of_everything = ["agent", "halt", LEDGER, "--everything", "--with-speakers"];
    let refused = operator.run(&of_everything);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    office.net.daemon.stop();
}

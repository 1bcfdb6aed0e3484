//! What is told of a request afterwards: who asked, who answered and how, who carried it out; and what nobody finds out by
//! approving.

use std::{
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    ApprovalState, CreateTokenRequest, ListSigningKeysRequest, RevokeSigningKeyRequest,
    SigningKeyKind, request_approval_request::Act,
};
use serde_json::Value;

use super::{BINDINGS, Office, Person, is, not_usable, why};
use crate::{
    access::{
        certificates::{host, workload},
        done, said,
    },
    support::daemon::INDELIBLE,
    system::told,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// The one who approves, as the certificate names them first. They are bound by the other name.
const WORKLOAD: &str = "spiffe://second.example/ops";

/// Somebody whose certificate has two names, of which only the second is bound.
async fn of_two_names(office: &Office) -> Person {
    let names = [workload(WORKLOAD), host("second.example")].concat();
    let files = office.net.issue("second-of-two-names", names);
    Person::of(office.net.channel(Some(&files)).await)
}

/// Runs the command line as the one who runs the store.
fn run(office: &Office, arguments: &[&str]) -> Output {
    let files = office.net.issue("admin-cli", host("admin.example"));
    let mut command = Command::new(INDELIBLE);
    command.args(arguments);
    command.args(["--address", &office.net.address(), "--ca"]);
    command.arg(&office.net.ca);
    command.arg("--cert").arg(&files.certificate);
    command.arg("--cert-key").arg(&files.key);
    command.stdin(Stdio::null()).output().unwrap()
}

/// The lines of an access log, by the name of a principal.
fn log(office: &Office, principal: &str) -> Vec<Value> {
    let arguments = [
        "access",
        "log",
        "--principal",
        principal,
        "--output",
        "json",
    ];
    let text = done(run(office, &arguments));
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// Whether a line is of a type of event about a request.
fn is_of(line: &Value, kind: &str, request: &str) -> bool {
    line["type"] == format!("indelible.system.{kind}.v1") && line["request"] == request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_approved_is_told_after_the_act_and_found_by_any_name() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    let mut second = of_two_names(&office).await;
    let asked = officer.ask_to_erase("erika").await;
    let id = asked.approval_id.clone();
    second.approve(&asked, "erika").await.unwrap();
    assert!(officer.erase("erika", &id).await.unwrap());
    let changed = officer.ask_to_erase("otto").await;
    second.approve(&changed, "otto").await.unwrap();
    let mut both = office.person("both").await;
    both.decline(&changed).await.unwrap();

    let mut office = office;
    for is_restarted in [false, true] {
        let mut admin = office.person("admin").await;
        let shown = admin.get(&id).await.unwrap();
        assert_eq!(shown.state(), ApprovalState::CarriedOut);
        assert_eq!(shown.answered_by, WORKLOAD);
        let [answer] = shown.answers.as_slice() else {
            panic!("{shown:?}");
        };
        assert_eq!(
            (
                answer.state(),
                answer.principal.as_str(),
                answer.authentication.as_str()
            ),
            (ApprovalState::Approved, WORKLOAD, "certificate"),
            "{is_restarted}"
        );
        let used = shown.carried_out.clone().unwrap();
        assert_eq!(used.principal, "dns:officer.example");
        let act = [
            "get",
            "_system",
            &used.act_sequence.to_string(),
            "--output",
            "json",
        ]
        .map(str::to_owned);
        let act: Vec<_> = act.iter().map(String::as_str).collect();
        let act: Value = serde_json::from_str(&done(run(&office, &act))).unwrap();
        let text = act.to_string();
        assert!(
            text.contains("indelible.system.erased.v1") && text.contains("begun"),
            "{text}"
        );
        let declined = admin.get(&changed.approval_id).await.unwrap();
        let states: Vec<_> = declined
            .answers
            .iter()
            .map(|answer| answer.state())
            .collect();
        assert_eq!(states, [ApprovalState::Approved, ApprovalState::Declined]);
        assert_eq!(declined.answered_by, "dns:both.example");
        if !is_restarted {
            office = office.restart().await;
        }
    }
    let shown = done(run(&office, &["request", "show", &id]));
    for part in [
        "approved by",
        WORKLOAD,
        "(by certificate)",
        "used by",
        "dns:officer.example",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    // The name that is bound finds what was done by it, as the other one does.
    for name in ["dns:second.example", WORKLOAD] {
        let lines = log(&office, name);
        let line = lines
            .iter()
            .find(|line| is_of(line, "approval_answered", &id));
        let line = line.unwrap_or_else(|| panic!("{name}: {lines:#?}"));
        assert_eq!(
            (&line["answer"], &line["action"]),
            (&"approved".into(), &"erase".into())
        );
        assert_eq!(
            line["other_names"],
            serde_json::json!(["dns:second.example"])
        );
    }
    let of_officer = log(&office, "dns:officer.example");
    for kind in ["approval_requested", "approval_used"] {
        assert!(
            of_officer.iter().any(|line| is_of(line, kind, &id)),
            "{of_officer:#?}"
        );
    }
    let text = done(run(
        &office,
        &["access", "log", "--principal", "dns:second.example"],
    ));
    let (heads, rest) = text.split_once('\n').unwrap();
    let place = heads.find("details").unwrap();
    let line = rest.lines().find(|line| line.contains(&id)).unwrap();
    assert!(
        line[place..].starts_with(&format!("request {id}, approved")),
        "{text}"
    );
    let nothing = run(
        &office,
        &["access", "log", "--principal", "dns:mistyped.example"],
    );
    let told = said(&nothing);
    assert!(
        nothing.status.success()
            && told.contains("nothing on record of dns:mistyped.example since ")
            && told.contains(" UTC"),
        "{told}"
    );
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_finds_out_by_approving_whom_a_request_is_about() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    let mut second = office.person("second").await;
    let asked = officer.ask_to_erase("erika").await;
    let said_otherwise = not_usable("said-otherwise");
    let without_number = |outcome: Result<(), tonic::Status>| {
        let message = outcome.as_ref().unwrap_err().message().to_owned();
        assert_eq!(why(outcome), said_otherwise);
        message.split("(tries").next().unwrap().to_owned()
    };
    let wrong_subject = without_number(second.approve(&asked, "otto").await);
    let wrong_words = without_number(second.approve_with(&asked, "erika", "just so").await);
    let both_wrong = without_number(second.approve_with(&asked, "otto", "just so").await);
    assert_eq!(
        (&wrong_subject, &wrong_subject),
        (&wrong_words, &both_wrong)
    );
    // What is missing is told alike, whatever the rest is.
    for subject in ["erika", "otto"] {
        let missing = second.approve_with(&asked, subject, "").await;
        let message = missing.as_ref().unwrap_err().message().to_owned();
        assert!(message.contains("must be said again"), "{message}");
        assert_eq!(why(missing), is("FIELD_INVALID"));
    }
    let office = office.restart().await;
    let mut second = office.person("second").await;
    for _ in 3..5 {
        without_number(second.approve(&asked, "otto").await);
    }
    // From here on this one can't approve it any more, not even rightly. Another approver can.
    let tried_out = not_usable("tried-out");
    assert_eq!(why(second.approve(&asked, "erika").await), tried_out);
    assert_eq!(
        why(of_two_names(&office).await.approve(&asked, "erika").await),
        tried_out
    );
    let mut office = office.restart().await;
    let mut second = office.person("second").await;
    assert_eq!(why(second.approve(&asked, "erika").await), tried_out);
    office
        .person("both")
        .await
        .approve(&asked, "erika")
        .await
        .unwrap();
    let tried = told(&mut office.admin, "approval_tried").await;
    assert_eq!(tried.len(), 5, "{tried:#?}");
    for (at, one) in tried.iter().enumerate() {
        for part in [
            format!("request={}", asked.approval_id),
            format!("tries={}", at + 1),
            "outcome=denied".to_owned(),
            "principal=dns:second.example".to_owned(),
        ] {
            assert!(one.contains(&part), "{part}: {one}");
        }
        assert!(!one.contains("otto") && !one.contains("just so"), "{one}");
    }
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_says_how_long_a_token_is_valid_and_asks_for_nothing_that_can_t_be_done() {
    let office = Office::start(BINDINGS).await;
    let mut admin = office.person("admin").await;
    let mut wanted = CreateTokenRequest {
        name: "a program".into(),
        roles: vec!["decryptor".into()],
        on: vec!["pay".into()],
        ..Default::default()
    };
    for (seconds, days) in [(0, 90), (366 * 86_400, 366)] {
        wanted.valid_seconds = seconds;
        let asked = admin
            .ask(Act::CreateToken(wanted.clone()), 0)
            .await
            .unwrap();
        assert_eq!(asked.token_valid_seconds, days * 86_400);
        let shown = done(run(&office, &["request", "show", &asked.approval_id]));
        assert!(shown.contains(&format!("valid for {days} days")), "{shown}");
    }
    // Approvers are bound on hr alone.
    let asking = run(
        &office,
        &[
            "token",
            "create",
            "--name",
            "x",
            "--role",
            "decryptor",
            "--on",
            "pay",
            "--request",
        ],
    );
    let told = said(&asking);
    assert!(
        asking.status.success() && told.contains("nobody else is bound as approver there"),
        "{told}"
    );
    let asking = run(
        &office,
        &[
            "token",
            "create",
            "--name",
            "x",
            "--role",
            "decryptor",
            "--on",
            "hr",
            "--request",
        ],
    );
    assert!(
        said(&asking).contains("(dns:both.example, dns:second.example)"),
        "{}",
        said(&asking)
    );

    let request = ListSigningKeysRequest {
        ledger: "hr".into(),
        ..Default::default()
    };
    let keys = admin.keys.list_signing_keys(request).await.unwrap();
    let keys = keys.into_inner().keys;
    let identity = keys
        .iter()
        .find(|key| key.kind() == SigningKeyKind::Identity);
    let act = Act::RevokeSigningKey(RevokeSigningKeyRequest {
        ledger: "hr".into(),
        kind: SigningKeyKind::Identity.into(),
        public_key: identity.unwrap().public_key.clone(),
        trusted_size: Some(1),
        ..Default::default()
    });
    let refused = admin.ask(act, 0).await;
    assert_eq!(why(refused), is("IDENTITY_IN_FORCE"));
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_name_each_place_that_was_asked_for() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    for place in ["hr", "*", "*"] {
        let request = CreateTokenRequest {
            name: "x".into(),
            roles: vec!["writer".into()],
            on: vec![place.into()],
            ..Default::default()
        };
        let refused = officer.access.create_token(request).await;
        assert_eq!(why(refused), is("ACCESS_DENIED"));
    }
    let begun = Instant::now();
    loop {
        let lines = log(&office, "dns:officer.example");
        let denied = lines.iter().filter(|line| line["outcome"] == "denied");
        let mut counts = [0, 0];
        for line in denied {
            let at = usize::from(line["place"] == "*");
            assert!(
                at == 1 || line["ledger"] == "hr" && line["place"] == "hr",
                "{line}"
            );
            assert_eq!(line.get("ledger").is_some(), at == 0, "{line}");
            counts[at] += line["count"].as_u64().unwrap();
        }
        if counts == [1, 2] {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{lines:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    office.net.daemon.stop();
}

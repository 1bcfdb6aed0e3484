//! Decisions over a real daemon: many who ask at once, and a daemon that is killed.

mod aegis;
mod commands;
mod explained;
mod outputs;
mod refusals;
mod retries;
mod states;

use std::{collections::BTreeMap, time::Duration};

use indelible_proto::v1::{
    self, BindPolicyRequest, CompleteDecisionRequest, DecideRequest, DecideResponse,
    DecisionVerdict, GetRecordRequest, ListBudgetsRequest, PolicyBinding, PolicyDocument,
    PolicyKind, RecordKind, RegisterPolicyRequest, get_record_request::Record,
    governance_service_client::GovernanceServiceClient,
};
use tonic::{Status, transport::Channel};

use crate::support::{
    calls::create,
    chance::Chance,
    daemon::{Daemon, connect},
    place::Place,
    tier::counts,
    verifier::assert_verifies,
};

type Client = GovernanceServiceClient<Channel>;

const LEDGER: &str = "agents";

/// Registers a policy of the kind `gate`, and binds it for everybody.
async fn govern(client: &mut Client, policy: &str) {
    let request = RegisterPolicyRequest {
        ledger: LEDGER.into(),
        kind: PolicyKind::Gate.into(),
        documents: vec![PolicyDocument {
            name: "gate.yaml".into(),
            content: policy.as_bytes().to_vec().into(),
        }],
    };
    let registered = client.register_policy(request).await.unwrap().into_inner();
    let request = BindPolicyRequest {
        ledger: LEDGER.into(),
        binding: Some(PolicyBinding {
            name: "all".into(),
            gate: registered.digest,
            ..PolicyBinding::default()
        }),
    };
    client.bind_policy(request).await.unwrap();
}

fn request(id: &str, session: &str) -> DecideRequest {
    DecideRequest {
        ledger: LEDGER.into(),
        source: "/agents".into(),
        id: id.into(),
        session: session.into(),
        kind: "tool_call".into(),
        action: "search".into(),
        cost_nano_usd: Some(900_000_000),
        ..DecideRequest::default()
    }
}

async fn decide(client: &mut Client, request: DecideRequest) -> Result<DecideResponse, Status> {
    Ok(client.decide(request).await?.into_inner())
}

fn is_allowed(decided: &DecideResponse) -> bool {
    decided.verdict() == DecisionVerdict::Allow
}

async fn used(client: &mut Client) -> Vec<v1::BudgetUse> {
    let request = ListBudgetsRequest {
        ledger: LEDGER.into(),
        ..ListBudgetsRequest::default()
    };
    client
        .list_budgets(request)
        .await
        .unwrap()
        .into_inner()
        .budgets
}

/// Budget races: litellm 34732, 40095, 35567.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_clients_with_ninety_cents_each_one_passes_a_cap_of_a_dollar() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, LEDGER).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::new(daemon.connect().await));
    }
    govern(
        &mut clients[0],
        "version: \"1\"\nbudgets: [{name: cap, by: session, usd: 1.00, period: session}]\n",
    )
    .await;
    for round in 0..25 {
        let session = format!("s{round}");
        let calls = clients.iter().enumerate().map(|(call, client)| {
            let (mut client, request) = (
                client.clone(),
                request(&format!("{round}-{call}"), &session),
            );
            tokio::spawn(async move { decide(&mut client, request).await.unwrap() })
        });
        let mut allowed = 0;
        for call in calls.collect::<Vec<_>>() {
            let decided = call.await.unwrap();
            allowed += usize::from(is_allowed(&decided));
            // The denials are records, too.
            assert!(decided.place.unwrap().sequence > 0);
        }
        assert_eq!(allowed, 1, "round {round}");
    }
    assert!(
        used(&mut clients[0])
            .await
            .iter()
            .all(|budget| budget.pending <= 1_000_000_000)
    );
    daemon.stop();
}

/// What a client knows of what it asked.
#[derive(Default)]
struct Known {
    answered: BTreeMap<String, DecideResponse>,
    asked: Vec<String>,
}

/// Asks for decisions until the daemon is gone.
async fn load(address: String, prefix: String) -> Known {
    let mut known = Known::default();
    let Ok(channel) = connect(&address).await else {
        return known;
    };
    let mut client = Client::new(channel);
    for number in 0.. {
        let id = format!("{prefix}-{number}");
        known.asked.push(id.clone());
        match decide(&mut client, counted(&id)).await {
            Ok(decided) => known.answered.insert(id, decided),
            Err(_) => return known,
        };
    }
    known
}

/// A request that counts one in a budget of requests.
fn counted(id: &str) -> DecideRequest {
    request(id, "one")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_daemon_spends_nothing_twice_and_loses_no_decision() {
    const CAP: usize = 40;

    let place = Place::new();
    let mut chance = Chance::new("kills of decisions");
    let mut daemon = Daemon::start(&place).await;
    let ledger = create(&mut daemon.client().await, LEDGER).await;
    let policy = format!(
        "version: \"1\"\nbudgets: [{{name: cap, by: session, requests: {CAP}, period: session}}]\n"
    );
    govern(&mut Client::new(daemon.connect().await), &policy).await;
    let mut known = Known::default();
    for kill in 0..counts().kills.min(24) {
        let loads = (0..4).map(|client| {
            let prefix = format!("k{kill}c{client}");
            tokio::spawn(load(daemon.address().to_owned(), prefix))
        });
        let loads: Vec<_> = loads.collect();
        tokio::time::sleep(Duration::from_millis(chance.within(20..200))).await;
        daemon.kill();
        for load in loads {
            let of_one = load.await.unwrap();
            known.asked.extend(of_one.asked);
            known.answered.extend(of_one.answered);
        }
        daemon = Daemon::start(&place).await;
    }
    let mut client = Client::new(daemon.connect().await);
    // What was answered stands, and what was not is decided now, or was.
    let mut allowed = 0;
    for id in &known.asked {
        let decided = decide(&mut client, counted(id)).await.unwrap();
        if let Some(before) = known.answered.get(id) {
            assert!(decided.repeated, "{id} is lost");
            assert_eq!(decided.decision_json, before.decision_json, "{id}");
        }
        allowed += usize::from(is_allowed(&decided));
    }
    assert!(known.asked.len() > CAP, "{}", known.asked.len());
    assert_eq!(allowed, CAP);
    let budgets = used(&mut client).await;
    assert_eq!(budgets[0].pending + budgets[0].posted, CAP as u64);
    // An auditor without the daemon finds all of it in order.
    let named = crate::support::Named::from(&ledger);
    assert_verifies(
        &mut daemon.client().await,
        &named,
        &place.file("bundle.tar"),
    )
    .await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_a_record_of_its_own_kind_that_no_client_can_append() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut ledgers = daemon.client().await;
    create(&mut ledgers, LEDGER).await;
    let mut client = Client::new(daemon.connect().await);
    let denied = decide(&mut client, request("1", "s")).await.unwrap();
    assert_eq!(denied.verdict(), DecisionVerdict::Deny);
    assert_eq!(denied.code, "NO_BINDING");
    let get = GetRecordRequest {
        ledger: LEDGER.into(),
        record: Some(Record::Sequence(denied.place.unwrap().sequence)),
        ..GetRecordRequest::default()
    };
    let record = ledgers
        .get_record(get)
        .await
        .unwrap()
        .into_inner()
        .record
        .unwrap();
    assert_eq!(record.kind(), RecordKind::Governance);
    let event = record.event.unwrap();
    assert_eq!(event.r#type, "indelible.governance.decision.v1");
    let event = v1::Event {
        id: "mine".into(),
        ..event
    };
    let append = v1::AppendRequest {
        ledger: LEDGER.into(),
        event: Some(event),
        ..v1::AppendRequest::default()
    };
    assert!(ledgers.append(append).await.is_err());
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_reserved_is_settled_with_what_was_used() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    create(&mut daemon.client().await, LEDGER).await;
    let mut client = Client::new(daemon.connect().await);
    govern(
        &mut client,
        "version: \"1\"\nbudgets: [{name: cap, by: session, usd: 1.00, period: session}]\n",
    )
    .await;
    let first = decide(&mut client, request("1", "s")).await.unwrap();
    let refused = decide(&mut client, request("2", "s")).await.unwrap();
    assert_eq!(refused.code, "BUDGET_RESERVED");
    assert!(refused.retry_time.is_some());
    let complete = CompleteDecisionRequest {
        ledger: LEDGER.into(),
        decision: first.place.unwrap().sequence,
        cost_nano_usd: Some(100_000_000),
        ..CompleteDecisionRequest::default()
    };
    let settled = client.complete_decision(complete.clone()).await.unwrap();
    let again = client.complete_decision(complete).await.unwrap();
    assert!(again.into_inner().repeated && !settled.into_inner().repeated);
    let third = decide(&mut client, request("3", "s")).await.unwrap();
    assert!(is_allowed(&third));
    let budgets = used(&mut client).await;
    assert_eq!(budgets[0].cap, Some(1_000_000_000));
    assert_eq!(
        (budgets[0].posted, budgets[0].pending),
        (100_000_000, 900_000_000)
    );
    daemon.stop();
}

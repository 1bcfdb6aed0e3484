//! Rules of retention take two people, once an approver is bound.

use indelible_proto::v1::{
    ApprovalState, ApproveRequest, ErrorReason, RequestApprovalRequest, RetentionParts,
    SetRetentionRequest, approval_service_client::ApprovalServiceClient,
    ledger_service_client::LedgerServiceClient, request_approval_request::Act,
    retention_service_client::RetentionServiceClient,
};
use tonic::Code;

use super::super::{certificates::host, net::Net};
use crate::{
    retention::rule,
    support::calls::{assert_refused, create, refusal},
};

const BINDINGS: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\"]\non = [\"*\"]\n\
    [[access]]\nprincipals = [\"dns:second.example\"]\nroles = [\"approver\"]\non = [\"*\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_take_two_people_and_are_put_in_force_as_they_were_approved() {
    let net = Net::start("\"127.0.0.1:0\"", BINDINGS).await.unwrap();
    let operator = net.issue("operator", host("operator.example"));
    let operator = net.channel(Some(&operator)).await;
    let second = net.issue("second", host("second.example"));
    let second = net.channel(Some(&second)).await;
    create(&mut LedgerServiceClient::new(operator.clone()), "audit").await;
    let mut retention = RetentionServiceClient::new(operator.clone());
    let wanted = SetRetentionRequest {
        ledger: "audit".into(),
        rules: vec![
            rule("b", RetentionParts::All),
            rule("a", RetentionParts::Payloads),
        ],
        reason: "policy 7".into(),
        approval_id: String::new(),
    };
    let alone = retention.set_retention(wanted.clone()).await;
    assert_refused(
        alone,
        Code::FailedPrecondition,
        ErrorReason::ApprovalRequired,
        "",
    );

    let mut asks = ApprovalServiceClient::new(operator);
    let request = RequestApprovalRequest {
        act: Some(Act::SetRetention(wanted.clone())),
        ..Default::default()
    };
    let asked = asks.request_approval(request).await.unwrap().into_inner();
    let asked = asked.request.unwrap();
    let Some(indelible_proto::v1::approval_request::Act::SetRetention(shown)) = &asked.act else {
        panic!("{asked:?}");
    };
    // The approver is shown every rule, and must know the reason.
    let names: Vec<_> = shown.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(shown.rules[1], wanted.rules[0]);
    assert!(asked.has_words && shown.reason.is_empty());
    let mut approves = ApprovalServiceClient::new(second);
    let said = |words: &str| ApproveRequest {
        approval_id: asked.approval_id.clone(),
        digest: asked.digest.clone(),
        data_subject: String::new(),
        words: words.into(),
    };
    let other = approves.approve(said("policy 8")).await;
    assert_eq!(
        refusal(&other.unwrap_err()).1,
        Some(ErrorReason::ApprovalNotUsable)
    );
    let approved = approves
        .approve(said("policy 7"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(approved.request.unwrap().state(), ApprovalState::Approved);

    // Other rules than those are not put in force; these are, in any order, and once.
    let mut longer = wanted.clone();
    longer.approval_id = asked.approval_id.clone();
    longer.rules[0].after_days = 2;
    let refused = retention.set_retention(longer).await;
    assert_eq!(
        refusal(&refused.unwrap_err()).1,
        Some(ErrorReason::ApprovalNotUsable)
    );
    let mut exactly = wanted;
    exactly.approval_id = asked.approval_id.clone();
    exactly.rules.reverse();
    retention.set_retention(exactly.clone()).await.unwrap();
    let twice = retention.set_retention(exactly).await;
    assert_eq!(
        refusal(&twice.unwrap_err()).1,
        Some(ErrorReason::ApprovalNotUsable)
    );
    net.daemon.stop();
}

//! What people and agents decide together: approvals that are taken on, passed on or granted in a batch, overrides, proposals;
//! and many requests on one stream. Over TLS, where everybody is somebody.

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_governance::{digest::Digest, record::override_bytes};
use indelible_proto::v1::AnswerAgentApprovalRequest;
use indelible_proto::v1::{
    ApprovalOfBatch, ApproveProposalRequest, ClaimAgentApprovalRequest, CreateProposalRequest,
    DecideRequest, DecideResponse, DecideStreamRequest, EscalateAgentApprovalRequest,
    ExecuteProposalRequest, FilterToolsRequest, GrantAgentApprovalsRequest,
    ListAgentApprovalsRequest, ListOverridesRequest, ListProposalsRequest,
    RegisterOverrideSignerRequest, RequestOverrideRequest, SignOverrideRequest,
    VoteOnProposalRequest,
};
use tonic::Status;

use super::agents::{Client, LEDGER, Office, decide, pay, why};

fn note(id: &str, amount: u64) -> DecideRequest {
    DecideRequest {
        action: "note".into(),
        ..pay(id, 0, amount)
    }
}

fn answer(asked: &DecideResponse, grant: bool) -> AnswerAgentApprovalRequest {
    AnswerAgentApprovalRequest {
        ledger: LEDGER.into(),
        approval: asked.open_approval,
        act_digest: asked.act_digest.clone(),
        grant,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_taken_on_passed_on_and_then_granted_by_whom_it_went_to_alone() {
    let office = Office::start().await;
    let mut agent = office.person("agent").await;
    let asked = decide(&mut agent, pay("1", 0, 1)).await;
    let (mut second, mut third) = (office.person("second").await, office.person("third").await);
    let claim = ClaimAgentApprovalRequest {
        ledger: LEDGER.into(),
        approval: asked.open_approval,
    };
    second.claim_agent_approval(claim.clone()).await.unwrap();
    let refused = third.claim_agent_approval(claim.clone()).await.unwrap_err();
    assert_eq!(why(&refused), "GOVERNANCE_REFUSED approval");
    let refused = third.answer_agent_approval(answer(&asked, true)).await;
    assert!(refused.unwrap_err().message().contains("claimed"));
    let mut owner = office.person("owner").await;
    assert!(owner.claim_agent_approval(claim).await.is_err());
    let list = ListAgentApprovalsRequest {
        ledger: LEDGER.into(),
        ..ListAgentApprovalsRequest::default()
    };
    let shown = third.list_agent_approvals(list.clone()).await.unwrap();
    let shown = shown.into_inner().approvals.remove(0);
    assert_eq!(shown.claimed_by, "dns:second.example");
    assert!(shown.claim_end_time.is_some() && !shown.low_risk);
    let escalate = |to: &str| EscalateAgentApprovalRequest {
        ledger: LEDGER.into(),
        approval: asked.open_approval,
        to: to.into(),
    };
    let to_owner = second
        .escalate_agent_approval(escalate("dns:owner.example"))
        .await;
    assert!(to_owner.is_err());
    second
        .escalate_agent_approval(escalate("dns:third.example"))
        .await
        .unwrap();
    let shown = third.list_agent_approvals(list).await.unwrap();
    let shown = shown.into_inner().approvals.remove(0);
    assert_eq!(
        (
            shown.claimed_by.as_str(),
            shown.escalated_by.as_str(),
            shown.escalated_to.as_str()
        ),
        ("", "dns:second.example", "dns:third.example")
    );
    let refused = second.answer_agent_approval(answer(&asked, true)).await;
    assert!(refused.is_err());
    third
        .answer_agent_approval(answer(&asked, true))
        .await
        .unwrap();
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_granted_whole_and_only_where_the_policy_calls_each_act_low_risk() {
    let office = Office::start().await;
    let mut agent = office.person("agent").await;
    let one = decide(&mut agent, note("1", 1)).await;
    let other = decide(&mut agent, note("2", 2)).await;
    let risky = decide(&mut agent, pay("3", 0, 3)).await;
    let batch = |asked: &[&DecideResponse]| GrantAgentApprovalsRequest {
        ledger: LEDGER.into(),
        approvals: asked
            .iter()
            .map(|asked| ApprovalOfBatch {
                approval: asked.open_approval,
                act_digest: asked.act_digest.clone(),
            })
            .collect(),
    };
    let mut second = office.person("second").await;
    let refused = second
        .grant_agent_approvals(batch(&[&one, &other, &risky]))
        .await;
    assert!(refused.unwrap_err().message().contains("low risk"));
    let mut owner = office.person("owner").await;
    assert!(
        owner
            .grant_agent_approvals(batch(&[&one, &other]))
            .await
            .is_err()
    );
    let used = |asked: &DecideResponse, id: &str, amount| DecideRequest {
        approval: asked.open_approval,
        ..note(id, amount)
    };
    let pending = decide(&mut agent, used(&one, "4", 1)).await;
    assert_eq!(pending.code, "APPROVAL_PENDING");
    second
        .grant_agent_approvals(batch(&[&one, &other]))
        .await
        .unwrap();
    for (asked, id, amount) in [(&one, "5", 1), (&other, "6", 2)] {
        assert_eq!(decide(&mut agent, used(asked, id, amount)).await.code, "");
    }
    office.net.daemon.stop();
}

/// Somebody who signs.
struct Signer {
    client: Client,
    key: SigningKey,
}

impl Signer {
    async fn sign(&mut self, number: u64, message: &Digest) -> Result<String, Status> {
        let signature = self.key.sign(&override_bytes(message)).to_bytes();
        self.send(number, message, signature).await
    }

    async fn send(
        &mut self,
        number: u64,
        message: &Digest,
        signature: [u8; 64],
    ) -> Result<String, Status> {
        let request = SignOverrideRequest {
            ledger: LEDGER.into(),
            r#override: number,
            message_digest: message.to_string(),
            signature: signature.to_vec().into(),
        };
        Ok(self.client.sign_override(request).await?.into_inner().state)
    }
}

/// Two people who are registered.
async fn signers(office: &Office) -> Vec<Signer> {
    let mut operator = office.person("operator").await;
    let mut signers = Vec::new();
    for (seed, name, role) in [(1, "second", "risk_lead"), (2, "third", "security_lead")] {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let register = RegisterOverrideSignerRequest {
            ledger: LEDGER.into(),
            signer: format!("dns:{name}.example"),
            role: role.into(),
            public_key: key.verifying_key().to_bytes().to_vec().into(),
        };
        operator.register_override_signer(register).await.unwrap();
        let client = office.person(name).await;
        signers.push(Signer { client, key });
    }
    signers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_override_takes_two_registered_people_whose_signatures_verify() {
    let office = Office::start().await;
    let mut signers = signers(&office).await;
    let mut agent = office.person("agent").await;
    let request = |gate: &str| RequestOverrideRequest {
        ledger: LEDGER.into(),
        act_digest: "ab".repeat(32),
        proposal: "launch-7".into(),
        justification: "the figures of last week are known to be wrong".into(),
        failed_gates: vec![gate.into()],
    };
    let refused = agent
        .request_override(request("complexity"))
        .await
        .unwrap_err();
    assert_eq!(why(&refused), "GOVERNANCE_REFUSED override");
    let asked = agent
        .request_override(request("risk"))
        .await
        .unwrap()
        .into_inner();
    let number = asked.place.unwrap().sequence;
    let list = ListOverridesRequest {
        ledger: LEDGER.into(),
        after: number - 1,
    };
    let shown = signers[0]
        .client
        .list_overrides(list.clone())
        .await
        .unwrap();
    let shown = shown.into_inner().overrides.remove(0);
    let message = Digest::of(shown.message.as_bytes());
    assert_eq!(message.to_string(), asked.message_digest);
    assert!(shown.message.contains("launch-7") && shown.message.contains("figures of last week"));
    let [first, second] = &mut signers[..] else {
        panic!("two sign");
    };
    // Nobody signs with another's key, or with none.
    let foreign = second.key.sign(&override_bytes(&message)).to_bytes();
    let refused = first.send(number, &message, foreign).await.unwrap_err();
    assert!(refused.message().contains("does not verify"), "{refused}");
    assert_eq!(first.sign(number, &message).await.unwrap(), "partial");
    assert!(first.sign(number, &message).await.is_err());
    assert_eq!(second.sign(number, &message).await.unwrap(), "approved");
    // A signature over another message rejects one.
    let asked = agent
        .request_override(request("utility"))
        .await
        .unwrap()
        .into_inner();
    let number = asked.place.unwrap().sequence;
    assert_eq!(first.sign(number, &message).await.unwrap(), "rejected");
    let shown = first
        .client
        .list_overrides(list)
        .await
        .unwrap()
        .into_inner();
    let states: Vec<_> = shown
        .overrides
        .iter()
        .map(|one| one.state.as_str())
        .collect();
    assert_eq!(states, ["approved", "rejected"]);
    assert_eq!(shown.signers.len(), 2);
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_is_voted_on_approved_by_another_and_carried_out() {
    let office = Office::start().await;
    let (mut agent, mut other) = (office.person("agent").await, office.person("other").await);
    let mut till = office.person("till").await;
    let create = CreateProposalRequest {
        ledger: LEDGER.into(),
        content_digest: "cd".repeat(32),
        quorum: 2,
        voters: vec!["dns:other.example".into(), "dns:till.example".into()],
        seconds: 0,
    };
    let proposed = agent.create_proposal(create).await.unwrap().into_inner();
    let proposal = proposed.place.unwrap().sequence;
    let vote = || VoteOnProposalRequest {
        ledger: LEDGER.into(),
        proposal,
        yes: true,
        model: "judge".into(),
        model_version: "7".into(),
        reasons_digest: "ef".repeat(32),
    };
    let approve = ApproveProposalRequest {
        ledger: LEDGER.into(),
        proposal,
    };
    let execute = ExecuteProposalRequest {
        ledger: LEDGER.into(),
        proposal,
    };
    assert!(agent.vote_on_proposal(vote()).await.is_err());
    other.vote_on_proposal(vote()).await.unwrap();
    assert!(other.vote_on_proposal(vote()).await.is_err());
    let mut second = office.person("second").await;
    let early = second.approve_proposal(approve.clone()).await.unwrap_err();
    assert_eq!(why(&early), "GOVERNANCE_REFUSED proposal");
    till.vote_on_proposal(vote()).await.unwrap();
    assert!(agent.execute_proposal(execute.clone()).await.is_err());
    second.approve_proposal(approve).await.unwrap();
    agent.execute_proposal(execute).await.unwrap();
    let list = ListProposalsRequest {
        ledger: LEDGER.into(),
        after: 0,
    };
    let listed = second.list_proposals(list).await.unwrap().into_inner();
    let shown = &listed.proposals[0];
    assert_eq!((shown.state.as_str(), shown.votes.len()), ("executed", 2));
    assert_eq!(shown.proposer, "dns:agent.example");
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_decides_in_the_order_of_its_requests_and_shows_only_what_may_be_seen() {
    let office = Office::start().await;
    let mut agent = office.person("agent").await;
    let message = |request: DecideRequest| DecideStreamRequest {
        ledger: LEDGER.into(),
        request: Some(request),
    };
    let requests: Vec<_> = (0..200)
        .map(|n| message(pay(&n.to_string(), 0, n)))
        .collect();
    let stream = agent.decide_stream(tokio_stream::iter(requests)).await;
    let mut answers = stream.unwrap().into_inner();
    let (mut places, mut index) = (Vec::new(), 0);
    while let Some(answer) = answers.message().await.unwrap() {
        assert_eq!(answer.index, index);
        index += 1;
        places.push(answer.decision.unwrap().place.unwrap().sequence);
    }
    assert_eq!(places.len(), 200);
    assert!(places.is_sorted());
    // A request that is refused ends the stream, and what came before it stands.
    let waiting = DecideRequest {
        wait_seconds: 1,
        ..pay("later", 0, 1)
    };
    let requests = vec![message(pay("7", 0, 7)), message(waiting)];
    let stream = agent.decide_stream(tokio_stream::iter(requests)).await;
    let mut answers = stream.unwrap().into_inner();
    let first = answers.message().await.unwrap().unwrap().decision.unwrap();
    assert!(first.repeated);
    let refused = answers.message().await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    let filter = FilterToolsRequest {
        ledger: LEDGER.into(),
        agent: "payer".into(),
        tools: vec!["rm".into(), "pay".into(), "note".into()],
    };
    let shown = agent
        .filter_tools(filter.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(shown.tools, ["pay", "note"]);
    let mut other = office.person("other").await;
    let refused = other.filter_tools(filter).await.unwrap_err();
    assert_eq!(why(&refused), "GOVERNANCE_REFUSED not-the-agent");
    office.net.daemon.stop();
}

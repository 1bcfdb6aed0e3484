//! An approval that nobody can answer is said to be so at the decision and in the list.

use indelible_proto::v1::{
    DeclareAgentRequest, EscalateAgentApprovalRequest, GovernedAgent, ListAgentApprovalsRequest,
};

use super::agents::{Client, LEDGER, Office, decide, pay};

/// Who runs the ledger, and an agent's program; and somebody more.
fn bindings(more: &str) -> String {
    format!(
        "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\"]\non = [\"@store\"]\n\
         [[access]]\nprincipals = [\"dns:agent.example\"]\nroles = [\"writer\"]\non = [\"loans\"]\n{more}"
    )
}

fn approvers(names: &str, on: &str) -> String {
    format!("[[access]]\nprincipals = [{names}]\nroles = [\"agent-approver\"]\non = [\"{on}\"]\n")
}

/// What the list says of the only approval.
async fn listed(client: &mut Client) -> String {
    let request = ListAgentApprovalsRequest {
        ledger: LEDGER.into(),
        ..ListAgentApprovalsRequest::default()
    };
    let listed = client.list_agent_approvals(request).await.unwrap();
    let approvals = listed.into_inner().approvals;
    assert_eq!(approvals.len(), 1);
    approvals[0].granters_lack.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_nobody_can_answer_is_said_to_be_so() {
    let cases = [
        (String::new(), "nobody has the role agent-approver on loans"),
        // On another ledger it is none.
        (
            approvers("\"dns:second.example\"", "other"),
            "nobody has the role",
        ),
        // The agent's operator has it, and grants nothing of its agent.
        (
            approvers("\"dns:owner.example\"", "loans"),
            "only those who asked",
        ),
        (
            approvers("\"dns:owner.example\", \"dns:second.example\"", "lo*"),
            "",
        ),
    ];
    for (more, word) in cases {
        let office = Office::bound(&bindings(&more)).await;
        let mut agent = office.person("agent").await;
        let asked = decide(&mut agent, pay("1", 0, 1)).await;
        assert!(asked.open_approval > 0);
        let told = [
            asked.granters_lack,
            listed(&mut office.person("operator").await).await,
        ];
        for told in told {
            match word {
                "" => assert_eq!(told, ""),
                word => assert!(told.contains(word), "{word}: {told}"),
            }
        }
        office.net.daemon.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_was_passed_on_to_nobody_who_can_answer_is_said_to_be_so() {
    let more = approvers("\"dns:second.example\", \"dns:third.example\"", "loans");
    let office = Office::bound(&bindings(&more)).await;
    let mut agent = office.person("agent").await;
    let asked = decide(&mut agent, pay("1", 0, 1)).await;
    let mut second = office.person("second").await;
    assert_eq!(listed(&mut second).await, "");
    let pass_on = |to: &str| EscalateAgentApprovalRequest {
        ledger: LEDGER.into(),
        approval: asked.open_approval,
        to: to.into(),
    };
    second
        .escalate_agent_approval(pass_on("dns:nobody.example"))
        .await
        .unwrap();
    let told = listed(&mut second).await;
    assert!(told.contains("passed on to dns:nobody.example"), "{told}");
    second
        .escalate_agent_approval(pass_on("dns:third.example"))
        .await
        .unwrap();
    assert_eq!(listed(&mut second).await, "");
    // Nobody answers for the agent any more.
    let declare = DeclareAgentRequest {
        ledger: LEDGER.into(),
        agent: Some(GovernedAgent {
            agent: "payer".into(),
            operator: String::new(),
            speakers: vec!["dns:agent.example".into()],
            last_sign_time: None,
        }),
    };
    office
        .person("operator")
        .await
        .declare_agent(declare)
        .await
        .unwrap();
    let told = listed(&mut second).await;
    assert!(told.contains("nobody answers for the agent"), "{told}");
    office.net.daemon.stop();
}

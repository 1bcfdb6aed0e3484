//! Two people for what can't be undone, over TLS: who asks, who approves, what is done then, and what is refused.

mod anybody;
mod command_line;
mod crowding;
mod for_good;
mod kills;
mod lives;
mod lost;
mod record;
mod retention;
mod story;
mod tokens;

use indelible_proto::v1::{
    ApprovalRequest, ApprovalState, ApproveRequest, DeclineRequest, EraseDataSubjectRequest,
    GetApprovalRequestRequest, RequestApprovalRequest, WithdrawRequest,
    access_service_client::AccessServiceClient, approval_service_client::ApprovalServiceClient,
    key_service_client::KeyServiceClient, ledger_service_client::LedgerServiceClient,
    request_approval_request::Act,
};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt as _;

use super::{certificates::host, net::Net};
use crate::support::{
    calls::{append, create},
    daemon::Client,
    keys::event_of,
};

/// Who asks, who approves, one who may do both, and who runs the store.
const BINDINGS: &str = "[[access]]\nprincipals = [\"dns:officer.example\"]\nroles = [\"privacy-officer\"]\non = [\"hr\"]\n\
    [[access]]\nprincipals = [\"dns:second.example\"]\nroles = [\"approver\"]\non = [\"hr\"]\n\
    [[access]]\nprincipals = [\"dns:both.example\"]\nroles = [\"privacy-officer\", \"approver\"]\non = [\"hr\"]\n\
    [[access]]\nprincipals = [\"dns:admin.example\"]\n\
    roles = [\"operator\", \"administrator\", \"auditor\", \"reader\", \"writer\"]\non = [\"@store\"]\n";

const BASIS: &str = "GDPR Art. 17(1)(a), wish 118";

/// A daemon with the ledger `hr`, which has events of two people.
struct Office {
    net: Net,
    admin: Client,
}

/// What somebody calls.
struct Person {
    keys: KeyServiceClient<Channel>,
    approvals: ApprovalServiceClient<Channel>,
    ledgers: Client,
    access: AccessServiceClient<Channel>,
}

impl Office {
    async fn start(bindings: &str) -> Self {
        let net = Net::start("\"127.0.0.1:0\"", bindings).await.unwrap();
        let mut office = Self::of(net).await;
        create(&mut office.admin, "hr").await;
        for (subject, id) in [("erika", "e1"), ("otto", "o1")] {
            append(&mut office.admin, "hr", event_of(subject, id))
                .await
                .unwrap();
        }
        office
    }

    async fn of(net: Net) -> Self {
        let files = net.issue("admin", host("admin.example"));
        let channel = net.channel(Some(&files)).await;
        Self {
            admin: LedgerServiceClient::new(channel),
            net,
        }
    }

    async fn restart(self) -> Self {
        Self::of(self.net.restart().await).await
    }

    async fn person(&self, name: &str) -> Person {
        let files = self.net.issue(name, host(&format!("{name}.example")));
        Person::of(self.net.channel(Some(&files)).await)
    }
}

impl Person {
    fn of(channel: Channel) -> Self {
        Self {
            keys: KeyServiceClient::new(channel.clone()),
            approvals: ApprovalServiceClient::new(channel.clone()),
            ledgers: LedgerServiceClient::new(channel.clone()),
            access: AccessServiceClient::new(channel),
        }
    }

    /// Erases, and waits for the end.
    async fn erase(&mut self, subject: &str, approval: &str) -> Result<bool, Status> {
        let request = EraseDataSubjectRequest {
            approval_id: approval.to_owned(),
            ..erasure(subject)
        };
        let mut progress = self.keys.erase_data_subject(request).await?.into_inner();
        let mut complete = false;
        while let Some(message) = progress.message().await? {
            complete |= message.result.is_some_and(|result| result.complete);
        }
        Ok(complete)
    }

    async fn ask(&mut self, act: Act, seconds: u64) -> Result<ApprovalRequest, Status> {
        let request = RequestApprovalRequest {
            act: Some(act),
            valid_seconds: seconds,
        };
        let answer = self.approvals.request_approval(request).await?;
        Ok(answer.into_inner().request.unwrap())
    }

    async fn ask_to_erase(&mut self, subject: &str) -> ApprovalRequest {
        let act = Act::EraseDataSubject(erasure(subject));
        self.ask(act, 0).await.unwrap()
    }

    /// Approves an erasure of somebody on the usual basis.
    async fn approve(&mut self, asked: &ApprovalRequest, subject: &str) -> Result<(), Status> {
        self.approve_with(asked, subject, BASIS).await
    }

    async fn approve_with(
        &mut self,
        asked: &ApprovalRequest,
        subject: &str,
        words: &str,
    ) -> Result<(), Status> {
        let request = ApproveRequest {
            approval_id: asked.approval_id.clone(),
            digest: asked.digest.clone(),
            data_subject: subject.to_owned(),
            words: words.to_owned(),
        };
        let answer = self.approvals.approve(request).await?.into_inner();
        assert_eq!(answer.request.unwrap().state(), ApprovalState::Approved);
        Ok(())
    }

    async fn decline(&mut self, asked: &ApprovalRequest) -> Result<(), Status> {
        let approval_id = asked.approval_id.clone();
        let answer = self.approvals.decline(DeclineRequest { approval_id });
        let answer = answer.await?.into_inner();
        assert_eq!(answer.request.unwrap().state(), ApprovalState::Declined);
        Ok(())
    }

    async fn withdraw(&mut self, asked: &ApprovalRequest) -> Result<(), Status> {
        let approval_id = asked.approval_id.clone();
        let answer = self.approvals.withdraw(WithdrawRequest { approval_id });
        let answer = answer.await?.into_inner();
        assert_eq!(answer.request.unwrap().state(), ApprovalState::Withdrawn);
        Ok(())
    }

    async fn get(&mut self, id: &str) -> Result<ApprovalRequest, Status> {
        let approval_id = id.to_owned();
        let request = GetApprovalRequestRequest { approval_id };
        let answer = self.approvals.get_approval_request(request).await?;
        Ok(answer.into_inner().request.unwrap())
    }
}

fn erasure(subject: &str) -> EraseDataSubjectRequest {
    EraseDataSubjectRequest {
        ledger: "hr".into(),
        data_subject: subject.to_owned(),
        basis: BASIS.into(),
        ..Default::default()
    }
}

/// The reason of a refusal, and why a request could not be used, if it is about one.
fn why<T: std::fmt::Debug>(outcome: Result<T, Status>) -> (String, String) {
    let info = outcome.unwrap_err().get_details_error_info().unwrap();
    let why = info.metadata.get("why").cloned().unwrap_or_default();
    let state = info.metadata.get("state").cloned().unwrap_or_default();
    (info.reason, format!("{why} {state}").trim().to_owned())
}

fn not_usable(why: &str) -> (String, String) {
    ("APPROVAL_NOT_USABLE".to_owned(), why.to_owned())
}

fn is(reason: &str) -> (String, String) {
    (reason.to_owned(), String::new())
}

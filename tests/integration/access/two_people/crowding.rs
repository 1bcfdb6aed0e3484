//! One person, with however many tokens, leaves room for the requests of others.

use indelible_proto::v1::{
    ApprovalState, CreateTokenRequest, RequestApprovalRequest, RevokeTokenRequest,
    request_approval_request::Act,
};
use tonic::Status;

use super::{BINDINGS, Office, Person, why};
use crate::{access::believer::bearing, support::calls::successor_of};

/// What one person may have waiting.
const OF_ONE: usize = 128;

/// An operator's token: its text and its id.
async fn token(maker: &mut Person) -> (String, String) {
    let request = CreateTokenRequest {
        name: "a program".into(),
        roles: vec!["operator".into()],
        on: vec!["hr".into()],
        ..Default::default()
    };
    let made = maker
        .access
        .create_token(request)
        .await
        .unwrap()
        .into_inner();
    (made.text, made.token.unwrap().token_id)
}

async fn ask(bearer: &mut Person, token: &str) -> Result<String, Status> {
    let request = RequestApprovalRequest {
        act: Some(Act::CreateSuccessor(successor_of("hr"))),
        valid_seconds: 30 * 86_400,
    };
    let asked = bearer
        .approvals
        .request_approval(bearing(request, Some(token)));
    Ok(asked.await?.into_inner().request.unwrap().approval_id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_one_maker_share_requests_and_those_of_a_revoked_token_end() {
    let office = Office::start(BINDINGS).await;
    let mut admin = office.person("admin").await;
    let mut bearer = Person::of(office.net.channel(None).await);
    let (first, first_id) = token(&mut admin).await;
    let (second, _) = token(&mut admin).await;
    let (third, _) = token(&mut admin).await;
    let mut last = String::new();
    for number in 0..OF_ONE {
        let text = [&first, &second][number % 2];
        let asked = ask(&mut bearer, text).await.unwrap();
        if number % 2 == 0 {
            last = asked;
        }
    }
    let refused = ask(&mut bearer, &third).await;
    let message = refused.as_ref().unwrap_err().message().to_owned();
    assert_eq!(why(refused).0, "APPROVALS_EXHAUSTED");
    for part in ["dns:admin.example", "indelible request withdraw"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    // The maker is the same person; somebody else has room.
    let own = admin.ask(Act::CreateSuccessor(successor_of("hr")), 0).await;
    assert_eq!(why(own).0, "APPROVALS_EXHAUSTED");
    let mut officer = office.person("officer").await;
    officer.ask_to_erase("erika").await;

    let request = RevokeTokenRequest { token_id: first_id };
    admin.access.revoke_token(request).await.unwrap();
    ask(&mut bearer, &third).await.unwrap();
    let ended = admin.get(&last).await.unwrap();
    assert_eq!(ended.state(), ApprovalState::Withdrawn);
    let office = office.restart().await;
    let mut admin = office.person("admin").await;
    let ended = admin.get(&last).await.unwrap();
    assert_eq!(ended.state(), ApprovalState::Withdrawn);
    office.net.daemon.stop();
}

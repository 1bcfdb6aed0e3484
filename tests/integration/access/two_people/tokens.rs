//! Tokens that take two people, and tokens that are no second person.

use indelible_proto::v1::{
    ApproveRequest, CreateTokenRequest, CreateTokenResponse, request_approval_request::Act,
};

use super::{BASIS, BINDINGS, Office, Person, is, not_usable, why};
use crate::access::believer::bearing;

fn wanted(role: &str, approval: &str) -> CreateTokenRequest {
    CreateTokenRequest {
        name: "a program".into(),
        roles: vec![role.into()],
        on: vec!["hr".into()],
        approval_id: approval.to_owned(),
        ..Default::default()
    }
}

/// Has somebody make a token with a privileged role, which somebody else approves.
async fn make(maker: &mut Person, second: &mut Person, role: &str) -> CreateTokenResponse {
    let asked = maker.ask(Act::CreateToken(wanted(role, "")), 0).await;
    let asked = asked.unwrap();
    second.approve_with(&asked, "", "").await.unwrap();
    let request = wanted(role, &asked.approval_id);
    let made = maker.access.create_token(request).await;
    made.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_privileged_token_takes_two_people_and_is_not_a_second_person_itself() {
    let office = Office::start(BINDINGS).await;
    let mut admin = office.person("admin").await;
    let mut second = office.person("second").await;
    for role in ["approver", "decryptor", "privacy-officer", "administrator"] {
        let alone = admin.access.create_token(wanted(role, "")).await;
        assert_eq!(why(alone), is("APPROVAL_REQUIRED"), "{role}");
    }
    admin
        .access
        .create_token(wanted("reader", ""))
        .await
        .unwrap();
    let needless = admin.ask(Act::CreateToken(wanted("reader", "")), 0).await;
    assert_eq!(why(needless), not_usable("not-needed"));
    let asked = admin
        .ask(Act::CreateToken(wanted("decryptor", "")), 0)
        .await;
    let asked = asked.unwrap();
    second.approve_with(&asked, "", "").await.unwrap();
    for other in [
        wanted("approver", &asked.approval_id),
        CreateTokenRequest {
            valid_seconds: 60,
            ..wanted("decryptor", &asked.approval_id)
        },
    ] {
        let other = admin.access.create_token(other).await;
        assert_eq!(why(other), not_usable("other"));
    }
    let made = admin
        .access
        .create_token(wanted("decryptor", &asked.approval_id));
    made.await.unwrap();
    let again = admin
        .access
        .create_token(wanted("decryptor", &asked.approval_id));
    assert_eq!(why(again.await), not_usable("state used"));

    // Of two tokens of one maker, the one is no second person beside the other, nor beside the maker.
    let asks = make(&mut admin, &mut second, "privacy-officer").await.text;
    let approves = make(&mut admin, &mut second, "approver").await.text;
    let mut bearer = Person::of(office.net.channel(None).await);
    let request = indelible_proto::v1::RequestApprovalRequest {
        act: Some(Act::EraseDataSubject(super::erasure("erika"))),
        ..Default::default()
    };
    let by_token = bearer
        .approvals
        .request_approval(bearing(request, Some(&asks)));
    let by_token = by_token.await.unwrap().into_inner().request.unwrap();
    let by_maker = admin
        .ask(Act::CreateToken(wanted("decryptor", "")), 0)
        .await;
    let by_maker = by_maker.unwrap();
    for (asked, subject, words) in [(&by_token, "erika", BASIS), (&by_maker, "", "")] {
        let request = ApproveRequest {
            approval_id: asked.approval_id.clone(),
            digest: asked.digest.clone(),
            data_subject: subject.into(),
            words: words.into(),
        };
        let approved = bearer.approvals.approve(bearing(request, Some(&approves)));
        assert_eq!(why(approved.await), not_usable("same-person"));
    }
    second.approve(&by_token, "erika").await.unwrap();
    office.net.daemon.stop();
}

//! What becomes of requests that are declined, taken back, or too old, and who sees them.

use std::time::{Duration, Instant};

use indelible_proto::v1::{
    ApprovalState, CreateSuccessorRequest, ListApprovalRequestsRequest, ListSigningKeysRequest,
    RevokeSigningKeyRequest, SigningKeyKind, request_approval_request::Act,
};

use tonic_types::StatusExt as _;

use super::{BINDINGS, Office, erasure, is, not_usable, why};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_declined_withdrawn_or_too_old_is_never_carried_out() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    let mut second = office.person("second").await;
    let mut admin = office.person("admin").await;

    let declined = officer.ask_to_erase("erika").await;
    second.approve(&declined, "erika").await.unwrap();
    second.decline(&declined).await.unwrap();
    let withdrawn = officer.ask_to_erase("erika").await;
    assert_eq!(
        why(second.withdraw(&withdrawn).await),
        not_usable("not-requester")
    );
    // Whoever sees it is told what is lacking and where, and whoever does not, as if there were none.
    let mut stranger = office.person("stranger").await;
    let told = |refused: tonic::Status| {
        let info = refused.get_details_error_info().unwrap();
        let of = |key: &str| info.metadata.get(key).cloned().unwrap_or_default();
        [
            info.reason.clone(),
            of("action"),
            of("place"),
            of("ledger"),
            of("roles"),
        ]
    };
    let of_hr = officer.decline(&withdrawn).await.unwrap_err();
    assert!(of_hr.message().contains("the ledger hr"), "{of_hr}");
    assert_eq!(
        told(of_hr),
        ["ACCESS_DENIED", "approve", "ledger", "hr", "approver"]
    );
    let hidden = stranger.decline(&withdrawn).await.unwrap_err();
    assert!(!hidden.message().contains("hr"), "{hidden}");
    assert_eq!(
        told(hidden),
        ["ACCESS_DENIED", "approve", "store", "", "approver"]
    );
    officer.withdraw(&withdrawn).await.unwrap();
    for (asked, state) in [
        (&declined, "state declined"),
        (&withdrawn, "state withdrawn"),
    ] {
        let done = officer.erase("erika", &asked.approval_id).await;
        assert_eq!(why(done), not_usable(state));
        assert_eq!(why(second.approve(asked, "erika").await), not_usable(state));
        assert_eq!(why(officer.withdraw(asked).await), not_usable(state));
    }

    let act = || Act::EraseDataSubject(erasure("erika"));
    assert_eq!(
        why(officer.ask(act(), 31 * 86_400).await),
        is("FIELD_INVALID")
    );
    let short = officer.ask(act(), 1).await.unwrap();
    let id = short.approval_id.as_str();
    let begun = Instant::now();
    // It may be too late to approve it; an approval changes nothing about its end.
    let _perhaps = second.approve(&short, "erika").await;
    while officer.get(id).await.unwrap().state() != ApprovalState::Expired {
        assert!(begun.elapsed() < PATIENCE, "it never expires");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        why(officer.erase("erika", id).await),
        not_usable("state expired")
    );
    assert_eq!(
        why(second.approve(&short, "erika").await),
        not_usable("state expired")
    );

    // Who may see requests sees these; whoever may not does not learn that there are any.
    let listed = |person: &mut super::Person| {
        let mut approvals = person.approvals.clone();
        async move {
            let request = ListApprovalRequestsRequest::default();
            let page = approvals.list_approval_requests(request).await;
            page.map(|page| page.into_inner().requests)
        }
    };
    for person in [&mut officer, &mut second, &mut admin] {
        let states: Vec<_> = listed(person).await.unwrap();
        let states: Vec<_> = states.iter().map(|request| request.state()).collect();
        let expected = [
            ApprovalState::Declined,
            ApprovalState::Withdrawn,
            ApprovalState::Expired,
        ];
        assert_eq!(states, expected);
    }
    assert_eq!(why(listed(&mut stranger).await), is("ACCESS_DENIED"));
    let of_others = stranger.get(id).await.unwrap_err();
    let of_nobody = stranger.get("00112233445566778899").await.unwrap_err();
    assert_eq!(of_others.message(), of_nobody.message());
    office.net.daemon.stop();
}

/// The other acts on a ledger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_revoked_and_a_ledger_succeeded_by_two_people() {
    let office = Office::start(BINDINGS).await;
    let mut admin = office.person("admin").await;
    let mut second = office.person("second").await;
    let request = ListSigningKeysRequest {
        ledger: "hr".into(),
        ..Default::default()
    };
    let keys = admin.keys.list_signing_keys(request).await.unwrap();
    let keys = keys.into_inner().keys;
    let epoch = keys.iter().find(|key| key.kind() == SigningKeyKind::Epoch);
    let revocation = |size, approval: &str| RevokeSigningKeyRequest {
        ledger: "hr".into(),
        kind: SigningKeyKind::Epoch.into(),
        public_key: epoch.unwrap().public_key.clone(),
        trusted_size: Some(size),
        reason: "laptop lost".into(),
        approval_id: approval.to_owned(),
        ..Default::default()
    };
    let alone = admin.keys.revoke_signing_key(revocation(1, "")).await;
    assert_eq!(why(alone), is("APPROVAL_REQUIRED"));
    let act = Act::RevokeSigningKey(revocation(1, ""));
    let asked = admin.ask(act, 0).await.unwrap();
    assert!(asked.has_words);
    assert_eq!(
        why(second.approve_with(&asked, "", "").await),
        is("FIELD_INVALID")
    );
    second
        .approve_with(&asked, "", "laptop lost")
        .await
        .unwrap();
    let id = asked.approval_id.as_str();
    let further = admin.keys.revoke_signing_key(revocation(2, id)).await;
    assert_eq!(why(further), not_usable("other"));
    admin
        .keys
        .revoke_signing_key(revocation(1, id))
        .await
        .unwrap();
    let again = admin.keys.revoke_signing_key(revocation(1, id)).await;
    assert_eq!(why(again), not_usable("state used"));

    let successor = |approval: &str| CreateSuccessorRequest {
        ledger: "hr".into(),
        approval_id: approval.to_owned(),
    };
    let alone = admin.ledgers.create_successor(successor("")).await;
    assert_eq!(why(alone), is("APPROVAL_REQUIRED"));
    let asked = admin.ask(Act::CreateSuccessor(successor("")), 0).await;
    let asked = asked.unwrap();
    second.approve_with(&asked, "", "").await.unwrap();
    // What is refused afterwards has used it up, too.
    let open = admin
        .ledgers
        .create_successor(successor(&asked.approval_id));
    assert_eq!(why(open.await), is("LEDGER_NOT_QUARANTINED"));
    let again = admin
        .ledgers
        .create_successor(successor(&asked.approval_id));
    assert_eq!(why(again.await), not_usable("state used"));
    office.net.daemon.stop();
}

//! The whole story of an erasure, with restarts in between.

use indelible_proto::v1::{
    ApprovalState, ApproveRequest, EraseDataSubjectRequest, EventFilter, ListEventsRequest,
};

use super::{BASIS, BINDINGS, Office, erasure, is, not_usable, why};
use crate::{
    support::{calls::append, daemon::Client, keys::event_of},
    system::told,
};

/// All that `_system` has of requests, as it is sent.
async fn of_requests(client: &mut Client) -> String {
    let mut all = String::new();
    for kind in ["approval_requested", "approval_answered", "approval_used"] {
        let request = ListEventsRequest {
            ledger: "_system".into(),
            filter: Some(EventFilter {
                r#type: format!("indelible.system.{kind}.v1"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let page = client.list_events(request).await.unwrap().into_inner();
        assert!(!page.records.is_empty(), "{kind}");
        all.push_str(&format!("{:?}", page.records));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_two_people_is_done_as_it_was_approved_and_once() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    let mut second = office.person("second").await;
    let mut both = office.person("both").await;

    let refused = officer.erase("erika", "").await;
    let message = refused.as_ref().unwrap_err().message().to_owned();
    assert!(
        message.contains("two people") && message.contains("dns:second.example"),
        "{message}"
    );
    assert_eq!(why(refused), is("APPROVAL_REQUIRED"));
    let absent = officer.erase("erika", "00112233445566778899").await;
    assert_eq!(why(absent), is("APPROVAL_UNKNOWN"));

    let asked = officer.ask_to_erase("erika").await;
    assert_eq!(
        (asked.state(), asked.requester.as_str()),
        (ApprovalState::Pending, "dns:officer.example")
    );
    assert_eq!(
        (asked.action.as_str(), asked.data_key_ids.len()),
        ("erase", 1)
    );
    let span = asked.expire_time.unwrap().seconds - asked.created_time.unwrap().seconds;
    assert_eq!(span, 7 * 86_400);
    let early = officer.erase("erika", &asked.approval_id).await;
    assert_eq!(why(early), not_usable("state pending"));

    // Whoever approves knows whom and why, and approves what they were shown.
    assert_eq!(
        why(second.approve(&asked, "otto").await),
        not_usable("said-otherwise")
    );
    assert_eq!(why(second.approve(&asked, "").await), is("FIELD_INVALID"));
    let other_words = second.approve_with(&asked, "erika", "just so").await;
    assert_eq!(why(other_words), not_usable("said-otherwise"));
    let other = ApproveRequest {
        approval_id: asked.approval_id.clone(),
        digest: vec![7; 32].into(),
        data_subject: "erika".into(),
        words: BASIS.into(),
    };
    let other = second.approvals.approve(other).await;
    assert_eq!(why(other), not_usable("other"));
    assert_eq!(
        why(officer.approve(&asked, "erika").await),
        is("ACCESS_DENIED")
    );
    let own = both.ask_to_erase("erika").await;
    let by_oneself = both.approve(&own, "erika").await;
    assert_eq!(why(by_oneself), not_usable("same-person"));
    second.approve(&asked, "erika").await.unwrap();
    assert_eq!(
        why(second.approve(&asked, "erika").await),
        not_usable("state approved")
    );

    let office = office.restart().await;
    let mut officer = office.person("officer").await;
    let mut both = office.person("both").await;
    let id = asked.approval_id.as_str();
    assert_eq!(
        officer.get(id).await.unwrap().state(),
        ApprovalState::Approved
    );
    let another = officer.erase("otto", id).await;
    assert_eq!(why(another), not_usable("other"));
    let request = EraseDataSubjectRequest {
        basis: "another".into(),
        approval_id: id.to_owned(),
        ..erasure("erika")
    };
    let on_another_basis = officer.keys.erase_data_subject(request).await;
    assert_eq!(why(on_another_basis), not_usable("other"));
    assert_eq!(
        why(both.erase("erika", id).await),
        not_usable("not-requester")
    );
    // Nothing of this used it up.
    assert!(officer.erase("erika", id).await.unwrap());
    // The person has events again.
    let mut office = office;
    let again = append(&mut office.admin, "hr", event_of("erika", "e2")).await;
    again.unwrap();
    let twice = officer.erase("erika", id).await;
    assert_eq!(why(twice), not_usable("state used"));

    let mut office = office.restart().await;
    let mut officer = office.person("officer").await;
    assert_eq!(
        why(officer.erase("erika", id).await),
        not_usable("state used")
    );
    assert_eq!(
        why(officer.erase("otto", "").await),
        is("APPROVAL_REQUIRED")
    );
    let used = told(&mut office.admin, "approval_used").await;
    assert_eq!(used.len(), 1, "{used:?}");
    assert!(
        used[0].contains(&format!("request={id}")) && used[0].contains("dns:officer.example"),
        "{used:?}"
    );
    let answered = told(&mut office.admin, "approval_answered").await;
    assert_eq!(answered.len(), 1, "{answered:?}");
    assert!(
        answered[0].contains("answer=approved") && answered[0].contains("dns:second.example"),
        "{answered:?}"
    );
    assert_eq!(
        told(&mut office.admin, "two_people_required").await.len(),
        1
    );
    let all = of_requests(&mut office.admin).await;
    for never in ["erika", "otto", "wish 118"] {
        assert!(!all.contains(never), "{never} is in _system");
    }
    office.net.daemon.stop();
}

//! Once somebody was bound as approver, no configuration, token or restart lets one person act alone.

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{CreateTokenRequest, GetStatusRequest, NoticeCode, RevokeTokenRequest};

use super::{BINDINGS, Office, is, why};
use crate::{access::net::Net, support::daemon::Client};

const PATIENCE: Duration = Duration::from_secs(30);

/// Without an approver.
const ALONE: &str = "[[access]]\nprincipals = [\"dns:officer.example\"]\nroles = [\"privacy-officer\"]\non = [\"hr\"]\n\
    [[access]]\nprincipals = [\"dns:admin.example\"]\n\
    roles = [\"operator\", \"administrator\", \"auditor\", \"reader\", \"writer\"]\non = [\"@store\"]\n";

/// Has the daemon take other bindings.
async fn take(net: &Net, access: &str) {
    let told = |log: &str| log.matches("took bindings and rates").count();
    let before = told(&net.daemon.log());
    let file = net.place.file("indelible.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once("[[access]]").unwrap();
    let (_, kek) = rest.split_once("[kek]").unwrap();
    fs::write(&file, format!("{head}{access}\n[kek]{kek}")).unwrap();
    net.daemon.signal(libc::SIGHUP);
    let begun = Instant::now();
    while told(&net.daemon.log()) == before {
        assert!(begun.elapsed() < PATIENCE, "{}", net.daemon.log());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What `status` says of one person.
async fn told_of_one_person(client: &mut Client) -> Option<String> {
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    let mut notices = status.into_inner().notices.into_iter();
    let is_of_one =
        |notice: &indelible_proto::v1::Notice| notice.code() == NoticeCode::OnePersonSuffices;
    notices.find(is_of_one).map(|notice| notice.detail)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_are_needed_after_the_last_approver_is_gone_and_after_a_restart() {
    let office = Office::start(BINDINGS).await;
    let mut officer = office.person("officer").await;
    let mut second = office.person("second").await;
    let asked = officer.ask_to_erase("erika").await;
    take(&office.net, ALONE).await;
    // Whoever is approver no longer approves nothing.
    assert_eq!(
        why(second.approve(&asked, "erika").await),
        is("ACCESS_DENIED")
    );
    let refused = officer.erase("erika", "").await;
    let message = refused.as_ref().unwrap_err().message().to_owned();
    assert!(
        message.contains("nobody else is bound as approver"),
        "{message}"
    );
    assert_eq!(why(refused), is("APPROVAL_REQUIRED"));

    let office = office.restart().await;
    let mut officer = office.person("officer").await;
    assert_eq!(
        why(officer.erase("erika", "").await),
        is("APPROVAL_REQUIRED")
    );
    // With an approver again, what was asked for before can be approved.
    take(&office.net, BINDINGS).await;
    let mut second = office.person("second").await;
    second.approve(&asked, "erika").await.unwrap();
    // Whoever lost the role does nothing with it.
    take(
        &office.net,
        &BINDINGS.replace("officer.example", "else.example"),
    )
    .await;
    let lost = officer.erase("erika", &asked.approval_id).await;
    assert_eq!(why(lost), is("ACCESS_DENIED"));
    take(&office.net, BINDINGS).await;
    assert!(officer.erase("erika", &asked.approval_id).await.unwrap());
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_suffices_until_an_approver_is_made_by_a_token_and_never_again() {
    let mut office = Office::start(ALONE).await;
    let detail = told_of_one_person(&mut office.admin).await.unwrap();
    assert!(detail.contains("dns:"), "{detail}");
    let mut officer = office.person("officer").await;
    let mut admin = office.person("admin").await;
    let early = officer.ask(super::Act::EraseDataSubject(super::erasure("erika")), 0);
    assert_eq!(why(early.await), super::not_usable("not-needed"));
    assert!(officer.erase("erika", "").await.unwrap());
    let request = CreateTokenRequest {
        name: "second person".into(),
        roles: vec!["approver".into()],
        on: vec!["hr".into()],
        ..Default::default()
    };
    let made = admin.access.create_token(request).await.unwrap();
    assert_eq!(
        why(officer.erase("otto", "").await),
        is("APPROVAL_REQUIRED")
    );
    assert_eq!(told_of_one_person(&mut office.admin).await, None);
    let token_id = made.into_inner().token.unwrap().token_id;
    let request = RevokeTokenRequest { token_id };
    admin.access.revoke_token(request).await.unwrap();
    assert_eq!(
        why(officer.erase("otto", "").await),
        is("APPROVAL_REQUIRED")
    );
    let mut office = office.restart().await;
    let mut officer = office.person("officer").await;
    assert_eq!(
        why(officer.erase("otto", "").await),
        is("APPROVAL_REQUIRED")
    );
    assert_eq!(told_of_one_person(&mut office.admin).await, None);
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_administers_a_part_of_the_store_switches_two_people_on_for_nobody() {
    let part = "[[access]]\nprincipals = [\"dns:part.example\"]\nroles = [\"administrator\"]\non = [\"pay*\"]\n";
    let mut office = Office::start(&format!("{ALONE}{part}")).await;
    let mut person = office.person("part").await;
    let request = CreateTokenRequest {
        name: "an approver of nothing".into(),
        roles: vec!["approver".into()],
        on: vec!["pay-nowhere".into()],
        ..Default::default()
    };
    person.access.create_token(request).await.unwrap();
    let detail = told_of_one_person(&mut office.admin).await;
    assert!(detail.is_some());
    let mut officer = office.person("officer").await;
    assert!(officer.erase("erika", "").await.unwrap());
    let office = office.restart().await;
    let mut officer = office.person("officer").await;
    assert!(officer.erase("otto", "").await.unwrap());
    office.net.daemon.stop();
}

//! Everything is halted in every ledger, and resumed: over TLS, where everybody is somebody.

use indelible_proto::v1::{
    GetStatusRequest, HaltAgentsRequest, HaltAllLedgersRequest, HaltTarget, ListHaltsRequest,
    ListHaltsResponse, ResumeAgentsRequest, ResumeAllLedgersRequest, halt_target::Of,
    ledger_service_client::LedgerServiceClient,
};

use super::agents::{Client, LEDGER, Office, decide, pay, why};
use crate::support::calls::create;

const EARLIER: &str = "earlier";
const LATER: &str = "later";

/// What a decision comes to, by its code.
async fn code(client: &mut Client, id: &str) -> String {
    decide(client, pay(id, 0, 1)).await.code
}

async fn halts(client: &mut Client, ledger: &str) -> ListHaltsResponse {
    let request = ListHaltsRequest {
        ledger: ledger.into(),
    };
    client.list_halts(request).await.unwrap().into_inner()
}

async fn halted(client: &mut Client, ledger: &str) -> usize {
    halts(client, ledger).await.halts.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_halt_of_all_ledgers_is_in_each_and_in_those_that_come_later_and_outlives_a_restart() {
    let office = Office::start().await;
    let mut ledgers = LedgerServiceClient::new(office.channel("operator").await);
    create(&mut ledgers, EARLIER).await;
    let mut operator = office.person("operator").await;
    // It takes the whole store, and not one ledger.
    let mut second = office.person("second").await;
    let refused = second
        .halt_all_ledgers(HaltAllLedgersRequest { people: 1 })
        .await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::PermissionDenied);
    let all = operator
        .halt_all_ledgers(HaltAllLedgersRequest { people: 2 })
        .await
        .unwrap()
        .into_inner();
    assert!(all.system_sequence > 0 && all.not_reached.is_empty());
    let named = |ledger: &str| {
        let mut halted = all.ledgers.iter();
        halted.any(|one| one.ledger.contains(&format!("/{ledger}/")))
    };
    assert!(named(LEDGER) && named(EARLIER), "{all:?}");
    assert!(!named("_system"), "{all:?}");
    let mut agent = office.person("agent").await;
    assert_eq!(code(&mut agent, "1").await, "HALTED");
    let office = Office {
        net: office.net.restart().await,
    };
    let mut ledgers = LedgerServiceClient::new(office.channel("operator").await);
    let mut operator = office.person("operator").await;
    create(&mut ledgers, LATER).await;
    let told = ledgers.get_status(GetStatusRequest {}).await.unwrap();
    let told = told.into_inner().all_halt.unwrap();
    assert_eq!(
        (told.by, told.people),
        (vec!["dns:operator.example".to_owned()], 2)
    );
    // What nobody has decided in yet begins halted.
    assert_eq!(halted(&mut operator, EARLIER).await, 1);
    let told = halts(&mut operator, LATER).await;
    assert!(
        told.halts.len() == 1
            && told.halts[0].from_beginning
            && told.halts[0].by == "dns:operator.example"
            && told.halts[0].since.is_some(),
        "{told:?}"
    );
    let again = operator
        .halt_all_ledgers(HaltAllLedgersRequest { people: 1 })
        .await
        .unwrap()
        .into_inner();
    assert!(
        again.ledgers.iter().all(|ledger| ledger.place.is_none()),
        "{again:?}"
    );
    let told = halts(&mut operator, LATER).await;
    assert!(
        told.halts.len() == 1 && !told.halts[0].from_beginning && !told.goes_on_alone,
        "{told:?}"
    );

    let first = operator
        .resume_all_ledgers(ResumeAllLedgersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(!first.resumed && first.ledgers.len() == 3, "{first:?}");
    assert!(first.ledgers.iter().all(|ledger| !ledger.resumed));
    let refused = operator
        .resume_all_ledgers(ResumeAllLedgersRequest {})
        .await;
    assert_eq!(why(&refused.unwrap_err()), "GOVERNANCE_REFUSED halt");
    let mut boss = office.person("boss").await;
    let last = boss
        .resume_all_ledgers(ResumeAllLedgersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(last.resumed && last.not_reached.is_empty(), "{last:?}");
    assert!(last.ledgers.iter().all(|ledger| ledger.resumed));
    let mut agent = office.person("agent").await;
    assert_eq!(code(&mut agent, "2").await, "APPROVAL_NEEDED");
    let none = boss.resume_all_ledgers(ResumeAllLedgersRequest {}).await;
    assert_eq!(why(&none.unwrap_err()), "GOVERNANCE_REFUSED halt");
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_halted_before_all_ledgers_were_stays_halted() {
    let office = Office::start().await;
    let mut operator = office.person("operator").await;
    let everything = HaltTarget {
        of: Some(Of::Everything(true)),
    };
    let halt = HaltAgentsRequest {
        ledger: LEDGER.into(),
        target: Some(everything),
        people: 1,
    };
    operator.halt_agents(halt).await.unwrap();
    operator
        .halt_all_ledgers(HaltAllLedgersRequest { people: 1 })
        .await
        .unwrap();
    let resumed = operator
        .resume_all_ledgers(ResumeAllLedgersRequest {})
        .await
        .unwrap()
        .into_inner();
    assert!(resumed.resumed && resumed.ledgers.is_empty(), "{resumed:?}");
    assert_eq!(halted(&mut operator, LEDGER).await, 1);
    let resume = ResumeAgentsRequest {
        ledger: LEDGER.into(),
        target: Some(HaltTarget {
            of: Some(Of::Everything(true)),
        }),
    };
    operator.resume_agents(resume).await.unwrap();
    assert_eq!(halted(&mut operator, LEDGER).await, 0);
    office.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_was_resumed_alone_says_that_all_others_are_halted() {
    let office = Office::start().await;
    let mut operator = office.person("operator").await;
    assert!(!halts(&mut operator, LEDGER).await.goes_on_alone);
    let all = HaltAllLedgersRequest { people: 1 };
    operator.halt_all_ledgers(all).await.unwrap();
    assert!(!halts(&mut operator, LEDGER).await.goes_on_alone);
    let resume = ResumeAgentsRequest {
        ledger: LEDGER.into(),
        target: Some(HaltTarget {
            of: Some(Of::Everything(true)),
        }),
    };
    operator.resume_agents(resume).await.unwrap();
    let told = halts(&mut operator, LEDGER).await;
    assert!(told.halts.is_empty() && told.goes_on_alone, "{told:?}");
    let all = ResumeAllLedgersRequest {};
    operator.resume_all_ledgers(all).await.unwrap();
    assert!(!halts(&mut operator, LEDGER).await.goes_on_alone);
    office.net.daemon.stop();
}

//! Decisions that wait for a human, and approvals whose time is over.

use std::time::Duration;

use super::*;

/// After this, what a test waits for does not come any more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks for an act that a human must grant, and waits as long as `until` says.
fn wait_for(
    rig: &Rig,
    request: Request,
    until: impl Future<Output = ()> + Send + 'static,
) -> tokio::task::JoinHandle<Result<Decided, GovernError>> {
    let ledger = rig.ledger.clone();
    rig.bench
        .runtime
        .spawn(async move { ledger.decide_waiting(request, until).await })
}

/// The approval that is open, once it is.
fn opened(rig: &Rig) -> indelible_governance::state::ApprovalView {
    rig.bench.runtime.block_on(async {
        loop {
            let pending = rig.ledger.approvals(0, 10, true).await.unwrap();
            if let Some(first) = pending.into_iter().next() {
                return first;
            }
            tokio::task::yield_now().await;
        }
    })
}

/// How a decision that was waited for ended. One that nobody tells of an answer would wait for ever.
fn ended(
    rig: &Rig,
    waits: tokio::task::JoinHandle<Result<Decided, GovernError>>,
) -> Result<Decided, GovernError> {
    rig.bench
        .runtime
        .block_on(async { tokio::time::timeout(PATIENCE, waits).await })
        .expect("it is told of the answer")
        .unwrap()
}

fn answer(rig: &Rig, approval: u64, act: Digest, granted: bool) {
    let answered = rig
        .ledger
        .answer_approval(person("unix:second"), approval, act, granted);
    rig.bench.runtime.block_on(answered).unwrap();
}

#[test]
fn a_decision_that_waits_is_recorded_once_when_a_human_has_granted_it() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    rig.declare("unix:operator");
    let waits = wait_for(&rig, request("1", "s", "pay"), std::future::pending());
    let view = opened(&rig);
    let asked = &view.opened.asked;
    assert_eq!(
        (asked.name.as_str(), asked.cost),
        ("pay", Some(900_000_000))
    );
    assert_eq!(asked.reason, "a human must grant this act");
    // Nothing but the approval is on record of it.
    assert_eq!(view.opened.decision, view.number);
    let before = rig.ledger.summary().size;
    answer(&rig, view.number, view.opened.act, true);
    let decided = ended(&rig, waits).unwrap();
    assert_eq!(decided.decision.verdict, Verdict::Allow);
    assert_eq!(decided.decision.approval, Some(view.number));
    assert_eq!(rig.ledger.summary().size, before + 2);
    // The same request is the same decision, and the approval is used up.
    let again = rig.decide(request("1", "s", "pay")).unwrap();
    assert!(again.repeated && again.placed.sequence == decided.placed.sequence);
    let approvals = rig
        .bench
        .runtime
        .block_on(rig.ledger.approvals(0, 10, false));
    assert_eq!(approvals.unwrap()[0].state, ApprovalState::Used);
    rig.engine.drain().unwrap();
}

#[test]
fn a_denial_and_a_halt_end_the_waiting() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    rig.declare("unix:operator");
    let code = |decided: Decided| decided.decision.failure.unwrap().code;
    let waits = wait_for(&rig, request("1", "s", "pay"), std::future::pending());
    let view = opened(&rig);
    answer(&rig, view.number, view.opened.act, false);
    let denied = ended(&rig, waits).unwrap();
    assert_eq!(denied.decision.verdict, Verdict::Deny);
    assert_eq!(code(denied), "APPROVAL_DENIED");
    let waits = wait_for(&rig, request("2", "s", "pay"), std::future::pending());
    opened(&rig);
    let halted = rig
        .ledger
        .halt(HaltOf::Agent(AGENT.to_owned()), "unix:second", 1);
    rig.bench.runtime.block_on(halted).unwrap();
    let halted = ended(&rig, waits).unwrap();
    assert_eq!(code(halted), "HALTED");
    rig.engine.drain().unwrap();
}

#[test]
fn whoever_stops_waiting_decides_nothing_and_waits_on_for_the_same_approval() {
    let rig = Rig::new(&store());
    rig.govern(POLICY);
    rig.declare("unix:operator");
    let waits = wait_for(&rig, request("1", "s", "pay"), std::future::ready(()));
    let stopped = ended(&rig, waits);
    let Err(GovernError::Awaited { approval }) = stopped else {
        panic!("{stopped:?}");
    };
    let view = opened(&rig);
    assert_eq!(view.number, approval);
    // What was granted while nobody waited is used by whoever asks again.
    answer(&rig, approval, view.opened.act, true);
    let waits = wait_for(&rig, request("1", "s", "pay"), std::future::ready(()));
    let decided = ended(&rig, waits).unwrap();
    assert_eq!(decided.decision.verdict, Verdict::Allow);
    rig.engine.drain().unwrap();
}

#[test]
fn an_approval_whose_time_is_over_is_recorded_as_expired_once() {
    let rig = Rig::new(&store());
    rig.govern("version: \"1\"\napprovals: {acts: [pay], seconds: 1}\n");
    rig.declare("unix:operator");
    let runtime = &rig.bench.runtime;
    let waits = wait_for(&rig, request("1", "s", "pay"), std::future::pending());
    opened(&rig);
    let recorded = runtime.block_on(async {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let recorded = rig.ledger.record_expired_approvals().await.unwrap();
            if recorded > 0 {
                return recorded;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        0
    });
    assert_eq!(recorded, 1);
    assert_eq!(
        runtime
            .block_on(rig.ledger.record_expired_approvals())
            .unwrap(),
        0
    );
    // Whoever waits is told by that record.
    let expired = ended(&rig, waits).unwrap();
    assert_eq!(expired.decision.failure.unwrap().code, "APPROVAL_EXPIRED");
    rig.engine.drain().unwrap();
}

//! HaltAllLedgers and ResumeAllLedgers: a record in `_system`, and one in each ledger before the answer.

mod stored;

use std::{future::Future, sync::Arc};

use indelible_governance::state::HaltRefusal;
use indelible_ledger::{AllHalt, AllHaltStanding, Engine, GovernError, Ledger, SystemFact};
use indelible_proto::{time::timestamp, v1};
use tokio::{sync::Semaphore, task::JoinSet};
use tonic::{Request, Response, Status};

use self::stored::Change;
pub(crate) use self::stored::read;
use super::{people_of, wire};
use crate::{
    limits::{LEDGERS_HALTED_AT_ONCE, OPEN_DECISIONS_TOLD_MAX},
    rpc::{
        audit::act::{Act, Facts},
        authorise::{Action, Caller, Gate, Scope},
        refusal::Refusal,
    },
};

pub(crate) async fn halt(
    gate: &Gate,
    request: Request<v1::HaltAllLedgersRequest>,
) -> Result<Response<v1::HaltAllLedgersResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::HaltAllLedgers, Scope::Store)?;
    let people = people_of(request.people)?;
    let by = permit.principal().to_string();
    let facts = vec![("people", SystemFact::Uint(people.into()))];
    let act = permit.begin("HaltAllLedgers", facts).await?;
    let gate = gate.clone();
    let answer = to_its_end(act, move |engine| async move {
        let _one_at_a_time = engine.changing_all_halt().await;
        let mut halt = halt_before(&engine, &by, people);
        let recorded = gate.record(Change::halts(&halt, by.clone())).await?;
        if halt.since == 0 {
            halt.since = recorded.time;
        }
        // First, so that a ledger whose governance begins meanwhile begins halted.
        let people = halt.people;
        engine.put_all_halt(AllHaltStanding::InForce(halt));
        let each = move |ledger: Ledger| {
            let by = by.clone();
            async move { ledger.halt_with_all(&by, people).await }
        };
        let (done, failed) = in_each(&engine, each).await;
        let mut answer = v1::HaltAllLedgersResponse {
            system_sequence: recorded.first,
            ledgers: Vec::with_capacity(done.len()),
            not_reached: failed,
        };
        let mut room = OPEN_DECISIONS_TOLD_MAX;
        for (ledger, (placed, mut open)) in done {
            let count = open.len() as u64;
            open.truncate(room);
            room -= open.len();
            answer.ledgers.push(v1::HaltedLedger {
                ledger,
                place: placed.as_ref().and_then(wire::place),
                open_decision_count: count,
                open_decisions: open,
            });
        }
        let facts = counts(answer.ledgers.len(), answer.not_reached.len());
        Ok((answer, facts))
    });
    Ok(Response::new(answer.await?))
}

pub(crate) async fn resume(
    gate: &Gate,
    request: Request<v1::ResumeAllLedgersRequest>,
) -> Result<Response<v1::ResumeAllLedgersResponse>, Status> {
    let caller = Caller::of(&request);
    let permit = gate.authorise(&caller, Action::HaltAllLedgers, Scope::Store)?;
    let person = permit.person();
    let act = permit.begin("ResumeAllLedgers", Vec::new()).await?;
    let gate = gate.clone();
    let answer = to_its_end(act, move |engine| async move {
        let _one_at_a_time = engine.changing_all_halt().await;
        let halt = match engine.all_halt() {
            AllHaltStanding::InForce(halt) => halt,
            AllHaltStanding::None => return Err(refused(HaltRefusal::NotHalted)),
            AllHaltStanding::Unread => return Err(stored::unread()),
        };
        if !person.is_person {
            return Err(refused(HaltRefusal::NotAPerson));
        }
        let is_first = |name: &String| halt.resumed_by.as_ref() == Some(name);
        if person.names.iter().any(is_first) {
            return Err(refused(HaltRefusal::SamePerson));
        }
        let resumed = halt.people < 2 || halt.resumed_by.is_some();
        let by = person.name().to_owned();
        let standing = match resumed {
            true => AllHaltStanding::None,
            false => AllHaltStanding::InForce(AllHalt {
                resumed_by: Some(by.clone()),
                ..halt.clone()
            }),
        };
        let recorded = gate.record(Change::to(&standing, by)).await?;
        engine.put_all_halt(standing);
        let each = move |ledger: Ledger| {
            let (halt, person) = (halt.clone(), person.clone());
            async move { ledger.resume_with_all(&halt, person).await }
        };
        let (done, failed) = in_each(&engine, each).await;
        let of_halt = done
            .into_iter()
            .filter_map(|(ledger, goes_on)| Some((ledger, goes_on?)));
        let ledgers = of_halt.map(|(ledger, resumed)| v1::ResumedLedger { ledger, resumed });
        let answer = v1::ResumeAllLedgersResponse {
            system_sequence: recorded.first,
            resumed,
            ledgers: ledgers.collect(),
            not_reached: failed,
        };
        let facts = counts(answer.ledgers.len(), answer.not_reached.len());
        Ok((answer, facts))
    });
    Ok(Response::new(answer.await?))
}

/// What is shown of the halt of all ledgers.
pub(crate) fn shown(engine: &Engine) -> Option<v1::AllHalt> {
    match engine.all_halt() {
        AllHaltStanding::InForce(halt) => Some(v1::AllHalt {
            by: halt.by,
            since: Some(timestamp(halt.since)),
            people: halt.people.into(),
            resumed_by: halt.resumed_by.unwrap_or_default(),
        }),
        AllHaltStanding::None | AllHaltStanding::Unread => None,
    }
}

/// The halt that is asked for. It goes on with one that is in force: the more people must resume it, and nobody has yet. One
/// that begins has no time before its record.
fn halt_before(engine: &Engine, by: &str, people: u8) -> AllHalt {
    let mut halt = match engine.all_halt() {
        AllHaltStanding::InForce(halt) => halt,
        AllHaltStanding::None | AllHaltStanding::Unread => AllHalt {
            by: Vec::new(),
            since: 0,
            people,
            resumed_by: None,
        },
    };
    halt.people = people.max(halt.people);
    halt.resumed_by = None;
    if !halt.by.iter().any(|one| one == by) {
        halt.by.push(by.to_owned());
    }
    halt
}

fn refused(refusal: HaltRefusal) -> Refusal {
    GovernError::from(refusal).into()
}

fn counts(reached: usize, not_reached: usize) -> Facts {
    vec![
        ("ledgers", SystemFact::Uint(reached as u64)),
        ("ledgers_not_reached", SystemFact::Uint(not_reached as u64)),
    ]
}

/// Does what is on record as begun to its end, whether the client waits for it or not.
async fn to_its_end<T, F>(
    act: Act,
    work: impl FnOnce(Engine) -> F + Send + 'static,
) -> Result<T, Status>
where
    T: Send + 'static,
    F: Future<Output = Result<(T, Facts), Refusal>> + Send + 'static,
{
    let doing = async move {
        match work(act.engine().clone()).await {
            Ok((done, facts)) => {
                act.done(facts);
                Ok(done)
            }
            Err(refusal) => {
                act.refused(&refusal);
                Err(refusal)
            }
        }
    };
    let done = tokio::spawn(doing).await;
    Ok(done.map_err(|panicked| Refusal::internal(&panicked))??)
}

/// Does something in every ledger in which anything can be decided, some at a time. What comes out is by the ledgers' origins;
/// a ledger that was not reached says why.
async fn in_each<T, F>(
    engine: &Engine,
    each: impl Fn(Ledger) -> F,
) -> (Vec<(String, T)>, Vec<v1::LedgerNotReached>)
where
    T: Send + 'static,
    F: Future<Output = Result<T, GovernError>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(LEDGERS_HALTED_AT_ONCE));
    let mut tasks = JoinSet::new();
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for summary in engine.deciding_ledgers() {
        let origin = summary.origin;
        let ledger = match engine.ledger(&origin) {
            Ok(ledger) => ledger,
            Err(error) => {
                failed.push(not_reached(origin, &error.into()));
                continue;
            }
        };
        let (work, room) = (each(ledger), Arc::clone(&room));
        tasks.spawn(async move {
            // It is never closed.
            let _place = room.acquire_owned().await;
            (origin, work.await)
        });
    }
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok((origin, Ok(what))) => done.push((origin, what)),
            Ok((origin, Err(error))) => failed.push(not_reached(origin, &error.into())),
            Err(panicked) => failed.push(not_reached(String::new(), &Refusal::internal(&panicked))),
        }
    }
    done.sort_by(|(one, _), (other, _)| one.cmp(other));
    failed.sort_by(|one, other| one.ledger.cmp(&other.ledger));
    (done, failed)
}

fn not_reached(ledger: String, refusal: &Refusal) -> v1::LedgerNotReached {
    v1::LedgerNotReached {
        ledger,
        reason: refusal.reason().name().to_owned(),
        message: refusal.message().to_owned(),
    }
}

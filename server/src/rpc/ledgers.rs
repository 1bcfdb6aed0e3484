//! CreateLedger, GetLedger, ListLedgers and CreateSuccessor.

use indelible_evidence::origin::LedgerName;
use indelible_ledger::{CreateLedger, LedgerError, LedgerSummary, SystemFact};
use indelible_proto::v1::{self, Encryption};
use tonic::{Request, Response, Status};

use super::{
    audit::act::Act,
    authorise::{Action, Caller, Gate, Scope, Wish},
    convert::ledger::wire,
    page::page_items,
    page_token::QueryHasher,
    refusal::Refusal,
    wanted,
};
use crate::limits::REQUEST_ID_BYTES_MAX;

pub(super) async fn create(
    gate: &Gate,
    request: Request<v1::CreateLedgerRequest>,
) -> Result<Response<v1::CreateLedgerResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let name = request.name.clone();
    let permit = gate.authorise(&caller, Action::CreateLedger, Scope::Ledger(&name))?;
    let wanted = create_ledger(request)?;
    let act = permit.begin("CreateLedger", Vec::new()).await?;
    let engine = act.engine().clone();
    let administers = permit.administers_the_store();
    let creation = async move { engine.create_ledger_for(wanted, administers).await };
    let summary = to_the_end(act, creation).await?;
    tracing::info!(origin = summary.origin, "created a ledger");
    Ok(Response::new(v1::CreateLedgerResponse {
        ledger: Some(wire(summary)),
    }))
}

fn create_ledger(request: v1::CreateLedgerRequest) -> Result<CreateLedger, Refusal> {
    let name = LedgerName::parse(&request.name)
        .map_err(|error| Refusal::field("name", error.to_string()))?;
    if request.request_id.len() > REQUEST_ID_BYTES_MAX {
        let problem = format!("has more than {REQUEST_ID_BYTES_MAX} bytes");
        return Err(Refusal::field("request_id", problem));
    }
    let recovery = match request.recovery_public_key.as_ref() {
        [] => None,
        bytes => Some(bytes.try_into().map_err(|_| {
            let problem = format!("has {} bytes; an Ed25519 public key has 32", bytes.len());
            Refusal::field("recovery_public_key", problem)
        })?),
    };
    Ok(CreateLedger {
        name,
        request_id: request.request_id,
        recovery,
        encrypts_all: encrypts_all(request.encryption)?,
        access_trail: request.access_trail,
        checks_events: request.checks_events,
    })
}

fn encrypts_all(encryption: i32) -> Result<bool, Refusal> {
    match Encryption::try_from(encryption) {
        Ok(Encryption::Unspecified | Encryption::DataSubjects) => Ok(false),
        Ok(Encryption::All) => Ok(true),
        Err(_) => Err(Refusal::field(
            "encryption",
            "is not a value that this daemon knows",
        )),
    }
}

pub(super) async fn describe(
    gate: &Gate,
    request: Request<v1::GetLedgerRequest>,
) -> Result<Response<v1::GetLedgerResponse>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let ledger = gate
        .authorise(&caller, Action::DescribeLedger, Scope::Ledger(&name))?
        .ledger()?;
    Ok(Response::new(v1::GetLedgerResponse {
        ledger: Some(wire(ledger.summary())),
    }))
}

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListLedgersRequest>,
) -> Result<Response<v1::ListLedgersResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ListLedgers, Scope::Store)?;
    let mut ledgers = permit.engine()?.ledgers();
    ledgers.retain(|ledger| permit.may(Action::DescribeLedger, &ledger.name));
    let answer = page(ledgers, &request.into_inner())?;
    let all_ledgers = permit.may_on_every_ledger(Action::DescribeLedger);
    Ok(Response::new(v1::ListLedgersResponse {
        all_ledgers,
        ..answer
    }))
}

/// One page of all ledgers. A place is the ledger's name and origin, so that ledgers which are created
/// between two pages neither hide nor repeat one.
fn page(
    all: Vec<LedgerSummary>,
    request: &v1::ListLedgersRequest,
) -> Result<v1::ListLedgersResponse, Refusal> {
    let query = QueryHasher::new("ledgers").finish();
    let items = page_items(request.page_size)?;
    let after = query.name(&request.page_token)?;
    let from = after.map_or(0, |last| {
        all.partition_point(|summary| place(summary) <= last)
    });
    let next = from + items;
    let next_page_token = match all.get(next - 1) {
        Some(last) if next < all.len() => query.token_after(&place(last)),
        _ => String::new(),
    };
    let page = all.into_iter().skip(from).take(items);
    let ledgers = page.map(|summary| {
        // Each may have more of them than a list has room for.
        let signed_sources = Vec::new();
        wire(LedgerSummary {
            signed_sources,
            ..summary
        })
    });
    let ledgers = ledgers.collect();
    Ok(v1::ListLedgersResponse {
        ledgers,
        next_page_token,
        // Whoever asked is not known here.
        all_ledgers: false,
    })
}

/// Sorts as name, then origin: no name holds the space, which comes before all that names hold.
fn place(summary: &LedgerSummary) -> String {
    format!("{} {}", summary.name, summary.origin)
}

pub(super) async fn create_successor(
    gate: &Gate,
    request: Request<v1::CreateSuccessorRequest>,
) -> Result<Response<v1::CreateSuccessorResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let name = request.ledger;
    let what = (Action::CreateSuccessor, Scope::Ledger(&name));
    let permit = gate.authorise_act(&caller, what, Wish::Act(&request.approval_id))?;
    let act = wanted::successor(&permit.target()?);
    let begun = permit.begin_wanted("CreateSuccessor", Vec::new(), &act);
    let act = begun.await?;
    let (engine, name) = (act.engine().clone(), name.clone());
    let creation = async move { engine.create_successor(&name).await };
    let summary = to_the_end(act, creation).await?;
    tracing::warn!(origin = summary.origin, "created a successor");
    Ok(Response::new(v1::CreateSuccessorResponse {
        ledger: Some(wire(summary)),
    }))
}

/// Runs a creation on a task of its own: a deadline that passes, or a client that goes, must not stop
/// it between its steps.
async fn to_the_end(
    act: Act,
    creation: impl Future<Output = Result<LedgerSummary, LedgerError>> + Send + 'static,
) -> Result<LedgerSummary, Status> {
    let creation = tokio::spawn(async move {
        match creation.await {
            Ok(created) => {
                act.done(vec![("created", SystemFact::Text(created.origin.clone()))]);
                Ok(created)
            }
            Err(error) => {
                let refusal = Refusal::from(error);
                act.refused(&refusal);
                Err(refusal)
            }
        }
    });
    match creation.await {
        Ok(created) => created.map_err(Status::from),
        Err(panicked) => Err(Refusal::internal(&panicked).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_t_be_a_ledger_is_refused_by_its_field() {
        let good = || v1::CreateLedgerRequest {
            name: "l".into(),
            ..Default::default()
        };
        assert!(create_ledger(good()).is_ok());
        let bad = [
            (
                "name",
                v1::CreateLedgerRequest {
                    name: String::new(),
                    ..good()
                },
            ),
            (
                "name",
                v1::CreateLedgerRequest {
                    name: "Größe".into(),
                    ..good()
                },
            ),
            (
                "request_id",
                v1::CreateLedgerRequest {
                    request_id: "r".repeat(65),
                    ..good()
                },
            ),
            (
                "recovery_public_key",
                v1::CreateLedgerRequest {
                    recovery_public_key: vec![1; 31].into(),
                    ..good()
                },
            ),
            (
                "encryption",
                v1::CreateLedgerRequest {
                    encryption: 3,
                    ..good()
                },
            ),
        ];
        for (field, request) in bad {
            let status = Status::from(create_ledger(request).err().unwrap());
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(status.message().starts_with(field), "{}", status.message());
        }
    }

    #[test]
    fn only_data_subjects_are_encrypted_unless_all_is_asked_for() {
        for (encryption, all) in [(0, false), (1, false), (2, true)] {
            assert_eq!(encrypts_all(encryption).unwrap(), all);
        }
    }
}

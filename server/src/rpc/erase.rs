//! EraseDataSubject: an erasure on a thread of its own, which continues to its end whether or not the client listens.

use bytes::Bytes;
use indelible_keystore::KekId;
use indelible_ledger::{Erased, Ledger, SystemFact};
use indelible_proto::{
    time::timestamp,
    v1::{self, ErasureStep},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::{Act, keys},
    authorise::{Action, Caller, Gate, Scope, Wish},
    backups::{of_erasure, of_erasure_elsewhere},
    refusal::Refusal,
    slots::Slots,
    teller::{MESSAGES_AHEAD_MAX, Progress, Teller, Tells},
    wanted,
};

type Message = Result<v1::EraseDataSubjectResponse, Status>;

pub(super) type Erasing = ReceiverStream<Message>;

pub(super) async fn erase_data_subject(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::EraseDataSubjectRequest>,
) -> Result<Response<Erasing>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let what = (Action::Erase, Scope::Ledger(&request.ledger));
    // Nobody can be erased so: it is how a dry run asks what stands against an erasure.
    let wish = match request.data_subject.is_empty() && request.approval_id.is_empty() {
        true => Wish::Look,
        false => Wish::Act(&request.approval_id),
    };
    let permit = gate.authorise_act(&caller, what, wish)?;
    let ledger = permit.target()?;
    // Whoever erases is told which backups hold the person still, so that must be known.
    gate.known_backups()?;
    let has_had_copies = ledger.has_had_copies().map_err(Refusal::from)?;
    let slot = slots.erasure()?;
    let (wanted, data_keys) = wanted::erasure(&permit, ledger, &request).await?;
    let begun = permit.begin_wanted("EraseDataSubject", keys(&data_keys), &wanted);
    let act = begun.await?;
    let ledger = act.ledger()?.clone();
    let request = request.clone();
    let gate = gate.clone();
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    tokio::task::spawn_blocking(move || {
        let backups = |erased: &Erased| {
            let elsewhere = erased.recorded_in.as_deref();
            let recorded_in = elsewhere.and_then(|origin| gate.recovered()?.ledger(origin).ok());
            match recorded_in {
                Some(system) => {
                    let done_to = ledger.summary().origin;
                    of_erasure_elsewhere(&gate, &done_to, &system, erased.sequence)
                }
                None => of_erasure(&gate, &ledger, erased.sequence),
            }
        };
        let copies = Copies {
            of_keys: has_had_copies,
            backups: gate.backups().are_any(),
        };
        erase(act, (&ledger, &request), (&backups, copies), sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

/// The backups that hold what was erased.
type BackupsOf<'a> = &'a dyn Fn(&Erased) -> Vec<v1::Backup>;

fn erase(
    act: Act,
    (ledger, request): (&Ledger, &v1::EraseDataSubjectRequest),
    (backups, copies): (BackupsOf<'_>, Copies),
    sender: mpsc::Sender<Message>,
) {
    let mut teller = Teller::new(sender);
    let outcome = ledger.erase(&request.data_subject, &request.basis, &mut |progress| {
        teller.tell(progress);
    });
    teller.end(match outcome {
        Ok(erased) => {
            let mut facts = keys(&erased.data_keys);
            // Of the ledger that it was done to; who looks for it there must find it.
            if erased.recorded_in.is_none() {
                facts.push(("sequence", SystemFact::Uint(erased.sequence)));
            }
            facts.push(("events", SystemFact::Uint(erased.events)));
            act.done(facts);
            let backups = backups(&erased);
            Ok(done(erased, backups, copies))
        }
        Err(error) => {
            let refusal = Refusal::from(error);
            act.refused(&refusal);
            Err(refusal)
        }
    });
}

impl Tells for v1::EraseDataSubjectResponse {
    fn of(progress: Progress) -> Self {
        Self {
            step: progress.step.into(),
            sequence: progress.recorded.unwrap_or_default(),
            done: progress.done,
            total: progress.total,
            result: None,
        }
    }

    fn recorded(sequence: u64) -> String {
        format!(
            "the erasure is recorded as {sequence}, and will be completed at the daemon's next start"
        )
    }
}

/// What there is or may be elsewhere of what an erasure destroys.
#[derive(Clone, Copy)]
pub(super) struct Copies {
    /// Whether copies of keys were ever made for recipients of `[rescue]`.
    pub(super) of_keys: bool,
    /// Whether the daemon makes backups, or has made some that are there.
    pub(super) backups: bool,
}

fn done(erased: Erased, backups: Vec<v1::Backup>, copies: Copies) -> v1::EraseDataSubjectResponse {
    let result = v1::ErasureResult {
        sequence: erased.sequence,
        recorded_time: Some(timestamp(erased.time)),
        data_key_ids: erased
            .data_keys
            .iter()
            .map(|id| Bytes::copy_from_slice(id.as_bytes()))
            .collect(),
        event_count: erased.events,
        complete: erased.evidence.is_empty(),
        older_copy_paths: erased
            .evidence
            .iter()
            .map(|directory| directory.display().to_string())
            .collect(),
        kek_id: Bytes::copy_from_slice(erased.kek.as_bytes()),
        backup_advice: backup_advice(&erased.kek, copies),
        answers_in_transit: erased.answers_in_transit,
        backups,
        recorded_in_origin: erased.recorded_in.unwrap_or_default(),
    };
    v1::EraseDataSubjectResponse {
        step: ErasureStep::Done.into(),
        sequence: result.sequence,
        done: result.event_count,
        total: result.event_count,
        result: Some(result),
    }
}

/// What the erasure can't reach. Every answer says it, so that nobody believes that backups are erased too.
pub(super) fn backup_advice(kek: &KekId, copies: Copies) -> String {
    let (held, they) = match copies.backups {
        true => ("backups made before this erasure still hold", "backups"),
        false => (
            "this daemon has no backups that it knows of; copies of the data directory that somebody else made before this \
             erasure, if there are any, still hold",
            "copies",
        ),
    };
    let held = format!(
        "{held} the destroyed keys, wrapped under KEK {kek}, or under an earlier KEK if they are older than a rotation of the \
         KEK. Whoever has such a {} and its KEK can read the data. ",
        match copies.backups {
            true => "backup",
            false => "copy",
        }
    );
    held + &match copies.of_keys {
        false => format!("Delete those {they}, or destroy that KEK once nothing needs it"),
        true => format!(
            "They may also hold copies of the keys, sealed to the recipients that [rescue] named: in the data directory the \
             copies are destroyed with the keys, and in those {they} whoever has such a recipient's identity can read the data \
             without the KEK. Delete those {they}: to destroy the KEK is not enough"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn older_copies_keep_an_erasure_from_being_complete() {
        let erased = |evidence| Erased {
            sequence: 7,
            time: 8,
            data_keys: vec![indelible_evidence::DataKeyId::from_bytes([9; 16])],
            events: 3,
            evidence,
            answers_in_transit: 2,
            kek: KekId::from_bytes([10; 16]),
            recorded_in: None,
        };
        let copies = |of_keys, backups| Copies { of_keys, backups };
        let with = |evidence, copies| {
            let answer = done(erased(evidence), Vec::new(), copies);
            answer.result.unwrap()
        };
        let result = |evidence| with(evidence, copies(false, true));
        assert!(result(Vec::new()).complete);
        let with_copy = result(vec![PathBuf::from("/data/store-0001")]);
        assert_eq!(
            (with_copy.complete, with_copy.older_copy_paths.as_slice()),
            (false, &["/data/store-0001".to_owned()][..])
        );
        assert_eq!(with_copy.kek_id.as_ref(), [10; 16]);
        assert_eq!(with_copy.answers_in_transit, 2);
        assert!(with_copy.backup_advice.contains(&"0a".repeat(16)));
        assert!(!with_copy.backup_advice.contains("[rescue]"));
        let copied = with(Vec::new(), copies(true, true));
        assert!(copied.backup_advice.contains("[rescue]"));
        assert!(!copied.backup_advice.contains("or destroy that KEK"));
        // Where none are made, nothing is said of backups that there are not.
        for of_keys in [false, true] {
            let advice = with(Vec::new(), copies(of_keys, false)).backup_advice;
            assert!(advice.starts_with("this daemon has no backups"), "{advice}");
            assert!(!advice.contains("those backups"), "{advice}");
        }
    }
}

//! Encrypted events, and calls on what opens them.

use indelible_proto::v1::{
    self, CreateLedgerRequest, Encryption, EraseDataSubjectRequest, ErasureResult, ErasureStep,
    GetRecordRequest, ListErasuresRequest, PlaceHoldRequest, get_record_request::Record,
};
use tonic::Status;

use super::{
    calls::event,
    daemon::{Client, Keys},
};

/// An event of a data subject.
pub(crate) fn event_of(subject: &str, id: &str) -> v1::Event {
    v1::Event {
        data_subject: subject.to_owned(),
        actor: format!("actor of {id}"),
        ..event(id)
    }
}

/// Creates a ledger that encrypts every event.
pub(crate) async fn create_encrypting_all(client: &mut Client, name: &str) -> v1::Ledger {
    let request = CreateLedgerRequest {
        name: name.to_owned(),
        encryption: Encryption::All.into(),
        ..Default::default()
    };
    let answer = client.create_ledger(request).await.unwrap().into_inner();
    answer.ledger.unwrap()
}

/// Reads one record, opened if that is asked for.
pub(crate) async fn get(
    client: &mut Client,
    ledger: &str,
    sequence: u64,
    decrypt: bool,
) -> v1::LedgerRecord {
    let request = GetRecordRequest {
        ledger: ledger.to_owned(),
        record: Some(Record::Sequence(sequence)),
        include_evidence: false,
        open_sealed: decrypt,
        ..Default::default()
    };
    let answer = client.get_record(request).await.unwrap().into_inner();
    answer.record.unwrap()
}

/// Erases a data subject, and checks that the steps are told in their order.
pub(crate) async fn erase(
    keys: &mut Keys,
    ledger: &str,
    subject: &str,
) -> Result<ErasureResult, Status> {
    let request = EraseDataSubjectRequest {
        ledger: ledger.to_owned(),
        data_subject: subject.to_owned(),
        basis: "GDPR Art. 17(1)(a)".to_owned(),
        ..Default::default()
    };
    let mut progress = keys.erase_data_subject(request).await?.into_inner();
    let mut last = ErasureStep::Unspecified;
    while let Some(message) = progress.message().await? {
        let step = message.step();
        // Reading old files to their end may go on while others are written anew.
        let in_order = step >= last || last == ErasureStep::Releasing;
        assert!(in_order, "{step:?} after {last:?}");
        if last == ErasureStep::Unspecified {
            assert_eq!(step, ErasureStep::Recorded);
        }
        last = step;
        if let Some(result) = message.result {
            assert_eq!(
                (step, message.sequence),
                (ErasureStep::Done, result.sequence)
            );
            assert_eq!(progress.message().await.unwrap(), None, "it was the last");
            return Ok(result);
        }
    }
    panic!("an erasure ended without a result")
}

/// The erasures on record.
pub(crate) async fn erasures(keys: &mut Keys, ledger: &str) -> Vec<v1::Erasure> {
    let request = ListErasuresRequest {
        ledger: ledger.to_owned(),
        ..Default::default()
    };
    let answer = keys.list_erasures(request).await.unwrap().into_inner();
    assert_eq!(answer.next_page_token, "");
    answer.erasures
}

/// Places a hold; returns its id.
pub(crate) async fn hold(keys: &mut Keys, ledger: &str, subject: Option<&str>) -> Vec<u8> {
    let request = PlaceHoldRequest {
        ledger: ledger.to_owned(),
        data_subject: subject.map(str::to_owned),
        reason: "claim 2026/118".to_owned(),
    };
    let answer = keys.place_hold(request).await.unwrap().into_inner();
    assert!(answer.sequence > 0);
    answer.hold_id.to_vec()
}

//! Events and calls, as most tests make them.

use std::collections::HashMap;

use indelible_proto::v1::{
    self, AppendBatchRequest, AppendRequest, CreateLedgerRequest, ErrorReason,
    FollowRecordsRequest, GetLedgerRequest, event::Payload,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::daemon::Client;

/// The source of [`event`].
pub(crate) const SOURCE: &str = "urn:test";

/// An event whose content follows from its id.
pub(crate) fn event(id: &str) -> v1::Event {
    v1::Event {
        id: id.to_owned(),
        source: SOURCE.to_owned(),
        r#type: "com.example.decision.v1".to_owned(),
        subject: format!("case/{}", id.len()),
        payload: Some(Payload::Plaintext(
            format!("payload of {id}").into_bytes().into(),
        )),
        ..v1::Event::default()
    }
}

/// An event with a payload of that size.
pub(crate) fn large(id: &str, bytes: usize) -> v1::Event {
    v1::Event {
        payload: Some(Payload::Plaintext(vec![7; bytes].into())),
        ..event(id)
    }
}

/// Events of numbered ids.
pub(crate) fn events(prefix: &str, numbers: std::ops::Range<u64>) -> Vec<v1::Event> {
    numbers
        .map(|number| event(&format!("{prefix}{number}")))
        .collect()
}

/// Creates a ledger.
pub(crate) async fn create(client: &mut Client, name: &str) -> v1::Ledger {
    let request = CreateLedgerRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    client
        .create_ledger(request)
        .await
        .unwrap()
        .into_inner()
        .ledger
        .unwrap()
}

/// Describes a ledger.
pub(crate) async fn ledger(client: &mut Client, name: &str) -> v1::Ledger {
    let request = GetLedgerRequest {
        ledger: name.to_owned(),
    };
    client
        .get_ledger(request)
        .await
        .unwrap()
        .into_inner()
        .ledger
        .unwrap()
}

/// A request for the successor of a ledger.
pub(crate) fn successor_of(ledger: &str) -> v1::CreateSuccessorRequest {
    v1::CreateSuccessorRequest {
        ledger: ledger.to_owned(),
        ..Default::default()
    }
}

/// Appends one event.
pub(crate) async fn append(
    client: &mut Client,
    ledger: &str,
    event: v1::Event,
) -> Result<v1::Acknowledgement, Status> {
    let request = AppendRequest {
        ledger: ledger.to_owned(),
        event: Some(event),
        expected_sequence: None,
    };
    Ok(client
        .append(request)
        .await?
        .into_inner()
        .acknowledgement
        .unwrap())
}

/// Appends a batch.
pub(crate) async fn batch(
    client: &mut Client,
    ledger: &str,
    events: Vec<v1::Event>,
) -> Result<v1::AppendBatchResponse, Status> {
    let request = AppendBatchRequest {
        ledger: ledger.to_owned(),
        events,
        expected_sequence: None,
    };
    Ok(client.append_batch(request).await?.into_inner())
}

/// The sequence number of each event of a batch.
pub(crate) fn sequences(
    count: usize,
    range: Option<&v1::AcknowledgedRange>,
    repeats: &[v1::AcknowledgedRepeat],
) -> Vec<u64> {
    let repeated: HashMap<usize, u64> = repeats
        .iter()
        .map(|repeat| {
            (
                repeat.index as usize,
                repeat.acknowledgement.as_ref().unwrap().sequence,
            )
        })
        .collect();
    let mut new = range.map_or(0..0, |range| {
        range.first_sequence..range.first_sequence + u64::from(range.count)
    });
    let sequences = (0..count)
        .map(|index| {
            repeated
                .get(&index)
                .copied()
                .unwrap_or_else(|| new.next().unwrap())
        })
        .collect();
    assert_eq!(new.next(), None, "more was acknowledged than was sent");
    sequences
}

/// Reads all records from one on, up to a size, by following.
pub(crate) async fn records(
    client: &mut Client,
    ledger: &str,
    from: u64,
    size: u64,
) -> Vec<v1::LedgerRecord> {
    let mut records: Vec<v1::LedgerRecord> = Vec::new();
    if from >= size {
        return records;
    }
    let request = FollowRecordsRequest {
        ledger: ledger.to_owned(),
        start_sequence: from,
        include_evidence: false,
        open_sealed: false,
        ..Default::default()
    };
    let mut following = client.follow_records(request).await.unwrap().into_inner();
    while from + (records.len() as u64) < size {
        records.extend(following.message().await.unwrap().unwrap().records);
    }
    for (record, wanted) in records.iter().zip(from..) {
        assert_eq!(
            record.sequence, wanted,
            "a follower got another record than the next"
        );
    }
    records
}

/// What an error says: its code, its reason and the first field that it names.
pub(crate) fn refusal(status: &Status) -> (Code, Option<ErrorReason>, String) {
    let reason = status.get_details_error_info().map(|info| {
        assert_eq!(info.domain, "indelible");
        ErrorReason::from_name(&info.reason).expect("a reason of the list")
    });
    let field = status
        .get_details_bad_request()
        .and_then(|bad| Some(bad.field_violations.first()?.field.clone()));
    (status.code(), reason, field.unwrap_or_default())
}

/// Checks an error: code, reason and field, which is empty where none is to be named.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(
    outcome: Result<T, Status>,
    code: Code,
    reason: ErrorReason,
    field: &str,
) {
    let status = outcome.unwrap_err();
    let found = refusal(&status);
    assert_eq!(found, (code, Some(reason), field.to_owned()), "{status:?}");
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

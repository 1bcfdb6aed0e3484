//! What callers see of each error.

use indelible_evidence::{
    DataKeyId, HoldId, commitment::PartKind, origin::LedgerName, sealed::PartTooLong,
};
use indelible_keystore::KeyError;
use indelible_ledger::{
    AppendError, Availability, ClockUnconfirmed, KeyEventError, KeyStateError, KeyringError,
    LedgerError, PrepareError, ReadError,
};
use indelible_store::{Cause, StoreError};
use tonic_types::ErrorDetails;

use super::*;

fn details(refusal: Refusal) -> (Code, ErrorReason, ErrorDetails) {
    let status = Status::from(refusal);
    let details = status.get_error_details();
    let info = details
        .error_info()
        .expect("every error carries an ErrorInfo")
        .clone();
    assert_eq!(info.domain, "indelible");
    let reason = ErrorReason::from_name(&info.reason).expect("a reason of the list");
    (status.code(), reason, details)
}

fn metadata(details: &ErrorDetails, key: &str) -> String {
    details.error_info().unwrap().metadata[key].clone()
}

#[test]
fn what_may_be_tried_again_says_when() {
    for reason in ErrorReason::all() {
        let (code, found, details) = details(Refusal::new(reason, "why"));
        assert_eq!((code, found), (reason.code(), reason));
        let passes = matches!(code, Code::ResourceExhausted | Code::Unavailable)
            || reason == ErrorReason::DataKeyErased;
        let delay = details.retry_info().and_then(|info| info.retry_delay);
        assert_eq!(delay.is_some(), passes, "{reason:?}");
        assert!(delay.is_none_or(|delay| !delay.is_zero()), "{reason:?}");
    }
}

#[test]
fn a_full_queue_says_what_the_ledger_says() {
    let retry_after = Duration::from_millis(37);
    let (code, reason, details) = details(AppendError::QueueFull { retry_after }.into());
    assert_eq!(
        (code, reason),
        (Code::ResourceExhausted, ErrorReason::QueueFull)
    );
    assert_eq!(details.retry_info().unwrap().retry_delay, Some(retry_after));
}

#[test]
fn a_conflict_names_the_record_and_what_differs() {
    let error = AppendError::Conflict {
        index: 3,
        sequence: Some(17),
        differs: vec!["type", "payload"],
    };
    let (code, reason, details) = details(error.into());
    assert_eq!(
        (code, reason),
        (Code::AlreadyExists, ErrorReason::EventConflict)
    );
    assert_eq!(metadata(&details, "index"), "3");
    assert_eq!(metadata(&details, "sequence"), "17");
    assert_eq!(metadata(&details, "differs"), "type,payload");
}

#[test]
fn a_wrong_expectation_names_the_actual_sequence() {
    let error = AppendError::SequenceMismatch {
        expected: 4,
        actual: 9,
    };
    let (code, reason, details) = details(error.into());
    assert_eq!(
        (code, reason),
        (Code::Aborted, ErrorReason::SequenceMismatch)
    );
    assert_eq!(metadata(&details, "actual_sequence"), "9");
}

#[test]
fn a_ledger_that_takes_no_appends_says_which_state_it_is_in() {
    for (state, code, reason) in [
        (
            Availability::Quarantined,
            Code::FailedPrecondition,
            ErrorReason::LedgerQuarantined,
        ),
        (
            Availability::Closed,
            Code::FailedPrecondition,
            ErrorReason::LedgerClosed,
        ),
        (
            Availability::Stopped,
            Code::Unavailable,
            ErrorReason::LedgerStopped,
        ),
        (
            Availability::ReadOnly,
            Code::ResourceExhausted,
            ErrorReason::LedgerReadOnly,
        ),
    ] {
        let error = AppendError::Refused {
            state,
            reason: "for a reason".into(),
        };
        let (found_code, found_reason, _) = details(error.into());
        assert_eq!((found_code, found_reason), (code, reason));
    }
}

#[test]
fn an_unknown_outcome_is_unavailable() {
    let (code, reason, _) = details(
        AppendError::Unknown {
            reason: "EIO".into(),
        }
        .into(),
    );
    assert_eq!(
        (code, reason),
        (Code::Unavailable, ErrorReason::OutcomeUnknown)
    );
    let (code, reason, _) = details(AppendError::Draining.into());
    assert_eq!((code, reason), (Code::Unavailable, ErrorReason::Draining));
}

#[test]
fn violations_carry_their_path_in_the_request() {
    let violation = || FieldViolation {
        field: "facts[amount].value".into(),
        problem: "is too long".into(),
    };
    let path = |refusal: Refusal| {
        let (code, reason, details) = details(refusal);
        assert_eq!(
            (code, reason),
            (Code::InvalidArgument, ErrorReason::FieldInvalid)
        );
        details.bad_request().unwrap().field_violations[0]
            .field
            .clone()
    };
    assert_eq!(
        path(Refusal::unprepared(
            PrepareError::Field(violation()),
            "events[3]"
        )),
        "events[3].facts[amount].value"
    );
    let whole = FieldViolation {
        field: "event".into(),
        problem: "is too large".into(),
    };
    assert_eq!(
        path(Refusal::unprepared(PrepareError::Field(whole), "event")),
        "event"
    );
    let name = LedgerName::parse("No!").unwrap_err();
    assert_eq!(path(LedgerError::from(name).into()), "name");
    assert_eq!(path(LedgerError::RecoveryKey.into()), "recovery_public_key");
}

#[test]
fn a_data_key_that_can_t_be_had_now_may_be_had_later() {
    let provider = || KeyError::NoEntropy {
        source: getrandom::Error::UNSUPPORTED,
    };
    let prepare = PrepareError::DataKey {
        reason: provider().to_string(),
        cause: None,
    };
    for refusal in [
        Refusal::unprepared(prepare, "event"),
        ReadError::DataKey(KeyringError::Key(provider())).into(),
        KeyEventError::DataKey(KeyringError::Full).into(),
    ] {
        let (code, reason, found) = details(refusal);
        assert_eq!(
            (code, reason),
            (Code::Unavailable, ErrorReason::KeysUnavailable)
        );
        assert_eq!(metadata(&found, "key"), "data");
    }
    // What is not what was written is no matter of waiting.
    for error in [
        KeyringError::Key(KeyError::WrappedDamaged),
        KeyringError::Key(KeyError::OtherContext),
        KeyringError::Missing(DataKeyId::from_bytes([7; 16])),
        KeyringError::Misplaced(DataKeyId::from_bytes([7; 16])),
        KeyringError::NotSealed,
    ] {
        let (code, reason, _) = details(ReadError::DataKey(error).into());
        assert_eq!((code, reason), (Code::DataLoss, ErrorReason::Damaged));
    }
    let prepare = PrepareError::KeyDamaged {
        reason: "it is another's".into(),
    };
    let (code, reason, _) = details(Refusal::unprepared(prepare, "event"));
    assert_eq!((code, reason), (Code::DataLoss, ErrorReason::Damaged));
}

#[test]
fn key_events_that_can_t_follow_say_what_stands_against_them() {
    let refused = |error: KeyStateError| details(AppendError::KeyState(error).into());
    let (code, reason, found) = refused(KeyStateError::Held {
        hold: HoldId::from_bytes([0xab; 16]),
    });
    assert_eq!(
        (code, reason),
        (Code::FailedPrecondition, ErrorReason::ErasureHeld)
    );
    assert_eq!(metadata(&found, "hold"), "ab".repeat(16));
    let (code, reason, found) = refused(KeyStateError::Erased { sequence: 9 });
    assert_eq!(
        (code, reason),
        (Code::FailedPrecondition, ErrorReason::AlreadyErased)
    );
    assert_eq!(metadata(&found, "sequence"), "9");
    let (code, reason, _) = refused(KeyStateError::NoHold {
        hold: HoldId::from_bytes([1; 16]),
    });
    assert_eq!((code, reason), (Code::NotFound, ErrorReason::HoldUnknown));
    for (error, code, name) in [
        (
            KeyEventError::SubjectUnknown,
            Code::NotFound,
            ErrorReason::DataSubjectUnknown,
        ),
        (
            KeyEventError::NoLedgerKey,
            Code::FailedPrecondition,
            ErrorReason::NoLedgerKey,
        ),
        (
            KeyEventError::TooManyKeys(65),
            Code::FailedPrecondition,
            ErrorReason::TooManyDataKeys,
        ),
    ] {
        let (found_code, found, _) = details(error.into());
        assert_eq!((found_code, found), (code, name));
    }
}

#[test]
fn a_part_that_is_too_long_is_named_in_its_request() {
    let part = PartTooLong {
        part: PartKind::Payload,
        found: 9,
        limit: 8,
    };
    let refusal = Refusal::unprepared(PrepareError::TooLong(part), "events[2]");
    let (code, _, details) = details(refusal);
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "events[2].payload"
    );
}

#[test]
fn batches_are_refused_by_their_field() {
    let too_large = AppendError::BatchTooLarge {
        events: 2_000,
        bytes: 9,
        events_max: 1_024,
        bytes_max: 4,
    };
    for (error, wanted) in [
        (AppendError::BatchEmpty, ErrorReason::BatchEmpty),
        (too_large, ErrorReason::BatchTooLarge),
    ] {
        let (code, reason, details) = details(error.into());
        assert_eq!((code, reason), (Code::InvalidArgument, wanted));
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            "events"
        );
    }
}

#[test]
fn reads_say_what_there_is() {
    let (code, reason, found) = details(
        ReadError::NoRecord {
            sequence: 9,
            size: 4,
        }
        .into(),
    );
    assert_eq!((code, reason), (Code::NotFound, ErrorReason::RecordUnknown));
    assert_eq!(metadata(&found, "size"), "4");
    let (code, reason, found) = details(
        ReadError::Damaged {
            sequence: 5,
            what: "its commitment".into(),
        }
        .into(),
    );
    assert_eq!((code, reason), (Code::DataLoss, ErrorReason::Damaged));
    assert_eq!(metadata(&found, "sequence"), "5");
    let (code, ..) = details(
        ReadError::NoProof {
            from: 3,
            to: 9,
            size: 4,
        }
        .into(),
    );
    assert_eq!(code, Code::OutOfRange);
}

#[test]
fn causes_of_the_daemons_own_faults_stay_in_its_log() {
    let error = ReadError::Output(std::io::Error::other("/secret/path"));
    let status = Status::from(Refusal::from(error));
    assert_eq!(status.code(), Code::Internal);
    assert!(!status.message().contains("secret"), "{}", status.message());
}

#[test]
fn what_the_system_refuses_has_its_reason_and_its_cause() {
    let engine = |cause| StoreError::Engine {
        action: "read",
        detail: "in words".into(),
        cause,
    };
    for cause in Cause::ALL {
        let reason = match cause {
            Cause::ReadOnly | Cause::Device | Cause::Gone | Cause::Forbidden => {
                ErrorReason::StorageFailed
            }
            _ => ErrorReason::ResourcesExhausted,
        };
        let append: AppendError = engine(Some(cause)).into();
        for refusal in [
            Refusal::from(append),
            ReadError::Store(engine(Some(cause))).into(),
            ReadError::DataKey(KeyringError::Store(engine(Some(cause)))).into(),
            KeyEventError::Store(engine(Some(cause))).into(),
            LedgerError::Store(engine(Some(cause))).into(),
        ] {
            let (code, found_reason, found) = details(refusal);
            assert_eq!((code, found_reason), (reason.code(), reason));
            assert_eq!(metadata(&found, "cause"), cause.name());
            assert!(found.retry_info().is_some(), "{cause:?}");
        }
    }
    let (_, reason, _) = details(ReadError::Store(engine(None)).into());
    assert_eq!(reason, ErrorReason::Internal);
}

#[test]
fn a_clock_that_is_not_believed_is_told_with_both_times() {
    let clock = ClockUnconfirmed {
        now: 2_000_000_000,
        newest: 1_000_000_000,
    };
    for refusal in [
        Refusal::from(AppendError::from(clock)),
        LedgerError::from(clock).into(),
    ] {
        let (code, reason, found) = details(refusal);
        assert_eq!(
            (code, reason),
            (Code::FailedPrecondition, ErrorReason::ClockUnconfirmed)
        );
        assert_eq!(metadata(&found, "now"), "1970-01-01T00:00:02Z");
        assert_eq!(metadata(&found, "newest"), "1970-01-01T00:00:01Z");
        assert!(found.retry_info().is_none());
    }
}

//! What each error of the engine becomes.

use std::fmt::Display;

use indelible_evidence::{body::FieldViolation, bundle::WriteError, hash::Hex};
use indelible_ledger::{
    AccessError, AppendError, ClockUnconfirmed, ExportError, IdentityError, KeyEventError,
    KeyStateError, KeyringError, LedgerError, NoRecords, PrepareError, ProducerRefusal, ReadError,
    ReportError,
};
use indelible_proto::{time::timestamp, v1::ErrorReason};

use super::Refusal;

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        let refused = |field: &str| Self::field(field, error.to_string());
        match &error {
            LedgerError::Name(_) => refused("name"),
            LedgerError::RecoveryKey => refused("recovery_public_key"),
            LedgerError::RequestId => refused("request_id"),
            LedgerError::KeysAway(away) => Self::from(IdentityError::from(away.clone())),
            LedgerError::Shut(error) => error.clone().into(),
            LedgerError::Clock(clock) => Self::of(&error).with_clock(*clock),
            LedgerError::TooMany { ledgers } | LedgerError::Reserved { ledgers, .. } => {
                Self::of(&error).with("ledgers", ledgers)
            }
            // A restart alone does not bring the anchor back, so no client should wait for one.
            LedgerError::Anchor(_) => Self {
                retry_after: None,
                ..Self::of(&error)
            },
            _ => Self::of(&error),
        }
    }
}

impl Refusal {
    /// Both times of a clock that is not believed.
    fn with_clock(self, clock: ClockUnconfirmed) -> Self {
        let refusal = self.with("now", timestamp(clock.now));
        match clock.newest {
            0 => refusal,
            newest => refusal.with("newest", timestamp(newest)),
        }
    }
}

impl Refusal {
    /// What was selected, and what there is instead.
    fn with_selection(self, none: &NoRecords) -> Self {
        match none {
            NoRecords::InRange { from, to, size } => {
                self.with("start", from).with("end", to).with("size", size)
            }
            NoRecords::InPeriod { size, recorded, .. } => {
                let refusal = self.with("size", size);
                match recorded {
                    Some([first, last]) => refusal
                        .with("first_recorded", timestamp(*first))
                        .with("last_recorded", timestamp(*last)),
                    None => refusal,
                }
            }
        }
    }
}

/// Says which provider refuses, with what, since when, and the remedy: `wait`, `replace` or `fix`.
impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        let mut refusal = Self::of(&error);
        let Some(outage) = error.outage() else {
            return refusal;
        };
        for (key, value) in [("provider", outage.provider), ("fault", outage.fault)] {
            if let Some(value) = value {
                refusal = refusal.with(key, value);
            }
        }
        refusal
            .with("since", timestamp(outage.since))
            .with("remedy", outage.remedy.name())
    }
}

impl Refusal {
    /// `path` is that of the event in its request, for example `events[3]`.
    pub(crate) fn unprepared(error: PrepareError, path: impl Display) -> Self {
        match error {
            PrepareError::Field(FieldViolation { field, problem }) if field == "event" => {
                Self::field(path.to_string(), problem)
            }
            PrepareError::Field(FieldViolation { field, problem }) => {
                Self::field(format!("{path}.{field}"), problem)
            }
            PrepareError::TooLong(part) => Self::field(
                format!("{path}.{}", part.part.name()),
                format!("has {} bytes, more than {}", part.found, part.limit),
            ),
            PrepareError::DataKey { .. } | PrepareError::KeyDamaged { .. } => {
                Self::of(&error).with("field", path)
            }
            PrepareError::Refused { .. } => Self::of(&error),
            PrepareError::Producer(ref refusal) => Self {
                message: format!("{path}: {refusal}"),
                ..Self::of(&error).with_producer(refusal)
            },
            PrepareError::KeysAway(away) => Self::from(IdentityError::from(away)),
            PrepareError::Shut(error) => error.into(),
        }
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        let refusal = Self::of(&error);
        match error {
            AppendError::Shut(error) => error.into(),
            AppendError::QueueFull { retry_after } => Self {
                retry_after: Some(retry_after),
                ..refusal
            },
            AppendError::Conflict {
                index,
                sequence,
                differs,
            } => {
                let refusal = refusal
                    .with("index", index)
                    .with("differs", differs.join(","));
                match sequence {
                    Some(sequence) => refusal.with("sequence", sequence),
                    None => refusal,
                }
            }
            AppendError::SequenceMismatch { expected, actual } => refusal
                .with("expected_sequence", expected)
                .with("actual_sequence", actual),
            AppendError::BatchEmpty => Self {
                violation: Some(FieldViolation {
                    field: "events".into(),
                    problem: "must hold at least one event".into(),
                }),
                ..refusal
            },
            AppendError::BatchTooLarge {
                events_max,
                bytes_max,
                ..
            } => {
                let problem = refusal.message.clone();
                let violation = Some(FieldViolation {
                    field: "events".into(),
                    problem,
                });
                let refusal = refusal
                    .with("events_max", events_max)
                    .with("bytes_max", bytes_max);
                Self {
                    violation,
                    ..refusal
                }
            }
            AppendError::Refused { .. }
            | AppendError::GateNotReady
            | AppendError::Gate { .. }
            | AppendError::Unknown { .. }
            | AppendError::Unreadable { .. }
            | AppendError::Draining
            | AppendError::Rotating
            | AppendError::IdentityUnavailable { .. } => refusal,
            AppendError::Clock(clock) => refusal.with_clock(clock),
            AppendError::KeyState(error) => refusal.with_state(&error),
            AppendError::KeyErased { index } => refusal.with("index", index),
            AppendError::Producer { index, refusal: of } => {
                refusal.with("index", index).with_producer(&of)
            }
            AppendError::Incomparable { index, sequence } => {
                refusal.with("index", index).with("sequence", sequence)
            }
        }
    }
}

impl Refusal {
    /// What the state of the ledger's keys says against a key event.
    fn with_state(self, error: &KeyStateError) -> Self {
        match error {
            KeyStateError::Held { hold }
            | KeyStateError::NoHold { hold }
            | KeyStateError::DisposalHeld { hold } => self.with("hold", hold),
            KeyStateError::Grown { size, bundle } => {
                self.with("size", size).with("bundle_size", bundle)
            }
            KeyStateError::RuleChanged { rule } => self.with("rule", rule),
            KeyStateError::Erased { sequence } | KeyStateError::Ended { sequence } => {
                self.with("sequence", sequence)
            }
            KeyStateError::Revoked { sequence, size } => {
                self.with("sequence", sequence).with("size", size)
            }
            KeyStateError::PublishedVoid { size, last } => {
                self.with("trusted_size", size).with("signed_size", last)
            }
            KeyStateError::ProducerThere { sequence }
            | KeyStateError::ProducerRevoked { sequence } => self.with("sequence", sequence),
            KeyStateError::NoProducer { public } => self.with("key", Hex(public)),
            KeyStateError::KeyTaken => Self::field("public_key", error.to_string()),
            KeyStateError::NoSigningKey { .. }
            | KeyStateError::IdentityInForce
            | KeyStateError::SettingsThere => self,
        }
    }
}

impl Refusal {
    /// What the ledger says of an event's producer.
    fn with_producer(self, refused: &ProducerRefusal) -> Self {
        match refused {
            ProducerRefusal::Unknown { key } | ProducerRefusal::BadSignature { key } => {
                self.with("key", Hex(key))
            }
            ProducerRefusal::Revoked { key, sequence } => {
                self.with("key", Hex(key)).with("sequence", sequence)
            }
            ProducerRefusal::OtherSource {
                key,
                sequence,
                source_of_event,
            } => self
                .with("key", Hex(key))
                .with("sequence", sequence)
                .with("source", source_of_event),
            ProducerRefusal::Unsigned { source_of_event } => self.with("source", source_of_event),
        }
    }
}

impl From<KeyEventError> for Refusal {
    fn from(error: KeyEventError) -> Self {
        match error {
            KeyEventError::Append(error) => error.into(),
            KeyEventError::KeysAway(away) | KeyEventError::DataKey(KeyringError::Away(away)) => {
                Self::from(IdentityError::from(away))
            }
            KeyEventError::Shut(error) => error.into(),
            KeyEventError::Read(error) => error.into(),
            KeyEventError::Field(violation) => Self::violation(violation),
            KeyEventError::SizePastHead { size, .. } => Self::of(&error).with("size", size),
            error => Self::of(&error),
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        let refusal = Self::of(&error);
        match error {
            ReadError::NoRecord { sequence, size } => {
                refusal.with("sequence", sequence).with("size", size)
            }
            ReadError::NoProof { size, .. } => refusal.with("size", size),
            ReadError::Damaged { sequence, .. } | ReadError::Misindexed { sequence, .. } => {
                refusal.with("sequence", sequence)
            }
            ReadError::ArchiveAway(away) => refusal.with("sequence", away.sequence),
            ReadError::EmptySelection(none) => refusal.with_selection(&none),
            ReadError::KeysAway(away) | ReadError::DataKey(KeyringError::Away(away)) => {
                Self::from(IdentityError::from(away))
            }
            ReadError::Shut(error) => error.into(),
            ReadError::NotSigned { covered, error } => Self {
                message: refusal.message,
                ..Self::from(error).with("covered", covered)
            },
            ReadError::NoTimeSigned { covered, error } => {
                refusal.with_clock(error).with("covered", covered)
            }
            ReadError::NotPublished
            | ReadError::HoldsUnknown(_)
            | ReadError::KeyEventsUnread(_)
            | ReadError::RecordsLacking(_)
            | ReadError::SubjectUnknown
            | ReadError::Draining
            | ReadError::Identity(_)
            | ReadError::DataKey(_)
            | ReadError::Store(_)
            | ReadError::Output(_) => refusal,
        }
    }
}

impl From<AccessError> for Refusal {
    /// Of an access that can't be recorded the reason is why not, so that clients try again where that passes.
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        match error {
            AccessError::Read(error) => error.into(),
            AccessError::Doubtful(_) => Self::new(ErrorReason::LedgerQuarantined, message),
            AccessError::NotInSystem(error) => Self {
                message,
                ..Self::from(error).with("unrecorded", "_system")
            },
            AccessError::Unrecorded(error) => Self {
                message,
                ..Self::from(error).with("unrecorded", "access")
            },
        }
    }
}

impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Read(error) | ExportError::Write(WriteError::Source(error)) => {
                error.into()
            }
            ExportError::Access(error) => error.into(),
            ExportError::Write(error) => Self::of(&error),
        }
    }
}

impl From<ReportError> for Refusal {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Read(error) => error.into(),
            ReportError::Export(error) => error.into(),
            ReportError::Unrecorded(error) => Self::from(error)
                .but("the report is withheld, since it can't be recorded")
                .with("unrecorded", "report"),
            ReportError::NotYet { asked, size } => {
                Self::because(ErrorReason::SizeOutOfRange, &error)
                    .with("asked", asked)
                    .with("size", size)
            }
            ReportError::NotThen { from, to, size } => {
                Self::because(ErrorReason::SelectionEmpty, &error)
                    .with("start", from)
                    .with("end", to)
                    .with("size", size)
            }
            ReportError::Survey(_) | ReportError::Head(_) => {
                Self::because(ErrorReason::Damaged, &error)
            }
            ReportError::Pipe(_) | ReportError::Canonical(_) => Self::internal(&error),
        }
    }
}

//! Reasons by their names in `google.rpc.ErrorInfo`, and the code that belongs to each.

use tonic::Code;

use crate::v1::ErrorReason;

/// The prefix of the enum's values, which an `ErrorInfo` leaves out.
const PREFIX: &str = "ERROR_REASON_";

/// Where [`ErrorReason::all`] stops looking. The numbers have gaps.
const NUMBER_MAX: i32 = 255;

impl ErrorReason {
    /// Every reason that the daemon gives, in the order of the proto.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=NUMBER_MAX).filter_map(|number| Self::try_from(number).ok())
    }

    /// The name in `ErrorInfo`: without the enum's prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        let name = self.as_str_name();
        name.strip_prefix(PREFIX).unwrap_or(name)
    }

    /// The reason of that name, if this release knows it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|reason| reason.name() == name)
    }

    /// The status code of every error for this reason.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "it is one table")]
    pub fn code(self) -> Code {
        match self {
            Self::Unspecified => Code::Unknown,
            Self::FieldInvalid
            | Self::PageTokenInvalid
            | Self::MappingInvalid
            | Self::BatchEmpty
            | Self::BatchTooLarge
            | Self::MessageMalformed
            | Self::RecoverySignatureWrong
            | Self::ProducerSignatureWrong
            | Self::ProducerProofWrong
            | Self::PolicyInvalid => Code::InvalidArgument,
            Self::MessageTooLarge | Self::SelectionEmpty | Self::SizeOutOfRange => Code::OutOfRange,
            Self::MethodUnknown => Code::Unimplemented,
            Self::CallerUnknown | Self::TokenNotAccepted => Code::Unauthenticated,
            Self::AccessDenied => Code::PermissionDenied,
            Self::LedgerUnknown
            | Self::RecordUnknown
            | Self::DataSubjectUnknown
            | Self::HoldUnknown
            | Self::SigningKeyUnknown
            | Self::ProducerUnknown
            | Self::TokenUnknown
            | Self::ApprovalUnknown
            | Self::ServiceUnknown
            | Self::PolicyUnknown
            | Self::BackupUnknown
            | Self::BackupBucketUnknown => Code::NotFound,
            Self::LedgerExists
            | Self::EventConflict
            | Self::ProducerRegistered
            | Self::DecisionConflict => Code::AlreadyExists,
            Self::LedgerNotQuarantined
            | Self::LedgerQuarantined
            | Self::LedgerClosed
            | Self::SettingsRecorded
            | Self::AlreadyErased
            | Self::ErasureHeld
            | Self::TooManyDataKeys
            | Self::NoLedgerKey
            | Self::IdentityInForce
            | Self::SigningKeyRevoked
            | Self::PublishedWouldBeVoid
            | Self::ProducerRevoked
            | Self::ProducerSourceMismatch
            | Self::ProducerSignatureMissing
            | Self::ApprovalRequired
            | Self::ApprovalNotUsable
            | Self::ClockUnconfirmed
            | Self::DisposalHeld
            | Self::BundleDiffers
            | Self::BackupNotConfigured
            | Self::BackupTargetUnusable
            | Self::BackupNotRunning
            | Self::BackupStillThere
            | Self::BackupNotOwn
            | Self::ArchiveNotConfigured
            | Self::ArchiveUnusable
            | Self::GovernanceRefused
            | Self::GovernanceUnusable
            | Self::BackupBucketDenied
            | Self::RegisterDiffers => Code::FailedPrecondition,
            Self::LedgerStopped
            | Self::StorageFailed
            | Self::RepeatPending
            | Self::NotPublished
            | Self::KeysUnavailable
            | Self::ArchiveUnavailable
            | Self::RegisterUnavailable
            | Self::OutcomeUnknown
            | Self::Recovering
            | Self::GovernanceLoading
            | Self::ApprovalAwaited
            | Self::BackupBucketUnavailable
            | Self::BackupPlaceAway
            | Self::Draining => Code::Unavailable,
            Self::LedgerReadOnly
            | Self::QueueFull
            | Self::CallsExhausted
            | Self::ResourcesExhausted
            | Self::LedgersExhausted
            | Self::BuffersExhausted
            | Self::RateExceeded
            | Self::Overloaded
            | Self::TokensExhausted
            | Self::QuotaExceeded
            | Self::ApprovalsExhausted => Code::ResourceExhausted,
            Self::SequenceMismatch
            | Self::ProjectionChanged
            | Self::DataKeyErased
            | Self::RotationRunning
            | Self::RetentionChanged
            | Self::BackupRunning
            | Self::BackupStopped => Code::Aborted,
            Self::Damaged => Code::DataLoss,
            Self::DeadlinePassed | Self::AnswerUnread | Self::MessageLate => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;
    use crate::FILE_DESCRIPTOR_SET;

    #[test]
    fn names_are_unique_and_in_the_form_of_error_info() {
        let names: BTreeSet<&str> = ErrorReason::all().map(ErrorReason::name).collect();
        assert_eq!(names.len(), ErrorReason::all().count());
        for name in names {
            let letters = name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            assert!(letters && name.len() <= 63, "{name}");
            let reason = ErrorReason::from_name(name).expect("its reason");
            assert_eq!(reason.as_str_name(), format!("{PREFIX}{name}"));
        }
        assert_eq!(ErrorReason::from_name("UNSPECIFIED"), None);
        assert_eq!(ErrorReason::from_name("ERROR_REASON_INTERNAL"), None);
    }

    /// The comments of the proto's values, in order.
    fn comments() -> Vec<String> {
        let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("a descriptor set");
        let file = set
            .file
            .iter()
            .find(|file| file.name().ends_with("error_reason.proto"));
        let file = file.expect("the file of reasons");
        let places = &file.source_code_info.as_ref().expect("comments").location;
        // enum_type (5), the first of the file, its value (2), with its number in the list.
        let of = |index: usize| {
            let path = [5, 0, 2, i32::try_from(index).expect("few values")];
            let place = places.iter().find(|place| place.path == path);
            place.expect("a comment").leading_comments().to_owned()
        };
        (0..file.enum_type[0].value.len()).map(of).collect()
    }

    #[test]
    fn every_comment_begins_with_the_code() {
        let comments = comments();
        assert_eq!(comments.len(), ErrorReason::all().count() + 1);
        for (reason, comment) in ErrorReason::all().zip(comments.iter().skip(1)) {
            let (code, _) = comment.trim().split_once(':').expect("a code");
            let code: String = code
                .split('_')
                .flat_map(|word| {
                    word.chars()
                        .take(1)
                        .chain(word[1..].to_lowercase().chars().collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(code, format!("{:?}", reason.code()), "{}", reason.name());
        }
    }
}

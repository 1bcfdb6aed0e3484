//! What kinds of things can be wrong: a code for each, for programs.

use std::fmt;

macro_rules! finding_codes {
    ($($(#[$comment:meta])* $name:ident = $code:literal,)+) => {
        /// What kind of thing is wrong. The text of a code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode { $($(#[$comment])* $name,)+ }

        impl FindingCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

finding_codes! {
    /// The archive is not exactly of the one form it may have.
    ArchiveForm = "archive-form",
    /// The archive ends early.
    ArchiveTruncated = "archive-truncated",
    /// Something follows the end of the archive.
    ArchiveTrailing = "archive-trailing",
    /// A file is missing, or another stands in its place.
    FileMissing = "file-missing",
    /// A file that does not belong to the bundle.
    FileExtra = "file-extra",
    /// A file is longer or shorter than the manifest, the tree or the limits allow.
    FileLength = "file-length",
    /// The manifest is not of its form.
    ManifestForm = "manifest-form",
    /// `README.txt` has another text than the format gives it.
    ReadmeMismatch = "readme-mismatch",
    /// A file's digest is not the one in the manifest.
    DigestMismatch = "digest-mismatch",
    /// The bundle or a part of it is of another ledger than the pinned key's.
    OriginMismatch = "origin-mismatch",
    /// The checkpoint is not a note of the form a bundle's checkpoint has.
    CheckpointForm = "checkpoint-form",
    /// A signature of the identity key on the checkpoint does not verify under the pinned key.
    CheckpointSignature = "checkpoint-signature",
    /// The checkpoint's size is not the manifest's.
    CheckpointSize = "checkpoint-size",
    /// A header is not canonical, or breaks a rule of the format.
    HeaderForm = "header-form",
    /// A header has another sequence number than its place.
    SequenceGap = "sequence-gap",
    /// A record's time is less than that of the record before.
    TimeDecreased = "time-decreased",
    /// A header does not give the chain hash that stands for it.
    ChainMismatch = "chain-mismatch",
    /// An entry bundle is not of the form it must have.
    EntriesForm = "entries-form",
    /// A leaf in a tile of level 0 is not the hash of its chain hash.
    LeafMismatch = "leaf-mismatch",
    /// A tile above level 0 is not what the leaves give.
    TileMismatch = "tile-mismatch",
    /// The tree of the records is not the tree that the checkpoint signs.
    RootMismatch = "root-mismatch",
    /// A body or payload item is not canonical, or breaks a limit.
    ItemForm = "item-form",
    /// A body is not canonical, or breaks a rule of the format.
    BodyForm = "body-form",
    /// A body does not match its commitment.
    BodyMismatch = "body-mismatch",
    /// A payload does not match its commitment.
    PayloadMismatch = "payload-mismatch",
    /// An item stands where the header has no commitment, or the other way round.
    CommitmentMismatch = "commitment-mismatch",
    /// A part is said to be erased, and nothing supports it.
    ErasedUnsupported = "erased-unsupported",
    /// A part is said to be archived, and nothing supports it.
    ArchivedUnsupported = "archived-unsupported",
    /// A producer's signature does not verify.
    ProducerSignature = "producer-signature",
    /// A payload is not the one that its producer signed, or its digest is not as the signature needs it.
    ProducerPayload = "producer-payload",
    /// An event key was disclosed that does not open what it stands with.
    EventKeyMismatch = "event-key-mismatch",
    /// An event key stands with a body that is not encrypted.
    EventKeyNeedless = "event-key-needless",
    /// A part is missing.
    PartMissing = "part-missing",
    /// A header does not name the newest key event before it.
    PriorKeyEvent = "prior-key-event",
    /// The file of key events is not canonical, or breaks a rule of the format.
    KeyEventsForm = "key-events-form",
    /// The file of key events and the records disagree.
    KeyEventsMismatch = "key-events-mismatch",
    /// A key event's proof does not lead to the checkpoint's root.
    KeyEventProof = "key-event-proof",
    /// The range file is not canonical, or breaks a rule of the format.
    RangeForm = "range-form",
    /// A neighbour of the range is not the record it must be.
    NeighbourMismatch = "neighbour-mismatch",
    /// Two headers that the bundle holds contradict each other.
    HeaderContradiction = "header-contradiction",
    /// A governance state's record is not canonical, or breaks a rule of the format.
    StateForm = "state-form",
    /// A governance state and its record, or the ledger, disagree.
    StateMismatch = "state-mismatch",
    /// Genesis is missing, of another ledger, of another key or not signed by it.
    GenesisInvalid = "genesis-invalid",
    /// A certificate is of another ledger or place, or not signed by the identity key.
    CertificateInvalid = "certificate-invalid",
    /// A certificate does not bind the root of the tree before it.
    CertificateRoot = "certificate-root",
    /// Records lie beyond the span of their certificate, or there is none for them.
    CertificateSpan = "certificate-span",
    /// A new identity is of another ledger or place, not signed as it must be, or not a new one.
    IdentityInvalid = "identity-invalid",
    /// The record after a new identity is not its epoch's certificate.
    IdentityWithoutEpoch = "identity-without-epoch",
    /// A revocation is of a key that can't be revoked.
    RevocationInvalid = "revocation-invalid",
    /// Another key event's statement is not of the format, of another ledger, or not signed by the identity key.
    StatementInvalid = "statement-invalid",
    /// A hold is placed twice, or released without being in force.
    HoldInvalid = "hold-invalid",
    /// A data key was destroyed under a hold.
    ErasureUnderHold = "erasure-under-hold",
    /// A ledger-wide data key has an id that one before it has.
    DataKeyRepeated = "data-key-repeated",
    /// Settings take back a promise of those before.
    SettingsTakenBack = "settings-taken-back",
    /// A producer's key is registered again, or revoked without being registered or twice.
    ProducerInvalid = "producer-invalid",
    /// A disposal is under no rule in force, does not fit its rule, or stands under a hold on the whole ledger.
    DisposalInvalid = "disposal-invalid",
    /// A record follows the end of the ledger's life that may not.
    RecordAfterClosed = "record-after-closed",
    /// A record is not encrypted, although the settings in force say that all is.
    NotEncrypted = "not-encrypted",
    /// A governance record is under a data key that is not the ledger's own.
    GovernanceKey = "governance-key",
    /// A record is under a data key that an erasure before it names.
    ErasedKeyUsed = "erased-key-used",
    /// An event is signed by a key that no producer may sign it with.
    ProducerUnknown = "producer-unknown",
    /// An event of a source whose events are signed bears no signature.
    SignatureMissing = "signature-missing",
    /// A part is there that a record says was erased.
    ErasedPartPresent = "erased-part-present",
    /// The known head is larger than the bundle's tree.
    KnownHeadLarger = "known-head-larger",
    /// The known head has another root than the bundle's tree at that size.
    KnownHeadDiffers = "known-head-differs",
    /// The newest checkpoint is older than the greatest age allowed.
    TooOld = "too-old",
    /// The newest checkpoint is from the future.
    FromFuture = "from-future",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

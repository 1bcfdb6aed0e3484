//! The ledger engine: one logical writer for each ledger, durable before it acknowledges, and everything that
//! reads, proves, publishes and recovers around it.
//!
//! The path of an event: [`write::event`] (caller's task: validate, encode, commit to) → [`write::queue`] →
//! [`write::sequencer`] and [`write::committer`], which take the steps of [`write::protocol`] (chain, tree, epoch signature,
//! store sync, anchor sync, acknowledgement) → [`follow::indexer`], [`follow::projection`] and
//! [`follow::publication`] behind it. [`startup`] and [`check::recovery`] link what is stored once more, with the same
//! functions.
//!
//! Imports go downward only: the engine, its operations, what they share ([`mod@core`]), then [`check`] and [`follow`],
//! then [`read`] and [`write`], then [`keys`], then [`state`].

mod check;
mod core;
mod engine;
mod follow;
mod handle;
mod keys;
mod operations;
mod read;
mod startup;
mod state;
mod status;
mod write;

#[cfg(test)]
mod tests;

pub use self::core::{Engine, EngineOptions, Ledger};
pub use check::{
    copy::{CopiedLedger, verify_copied_system, verify_copy},
    finding::{Finding, FindingCode},
    verification::VerifyOutcome,
};
pub use follow::priority::step_back;
pub use keys::kek_records::{KEK_RECORDS, add_kek_record, decode_kek_records, kek_records};
pub use operations::{
    access::{ACCESS_SOURCE, ACCESS_TYPE, Access},
    create_ledger::CreateLedger,
    cut::{Cut, CutLedger, CutSigner, Reached},
    data_subject::{DataSubject, Extent},
    end_ledger::{EndLedger, Ended},
    erase::ErasureScope,
    erasing::{Erased, ErasureProgress, OnErasure},
    event_types::HeldTypes,
    export::{ExportError, ExportForm, ExportSummary},
    govern::{
        ALREADY_DECIDED, Came, Decided, HaltPlaced, Halts, NewOverride, NewPolicy, NewProposal,
        OverrideAsked, Placed, Settled, Tried,
    },
    key_retry::{Keys, OpenKeks},
    orders_to_destroy::OrderToDestroy,
    producers::{RegisterProducer, RevokeProducer},
    project::{Holds, Projecting},
    rebuild_projections::Rebuilt,
    report::{REPORT_SOURCE, REPORT_TYPE, ReportError, ReportMade, ReportRequest},
    rescue::{
        GivenHead, NamedRecipient, Rescue, RescueError, RescueOptions, Rescued, RescuedEvents,
        RescuedLedger, Shortfall, Unopened, UnopenedKey, UnopenedKeys,
    },
    retention::{Archived, Disposed, Disposing, OnDisposal, RuleSurvey, Touched},
    revoke::RevokeKey,
    rewrap::{OnRewrap, RewrapProgress, Rewrapped},
    rotate::{AwaitsRecovery, RecoverySignatures, RotatedIdentity},
    selection::{RecordSelection, Selection},
    system::{SYSTEM_SOURCE, SystemEvent, SystemFact, SystemKind},
};
pub use read::{
    collector::Page,
    filter::{FactWanted, Filter},
    record::RecordView,
};
pub use startup::{OpenError, Parts, Settle};
pub use state::{
    access_error::AccessError,
    all_halted::{AllHalt, AllHaltStanding},
    append::{Acknowledgement, NewRange, Placement},
    archive_error::ArchiveError,
    custody::{IdentityError, KeysAway, NotOpened, Outage},
    environment::Environment,
    error::{AppendError, KeyEventError, LedgerError, ReadError},
    govern_error::GovernError,
    governed::{BindingInForce, RegisteredPolicy, Rules},
    interrupt::Interrupt,
    key_copies::RescueStatus,
    key_error::{KekRecordsError, KeyringError, KeysError},
    key_state_error::{KeyStateError, SigningKeyKind},
    limits,
    meters::{Meters, Stages},
    no_records::NoRecords,
    notice::{Notice, NoticeCode},
    opened_answers::OpenedAnswer,
    orders::{DisposalRecord, ErasureRecord, Hold},
    party::Party,
    prepare_error::PrepareError,
    producers::{Producer, ProducerRefusal, ProducerRevocation},
    register::{
        Exchanged, RegisterError, RegisterOptions, RegisterPlace, RegisterStatus, read_register,
    },
    rotation_reason::RotationReason,
    scrubbed::{EndedPass, ScrubRule, Scrubbed},
    shared::{Availability, Published},
    shelf::ArchiveAway,
    shelf_error::{ARCHIVE_MARK, ArchiveLack, ShelfError},
    signing_keys::{RevocationRecord, SigningKey},
    summary::{EngineStatus, LedgerSummary, ScrubStatus},
    wall_clock::{ClockMoved, ClockRule, ClockStatus, ClockUnconfirmed},
};
pub use status::AnchorFigures;
pub use write::{
    acknowledgement::{Appended, PendingAppend},
    event::{EventInput, Prepared},
    pace::Pace,
    queue::WriterProgress,
    signature::RefusedEvent,
};

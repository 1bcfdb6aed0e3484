//! How each action stands to the audit.

use indelible_access::Action;
use indelible_ledger::SystemKind;

/// How an action stands to the audit.
enum Standing {
    /// It changes nothing and opens nothing. Nothing is recorded.
    Look,
    /// It adds what a writer may add. The ledger itself has it.
    Add,
    /// It opens what is sealed, beside something else. The engine records which records are opened.
    Open,
    /// It is recorded before it happens, or does not happen.
    Act(SystemKind),
    /// It happens, and is recorded as soon as that can be done.
    Noted,
}

fn standing(action: Action) -> Standing {
    use Standing::{Act, Add, Look, Noted, Open};

    match action {
        Action::DescribeLedger
        | Action::ListLedgers
        | Action::Read
        | Action::Follow
        | Action::Prove
        | Action::Verify
        | Action::Project
        | Action::ReadDataSubjects
        | Action::ReadStatus
        | Action::ReadAccess
        | Action::ListTokens
        | Action::ReadToken
        | Action::ListRequests
        | Action::ReadRequest
        | Action::ReadGovernance => Look,
        Action::Append | Action::Decide => Add,
        Action::Decrypt | Action::ReportOpened | Action::ExportOpened => Open,
        Action::AcceptClock => Noted,
        Action::CreateLedger | Action::CreateSuccessor => Act(SystemKind::LedgerCreated),
        Action::Report => Act(SystemKind::Reported),
        Action::Export => Act(SystemKind::Exported),
        Action::Erase => Act(SystemKind::Erased),
        Action::PlaceHold => Act(SystemKind::Held),
        Action::ReleaseHold => Act(SystemKind::Released),
        Action::RotateKeys | Action::RotateStoreKeys | Action::RevokeKeys => {
            Act(SystemKind::KeyOperation)
        }
        Action::MakeToken | Action::MakePrivilegedToken => Act(SystemKind::TokenCreated),
        Action::RevokeToken => Act(SystemKind::TokenRevoked),
        Action::ManageBackups => Act(SystemKind::BackedUp),
        Action::ConfigureLedger
        | Action::ChangeRetention
        | Action::CloseLedger
        | Action::ManageProducers
        | Action::RebuildProjections
        | Action::Approve
        | Action::ManagePolicies
        | Action::AnswerAgents
        | Action::HaltAgents
        | Action::HaltAllLedgers => Act(SystemKind::Administered),
    }
}

/// What an act is recorded as, if the action is one.
pub(crate) fn kind_of_act(action: Action) -> Option<SystemKind> {
    match standing(action) {
        Standing::Act(kind) => Some(kind),
        Standing::Look | Standing::Add | Standing::Open | Standing::Noted => None,
    }
}

/// Whether an action is refused while the store's own ledger is in quarantine: all that is not looking.
pub(crate) fn needs_system(action: Action) -> bool {
    match standing(action) {
        Standing::Look | Standing::Noted => false,
        Standing::Add | Standing::Open | Standing::Act(_) => true,
    }
}

//! Which records a question to the projections is about, and for whom.

use indelible_ledger::{Access, Ledger, Projecting, RecordSelection};
use indelible_proto::v1;
use tonic::Status;

use crate::rpc::{
    authorise::{Action, Caller, Gate, Scope},
    convert::selection::selection,
    read::opening,
    refusal::Refusal,
};

/// What opening sealed events for an answer is called in the access trail.
const CALL: &str = "projections";

/// Which records are asked about, and for whom, once the call was let in.
pub(super) struct Asked {
    pub(super) ledger: Ledger,
    pub(super) origin: String,
    pub(super) selection: RecordSelection,
    pub(super) access: Option<Access>,
}

impl Asked {
    pub(super) fn new(
        gate: &Gate,
        caller: &Caller,
        ledger: &str,
        records: Option<&v1::RecordSelection>,
        (open_sealed, purpose): (bool, &str),
    ) -> Result<Self, Status> {
        let permit = gate.authorise(caller, Action::Project, Scope::Ledger(ledger))?;
        let access = opening(
            gate,
            caller,
            ledger,
            (Action::Decrypt, CALL),
            open_sealed,
            purpose,
        )?;
        let ledger = permit.ledger()?;
        Ok(Self {
            origin: ledger.summary().origin,
            ledger,
            selection: selection(records).map_err(Refusal::violation)?,
            access,
        })
    }

    pub(super) fn projecting(&self) -> Projecting<'_> {
        Projecting {
            selection: self.selection,
            access: self.access.as_ref(),
        }
    }
}

//! Noting that somebody has verified a backup.

use indelible_ledger::SystemFact;
use indelible_proto::v1::ErrorReason;

use super::recorder::Recorder;
use crate::{
    backups::{self, Standing, Verified},
    issuers::now,
    rpc::{authorise::Gate, refusal::Refusal},
};

/// Puts it on record, and from then on the metric counts from it. Returns when that was, nanoseconds since 1970 UTC.
///
/// # Errors
/// If the daemon knows of no such backup, or it can't be recorded.
pub(super) async fn note(gate: &Gate, id: &str, recorder: Recorder) -> Result<u64, Refusal> {
    let known = gate.known_backups()?;
    let mut made = known
        .iter()
        .filter(|known| known.standing == Standing::Made);
    let Some(known) = made.find(|known| known.id.as_str() == id) else {
        let problem = format!(
            "this daemon has made no backup {id} that is there now; `indelible backup list` shows those that it knows"
        );
        return Err(Refusal::new(ErrorReason::BackupUnknown, problem));
    };
    let verified = Verified {
        verified: known.id.clone(),
        verified_ns: now(),
    };
    let payload = backups::verified(&verified).map_err(|error| Refusal::internal(&error))?;
    let id = SystemFact::Text(id.to_owned());
    recorder
        .record("done", vec![("backup", id)], Some(payload))
        .await?;
    gate.backups().change(|known| known.verify(&verified));
    Ok(verified.verified_ns)
}

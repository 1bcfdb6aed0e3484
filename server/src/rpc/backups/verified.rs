//! Noting that somebody has verified a backup.

use indelible_backup::{BackupId, Digest, Target};
use indelible_ledger::SystemFact;
use indelible_proto::v1::{ErrorReason, ReportBackupVerifiedRequest};

use super::{hold::unusable, own::Own, recorder::Recorder};
use crate::{
    backups::{self, Known, Standing, Verified},
    issuers::now,
    rpc::{authorise::Gate, refusal::Refusal},
};

/// Puts it on record, and from then on the metric counts from it. Returns when that was, nanoseconds since 1970 UTC.
///
/// # Errors
/// If the daemon knows of no such backup, made another one of that id, or it can't be recorded.
pub(super) async fn note(
    gate: &Gate,
    asked: ReportBackupVerifiedRequest,
    recorder: Recorder,
) -> Result<u64, Refusal> {
    let id = &asked.backup_id;
    let known = gate.known_backups()?;
    let mut made = known
        .into_iter()
        .filter(|known| known.standing == Standing::Made);
    let Some(known) = made.find(|known| known.id.as_str() == id) else {
        let problem = format!(
            "this daemon has made no backup {id} that is there now; `indelible backup list` shows those that it knows"
        );
        return Err(Refusal::new(ErrorReason::BackupUnknown, problem));
    };
    let seen = Digest::parse(&asked.manifest_digest).ok_or_else(|| {
        let problem = "manifest_digest is not 64 hexadecimal digits in lower case: the BLAKE3 digest of the manifest that was \
                       verified";
        Refusal::field("manifest_digest", problem)
    })?;
    let verified = Verified {
        verified: known.id.clone(),
        verified_ns: now(),
    };
    let own = gate.clone();
    let looked = tokio::task::spawn_blocking(move || check_is_own(&own, &known, seen)).await;
    looked.map_err(|panicked| Refusal::internal(&panicked))??;
    let payload = backups::verified(&verified).map_err(|error| Refusal::internal(&error))?;
    let id = SystemFact::Text(id.clone());
    let digest = SystemFact::Text(seen.to_string());
    recorder
        .record(
            "done",
            vec![("backup", id), ("manifest_digest", digest)],
            Some(payload),
        )
        .await?;
    gate.backups().change(|known| known.verify(&verified));
    Ok(verified.verified_ns)
}

/// Refuses what is not the backup that the daemon made. Where no record says which that was, its place does. Blocking.
fn check_is_own(gate: &Gate, known: &Known, seen: Digest) -> Result<(), Refusal> {
    let made = match known.manifest {
        Some(made) => Some(made),
        None => of_place(gate, &known.id)?,
    };
    match made {
        Some(made) if made == seen => Ok(()),
        _ => {
            let problem = format!(
                "what was verified is not the backup {} that this daemon made: its manifest is another one. Somebody may have put \
                 it there in its place; `indelible backup verify --key` shows whether it is signed by this store's key",
                known.id
            );
            Err(Refusal::new(ErrorReason::BackupNotOwn, problem))
        }
    }
}

/// The digest of the manifest that lies in the place that is configured; none if nothing shows that the daemon wrote it.
fn of_place(gate: &Gate, id: &BackupId) -> Result<Option<Digest>, Refusal> {
    let Some(location) = gate.backups().location() else {
        return Ok(None);
    };
    let target = Target::open(&location).map_err(|error| unusable(&error))?;
    let manifest = target.manifest(id).map_err(|error| unusable(&error))?;
    let engine = gate.recovered().ok_or_else(Refusal::recovering)?;
    let own = Own::of(engine, gate.backups());
    Ok(own.is_own(&manifest).then(|| manifest.digest()))
}

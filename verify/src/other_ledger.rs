//! Evidence of another ledger than the pinned key's. Whoever takes another key than they meant has broken nothing.

use std::path::Path;

use indelible_compliance::survey::opening::checkpoint_note;
use indelible_evidence::checkpoint::Checkpoint;
use indelible_evidence::verify::Report;
use indelible_evidence::{Receipt, SignedNote, VerifierKey};

use crate::failure::Failure;
use crate::input;

/// Refuses a bundle that is of another ledger throughout. One that says so in one place and not in another was altered,
/// which the verdict tells.
pub(crate) fn refuse_bundle(
    path: &Path,
    report: &Report,
    key: &VerifierKey,
) -> Result<(), Failure> {
    if report.bundle.origin == key.name()
        || origin_of_checkpoint(path).as_deref() == Some(key.name())
    {
        return Ok(());
    }
    Err(Failure::other_ledger(key, &report.bundle.origin))
}

/// Refuses a receipt whose checkpoint is of another ledger.
pub(crate) fn refuse_receipt(receipt: &Receipt, key: &VerifierKey) -> Result<(), Failure> {
    match Checkpoint::parse_text(&receipt.checkpoint.text) {
        Ok(checkpoint) if checkpoint.origin.as_str() != key.name() => {
            Err(Failure::other_ledger(key, checkpoint.origin.as_str()))
        }
        // What is not a checkpoint is for the verifier to say.
        _ => Ok(()),
    }
}

/// The ledger that the checkpoint of a bundle names; none if that can't be read, or not once more.
fn origin_of_checkpoint(path: &Path) -> Option<String> {
    input::refuse_standard_input(path, "").ok()?;
    let note = checkpoint_note(&mut *input::open(path).ok()?.source).ok()?;
    let note = SignedNote::parse(&note).ok()?;
    let checkpoint = Checkpoint::parse_text(&note.text).ok()?;
    Some(checkpoint.origin.as_str().to_owned())
}

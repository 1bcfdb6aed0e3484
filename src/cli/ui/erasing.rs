//! An erasure, a run of retention or the end of a ledger, shown to the person who waits for it.

use indelible_proto::v1::ErasureStep;
use tonic::{Status, Streaming};
use tonic_types::StatusExt as _;

use super::{
    output::Output,
    progress::{Progress, Unit},
};
use crate::cli::error::CliError;

/// What a message of such a call says.
pub(crate) struct Step<R> {
    pub(crate) step: ErasureStep,
    /// The record from which on it can't be undone, once there is one.
    pub(crate) recorded: Option<u64>,
    pub(crate) done: u64,
    pub(crate) total: u64,
    /// In the last message only.
    pub(crate) result: Option<R>,
}

/// The messages of such a call.
pub(crate) trait Erasing {
    /// What it did in the end.
    type Result;

    fn told(self) -> Step<Self::Result>;

    /// What is said once the record is there.
    fn recorded(sequence: u64) -> String {
        format!("recorded as {sequence}: from here on it can't be undone")
    }

    /// What is said if the call breaks off after that.
    fn goes_on(sequence: u64) -> String;
}

/// Follows such a call to its end, and says how far it is.
///
/// # Errors
/// If it is refused or breaks off.
pub(crate) async fn follow<M: Erasing>(
    output: &mut Output,
    mut stream: Streaming<M>,
) -> Result<M::Result, CliError> {
    let mut shown = Shown::default();
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                let step = message.told();
                shown.show::<M>(output, &step);
                if let Some(result) = step.result {
                    return Ok(result);
                }
            }
            Ok(None) => return Err(CliError::Answer("it ended without a result")),
            Err(status) => {
                shown.progress = None;
                if let Some(sequence) = shown.recorded.filter(|_| !is_complete(&status)) {
                    output.remark(M::goes_on(sequence));
                }
                return Err(status.into());
            }
        }
    }
}

/// Whether an error says that all that was recorded before it is carried out.
fn is_complete(error: &Status) -> bool {
    let info = error.get_details_error_info();
    let said = info.and_then(|info| info.metadata.get("complete").cloned());
    said.as_deref() == Some("true")
}

/// Whether nothing is left of what was erased.
///
/// # Errors
/// If older copies of the store are: then it is not erased.
pub(crate) fn complete(
    complete: bool,
    sequence: u64,
    older_copies: &[String],
) -> Result<(), CliError> {
    match complete {
        true => Ok(()),
        false => Err(CliError::NotErased {
            sequence,
            older_copies: older_copies.to_vec(),
        }),
    }
}

/// How far it is.
#[derive(Default)]
struct Shown {
    recorded: Option<u64>,
    step: Option<ErasureStep>,
    progress: Option<Progress>,
}

impl Shown {
    fn show<M: Erasing>(&mut self, output: &mut Output, told: &Step<M::Result>) {
        if self.recorded.is_none()
            && let Some(sequence) = told.recorded
        {
            self.recorded = Some(sequence);
            output.remark(M::recorded(sequence));
        }
        let (doing, unit) = match told.step {
            ErasureStep::Indexing => ("waiting for the index", Unit::Records),
            ErasureStep::Destroying => ("destroying", Unit::Records),
            ErasureStep::Purging => ("rewriting files", Unit::Bytes),
            ErasureStep::Releasing => ("waiting for readers of old files", Unit::Records),
            ErasureStep::Archiving => ("archiving", Unit::Records),
            ErasureStep::Recorded | ErasureStep::Done | ErasureStep::Unspecified => {
                self.progress = None;
                return;
            }
        };
        if self.step != Some(told.step) {
            self.step = Some(told.step);
            self.progress = Some(Progress::new(output, doing, unit));
        }
        if let Some(progress) = &mut self.progress {
            let total = (told.total > 0).then_some(told.total);
            progress.set(told.done, total);
        }
    }
}

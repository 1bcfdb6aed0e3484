//! Comparing a backup's bytes with what its manifest says.

use std::ops::ControlFlow;

use crate::{
    error::BackupError,
    manifest::Manifest,
    object::Content,
    progress::{Copied, OnCopy},
    target::Target,
};

/// Reads every object of a backup, and compares it with the manifest. All that is damaged is told, not only the first.
///
/// # Errors
/// If the operating system refuses something, or it was broken off.
pub fn objects(
    target: &Target,
    manifest: &Manifest,
    progress: OnCopy<'_>,
) -> Result<Vec<BackupError>, BackupError> {
    let mut seen = Copied {
        total_bytes: manifest.objects().map(|object| object.bytes).sum(),
        ..Copied::default()
    };
    let mut found = Vec::new();
    for file in manifest.objects() {
        let mut go_on = |_: u64| match progress(seen) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(BackupError::BrokenOff),
        };
        let wanted = Content {
            digest: file.digest,
            bytes: file.bytes,
        };
        let finding = match target.content(&file.digest, &mut go_on) {
            Ok(Some(content)) if content == wanted => None,
            Ok(Some(content)) if content.bytes != wanted.bytes => Some(format!(
                "it has {} bytes instead of {}",
                content.bytes, wanted.bytes
            )),
            Ok(Some(_)) => Some("its bytes are not those that were copied".to_owned()),
            Ok(None) => Some("it is missing".to_owned()),
            Err(error @ BackupError::NotItself { .. }) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        found.extend(finding.map(|finding| BackupError::Damaged {
            id: manifest.id.clone(),
            file: format!("{} ({})", file.name, target.shown(&file.digest)),
            finding,
        }));
        seen.done_bytes += file.bytes;
        if progress(seen).is_break() {
            return Err(BackupError::BrokenOff);
        }
    }
    // What is missing of one that was taken away meanwhile is not damage.
    match found.is_empty() || target.is_there(&manifest.id)? {
        true => Ok(found),
        false => Err(BackupError::TakenAway {
            place: target.name(),
            id: manifest.id.clone(),
        }),
    }
}

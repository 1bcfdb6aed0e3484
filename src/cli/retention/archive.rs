//! A file of the archive, as it is shown.

use indelible_interchange::hex;
use indelible_proto::v1::ArchiveFile;
use serde::Serialize;

/// A file of the archive.
#[derive(Serialize)]
pub(super) struct ArchiveView {
    pub(super) location: String,
    sha256: String,
}

impl ArchiveView {
    pub(super) fn new(file: &ArchiveFile) -> Self {
        Self {
            location: file.location.clone(),
            sha256: hex::encode(&file.sha256),
        }
    }
}

//! The evidence bundle: its files and their order, the tar around them, and the writer.

pub mod checkpoint_file;
mod extent;
mod format_page;
pub mod items;
pub mod layout;
pub mod manifest;
mod part;
pub mod readme;
pub mod source;
pub mod tar;
mod witness_items;
pub mod writer;

pub use format_page::{FORMAT_PAGE, FORMAT_PAGE_BYTES_MAX};
pub use items::Part;
pub use layout::{BundleFile, files};
pub use manifest::{BundleKind, Manifest, ManifestError, StateLine};
pub use readme::README;
pub use source::{ArchiveError, FileSource};
pub use tar::{TarSource, TarWriter};
pub use writer::{
    BundlePlan, BundleSummary, GovernanceState, KeyEventRecord, RecordSource, Selection,
    SourceRecord, WriteError, write_bundle,
};

/// The greatest length of a governance state in a bundle, in bytes.
pub const STATE_BYTES_MAX: u64 = 268_435_456;

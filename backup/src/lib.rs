//! Backups of a store: its files, copied by the hash of their content, beside manifests that the store's identity signs.
//!
//! A [`Target`] is a directory, or a bucket, that holds any number of backups. Files that backups share lie there once, as *objects*;
//! each backup is a [`Manifest`] that names its objects, and a note with the signature over it. [`create`] copies,
//! [`check`] compares every byte with what the manifest says, [`prune`] takes away, [`restore`] copies back, and [`loss`]
//! says what a restore would lose.
//!
//! With a [`Sealing`], files and all that names them are encrypted to keys that lie elsewhere: what is signed then says only
//! which objects there are, and [`Opened`] reads the rest.
//!
//! Architecture invariant: nothing here knows what a file holds. It signs nothing, keeps no key, and asks no clock what day
//! it is.

pub mod check;
pub mod create;
mod durable;
mod error;
mod id;
pub mod limits;
mod location;
pub mod loss;
mod manifest;
mod object;
mod opened;
mod pace;
mod place;
mod progress;
pub mod prune;
pub mod restore;
mod sealing;
mod seen;
mod signature_problem;
mod signed;
mod source;
mod target;
#[cfg(test)]
mod testing;

pub use error::BackupError;
pub use id::BackupId;
pub use indelible_bucket::{AddressProblem, BucketError, BucketFault, BucketOptions};
pub use location::{Location, place_name};
pub use manifest::{
    AnchorSlot, ArchiveEntry, Encryption, FileEntry, LedgerCut, Manifest, SignedBy, StoredObject,
    hash_of,
};
pub use object::Digest;
pub use opened::Opened;
pub use pace::Others;
pub use progress::{Copied, OnCopy};
pub use sealing::Sealing;
pub use seen::Seen;
pub use signature_problem::SignatureProblem;
pub use signed::{note, statement};
pub use target::{Held, Listed, Target};

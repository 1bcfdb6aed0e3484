//! Objects in a bucket of S3, or of a server that speaks its protocol: read in pieces, written whole, listed, removed, and
//! put only if nothing, or a known thing, stands there.
//!
//! Every call blocks, is tried again where that may help, and says in words of its own what kept it from being done. Nothing of
//! an answer's text goes any further than the code of an error.
//!
//! Architecture invariant: it knows no store and no backup, and where it can't be known whether something was written, the
//! bucket is asked before anything is claimed.

mod address;
mod answer;
mod bucket;
mod checksum;
mod error;
pub mod limits;
mod list;
mod options;
mod request;
mod service;
mod thread;
mod upload;

pub use bucket::{Bucket, Condition, Head, Put, Stored};
pub use checksum::{Checksum, Pieces, piece_bytes};
pub use error::{BucketError, BucketFault};
pub use options::{AddressProblem, BucketOptions};

//! The AWS KMS provider: a symmetric key that never leaves the service wraps by Encrypt and Decrypt.
//!
//! A server that speaks KMS's protocol need not be strict. Whatever one answers, a key comes out
//! only if it is the one that went in, for this context, and not one bit of the wrapped key has
//! changed: see [`sealed`].

mod identity;
mod options;
mod provider;
mod refusal;
mod remote;
mod retry;
mod sdk;
mod sealed;
mod thread;

pub use options::AwsKmsOptions;
pub use provider::AwsKmsProvider;

//! placeholder
pub mod hash;
pub use hash::{ChainHash, Commitment, LengthError, Salt, TreeHash};

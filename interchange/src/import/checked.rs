//! What importers share that check what they import: the questions, the answers, and the verdict on a file.
//!
//! Nothing that can't be checked is ever called verified, and nothing is called broken for want of a key.

mod checker;
mod finding;
mod keys;
mod pieces;
mod seen;
mod standing;
mod verdict;

pub(in crate::import) use self::{
    checker::flag,
    seen::{Known, Seen},
    verdict::source,
};
pub use self::{
    checker::{BROKEN_TYPE, CHECKED_TYPE, Checker, Examined, KeyFit, Spot},
    finding::{Code, Finding, Weight},
    keys::{HmacKey, KeyError, Keyring},
    pieces::{Piece, Pieces, RECORD_BYTES_MAX},
    standing::Verdict,
    verdict::{FileVerdict, Tally},
};

#[cfg(test)]
mod tests;

//! What a verifier shows of the records that pass it, for programs that have more to do with them.

use crate::body::Body;
use crate::hash::Commitment;

/// A record of a bundle, with what can be read of its body.
#[derive(Clone, Copy, Debug)]
pub struct SeenRecord<'a> {
    /// Its place in the bundle.
    pub sequence: u64,
    /// What stands for its header there: whether it is one is another finding.
    pub header: &'a [u8],
    /// Its body.
    pub body: SeenBody<'a>,
}

/// What can be read of a body.
#[derive(Clone, Copy, Debug)]
pub enum SeenBody<'a> {
    /// All of it: it is there in the clear, or was opened with the event key that the bundle discloses.
    Open {
        /// The body.
        body: &'a Body<'a>,
        /// What the bundle's bytes commit to, still to be held against the header.
        commitment: Commitment,
    },
    /// It is there encrypted, and nothing opens it.
    Sealed,
    /// There is none.
    None,
    /// It was left out.
    Withheld,
    /// It is claimed to be erased.
    Erased,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
    /// What is there is no body of the format.
    Unreadable,
}

/// What can be read of a payload.
#[derive(Clone, Copy, Debug)]
pub enum SeenPayload<'a> {
    /// All of it: it is there in the clear, or was opened with the event key that the bundle discloses.
    Open {
        /// The client's bytes.
        bytes: &'a [u8],
        /// What the bundle's bytes commit to, still to be held against the header.
        commitment: Commitment,
    },
    /// It is there encrypted, and nothing opens it.
    Sealed {
        /// How many bytes the client gave.
        length: usize,
        /// What the bundle's bytes commit to.
        commitment: Commitment,
    },
    /// There is none.
    None,
    /// It was left out.
    Withheld,
    /// It is claimed to be erased.
    Erased,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
    /// What is there is no payload of the format.
    Unreadable,
}

/// What has become of a payload that a header commits to, by what stands in its place. Nothing is opened or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadState {
    /// It is there, in the clear or encrypted.
    There,
    /// It is claimed to be erased.
    Erased,
    /// It was left out.
    Withheld,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
    /// What is there is no payload of the format.
    Unreadable,
}

impl PayloadState {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// Its place among them.
    pub fn state(self) -> usize {
        self as usize
    }
}

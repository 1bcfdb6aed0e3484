//! One record, as folds see it.

use indelible_evidence::{
    body::Body,
    hash::DataKeyId,
    header::{EventHeader, Header},
};

/// One record of a range.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its header, whole. A key event's statement is in it.
    pub header: &'a Header<'a>,
    /// What its body shows; none for a key event, which has no body.
    pub event: Option<Event<'a>>,
}

/// What a client appended.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What is never erased of it.
    pub header: &'a EventHeader<'a>,
    /// The key that sealed it, for an event that the daemon encrypted.
    pub data_key: Option<DataKeyId>,
    /// What can be read of it.
    pub body: BodyView<'a>,
}

/// What can be read of a body. A fold counts every state; it never takes one for another.
#[derive(Clone, Debug)]
pub enum BodyView<'a> {
    /// It is there: in the clear, or opened with the event key that the evidence discloses.
    Open(&'a Body<'a>),
    /// It is there, encrypted, and nothing opens it.
    Sealed,
    /// It was erased.
    Erased,
    /// It was left out of this evidence.
    Withheld,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not.
    Missing,
    /// It is there, and is not a body of the format.
    Unreadable,
}

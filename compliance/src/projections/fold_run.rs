//! Folding a range: from the bytes of headers and bodies to the states of all projections.

use indelible_evidence::{RecordError, body::Body, header::Header};

use crate::{
    gate::Governed,
    projections::{
        folds::Projections,
        record::{BodyView, PayloadState, Record},
    },
};

/// What there is of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyBytes<'b> {
    /// Its bytes in the clear, as they were or opened.
    Open(&'b [u8]),
    /// It is there, encrypted, and nothing opens it.
    Sealed,
    /// It was erased.
    Erased,
    /// It was left out of this evidence.
    Withheld,
    /// It is kept elsewhere.
    Archived,
    /// It ought to be there, and is not. Of a key event, which has none, this counts for nothing.
    Missing,
}

/// A range that can't be folded: the evidence is broken, and a report of it would say less than there was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A header is not one.
    #[error("the header after {after:?} does not decode")]
    Header {
        /// The record before it; none for the first.
        after: Option<u64>,
        /// Why.
        source: RecordError,
    },
    /// Records are missing, doubled or in another order.
    #[error("record {found} comes next, but record {expected} is expected")]
    Order {
        /// The sequence number that is due.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// Recorded time goes back, which it never does within a ledger.
    #[error("the time of record {sequence} is earlier than that of the record before it")]
    Time {
        /// The record.
        sequence: u64,
    },
}

/// Folds the records of one range, each once and in order.
#[derive(Clone, Debug, Default)]
pub struct FoldRun {
    projections: Projections,
    time: u64,
}

impl FoldRun {
    /// Starts from nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next record: the bytes of its header, and what there is of its body.
    ///
    /// After an error the run is as it was before; the range is to be given up.
    pub fn record(&mut self, header: &[u8], body: BodyBytes<'_>) -> Result<(), FoldError> {
        let header = Header::decode(header).map_err(|source| {
            let after = self.projections.ends().map(|(_, last)| last);
            FoldError::Header { after, source }
        })?;
        let decoded;
        let view = match body {
            BodyBytes::Open(bytes) => match Body::decode(bytes) {
                Ok(body) => {
                    decoded = body;
                    BodyView::Open(&decoded)
                }
                Err(_) => BodyView::Unreadable,
            },
            BodyBytes::Sealed => BodyView::Sealed,
            BodyBytes::Erased => BodyView::Erased,
            BodyBytes::Withheld => BodyView::Withheld,
            BodyBytes::Archived => BodyView::Archived,
            BodyBytes::Missing => BodyView::Missing,
        };
        self.see(&header, view)
    }

    /// Takes in the next record, decoded already.
    ///
    /// After an error the run is as it was before; the range is to be given up.
    pub fn see(&mut self, header: &Header<'_>, body: BodyView<'_>) -> Result<(), FoldError> {
        self.check(header)?;
        self.projections.record(&Record::new(header, body));
        self.time = header.time;
        Ok(())
    }

    /// Takes in what became of the payload of an event, if its header commits to one.
    pub fn payload(&mut self, header: &Header<'_>, state: PayloadState) {
        if let Some(record) = Record::of_payload(header) {
            self.projections.payload(&record, state);
        }
    }

    /// Takes in what a record of the daemon's own gate says: the payload that its header commits to, and none where that
    /// is not at hand. Of other records this does nothing.
    pub fn governed(&mut self, header: &Header<'_>, content: Option<&[u8]>) {
        if let Some(record) = Governed::new(header, content) {
            self.projections.governed(&record);
        }
    }

    fn check(&self, header: &Header<'_>) -> Result<(), FoldError> {
        let found = header.sequence;
        if let Some((_, last)) = self.projections.ends()
            && found != last + 1
        {
            let expected = last + 1;
            return Err(FoldError::Order { expected, found });
        }
        if header.time < self.time {
            return Err(FoldError::Time { sequence: found });
        }
        Ok(())
    }

    /// How far it is.
    pub fn projections(&self) -> &Projections {
        &self.projections
    }

    /// The states of the range.
    pub fn finish(self) -> Projections {
        self.projections
    }
}

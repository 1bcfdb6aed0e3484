//! When something was first and last seen, and how long it was silent in between.

use serde::{Deserialize, Serialize};

use super::{absorb::Absorb, nanos::Nanos};

/// First and last sign of something, and the longest silence between two signs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(Option<Span>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    first: (u64, Nanos),
    last: (u64, Nanos),
    silence: Option<Silence>,
}

/// A time without a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The record that ended it.
    pub ended_by: u64,
    /// How long.
    pub length: Nanos,
}

impl Timeline {
    /// Takes in a sign: the record's sequence number and time.
    pub fn see(&mut self, sequence: u64, time: u64) {
        let at = (sequence, Nanos(time));
        match &mut self.0 {
            Some(span) => {
                span.end_silence(at);
                span.last = at;
            }
            None => {
                let (first, last, silence) = (at, at, None);
                self.0 = Some(Span {
                    first,
                    last,
                    silence,
                });
            }
        }
    }

    /// It ends at this time, though the last sign was earlier or, in a period by event time, recorded later. That may be
    /// before the first one.
    pub fn reach(&mut self, time: u64) {
        if let Some(span) = &mut self.0 {
            span.last.1 = Nanos(time);
        }
    }

    /// Something came before the first sign, though it is in record 0.
    pub fn begin_late(&mut self) {
        if let Some(span) = &mut self.0 {
            span.first.0 = span.first.0.max(1);
        }
    }

    /// The first sign: sequence number and time in nanoseconds.
    pub fn first(&self) -> Option<(u64, u64)> {
        self.0.as_ref().map(|span| (span.first.0, span.first.1.0))
    }

    /// The last sign.
    pub fn last(&self) -> Option<(u64, u64)> {
        self.0.as_ref().map(|span| (span.last.0, span.last.1.0))
    }

    /// The longest silence between two signs, the first of such a length.
    pub fn silence(&self) -> Option<Silence> {
        self.0.as_ref().and_then(|span| span.silence)
    }
}

impl Span {
    fn end_silence(&mut self, at: (u64, Nanos)) {
        let length = Nanos(at.1.0.saturating_sub(self.last.1.0));
        self.lengthen(Silence {
            length,
            ended_by: at.0,
        });
    }

    fn lengthen(&mut self, silence: Silence) {
        if self
            .silence
            .is_none_or(|known| known.length < silence.length)
        {
            self.silence = Some(silence);
        }
    }
}

impl Absorb for Timeline {
    fn absorb(&mut self, later: Self) {
        let Some(later) = later.0 else { return };
        let Some(span) = &mut self.0 else {
            self.0 = Some(later);
            return;
        };
        span.end_silence(later.first);
        if let Some(silence) = later.silence {
            span.lengthen(silence);
        }
        span.last = later.last;
    }
}

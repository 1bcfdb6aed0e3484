//! One request, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Answer, Right},
    projections::pieces::{Nanos, Sum, absorb_fields},
    time::months_after,
};

/// Months that an answer may take (GDPR Article 12(3)).
const ANSWER_MONTHS: u64 = 1;
/// Months that it may take if the person was informed within the first.
const EXTENDED_MONTHS: u64 = 3;

/// What is known of a request: the first of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(rename = "a")]
    pub(super) answer: Option<Answered>,
    #[serde(rename = "aa")]
    pub(super) answers: Sum,
    #[serde(rename = "q")]
    pub(super) received: Option<Received>,
    #[serde(rename = "x")]
    pub(super) extended: Option<Nanos>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Received {
    /// When it came in.
    #[serde(rename = "i")]
    pub(super) came_in: Nanos,
    /// Whether the event says when it came in; if not, it may have been any time before.
    #[serde(rename = "k")]
    pub(super) is_known: bool,
    #[serde(rename = "r")]
    pub(super) right: Right,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answered {
    #[serde(rename = "d")]
    pub(super) with_digest: bool,
    #[serde(rename = "e")]
    pub(super) with_reason: bool,
    #[serde(rename = "o")]
    pub(super) outcome: Answer,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
    #[serde(rename = "t")]
    pub(super) time: Nanos,
}

absorb_fields!(Request {
    answer,
    answers,
    received,
    extended
});

impl Request {
    /// The first nanosecond at which an answer is late.
    pub(super) fn due(&self, received: &Received) -> u64 {
        let month = months_after(received.came_in.0, ANSWER_MONTHS);
        match self.extended {
            Some(Nanos(told)) if told < month => months_after(received.came_in.0, EXTENDED_MONTHS),
            _ => month,
        }
    }

    /// The first answer, unless it was recorded before the request came in: such a one answers something else.
    pub(super) fn answer(&self, received: &Received) -> Option<&Answered> {
        let answer = self.answer.as_ref();
        answer.filter(|answer| answer.time >= received.came_in)
    }

    /// Whether nobody can say how it was answered: the first answer came before it, and others came, of which none is
    /// kept.
    pub(super) fn is_answer_unknown(&self, received: &Received) -> bool {
        self.answer(received).is_none() && self.answers.value() > 1
    }
}

//! One request, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{Answer, Right},
    projections::pieces::{Absorb, Case, Different, Nanos, Sum, Told},
    time::months_after,
};

/// Months that an answer may take (GDPR Article 12(3)).
const ANSWER_MONTHS: u64 = 1;
/// Months that it may take if the person was informed within the first.
const EXTENDED_MONTHS: u64 = 3;

/// Requests for something else each that came in under one id before it was answered, of which so many are kept.
const RECEIVED_MAX: usize = 9;

/// What is known of a request: the first of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(rename = "a")]
    pub(super) answer: Option<Answered>,
    #[serde(rename = "aa")]
    pub(super) answers: Sum,
    /// What came in under the same id before it was answered.
    #[serde(rename = "q")]
    requests: Different<Received, RECEIVED_MAX>,
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

impl Absorb for Request {
    fn absorb(&mut self, later: Self) {
        self.requests.absorb(later.requests);
        if self.answer.is_none() {
            self.answer = later.answer;
        }
        self.answers.absorb(later.answers);
        self.extended.absorb(later.extended);
    }
}

/// What is asked and answered under one id.
impl Case for Request {
    fn begins(&self) -> bool {
        let answered = self.answer.as_ref().map(|answer| answer.sequence);
        let received = self.received().map(|received| received.sequence);
        received.is_some_and(|received| answered.is_none_or(|answered| received < answered))
    }

    fn has_ended(&self) -> bool {
        self.answers.value() > 0
    }

    fn is_neutral(&self) -> bool {
        self.received().is_none() && self.answers.value() == 0
    }
}

impl Told for Received {
    /// Without the time at which it came in, only what was asked is compared.
    fn is_same(&self, other: &Self) -> bool {
        let came_in = |one: &Self| one.is_known.then_some(one.came_in);
        self.right == other.right && came_in(self) == came_in(other)
    }
}

impl Request {
    /// It came in.
    pub(super) fn came_in(received: Received) -> Self {
        Self {
            requests: Different::one(received),
            ..Self::default()
        }
    }

    /// What came in; of several under one id what came in first.
    pub(super) fn received(&self) -> Option<&Received> {
        self.requests.first()
    }

    /// Each of what came in under one id by itself. Nobody knows which of several an answer is to: the first that came in
    /// before the answer passes for it, and nobody answered the others.
    pub(super) fn each(self) -> Vec<Self> {
        let all = self.requests.all();
        let [_, _, ..] = all else { return vec![self] };
        let is_before = |received: &Received| self.answer(received).is_some();
        let answered = all.iter().position(is_before).unwrap_or_default();
        let each = all.iter().cloned().enumerate();
        let each = each.map(|(at, received)| Self {
            requests: Different::one(received.clone()),
            ..match at == answered {
                true => self.clone(),
                false => Self::default(),
            }
        });
        each.collect()
    }

    /// How often the same came in again before it was answered, or something else after the last that is kept.
    pub(super) fn again(&self) -> u64 {
        self.requests.again()
    }

    /// Its answer may take longer, as the person was told then.
    pub(super) fn extended(told: Option<Nanos>) -> Self {
        Self {
            extended: told,
            ..Self::default()
        }
    }

    /// It was answered.
    pub(super) fn answered(answer: Answered) -> Self {
        let mut answers = Sum::default();
        answers.add(1);
        Self {
            answer: Some(answer),
            answers,
            ..Self::default()
        }
    }

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

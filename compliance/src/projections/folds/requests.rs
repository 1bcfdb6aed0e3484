//! What people asked of those who hold data on them, and whether they were answered in time.

mod rows;

use serde::{Deserialize, Serialize};

use super::waits::Waits;
use crate::{
    conventions::{Answer, Known, Right},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Counted, Hash16, Hashed, Nanos, Sum, Timeline, absorb_fields},
        record::Record,
        table::Table,
    },
    time::months_after,
};

/// Requests of one state.
const REQUESTS_MAX: usize = 1 << 17;
/// Months that an answer may take (GDPR Article 12(3)).
const ANSWER_MONTHS: u64 = 1;
/// Months that it may take if the person was informed within the first.
const EXTENDED_MONTHS: u64 = 3;
/// The events' family.
const FAMILY: &str = "privacy.request.";

/// See the module. Ids of requests are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Requests {
    not_readable: Counted,
    requests: Hashed<Request, REQUESTS_MAX>,
    timeline: Timeline,
}

/// What is known of a request: the first of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Request {
    #[serde(rename = "a")]
    answer: Option<Answered>,
    #[serde(rename = "aa")]
    answers: Sum,
    #[serde(rename = "q")]
    received: Option<Received>,
    #[serde(rename = "x")]
    extended: Option<Nanos>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Received {
    /// When it came in.
    #[serde(rename = "i")]
    came_in: Nanos,
    /// Whether the event says when it came in; if not, it may have been any time before.
    #[serde(rename = "k")]
    is_known: bool,
    #[serde(rename = "r")]
    right: Right,
    #[serde(rename = "s")]
    sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Answered {
    #[serde(rename = "d")]
    with_digest: bool,
    #[serde(rename = "e")]
    with_reason: bool,
    #[serde(rename = "o")]
    outcome: Answer,
    #[serde(rename = "s")]
    sequence: u64,
    #[serde(rename = "t")]
    time: Nanos,
}

absorb_fields!(Request {
    answer,
    answers,
    received,
    extended
});
absorb_fields!(Requests {
    not_readable,
    requests,
    timeline
});

impl Request {
    /// The first nanosecond at which an answer is late.
    fn due(&self, received: &Received) -> u64 {
        let month = months_after(received.came_in.0, ANSWER_MONTHS);
        match self.extended {
            Some(Nanos(told)) if told < month => months_after(received.came_in.0, EXTENDED_MONTHS),
            _ => month,
        }
    }
}

/// What the requests of a right, or all of them, come to.
#[derive(Default)]
struct Judged {
    received: Gathered,
    answered: Gathered,
    fulfilled: Gathered,
    extended: u64,
    refused: Gathered,
    refused_without_reason: Gathered,
    with_digest: u64,
    open: Gathered,
    late: Gathered,
    /// Answered within the time that the request is known to have.
    in_time: u64,
    /// Neither late by the recorded time nor known to be in time.
    undecided: Gathered,
    waits: Waits,
}

impl Judged {
    /// `end`: the time up to which what is open may be late.
    fn see(&mut self, request: &Request, received: &Received, end: u64) {
        self.received.see(received.sequence);
        self.extended += u64::from(request.extended.is_some());
        let due = request.due(received);
        let Some(answer) = &request.answer else {
            self.open.see(received.sequence);
            self.judge(received, end >= due);
            return;
        };
        self.answered.see(answer.sequence);
        self.with_digest += u64::from(answer.with_digest);
        if answer.outcome == Answer::Fulfilled {
            self.fulfilled.see(answer.sequence);
        }
        if answer.outcome == Answer::Refused {
            self.refused.see(answer.sequence);
            if !answer.with_reason {
                self.refused_without_reason.see(answer.sequence);
            }
        }
        let late = answer.time.0 >= due;
        self.judge(received, late);
        self.in_time += u64::from(!late && received.is_known);
        let took = answer.time.0.saturating_sub(received.came_in.0);
        self.waits.see(took, answer.sequence);
    }
}

impl Judged {
    fn judge(&mut self, received: &Received, late: bool) {
        if late {
            self.late.see(received.sequence);
        } else if !received.is_known {
            self.undecided.see(received.sequence);
        }
    }
}

impl Requests {
    fn request(&mut self, request_id: &str, see: impl FnOnce(&mut Request)) {
        if let Some(request) = self.requests.at(Hash16::of(request_id)) {
            see(request);
        }
    }

    fn end(&self) -> u64 {
        self.timeline.last().map_or(0, |(_, time)| time)
    }

    /// The requests of a right, of all without one; none if there are too many.
    fn judged(&self, right: Option<Right>, end: u64) -> Option<Judged> {
        let mut judged = Judged::default();
        for request in self.requests.all()?.values() {
            if let Some(received) = &request.received
                && right.is_none_or(|right| received.right == right)
            {
                judged.see(request, received, end);
            }
        }
        Some(judged)
    }

    fn put(&self, prefix: &str, right: Option<Right>, measures: &mut Measures) {
        let judged = self.judged(right, self.end());
        let known = judged.is_some();
        let judged = judged.unwrap_or_default();
        let unread = self.not_readable.count();
        let received = judged.received.count() + unread;
        let answered = judged.answered.count();
        let undecided = judged.undecided.count();
        let begins_late = self.begins_late();
        // One that can't be read may be the request that came first, a longer time for it, or its answer.
        let of_all = Unread::once(unread).over(unread);
        let open = of_all.before(begins_late);
        let late = Unread::once(unread + undecided)
            .over(unread)
            .before(begins_late);
        let settled = judged.in_time + judged.late.count();
        let in_time = known.then_some((judged.in_time, settled));
        measures
            .share_known(
                &format!("{prefix}share_in_time"),
                in_time,
                "no request was answered, and none is due",
            )
            .of(settled + undecided + unread)
            .unread(late.more(unread + undecided));
        for (name, gathered, population, unread) in [
            ("received", judged.received, received, of_all),
            ("answered", judged.answered, received, of_all),
            ("fulfilled", judged.fulfilled, answered + unread, of_all),
            ("refused", judged.refused, answered + unread, of_all),
            (
                "refused_without_reason",
                judged.refused_without_reason,
                answered + unread,
                of_all,
            ),
            ("open_at_end", judged.open, received, open),
            ("late", judged.late, received, late),
            ("without_received_at", judged.undecided, received, of_all),
        ] {
            measures
                .gathered(&format!("{prefix}{name}"), known.then_some(gathered))
                .of(population)
                .unread(unread);
        }
        let share = known.then_some((judged.with_digest, answered));
        let name = format!("{prefix}share_with_answer_digest");
        measures
            .share_known(&name, share, "no request was answered")
            .of(answered + unread)
            .unread(of_all.more(unread));
        let name = format!("{prefix}time_to_answer");
        if known {
            let nothing = "no request was answered";
            judged
                .waits
                .measures(&name, nothing, unread + undecided, measures);
        } else {
            Waits::unknown(&name, measures);
        }
    }

    fn begins_late(&self) -> bool {
        self.timeline.first().is_some_and(|(first, _)| first > 0)
    }

    /// Answers whose request is not in the range.
    fn outside(&self) -> Option<Gathered> {
        let mut outside = Gathered::default();
        for request in self.requests.all()?.values() {
            if let (None, Some(answer)) = (&request.received, &request.answer) {
                outside.see(answer.sequence);
            }
        }
        Some(outside)
    }
}

/// How the measures of all requests begin, and those of each right.
fn prefixes() -> impl Iterator<Item = (String, Option<Right>)> {
    let of_right = |right: &Right| (format!("requests.{}_", right.word()), Some(*right));
    let all = ("requests.".to_owned(), None);
    std::iter::once(all).chain(Right::ALL.iter().map(of_right))
}

impl Fold for Requests {
    const NAME: &'static str = "requests";
    const VERSION: u32 = 2;

    fn reach(&mut self, time: u64) {
        self.timeline.reach(time);
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        match record.known() {
            Some(Known::RequestReceived(event)) => {
                let came_in = event.received_at_ns.unwrap_or(time).min(time);
                let received = Received {
                    came_in: Nanos(came_in),
                    is_known: event.received_at_ns.is_some(),
                    right: event.right,
                    sequence,
                };
                self.request(event.request_id, |request| {
                    request.received.get_or_insert(received);
                });
            }
            Some(Known::RequestExtended(event)) => self.request(event.request_id, |request| {
                request.extended.get_or_insert(Nanos(time));
            }),
            Some(Known::RequestAnswered(event)) => {
                let (outcome, time) = (event.outcome, Nanos(time));
                let with_reason = event.reason.is_some();
                let with_digest = record.body().is_some_and(|body| {
                    let mut digests = body.digests.iter();
                    digests.any(|digest| digest.component == "answer")
                });
                self.request(event.request_id, |request| {
                    request.answers.add(1);
                    request.answer.get_or_insert(Answered {
                        with_digest,
                        with_reason,
                        outcome,
                        sequence,
                        time,
                    });
                });
            }
            Some(_) => {}
            None => {
                if record.is_unusable(FAMILY) {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("requests.not_readable", &self.not_readable);
        for (prefix, right) in prefixes() {
            self.put(&prefix, right, measures);
        }
        let unread = self.not_readable.count();
        let outside = self.outside();
        let count = outside.as_ref().map_or(0, Gathered::count);
        measures
            .gathered("requests.answered_outside", outside)
            .of(count + unread)
            .unread(Unread::once(unread).over(unread));
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}

//! What people asked of those who hold data on them, and whether they were answered in time.

mod judged;
mod request;
mod rows;

use indelible_evidence::header::RecordKind;
use serde::{Deserialize, Serialize};

use self::{
    judged::Judged,
    request::{Answered, Received, Request},
};
use super::waits::Waits;
use crate::{
    conventions::{Known, RequestAnswered, RequestExtended, RequestReceived, Right},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures, Unread},
        pieces::{Cases, Counted, Hash16, Hashed, Last, Nanos, Timeline, absorb_fields},
        record::Record,
        table::Table,
    },
};

/// Requests of one state.
const REQUESTS_MAX: usize = 1 << 17;

/// See the module. Ids of requests are only kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Requests {
    /// Of those that can't be read, those that may be answers.
    answers_not_readable: Counted,
    /// When an erasure was last recorded.
    erased: Last<Nanos>,
    not_readable: Counted,
    /// Of those that can't be read, those that may be requests or answers, and not only more time for one.
    not_readable_but_extensions: Counted,
    /// Of those that can't be read, those that may be requests.
    received_not_readable: Counted,
    requests: Hashed<Cases<Request>, REQUESTS_MAX>,
    timeline: Timeline,
}

absorb_fields!(Requests {
    answers_not_readable,
    erased,
    not_readable,
    not_readable_but_extensions,
    received_not_readable,
    requests,
    timeline
});

impl Requests {
    fn request(&mut self, request_id: &str, said: Request) {
        if let Some(cases) = self.requests.at(Hash16::of(request_id)) {
            cases.see(said);
        }
    }

    /// What was asked under each id, one case after the other, and how many came before it under the same id; none if
    /// there are too many. Those that came in while one was open under the same id are cases that nobody answered.
    fn cases(&self) -> Option<Vec<(usize, Request)>> {
        let mut all = Vec::new();
        for cases in self.requests.all()?.values() {
            let each = cases.all()?.into_iter().flat_map(Request::each);
            all.extend(each.enumerate());
        }
        Some(all)
    }

    /// Requests that came in under an id that had been used before.
    fn again(&self) -> Option<Gathered> {
        let mut again = Gathered::default();
        for (before, case) in self.cases()? {
            if let (1.., Some(received)) = (before, case.received()) {
                again.see(received.sequence);
            }
        }
        Some(again)
    }

    /// How many requests are the same again, unless an answer that can't be read lies between the two.
    fn told_again(&self) -> u64 {
        if self.answers_not_readable.count() == 0 {
            return 0;
        }
        let all = self.requests.all();
        let cases = all.into_iter().flat_map(|all| all.values());
        let cases = cases.filter_map(Cases::all).flatten();
        cases.map(|case| case.again()).sum()
    }

    fn end(&self) -> u64 {
        self.timeline.last().map_or(0, |(_, time)| time)
    }

    /// The requests of a right, of all without one; none if there are too many.
    fn judged(&self, right: Option<Right>, end: u64) -> Option<Judged> {
        let mut judged = Judged::default();
        let erased = self.erased.0.map(|Nanos(erased)| erased);
        for (_, request) in &self.cases()? {
            if let Some(received) = request.received()
                && right.is_none_or(|right| received.right == right)
            {
                judged.see(request, received, end, erased);
            }
        }
        Some(judged)
    }

    fn put(&self, prefix: &str, right: Option<Right>, measures: &mut Measures) {
        let judged = self.judged(right, self.end());
        let known = judged.is_some();
        let judged = judged.unwrap_or_default();
        let all = self.not_readable.count();
        let unread = self.not_readable_but_extensions.count();
        let again = self.told_again();
        let received = judged.received.count() + unread + again;
        let answered = judged.answered.count();
        let unknown = judged.answer_unknown;
        let undecided = judged.undecided.count() + unknown;
        let begins_late = self.begins_late();
        // One that can't be read may be the request that came first, its answer, or more time for it; and after an answer
        // the next request is another one.
        let of_all = Unread::once(unread).over(unread).of_events(unread);
        let came_in = of_all.or_undecided(again);
        // One that was answered before it came in, and again, may be open or not.
        let of_answers = with_unsaid(of_all, unread + unknown, unknown);
        let open = of_answers.before(begins_late).or_undecided(again);
        let timed = Unread::once(all).over(all).of_events(all);
        let untimed = timed.or_undecided(again);
        let late = timed.before(begins_late);
        let late = with_unsaid(late, unread + undecided, undecided);
        let settled = judged.in_time + judged.late.count();
        let in_time = known.then_some((judged.in_time, settled));
        let name = format!("{prefix}share_in_time");
        let words = words(right);
        measures
            .share_known(&name, in_time, &judged.nothing_settled(words))
            .shown_by(judged.late.records())
            .of(settled + undecided + unread)
            .unread(late.over(unread).more(all + undecided));
        if right == Some(Right::Erasure) {
            let name = format!("{prefix}share_fulfilled_by_erasures");
            judged.followed(&name, known, of_answers, measures);
        }
        let to_answers = answered + unread + unknown;
        let counts = [
            ("received", judged.received, received, came_in),
            ("answered", judged.answered, received, of_answers),
            ("answered_early", judged.answered_early, received, of_all),
            ("fulfilled", judged.fulfilled, to_answers, of_answers),
            ("refused", judged.refused, to_answers, of_answers),
            (
                "refused_without_reason",
                judged.refused_without_reason,
                to_answers,
                of_answers,
            ),
            ("open_at_end", judged.open, received, open),
            ("late", judged.late, received, late.or_undecided(again)),
            ("without_received_at", judged.undecided, received, untimed),
        ];
        put_counts(prefix, known, counts, measures);
        let without_digest = judged.without_digest.records();
        let given = known.then_some(((judged.with_digest, answered), &judged.waits));
        let took = Unread::once(unread + undecided).unsaid(undecided);
        let of_share = of_answers.more(unread);
        put_answers(
            prefix,
            given,
            &unanswered(words),
            (to_answers, of_share, took),
            without_digest,
            measures,
        );
    }

    fn begins_late(&self) -> bool {
        self.timeline.first().is_some_and(|(first, _)| first > 0)
    }

    /// Answers whose request is not in the range.
    fn outside(&self) -> Option<Gathered> {
        let mut outside = Gathered::default();
        for (_, request) in &self.cases()? {
            if let (None, Some(answer)) = (request.received(), &request.answer) {
                outside.see(answer.sequence);
            }
        }
        Some(outside)
    }
}

/// Puts how many requests there are of each kind, of how many; unless there are too many.
fn put_counts<const N: usize>(
    prefix: &str,
    known: bool,
    counts: [(&str, Gathered, u64, Unread); N],
    measures: &mut Measures,
) {
    for (name, gathered, population, unread) in counts {
        measures
            .gathered(&format!("{prefix}{name}"), known.then_some(gathered))
            .of(population)
            .unread(unread);
    }
}

/// The same, of so many events in all, of which some leave open what decides.
fn with_unsaid(unread: Unread, once: u64, unsaid: u64) -> Unread {
    Unread {
        once,
        unsaid,
        ..unread
    }
}

/// Puts how many answers have a digest, and how long they took; without both there are too many requests.
fn put_answers(
    prefix: &str,
    given: Option<((u64, u64), &Waits)>,
    nothing: &str,
    (population, of_share, took): (u64, Unread, Unread),
    without_digest: Vec<u64>,
    measures: &mut Measures,
) {
    let (share, waits) = given.unzip();
    let name = format!("{prefix}share_with_answer_digest");
    measures
        .share_known(&name, share, nothing)
        .shown_by(without_digest)
        .of(population)
        .unread(of_share);
    let name = format!("{prefix}time_to_answer");
    match waits {
        Some(waits) => waits.measures(&name, nothing, took, measures),
        None => Waits::unknown(&name, measures),
    }
}

/// What a request of a right is called, or of any without one, and several of them.
fn words(right: Option<Right>) -> [&'static str; 2] {
    match right {
        None => ["request", "requests"],
        Some(Right::Access) => ["request for access", "requests for access"],
        Some(Right::Erasure) => ["request for erasure", "requests for erasure"],
        Some(Right::Rectification) => ["request for rectification", "requests for rectification"],
        Some(Right::Restriction) => ["request for restriction", "requests for restriction"],
        Some(Right::Portability) => ["request for portable data", "requests for portable data"],
        Some(Right::Objection) => ["objection", "objections"],
        Some(Right::Other) => ["request of another kind", "requests of another kind"],
        Some(Right::HumanIntervention) => ["request for a human", "requests for a human"],
        Some(Right::Explanation) => ["request for an explanation", "requests for an explanation"],
    }
}

/// Why nothing can be said of answers, where none is known.
fn unanswered([one, _]: [&str; 2]) -> String {
    format!("no {one} is known to have been answered after it came in")
}

/// How the measures of all requests begin, and those of each right.
fn prefixes() -> impl Iterator<Item = (String, Option<Right>)> {
    let of_right = |right: &Right| (format!("requests.{}_", right.word()), Some(*right));
    let all = ("requests.".to_owned(), None);
    std::iter::once(all).chain(Right::ALL.iter().map(of_right))
}

impl Fold for Requests {
    const NAME: &'static str = "requests";
    const VERSION: u32 = 5;

    fn range(&mut self) -> Option<&mut Timeline> {
        Some(&mut self.timeline)
    }

    fn record(&mut self, record: &Record<'_>) {
        let (sequence, time) = (record.sequence(), record.time());
        self.timeline.see(sequence, time);
        if matches!(record.header.kind, RecordKind::Erasure(_)) {
            self.erased = Last(Some(Nanos(time)));
        }
        match record.known() {
            Some(Known::RequestReceived(event)) => {
                let came_in = record.said(event.received_at_ns);
                let received = Received {
                    came_in: Nanos(came_in.unwrap_or(time)),
                    is_known: came_in.is_some(),
                    right: event.right,
                    sequence,
                };
                self.request(event.request_id, Request::came_in(received));
            }
            Some(Known::RequestExtended(event)) => {
                let extended = Some(Nanos(time));
                self.request(event.request_id, Request::extended(extended));
            }
            Some(Known::RequestAnswered(event)) => {
                let (outcome, time) = (event.outcome, Nanos(time));
                let with_reason = event.reason.is_some();
                let with_digest = record.body().is_some_and(|body| {
                    let mut digests = body.digests.iter();
                    digests.any(|digest| digest.component == "answer")
                });
                let answer = Answered {
                    with_digest,
                    with_reason,
                    outcome,
                    sequence,
                    time,
                };
                self.request(event.request_id, Request::answered(answer));
            }
            Some(_) => {}
            None => {
                let (asked, more_time, answered) = (
                    RequestReceived::TYPE,
                    RequestExtended::TYPE,
                    RequestAnswered::TYPE,
                );
                for (types, counted) in [
                    (&[asked][..], &mut self.received_not_readable),
                    (&[answered], &mut self.answers_not_readable),
                    (&[asked, answered], &mut self.not_readable_but_extensions),
                    (&[asked, more_time, answered], &mut self.not_readable),
                ] {
                    if record.may_be_any(types) {
                        counted.see(sequence);
                    }
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("requests.not_readable", &self.not_readable);
        for (prefix, right) in prefixes() {
            self.put(&prefix, right, measures);
        }
        let (again, told_again) = (self.again(), self.told_again());
        let received = self.cases().map_or(0, |cases| cases.len() as u64);
        let unread = self.not_readable_but_extensions.count();
        measures
            .gathered("requests.ids_used_again", again)
            .of(received + unread + told_again)
            .unread(
                Unread::once(unread)
                    .over(unread)
                    .of_events(unread)
                    .or_undecided(told_again),
            );
        let answers = self.answers_not_readable.count();
        let outside = self.outside();
        let count = outside.as_ref().map_or(0, Gathered::count);
        measures
            .gathered("requests.answered_outside", outside)
            .of(count + answers)
            .unread(
                Unread::once(answers)
                    .over(self.received_not_readable.count())
                    .of_events(self.not_readable_but_extensions.count()),
            );
    }

    fn tables(&self) -> Vec<Table> {
        self.rows()
    }
}

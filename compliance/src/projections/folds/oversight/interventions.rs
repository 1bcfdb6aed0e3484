//! What the state says of interventions: how often, how soon, by whom, and on which decisions.

use super::{Oversight, Reviewer, granters::Granters};
use crate::{
    projections::{
        folds::{
            decisions::nothing as nothing_of_decisions,
            reactions::{Contested, LookedAfter, Reacted},
        },
        measure::{Gathered, Measures, Unread, Value, too_many},
        pieces::{Counted, Hash16},
    },
    time::months_after,
};

/// Months within which whoever asks for a human is answered (GDPR Article 12(3)).
const ANSWER_MONTHS: u64 = 1;

impl Reviewer {
    /// Everything that is said in the name.
    pub(super) fn all(&self) -> [&Counted; 4] {
        [
            &self.overrides,
            &self.interventions,
            &self.granted,
            &self.denied,
        ]
    }
}

impl Oversight {
    /// How often, and how soon, humans reacted to the decisions of the range.
    pub(super) fn reactions(&self, measures: &mut Measures) {
        let overridden = self.overridden.of(&self.decided);
        let reviewed = self.reviewed.of(&self.decided);
        let decisions = self.decisions_not_readable.count();
        let whole = self.decisions.count();
        let overrides = self.overrides_not_readable.count();
        let interventions = self.interventions_not_readable.count();
        let name = "oversight.override_rate";
        let nothing = nothing_of_decisions(decisions);
        match &overridden {
            Some(Reacted {
                inside, records, ..
            }) => measures.share(name, *inside, whole, records, nothing),
            None => measures.put(name, too_many(), &[]),
        }
        .of(whole + decisions)
        .unread(Reacted::open_decisions(
            overridden.as_ref(),
            Unread::once(decisions + overrides)
                .more(overrides)
                .of_events(decisions + overrides),
        ));
        let nothing = "no decision of the range was overridden, as clients tell";
        let name = "oversight.time_to_override";
        let unread = overrides + decisions;
        Reacted::waits(overridden.as_ref(), name, nothing, unread, measures);
        let nothing = "no intervention of the range names a decision of it";
        let name = "oversight.time_to_intervene";
        let unread = interventions + decisions;
        Reacted::waits(reviewed.as_ref(), name, nothing, unread, measures);
        self.linked(&overridden, &reviewed, measures);
        self.unlinked(overridden, reviewed, measures);
    }

    /// A decision, or the declaration of an agent, may have been recorded before the range.
    fn earlier(&self, unread: Unread) -> Unread {
        unread.earlier(self.begins_late())
    }

    /// Which of what people did names a decision of the range that was recorded before.
    fn linked(
        &self,
        overridden: &Option<Reacted>,
        reviewed: &Option<Reacted>,
        measures: &mut Measures,
    ) {
        let overrides = self.overrides_not_readable.count();
        let interventions = self.interventions_not_readable.count();
        let decisions = self.decisions_not_readable.count();
        let inside = |reacted: &Option<Reacted>| reacted.as_ref().map(|reacted| reacted.linked);
        let (of_overrides, of_interventions) = (
            self.overrides.count() + overrides,
            self.interventions.count() + interventions,
        );
        measures
            .number("oversight.overrides_linked", inside(overridden))
            .of(of_overrides)
            .unread(Reacted::open(
                overridden.as_ref(),
                self.earlier(Unread::once(overrides).more(decisions)),
            ));
        measures
            .number("oversight.interventions_linked", inside(reviewed))
            .of(of_interventions)
            .unread(Reacted::open(
                reviewed.as_ref(),
                self.earlier(Unread::once(interventions).more(decisions)),
            ));
        let linked = inside(overridden).zip(inside(reviewed));
        let linked = linked.map(|(overrides, interventions)| overrides + interventions);
        let all = self.overrides.count() + self.interventions.count();
        let unread = Unread::once(overrides + interventions);
        let unread = [overridden, reviewed]
            .into_iter()
            .fold(unread, |unread, of| Reacted::open(of.as_ref(), unread));
        let undecided = unread.unsaid;
        // The decision that is named may be one that can't be read.
        measures
            .number(
                "oversight.interventions_unlinked",
                linked.map(|linked| all.saturating_sub(linked + undecided)),
            )
            .of(of_overrides + of_interventions)
            .unread(self.earlier(unread.fewer(decisions)));
        let name = "oversight.share_interventions_linked";
        let share = linked.map(|linked| (linked, all));
        measures
            .share_known(name, share, "nobody looked after a decision")
            .of(of_overrides + of_interventions)
            .unread(self.earlier(unread.more(decisions)));
    }

    /// Which of it names none, or one that was recorded later.
    fn unlinked(
        &self,
        overridden: Option<Reacted>,
        reviewed: Option<Reacted>,
        measures: &mut Measures,
    ) {
        // The decision that is named may be one that can't be read, or one of these may come before it.
        let decisions = self.decisions_not_readable.count();
        let unlinked_overrides =
            self.earlier(Unread::once(self.overrides_not_readable.count()).fewer(decisions));
        let unlinked_interventions =
            self.earlier(Unread::once(self.interventions_not_readable.count()).fewer(decisions));
        let undecided = |reacted: &Option<Reacted>, unread| Reacted::open(reacted.as_ref(), unread);
        let unlinked_overrides = undecided(&overridden, unlinked_overrides);
        let unlinked_interventions = undecided(&reviewed, unlinked_interventions);
        let early = |unread: Unread| unread.more(decisions).of_events(unread.count());
        let of_overrides = self.overrides.count() + self.overrides_not_readable.count();
        let of_interventions = self.interventions.count() + self.interventions_not_readable.count();
        let (overridden, overridden_before) = outside_and_before(overridden);
        let (reviewed, reviewed_before) = outside_and_before(reviewed);
        // One that was recorded before the decision that it names answers none that these records hold.
        let naming_none = |outside: Option<Gathered>, before: &Option<Gathered>| {
            outside.zip(before.as_ref()).map(|(mut outside, before)| {
                outside.take_in_all(before);
                outside
            })
        };
        let overridden = naming_none(overridden, &overridden_before);
        let reviewed = naming_none(reviewed, &reviewed_before);
        for (name, gathered, population, unread) in [
            (
                "oversight.overrides_of_decisions_outside",
                overridden,
                of_overrides,
                unlinked_overrides,
            ),
            (
                "oversight.interventions_on_decisions_outside",
                reviewed,
                of_interventions,
                unlinked_interventions,
            ),
            (
                "oversight.overrides_before_decision",
                overridden_before,
                of_overrides,
                early(unlinked_overrides),
            ),
            (
                "oversight.interventions_before_decision",
                reviewed_before,
                of_interventions,
                early(unlinked_interventions),
            ),
        ] {
            measures
                .gathered(name, gathered)
                .of(population)
                .unread(unread);
        }
    }

    /// Which decisions somebody other than the agents looked after, and which the people concerned were told of.
    pub(super) fn looked_after(&self, measures: &mut Measures) {
        let decisions = self.decisions_not_readable.count();
        let whole = self.decisions.count();
        let agents = self.operators.agents();
        let looked_after = agents.and_then(|agents| {
            let kinds = [&self.overridden, &self.reviewed];
            LookedAfter::of(&kinds, &self.decided, &agents)
        });
        let acts = self.overrides_not_readable.count() + self.interventions_not_readable.count();
        // Who reviewed may be an agent, or the one who decided.
        let unread = Unread::once(decisions + acts)
            .more(acts)
            .fewer(self.agents_not_readable.count())
            .over(decisions)
            .of_events(self.reviews_or_agents.count());
        let nothing = nothing_of_decisions(decisions);
        let (once, twice) = looked_after
            .as_ref()
            .map(|after| (after.decisions, after.twice))
            .unzip();
        let records = looked_after.map_or_else(Vec::new, |after| after.records);
        let count = once.map_or_else(too_many, Value::Count);
        measures
            .put("oversight.decisions_reviewed", count, &records)
            .of(whole + decisions)
            .unread(unread);
        let told = self.told.of(&self.decided);
        let notices = self.notices_not_readable.count();
        let of_notices = Reacted::open_decisions(
            told.as_ref(),
            Unread::once(decisions + notices)
                .more(notices)
                .of_events(decisions + notices),
        );
        let (told, told_by) = told.map(|told| (told.inside, told.records)).unzip();
        let told_by = told_by.unwrap_or_default();
        for (name, part, records, unread) in [
            (
                "oversight.share_decisions_reviewed",
                once,
                &records[..],
                unread,
            ),
            (
                "oversight.share_decisions_reviewed_twice",
                twice,
                &[],
                unread,
            ),
            (
                "oversight.share_decisions_told",
                told,
                &told_by[..],
                of_notices,
            ),
        ] {
            match part {
                Some(part) => measures.share(name, part, whole, records, nothing),
                None => measures.put(name, too_many(), &[]),
            }
            .of(whole + decisions)
            .unread(unread);
        }
        measures
            .count("oversight.notices", &self.notices)
            .of_family(self.notices.count(), self.notices_not_readable.count());
    }

    /// What became of decisions of which people asked that a human look at them.
    pub(super) fn contested(&self, measures: &mut Measures) {
        let end = self.range.last().map_or(0, |(_, time)| time);
        let contested = self.operators.agents().and_then(|agents| {
            let kinds = [&self.overridden, &self.reviewed];
            let is_due = |asked| end >= months_after(asked, ANSWER_MONTHS);
            Contested::of(&self.contested, &kinds, &self.decided, &agents, is_due)
        });
        let requests = self.requests_not_readable.count();
        let decisions = self.decisions_not_readable.count();
        let acts = self.overrides_not_readable.count() + self.interventions_not_readable.count();
        let pending = contested.as_ref().map_or(0, |contested| contested.pending);
        let settled = contested.as_ref().map(|contested| {
            let settled = contested.decisions - contested.pending;
            (contested.looked_after, settled)
        });
        let agents = self.agents_not_readable.count();
        let unread = Unread::once(requests + decisions + acts + pending)
            .unsaid(pending)
            .more(acts + requests)
            .fewer(agents)
            .over(decisions + requests)
            .of_events(self.contests_or_agents.count());
        measures
            .count("oversight.contests", &self.contests)
            .of_family(self.contests.count(), requests);
        measures
            .count(
                "oversight.contests_without_decision",
                &self.contests_without_decision,
            )
            .of_family(self.contests.count(), requests);
        let outside = contested.map(|contested| contested.outside);
        measures
            .gathered("oversight.contests_of_decisions_outside", outside)
            .of(self.contests.count() + requests)
            .unread(
                self.earlier(
                    Unread::once(requests)
                        .over(requests)
                        .fewer(decisions)
                        .of_events(requests + decisions),
                ),
            );
        let nothing = "no decision of the range was contested, or the time for each is not over";
        measures
            .share_known("oversight.share_contested_looked_after", settled, nothing)
            .of(settled.map_or(0, |(_, settled)| settled) + requests + decisions + acts + pending)
            .unread(unread);
    }

    /// How many names stand for somebody who looked after what others did. Who did nothing but grant what an agent of
    /// their own had asked for, or nobody yet, is not among them.
    pub(super) fn named_reviewers(&self, measures: &mut Measures) {
        let granters = Granters::of(&self.approvals, &self.operators);
        let known = self.reviewers.all().zip(granters);
        // An event of approvals that can't be read may be the request that makes a grant count.
        let may_count = self.approvals_not_readable.count() > 0;
        let (mut by_acts, mut by_grants, mut unclear) = (0, 0, 0);
        let known = known.map(|(reviewers, granters)| {
            for (name, reviewer) in reviewers {
                let acts = [
                    &reviewer.overrides,
                    &reviewer.interventions,
                    &reviewer.denied,
                ];
                let hash = Hash16::of(name);
                let not_counting = granters.not_counting.get(&hash).copied();
                if acts.iter().any(|acts| acts.count() > 0) {
                    by_acts += 1;
                } else if granters.of_others.contains(&hash) {
                    by_grants += 1;
                } else if may_count || reviewer.granted.count() > not_counting.unwrap_or_default() {
                    unclear += 1;
                }
            }
            by_acts + by_grants
        });
        // A request or a declaration that can't be read may tie a reviewer to the agent that asked.
        let unread = self.not_readable.count();
        let ties = self.approvals_not_readable.count() + self.agents_not_readable.count();
        let may_be_tied = if ties > 0 { by_grants } else { 0 };
        let approvals = [
            &self.requested,
            &self.granted,
            &self.denied,
            &self.expired,
            &self.approvals_not_readable,
        ];
        let declarations = match approvals.iter().all(|approvals| approvals.count() == 0) {
            true => 0,
            false => self.humans_or_agents.count() - unread,
        };
        measures
            .number("oversight.reviewers", known)
            .of(known.unwrap_or_default() + unread + unclear)
            .unread(
                Unread::once(unread + unclear)
                    .unsaid(unclear)
                    .over(may_be_tied)
                    .of_events(unread + declarations),
            );
    }
}

fn outside_and_before(reacted: Option<Reacted>) -> (Option<Gathered>, Option<Gathered>) {
    reacted
        .map(|reacted| (reacted.outside, reacted.before))
        .unzip()
}

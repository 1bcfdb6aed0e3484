//! What the state says in single values.

use std::collections::BTreeSet;

use super::{Governance, approvals::Judged};
use crate::projections::{
    folds::waits::Waits,
    measure::{Measures, Unread},
};

impl Governance {
    /// Decisions, and what came of them.
    pub(super) fn of_decisions(&self, measures: &mut Measures) {
        measures.count("governance.not_readable", &self.unread.all);
        let unread = self.unread.decisions.count();
        let decisions = &self.decisions;
        let read = decisions.recorded.count();
        for (name, counted) in [
            ("decisions", &decisions.recorded),
            ("allowed", &decisions.allowed),
            ("warned", &decisions.warned),
            ("escalated", &decisions.escalated),
            ("denied", &decisions.denied),
            ("denied_budgets", &decisions.denied_budgets),
            ("denied_halt", &decisions.denied_halt),
            ("denied_loops", &decisions.denied_loops),
            ("denied_scope", &decisions.denied_scope),
            ("approvals_used", &decisions.approval_used),
            ("not_the_agent", &decisions.not_the_agent),
        ] {
            measures
                .count(&format!("governance.{name}"), counted)
                .of_family(read, unread);
        }
        measures
            .count("governance.shadows", &decisions.shadow)
            .of_family(read + decisions.shadow.count(), unread);
        let with_policy = &decisions.with_policy;
        measures
            .share(
                "governance.share_with_policy",
                with_policy.count(),
                read,
                with_policy.records(),
                "the ledger's own gate decided nothing that can be read",
            )
            .lacking(decisions.without_policy.records().to_vec())
            .of_family(read, unread);
        measures.recurring("governance.decisions", &self.again);
        for (name, kind) in [("model_calls", "model_call"), ("tool_calls", "tool_call")] {
            measures
                .number(&format!("governance.{name}"), decisions.allowed_of(kind))
                .of_family(read, unread);
        }
        let (done, unread) = (&self.completions, self.unread.completions.count());
        for (name, counted) in [
            ("completions", &done.recorded),
            ("completions_late", &done.late),
            ("overruns", &done.overruns),
        ] {
            measures
                .count(&format!("governance.{name}"), counted)
                .of_family(done.recorded.count(), unread);
        }
        measures
            .count("governance.releases", &done.released)
            .of_family(done.released.count(), self.unread.releases.count());
        // One that can't be read may have used any number.
        for (name, sum) in [("tokens", done.tokens), ("nano_usd", done.nano_usd)] {
            measures
                .number(&format!("governance.{name}"), Some(sum.value()))
                .of(done.recorded.count() + unread)
                .unread(Unread::default().more(unread));
        }
    }

    /// What humans were asked, and what they said.
    pub(super) fn of_approvals(&self, measures: &mut Measures) {
        let end = self.range.last().map_or(0, |(_, time)| time);
        let judged = self.approvals.judged(&self.operators, end);
        let openings = self.unread.openings.count();
        let answers = self.unread.answers.count();
        let expiries = self.unread.expiries.count();
        let unread = openings + answers;
        let before = self.begins_late();
        let known = judged.is_some();
        let judged = judged.unwrap_or_default();
        let opened = judged.opened.count();
        let answered = judged.granted.count() + judged.denied.count();
        // What is still open, and not yet old enough, may still be answered.
        let due = opened - judged.waiting.count();
        let mut missed = judged.expired.clone();
        missed.take_in_all(&judged.unanswered);
        let missed = missed.records();
        // An answer that can't be read may be the one that counts.
        let of_answers = Unread::once(unread).over(answers).of_events(unread);
        let of_none = Unread::once(openings)
            .over(answers + expiries)
            .of_events(unread + expiries)
            .before(before);
        for (name, gathered, unread) in [
            ("opened", &judged.opened, Unread::once(openings)),
            ("granted", &judged.granted, of_answers),
            ("denied", &judged.denied, of_answers),
            (
                "expired",
                &judged.expired,
                Unread::once(openings + expiries),
            ),
            ("unanswered", &judged.unanswered, of_none),
            ("waiting", &judged.waiting, of_none),
        ] {
            measures
                .gathered(
                    &format!("governance.approvals_{name}"),
                    known.then(|| gathered.clone()),
                )
                .of(opened + openings)
                .unread(unread);
        }
        measures
            .share_known(
                "governance.share_approvals_answered",
                known.then_some((answered, due)),
                match opened {
                    0 => "the ledger's own gate asked no human",
                    _ => "what the ledger's own gate asked humans can all still be answered",
                },
            )
            .lacking(missed)
            .of(due + unread)
            .unread(of_answers.more(unread));
        self.of_answers(known.then_some(judged), measures);
    }

    /// By whom humans' answers were given, and how soon; none if there are too many.
    fn of_answers(&self, judged: Option<Judged>, measures: &mut Measures) {
        let (openings, answers) = (self.unread.openings.count(), self.unread.answers.count());
        let declarations = self.unread.agents.count();
        let unread = openings + answers;
        let known = judged.is_some();
        let judged = judged.unwrap_or_default();
        measures
            .gathered(
                "governance.grants_by_askers",
                known.then_some(judged.by_askers),
            )
            .of(judged.grants + answers)
            .unread(
                Unread::once(answers)
                    .more(openings + declarations)
                    .of_events(unread + declarations)
                    .before(self.begins_late()),
            );
        let name = "governance.time_to_answer";
        match known {
            true => judged.waits.measures(
                name,
                "no human answered what the ledger's own gate asked",
                Unread::once(unread),
                measures,
            ),
            false => Waits::unknown(name, measures),
        }
    }

    /// Who could stand in between, and who did.
    pub(super) fn of_people(&self, measures: &mut Measures) {
        let unread = &self.unread;
        let (decisions, declarations) = (unread.decisions.count(), unread.agents.count());
        let agents = self.agents.count().unwrap_or_default();
        let of_agents = Unread::once(decisions + declarations);
        measures
            .number("governance.agents", self.agents.count())
            .of(agents + decisions + declarations)
            .unread(of_agents);
        measures
            .count("governance.declarations", &self.declarations)
            .of_family(self.declarations.count(), declarations);
        measures
            .names_at(
                "governance.agents_without_operator",
                &self.agents,
                |agent| agent.operator().is_empty(),
                super::GovernedAgent::first,
            )
            .of(agents + decisions + declarations)
            .unread(
                of_agents
                    .over(declarations)
                    .of_events(decisions + declarations)
                    .earlier(self.begins_late()),
            );
        let operators = self.agents.all().map(|agents| {
            let operators: BTreeSet<_> = agents.map(|(_, agent)| agent.operator()).collect();
            operators.iter().filter(|name| !name.is_empty()).count() as u64
        });
        measures
            .number("governance.operators", operators)
            .of(agents + declarations)
            .unread(
                Unread::once(declarations)
                    .over(declarations)
                    .of_events(declarations),
            );
        let acts = unread.answers.count()
            + unread.halts.count()
            + unread.resumptions.count()
            + unread.rejections.count()
            + unread.signatures.count();
        let (signed, signatures) = (&self.decisions.overrides_signed, unread.signatures.count());
        measures
            .count("governance.overrides_signed", signed)
            .of_family(signed.count(), signatures);
        let (rejected, rejections) = (
            &self.decisions.overrides_rejected,
            unread.rejections.count(),
        );
        measures
            .count("governance.overrides_rejected", rejected)
            .of_family(rejected.count(), rejections);
        measures
            .names_at(
                "governance.people",
                &self.people,
                |_| true,
                super::Person::first,
            )
            .of(self.people.count().unwrap_or_default() + acts)
            .unread(Unread::once(acts));
    }

    /// What was halted, and what may not go on at the end.
    pub(super) fn of_halts(&self, measures: &mut Measures) {
        let (halts, resumptions) = (self.unread.halts.count(), self.unread.resumptions.count());
        let read = self.decisions.halted.count();
        measures
            .count("governance.halts", &self.decisions.halted)
            .of_family(read, halts);
        measures
            .count("governance.halts_by_gate", &self.decisions.halted_by_gate)
            .of_family(read, halts);
        measures
            .count(
                "governance.halts_by_people",
                &self.decisions.halted_by_people,
            )
            .of_family(read, halts);
        measures
            .count("governance.resumptions", &self.decisions.resumed)
            .of_family(self.decisions.resumed.count(), resumptions);
        measures
            .names_at(
                "governance.halted_at_end",
                &self.halts,
                super::Standing::is_halted,
                super::Standing::last,
            )
            .of(read + halts)
            .unread(
                Unread::once(halts)
                    .over(halts + resumptions)
                    .of_events(halts + resumptions)
                    .before(self.begins_late()),
            );
    }

    /// What clients say that was done, held against what was decided.
    pub(super) fn of_claims(&self, measures: &mut Measures) {
        let claimed = &self.claimed;
        let (acts, closed) = (claimed.acts.count(), claimed.not_readable.count());
        let decisions = self.unread.decisions.count();
        let both = closed + decisions;
        measures
            .count("governance.acts_told", &claimed.acts)
            .of_family(acts, closed);
        measures
            .count("governance.acts_on_word", &claimed.unnamed)
            .of_family(acts, closed);
        let held = claimed.held(&self.verdicts);
        let known = held.is_some();
        let held = held.unwrap_or_default();
        let mut lacking = held.outside.records();
        lacking.extend(held.under_denial.records());
        lacking.extend(claimed.unnamed.records());
        let once = held.outside.count() + claimed.unnamed.count() + self.decisions.recorded.count();
        // What both tell of is one.
        measures
            .number("governance.acts", known.then_some(once))
            .of(once + both)
            .unread(Unread::once(both));
        let of_word = Unread::once(closed);
        measures
            .number("governance.acts_decided", known.then_some(held.decided))
            .of(acts + closed)
            .unread(of_word.or_undecided(held.open).of_events(both));
        measures
            .share_known(
                "governance.share_acts_decided",
                known.then_some((held.decided, acts)),
                "no client says that anything was done",
            )
            .lacking(lacking)
            .of(acts + closed)
            .unread(
                of_word
                    .more(decisions)
                    .of_events(both)
                    .earlier(self.begins_late()),
            );
        let earlier = of_word.earlier(self.begins_late());
        for (name, gathered, unread) in [
            (
                "acts_under_denial",
                held.under_denial,
                of_word.or_undecided(held.open).of_events(both),
            ),
            ("acts_of_no_decision", held.outside, earlier),
            ("decisions_used_again", held.used_again, of_word),
        ] {
            measures
                .gathered(&format!("governance.{name}"), known.then_some(gathered))
                .of(acts + closed)
                .unread(unread);
        }
    }
}

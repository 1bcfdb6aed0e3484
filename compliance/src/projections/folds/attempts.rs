//! Attempts to get access to systems, as these systems tell them.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{AccessAttempt, AttemptResult, Known},
    projections::{
        fold::Fold,
        measure::{Measures, Unread, Value},
        pieces::{Counted, Keyed, absorb_fields, joined},
        record::Record,
        table::{Table, rows_of},
    },
    time::Day,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempts {
    /// Failures by day.
    days: Keyed<Counted>,
    failed: Counted,
    not_readable: Counted,
    principals: Keyed<Principal>,
    privileged: Counted,
    privileged_unsaid: Counted,
    recorded: Counted,
    with_origin: Counted,
    with_resource: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Principal {
    attempts: Counted,
    failed: Counted,
}

absorb_fields!(Principal { attempts, failed });
absorb_fields!(Attempts {
    days,
    failed,
    not_readable,
    principals,
    privileged,
    privileged_unsaid,
    recorded,
    with_origin,
    with_resource
});

impl Attempts {
    fn attempt(&mut self, record: &Record<'_>, event: &AccessAttempt<'_>) {
        let sequence = record.sequence();
        let failed = event.result != AttemptResult::Success;
        for (is_so, counted) in [
            (true, &mut self.recorded),
            (failed, &mut self.failed),
            (event.privileged == Some(true), &mut self.privileged),
            (event.privileged.is_none(), &mut self.privileged_unsaid),
            (event.origin.is_some(), &mut self.with_origin),
            (event.resource.is_some(), &mut self.with_resource),
        ] {
            if is_so {
                counted.see(sequence);
            }
        }
        if failed && let Some(day) = self.days.at(Day::of(record.time()).as_str()) {
            day.see(sequence);
        }
        let key = joined(&[event.principal]);
        if let Some(principal) = self.principals.at(&key) {
            principal.attempts.see(sequence);
            if failed {
                principal.failed.see(sequence);
            }
        }
    }
}

impl Fold for Attempts {
    const NAME: &'static str = "attempts";
    const VERSION: u32 = 2;

    fn record(&mut self, record: &Record<'_>) {
        if let Some(Known::AccessAttempt(event)) = record.known() {
            self.attempt(record, event);
        } else if record.may_be(AccessAttempt::TYPE) {
            self.not_readable.see(record.sequence());
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        measures.count("attempts.not_readable", &self.not_readable);
        let leave_out = self.privileged_unsaid.count();
        let unsaid = Unread::once(unread + leave_out).unsaid(leave_out);
        for (name, counted, of) in [
            ("attempts.recorded", &self.recorded, Unread::once(unread)),
            ("attempts.failed", &self.failed, Unread::once(unread)),
            ("attempts.privileged", &self.privileged, unsaid),
        ] {
            measures.count(name, counted).of(read + unread).unread(of);
        }
        measures
            .number("attempts.principals", self.principals.count())
            .of_family(read, unread);
        for (name, part) in [
            ("attempts.share_with_origin", &self.with_origin),
            ("attempts.share_with_resource", &self.with_resource),
        ] {
            measures
                .share(name, part.count(), read, &[], "no attempt is recorded")
                .of_family(read, unread);
        }
        let most = self.days.all().map(|all| {
            let days = all.map(|(_, failures)| failures);
            days.max_by_key(|failures| failures.count())
        });
        let name = "attempts.most_failures_in_a_day";
        match most {
            Some(Some(most)) => measures.count(name, most),
            Some(None) => measures.put(name, Value::Count(0), &[]),
            None => measures.number(name, None),
        }
        .of_family(read, unread);
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            Table {
                name: "attempts.by_principal",
                columns: &[
                    "principal",
                    "attempts",
                    "failed",
                    "records",
                    "records_failed",
                ],
                rows: rows_of(&self.principals, |principal| {
                    vec![
                        principal.attempts.count().into(),
                        principal.failed.count().into(),
                        (&principal.attempts).into(),
                        (&principal.failed).into(),
                    ]
                }),
            },
            Table {
                name: "attempts.failures_by_day",
                columns: &["day", "failures", "records"],
                rows: rows_of(&self.days, |counted| {
                    vec![counted.count().into(), counted.into()]
                }),
            },
        ]
    }
}

//! What monitoring reads: a few numbers about the state of the daemon, in the text format of Prometheus (0.0.4), on an address
//! of their own. No name of a ledger is among them.

use std::{collections::BTreeMap, fmt::Write as _};

use hyper::StatusCode;

use crate::{
    http::Answer,
    issuers::now,
    refusals,
    rpc::{About, Budget, notices},
};

use indelible_ledger::{Availability, Engine, EngineStatus, LedgerSummary, NoticeCode};
use indelible_proto::v1;

/// All states, so that a series does not vanish when nothing is in it.
const STATES: [(Availability, &str); 5] = [
    (Availability::Open, "open"),
    (Availability::ReadOnly, "read_only"),
    (Availability::Stopped, "stopped"),
    (Availability::Quarantined, "quarantined"),
    (Availability::Closed, "closed"),
];

/// What Prometheus calls its text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const PATH: &str = "/metrics";

/// Answers a request for a path.
pub(crate) fn answer(path: &str, page: impl FnOnce() -> String) -> Answer {
    match path {
        PATH => Answer {
            status: StatusCode::OK,
            content_type: CONTENT_TYPE,
            body: page(),
        },
        _ => Answer::line(StatusCode::NOT_FOUND, "only /metrics"),
    }
}

/// The page. Without an engine the daemon is recovering.
pub(crate) fn page(engine: Option<&Engine>, budget: &Budget, about: &About) -> String {
    let status = engine.map(Engine::status);
    let mut page = text(status.as_ref());
    page.notices(&notices(about, status.as_ref()));
    page.counters(
        "indelible_refusals_total",
        "Refusals since the start, by what was refused; the log tells of all of them, of the many together.",
        "kind",
        refusals::totals(),
    );
    if let Some(seconds) = about.issuers.oldest_seconds() {
        page.one(
            "indelible_issuer_keys_age_seconds",
            "How long ago the keys of an issuer of tokens were fetched, of the issuer where that is longest.",
            seconds,
        );
    }
    let tokens = about.tokens.counts(now());
    page.family(
        "indelible_tokens",
        "Valid tokens of the daemon's own: all, and those of them that expire within 14 days.",
        "which",
        [("valid", tokens.valid), ("ends_soon", tokens.end_soon)],
    );
    page.family(
        "indelible_buffered_bytes",
        "Bytes that are taken of the budgets for messages that come in and answers that are not read yet.",
        "of",
        [
            ("messages", budget.messages_taken() as u64),
            ("answers", budget.answers_taken() as u64),
            ("calls", budget.calls_taken() as u64),
        ],
    );
    page.0
}

fn text(status: Option<&EngineStatus>) -> Page {
    let mut page = Page::default();
    page.one(
        "indelible_serving",
        "1 once recovery is done and until the daemon drains.",
        u64::from(status.is_some_and(|status| !status.draining)),
    );
    let Some(status) = status else {
        return page;
    };
    page.one(
        "indelible_keys_available",
        "Whether the provider of the keys can be reached: 0 while the keys are away.",
        u64::from(status.keys_away.is_none()),
    );
    let ledgers = &status.ledgers;
    let in_state = |state| ledgers.iter().filter(|one| one.state == state).count() as u64;
    page.family(
        "indelible_ledgers",
        "Ledgers, by their state.",
        "state",
        STATES.map(|(state, name)| (name, in_state(state))),
    );
    page.one(
        "indelible_records",
        "Durable records of all ledgers.",
        ledgers.iter().map(|one| one.size).sum(),
    );
    let furthest = |lag: fn(&LedgerSummary) -> u64| ledgers.iter().map(lag).max().unwrap_or(0);
    page.family(
        "indelible_lag_records",
        "The greatest lag of any ledger, in records behind its end, by what lags: published checkpoints, the index, \
         stored states of projections.",
        "of",
        [
            ("checkpoint", furthest(|one| one.size.saturating_sub(one.published_size))),
            ("index", furthest(|one| one.size.saturating_sub(one.indexed_size))),
            ("projections", furthest(|one| one.size.saturating_sub(one.projected_size))),
        ],
    );
    page.one(
        "indelible_clock_behind_seconds",
        "Seconds by which the clock is behind the newest recorded time; 0 if it is not.",
        status.clock.behind.map_or(0, |behind| behind.as_secs()),
    );
    page.one(
        "indelible_clock_unconfirmed",
        "1 while the clock is further ahead than it may be, so that nothing is recorded.",
        u64::from(status.clock.unconfirmed),
    );
    scrub(&mut page, status);
    page
}

fn scrub(page: &mut Page, status: &EngineStatus) {
    let scrub = status.scrub;
    page.one(
        "indelible_scrub_verified_records",
        "Records that were verified by the last pass of the scrub over their ledger, or by the one that goes on.",
        scrub.verified,
    );
    page.family(
        "indelible_scrub_ledgers",
        "Ledgers: in which the scrub has found damage, and of which no pass has ended.",
        "which",
        [
            ("with_findings", scrub.with_findings),
            ("never_ended", scrub.never_ended),
        ],
    );
    if let Some(oldest) = scrub.oldest_pass {
        page.one(
            "indelible_scrub_pass_age_seconds",
            "How long ago the last pass of the scrub ended, of the ledger where that is longest.",
            status.clock.now.saturating_sub(oldest) / 1_000_000_000,
        );
    }
}

/// Metrics as they are written.
#[derive(Default)]
struct Page(String);

impl Page {
    /// What `status` tells an operator, the daemon's own notices included.
    fn notices(&mut self, notices: &[v1::Notice]) {
        // A notice that every daemon has is of no use to monitoring.
        let told = |name: &str| name != NoticeCode::RollbackUndetectable.name();
        let names = NoticeCode::ALL.iter().map(|code| code.name());
        let mut counts: BTreeMap<&str, u64> = names.map(|name| (name, 0)).collect();
        for notice in notices {
            *counts.entry(notice.code().name()).or_default() += 1;
        }
        counts.retain(|name, _| told(name));
        self.family(
            "indelible_notices",
            "Notices for the operator, by code; the runbook has a section for each code.",
            "code",
            counts,
        );
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "gauge");
        let _ = writeln!(self.0, "{name} {value}");
    }

    /// One metric with a label, whose values are words of this program and need no escape.
    fn family<'a>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) {
        self.head(name, help, "gauge");
        self.labelled(name, label, values);
    }

    /// The same of what only grows.
    fn counters<'a>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) {
        self.head(name, help, "counter");
        self.labelled(name, label, values);
    }

    fn labelled<'a>(
        &mut self,
        name: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) {
        for (word, value) in values {
            let _ = writeln!(self.0, "{name}{{{label}=\"{word}\"}} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use indelible_ledger::ClockStatus;

    use super::*;

    #[test]
    fn a_daemon_that_recovers_says_only_that() {
        let page = text(None).0;
        assert!(page.ends_with("\nindelible_serving 0\n"), "{page}");
    }

    #[test]
    fn every_line_is_one_that_monitoring_reads() {
        let status = EngineStatus {
            ledgers: Vec::new(),
            identity_custody: "kept in a secret place".to_owned(),
            keys_away: None,
            draining: false,
            stopped: false,
            clock: ClockStatus {
                now: 9,
                newest_recorded: 7_000_000_000,
                behind: Some(Duration::from_secs(6)),
                unconfirmed: false,
            },
            scrub: indelible_ledger::ScrubStatus {
                bytes_per_second: 1,
                records: 9,
                verified: 8,
                oldest_pass: Some(0),
                with_findings: 2,
                ..Default::default()
            },
            notices: Vec::new(),
        };
        let mut page = text(Some(&status));
        page.notices(&[v1::Notice {
            code: v1::NoticeCode::CertificateEndsSoon.into(),
            ..v1::Notice::default()
        }]);
        page.counters(
            "indelible_refusals_total",
            "Refusals.",
            "kind",
            refusals::totals(),
        );
        let page = page.0;
        for line in page.lines() {
            let is_comment = line.starts_with("# HELP ") || line.starts_with("# TYPE ");
            let value = line.rsplit_once(' ').unwrap().1;
            assert!(is_comment || value.parse::<u64>().is_ok(), "{line}");
        }
        for shown in [
            "indelible_serving 1\n",
            "indelible_ledgers{state=\"quarantined\"} 0\n",
            "indelible_lag_records{of=\"projections\"} 0\n",
            "indelible_notices{code=\"PROJECTIONS_STOPPED\"} 0\n",
            // What only the daemon around the engine knows counts, too.
            "indelible_notices{code=\"CERTIFICATE_ENDS_SOON\"} 1\n",
            "indelible_refusals_total{kind=\"call_denied\"} ",
            "indelible_scrub_verified_records 8\n",
            "indelible_scrub_ledgers{which=\"with_findings\"} 2\n",
            "indelible_scrub_pass_age_seconds 0\n",
            "indelible_clock_behind_seconds 6\n",
            "indelible_clock_unconfirmed 0\n",
        ] {
            assert!(page.contains(shown), "{shown} is not in {page}");
        }
        assert!(!page.contains("secret"));
    }
}

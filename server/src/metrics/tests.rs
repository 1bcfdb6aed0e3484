//! The page of metrics: its lines, and what `docs/metrics.md` says of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use indelible_evidence::tree::empty_root;
use indelible_ledger::{Availability, ClockStatus, EngineStatus, LedgerSummary, ScrubStatus};
use indelible_proto::v1;

use super::{
    accept::Form,
    catalogue::{ALL, Kind},
    daemon, engine,
    page::Page,
};

const DOCUMENT: &str = include_str!("../../../docs/metrics.md");

fn status() -> EngineStatus {
    EngineStatus {
        ledgers: Vec::new(),
        identity_custody: "kept in a secret place".to_owned(),
        keys_away: None,
        draining: false,
        stopped: false,
        blocked: None,
        clock: ClockStatus {
            now: 9,
            newest_recorded: 7_000_000_000,
            behind: Some(Duration::from_secs(6)),
            unconfirmed: false,
        },
        scrub: ScrubStatus {
            oldest_pass: Some(2),
            with_findings: 3,
            ..ScrubStatus::default()
        },
        register: None,
        rescue: None,
        notices: Vec::new(),
    }
}

#[test]
fn the_page_says_how_the_engine_stands_and_no_word_of_its_own() {
    let mut page = Page::new(Form::Text);
    engine::status(&mut page, &status());
    daemon::notices(
        &mut page,
        &[v1::Notice {
            code: v1::NoticeCode::CertificateEndsSoon.into(),
            ..v1::Notice::default()
        }],
    );
    let page = page.finish();
    for shown in [
        "indelible_ledgers{state=\"quarantined\"} 0\n",
        "indelible_lag_records{of=\"projections\"} 0\n",
        "indelible_notices{code=\"PROJECTIONS_STOPPED\"} 0\n",
        // What only the daemon around the engine knows counts, too.
        "indelible_notices{code=\"CERTIFICATE_ENDS_SOON\"} 1\n",
        "indelible_clock_behind_seconds 6\n",
        "indelible_clock_unconfirmed 0\n",
        "indelible_scrub_ledgers{which=\"with_findings\"} 3\n",
        "indelible_keys_available 1\n",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    assert!(!page.contains("ROLLBACK_UNDETECTABLE"), "it is always so");
    assert!(!page.contains("secret"));
}

#[test]
fn no_ledger_is_called_open_while_the_store_s_own_is_in_quarantine() {
    let blocked = EngineStatus {
        blocked: Some("records are missing".to_owned()),
        ledgers: vec![open_ledger()],
        ..status()
    };
    for (status, open) in [
        (&blocked, 0),
        (
            &EngineStatus {
                blocked: None,
                ..blocked.clone()
            },
            1,
        ),
    ] {
        let mut page = Page::new(Form::Text);
        engine::status(&mut page, status);
        engine::by_name(&mut page, status, 7);
        let page = page.finish();
        for shown in [
            format!("indelible_ledgers{{state=\"open\"}} {open}\n"),
            format!("indelible_ledgers{{state=\"blocked\"}} {}\n", 1 - open),
            format!("indelible_ledger_open{{ledger=\"l\"}} {open}\n"),
        ] {
            assert!(page.contains(&shown), "{shown} is not in {page}");
        }
    }
}

fn open_ledger() -> LedgerSummary {
    LedgerSummary {
        name: "l".into(),
        origin: "a/l/1".into(),
        verifier_key: String::new(),
        size: 2,
        root: empty_root(),
        state: Availability::Open,
        state_reason: String::new(),
        created: 1,
        published_size: 2,
        indexed_size: 2,
        projected_size: 0,
        predecessor: None,
        last_event: None,
        encrypts_all: false,
        ended: None,
        access_trail: false,
        checks_events: false,
        signed_sources: Vec::new(),
        settings_since: Some(0),
        scrubbed: indelible_ledger::Scrubbed::default(),
        may_lack_records: false,
    }
}

/// The rows of the document: what it calls each metric, its kind, its labels.
fn documented() -> BTreeMap<&'static str, (String, String)> {
    let rows = DOCUMENT.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        assert_eq!(cells.len(), 7, "{line}");
        assert!(!cells[4].is_empty() && !cells[5].is_empty(), "{line}");
        Some((name, (cells[2].to_owned(), cells[3].to_owned())))
    });
    let rows: Vec<_> = rows.collect();
    let by_name: BTreeMap<_, _> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), by_name.len(), "a metric stands there twice");
    by_name
}

#[test]
fn the_document_has_each_metric_with_its_kind_and_labels_and_no_other() {
    let documented = documented();
    let mut names = BTreeSet::new();
    for family in ALL {
        let suffix = match family.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        let name = format!("{}{suffix}", family.name);
        let told = documented.get(name.as_str());
        let (kind, labels) = told.unwrap_or_else(|| panic!("docs/metrics.md lacks {name}"));
        assert_eq!(kind, family.kind.word(), "{name}");
        let wanted: Vec<_> = family
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        assert_eq!(*labels, wanted.join(", "), "{name}");
        names.insert(name);
    }
    let others: Vec<_> = documented
        .keys()
        .filter(|name| !names.contains(**name))
        .collect();
    assert!(others.is_empty(), "no such metrics: {others:?}");
}

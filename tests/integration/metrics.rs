//! What monitoring reads of a real daemon: the page in both of its forms, held against the rules of each, against
//! `docs/metrics.md`, and against the alerts and the dashboard.

pub(crate) mod scrape;

use std::collections::BTreeSet;

use indelible_proto::v1::{ErrorReason, GetLedgerRequest, NoticeCode};
use tonic::Code;

use self::scrape::{Form, Scrape, names_in};
use crate::support::{
    calls::{append, assert_refused, create, event},
    daemon::{Daemon, serve},
    place::Place,
};

const DOCUMENT: &str = include_str!("../../docs/metrics.md");
const ALERTS: &str = include_str!("../../deploy/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../deploy/grafana/indelible.json");

/// A daemon that serves metrics, and where.
async fn measured(place: &Place, options: &[&str]) -> (Daemon, String) {
    let mut command = serve(place);
    command.args(["--metrics", "127.0.0.1:0"]).args(options);
    let mut daemon = Daemon::spawn(command, place).unwrap();
    daemon.await_serving().await;
    let address = address(&daemon);
    (daemon, address)
}

/// Where a daemon serves its metrics.
pub(crate) fn address(daemon: &Daemon) -> String {
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("metrics are at"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    line.rsplit_once("address=").unwrap().1.trim().to_owned()
}

/// The metrics of the document, each with whether it is only there under a condition.
fn documented() -> impl Iterator<Item = (&'static str, bool)> {
    DOCUMENT.lines().filter_map(|line| {
        let name = line.strip_prefix("| `")?.split('`').next()?;
        Some((name, line.ends_with("* |")))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_is_one_that_monitoring_reads() {
    let place = Place::new();
    let (daemon, address) = measured(&place, &[]).await;
    let mut client = daemon.client().await;
    create(&mut client, "l").await;
    append(&mut client, "l", event("a")).await.unwrap();

    let text = Scrape::of(&address, Form::Text);
    let open = Scrape::of(&address, Form::OpenMetrics);
    let documented_names: BTreeSet<_> = documented().map(|(name, _)| name).collect();
    let always = documented().filter(|(_, is_conditional)| !is_conditional);
    let always: BTreeSet<_> = always.map(|(name, _)| name).collect();
    assert!(always.len() > 40);
    for scrape in [&text, &open] {
        let told = scrape.documented_names();
        let told: BTreeSet<_> = told.iter().map(String::as_str).collect();
        let missing: Vec<_> = always.difference(&told).collect();
        assert!(missing.is_empty(), "not served: {missing:?}");
        let unknown: Vec<_> = told.difference(&documented_names).collect();
        assert!(unknown.is_empty(), "not documented: {unknown:?}");
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_called_and_refused_is_counted_and_timed() {
    let place = Place::new();
    let (daemon, address) = measured(&place, &[]).await;
    let before = Scrape::of(&address, Form::OpenMetrics);
    let mut client = daemon.client().await;
    create(&mut client, "confidential").await;
    for id in ["a", "b", "c"] {
        append(&mut client, "confidential", event(id))
            .await
            .unwrap();
    }
    let request = GetLedgerRequest {
        ledger: "nowhere".into(),
    };
    let refused = client.get_ledger(request).await;
    assert_refused(refused, Code::NotFound, ErrorReason::LedgerUnknown, "");

    let after = Scrape::of(&address, Form::OpenMetrics);
    let grown = |series: &str| after.value(series) - before.value_or_zero(series);
    let append = "method=\"LedgerService/Append\"";
    assert_eq!(
        grown(&format!("indelible_calls_total{{{append},code=\"OK\"}}")),
        3.0
    );
    let missed = "method=\"LedgerService/GetLedger\",code=\"NOT_FOUND\"";
    assert_eq!(grown(&format!("indelible_calls_total{{{missed}}}")), 1.0);
    assert_eq!(
        grown("indelible_errors_total{reason=\"LEDGER_UNKNOWN\"}"),
        1.0
    );
    assert_eq!(
        grown(&format!("indelible_call_seconds_count{{{append}}}")),
        3.0
    );
    // Genesis, its settings and its certificate beside the three.
    assert!(grown("indelible_appended_records_total") >= 5.0);
    assert!(grown("indelible_appended_bytes_total") > 500.0);
    assert!(grown("indelible_commits_total") >= 3.0);
    for stage in ["sign", "commit", "anchor"] {
        let series = format!("indelible_append_stage_seconds_count{{stage=\"{stage}\"}}");
        assert!(grown(&series) >= 3.0, "{stage}");
    }
    let queued = "indelible_append_stage_seconds_count{stage=\"queue\"}";
    assert!(grown(queued) >= 3.0);
    assert!(after.value("indelible_connections{listener=\"tcp\"}") >= 1.0);
    assert_eq!(after.value("indelible_queue_events"), 0.0);
    assert_eq!(after.value("indelible_anchor_usable"), 1.0);
    assert_eq!(after.value("indelible_keys_available"), 1.0);
    assert!(after.value("indelible_volume_free_bytes{of=\"anchor\"}") > 0.0);
    let wrapped = "indelible_key_provider_call_seconds_count{call=\"wrap\"}";
    assert!(after.value(wrapped) >= 1.0, "the identity key at least");
    assert!(!after.text.contains("confidential"));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledgers_have_series_of_their_own_only_as_many_as_the_configuration_says() {
    let place = Place::new();
    let mut command = serve(&place);
    command
        .args(["--metrics", "127.0.0.1:0"])
        .env("INDELIBLE__METRICS_LEDGERS", "2");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let mut client = daemon.client().await;
    for name in ["alpha", "beta", "gamma"] {
        create(&mut client, name).await;
        append(&mut client, name, event("a")).await.unwrap();
    }
    let scrape = Scrape::of(&address(&daemon), Form::OpenMetrics);
    let of =
        |ledger: &str| scrape.value(&format!("indelible_ledger_records{{ledger=\"{ledger}\"}}"));
    assert!(of("_system") > 0.0 && of("alpha") > 0.0);
    assert_eq!(of("(other)"), 2.0 * of("alpha"), "beta and gamma together");
    assert_eq!(
        scrape.value("indelible_ledger_open{ledger=\"(other)\"}"),
        2.0
    );
    assert!(!scrape.text.contains("beta") && !scrape.text.contains("gamma"));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_dashboard_look_at_metrics_that_there_are() {
    let place = Place::new();
    let (daemon, address) = measured(&place, &[]).await;
    let mut client = daemon.client().await;
    create(&mut client, "l").await;
    let scrape = Scrape::of(&address, Form::OpenMetrics);
    let conditional = documented().filter(|(_, is_conditional)| *is_conditional);
    let conditional: BTreeSet<_> = conditional.map(|(name, _)| name).collect();
    let there: BTreeSet<_> = scrape.sample_names();
    let of_dashboard = dashboard_queries();
    let of_alerts: String = ALERTS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect::<Vec<_>>()
        .join("\n");
    let (dashboard, alerts) = (names_in(&of_dashboard), names_in(&of_alerts));
    assert!(dashboard.len() > 40 && alerts.len() > 15);
    for name in dashboard.union(&alerts) {
        let family = name.strip_suffix("_bucket").unwrap_or(name);
        let family = family.strip_suffix("_count").unwrap_or(family);
        let is_told = there.contains(name) || conditional.contains(family);
        assert!(is_told, "there is no metric {name}");
    }
    // And labels that they choose by: a value that no sample has would never be met.
    for (label, value) in [("of", "index"), ("of", "projections"), ("stage", "commit")] {
        assert!(scrape.text.contains(&format!("{label}=\"{value}\"")));
    }
    for codes in of_dashboard.split("code=~\"").skip(1) {
        for code in codes.split('"').next().unwrap().split('|') {
            let name = format!("NOTICE_CODE_{code}");
            assert!(NoticeCode::from_str_name(&name).is_some(), "{code}");
        }
    }
    daemon.stop();
}

fn dashboard_queries() -> String {
    let queries = DASHBOARD.lines();
    let queries = queries.filter_map(|line| line.trim().strip_prefix("\"expr\": "));
    queries.collect::<Vec<_>>().join("\n").replace('\\', "")
}

/// Metrics without a panel: those that an alert looks at, or that whoever looks for the cause of something asks for by name.
const WITHOUT_A_PANEL: &[&str] = &[
    "indelible_clock_synchronised",
    "indelible_clock_unconfirmed",
    "indelible_ledger_open",
    "indelible_ledger_records",
    "indelible_rescue_keys",
    "indelible_store_background_errors_total",
    "indelible_store_cache_pinned_bytes",
    "indelible_store_compactions",
    "indelible_store_flushes",
    "indelible_store_full_write_buffers",
    "indelible_store_uppermost_tables",
    "indelible_trace_spans_total",
];

#[test]
fn every_metric_has_a_panel_or_is_known_to_have_none() {
    let queries = dashboard_queries();
    let shown = names_in(&queries);
    let is_shown = |name: &str| {
        let of_histogram = ["_bucket", "_count"].map(|suffix| format!("{name}{suffix}"));
        shown.contains(name) || of_histogram.iter().any(|name| shown.contains(&name[..]))
    };
    let without: Vec<_> = documented()
        .map(|(name, _)| name)
        .filter(|name| !is_shown(name))
        .collect();
    let mut sorted = without.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, WITHOUT_A_PANEL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_machines_read_metrics_only_where_that_is_called_insecure() {
    let place = Place::new();
    let mut command = serve(&place);
    command.args(["--metrics", "0.0.0.0:0"]);
    let refused = command.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--metrics-insecure"), "{said}");

    let mut command = serve(&place);
    command.args(["--metrics", "0.0.0.0:0", "--metrics-insecure"]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let address = address(&daemon).replace("0.0.0.0", "127.0.0.1");
    Scrape::of(&address, Form::Text);
    let log = daemon.log();
    assert!(
        log.contains("WARN") && log.contains("in the clear"),
        "{log}"
    );
    daemon.stop();
}

//! What happened over time: which events count in which line.

use indelible_compliance::reports::{Bar, forms::html};

use crate::ledger::{Shown, Told, reports, subject_from, told};

fn performance() -> Told {
    told("ai.performance.v1", &[("system", "scoring".into())])
}

fn bar(ledger: &[Told]) -> Bar {
    let mut bars = subject_from(0, ledger).series.bars;
    assert_eq!(bars.len(), 1, "all of one day");
    bars.remove(0)
}

#[test]
fn drift_is_counted_by_what_whoever_measured_it_says() {
    let ledger = [
        performance().and("error", true),
        performance()
            .and("error", false)
            .and("drift", "0.01")
            .and("drift_status", "ok"),
        performance()
            .and("drift", "0.2")
            .and("drift_status", "warning"),
        performance().and("drift_status", "critical"),
        performance().and("drift", "0.4"),
        performance()
            .and("drift_status", "critical")
            .shown(Shown::Sealed),
    ];
    let bar = bar(&ledger);
    assert_eq!(
        [bar.calls, bar.calls_failed, bar.calls_unsaid],
        [6, 1, 4],
        "whether a call failed"
    );
    assert_eq!(
        [
            bar.drift_measured,
            bar.drift_warnings,
            bar.drift_critical,
            bar.drift_unsaid
        ],
        [4, 1, 1, 2],
        "how far it drifted"
    );
    let report = reports(&subject_from(0, &ledger)).remove(0);
    let page = html::html(&report);
    for said in [
        "Errors of models",
        "Drift of models",
        "Calls: 6 in all, of which 1 can’t be read and counts in no criterion",
        "Measurements of drift: 4 in all",
        "Measurements that are critical: 1 in all",
        "<caption>Numbers: Drift of models</caption>",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

//! What is shown for information says how much of it nobody can read, in every form.

use indelible_compliance::reports::{
    OutcomeFacts,
    forms::{csv, html, oscal, text},
};

use crate::ledger::{Shown, Told, reports, subject_from, told};
use crate::misfits::bare;

/// One event of each type that lines for information count, each hidden so.
fn hidden(how: Shown) -> Vec<Told> {
    let types = [
        "ai.violation.v1",
        "ai.incident.v1",
        "ai.override.v1",
        "ai.performance.v1",
        "access.attempt.v1",
        "privacy.request.received.v1",
        "privacy.request.answered.v1",
        "privacy.breach.v1",
    ];
    let note = told("com.example.note", &[]);
    let types = types.iter().map(|name| told(name, &[]).shown(how));
    [note].into_iter().chain(types).collect()
}

#[test]
fn what_can_not_be_read_is_not_left_out_of_what_is_shown() {
    for (how, wanted) in [
        (
            Shown::Sealed,
            "0 as far as can be read, 1 event that may count can't be read",
        ),
        (
            Shown::Erased,
            "0 as far as can be read, 1 event that may count can't be read",
        ),
        (
            Shown::Misfit,
            "0 as far as can be read, 1 event that may count doesn't fit its type",
        ),
    ] {
        let mut seen = 0;
        for report in reports(&subject_from(0, &hidden(how))) {
            let page = bare(&html::html(&report)).replace("&#39;", "'");
            let plain = text::text(&report);
            let rows = csv::criteria(&report);
            let oscal = String::from_utf8(oscal::oscal(&report).expect("OSCAL")).expect("text");
            let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
            let shown = criteria.filter(|one| one.outcome == OutcomeFacts::Shown && one.unread > 0);
            for one in shown {
                assert_ne!(one.words, "0", "{}", one.measure);
                if one.words != wanted {
                    assert!(
                        one.words.contains("read") || one.words.contains("fit"),
                        "{one:?}"
                    );
                    continue;
                }
                seen += 1;
                assert!(rows.contains(wanted), "{rows}");
                assert!(plain.contains(wanted), "{plain}");
                assert!(oscal.contains(wanted), "{oscal}");
                for part in wanted.split(", ") {
                    assert!(page.contains(part), "{part} in {page}");
                }
            }
        }
        assert!(seen > 8, "{how:?}: {seen}");
    }
}

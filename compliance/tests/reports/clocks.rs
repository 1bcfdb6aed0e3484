//! What a clock that the producers' own contradict takes from a criterion on time.

use indelible_compliance::reports::OutcomeFacts;

use crate::ledger::{reports, subject_from, told};

#[test]
fn nothing_is_called_late_by_an_end_whose_clock_is_known_to_be_wrong() {
    let incident = told(
        "ai.incident.v1",
        &[
            ("incident_id", "i".into()),
            ("status", "opened".into()),
            ("severity", "high".into()),
            ("harm", "rights".into()),
        ],
    )
    .and("serious", true)
    .and("aware_at_ns", 1_772_366_400_000_000_000_u64);
    let late = |behind: u64| {
        let mut end = told("com.example.note", &[]).on_day(400);
        end.behind = behind;
        let subject = subject_from(0, &[incident.clone(), end]);
        let report = reports(&subject).remove(0);
        let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
        let mut found = criteria.filter(|one| one.measure == "incidents.share_serious_told");
        found.next().expect("a criterion").clone()
    };
    assert_eq!(late(0).outcome, OutcomeFacts::NotMet);
    // It is a share that fails, and it names the records that it fails for.
    assert_eq!(late(0).records, [0]);
    let undecided = late(399 * 86_400);
    assert_eq!(
        undecided.outcome,
        OutcomeFacts::Undecided,
        "{}",
        undecided.words
    );
}

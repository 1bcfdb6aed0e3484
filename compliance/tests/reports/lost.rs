//! What a report says of records that its daemon knows to be lost.

use indelible_compliance::reports::{Lost, Report, forms};

use crate::fixture::{report_of, subject};

fn report(lost: Option<Lost>) -> Report {
    let mut subject = subject();
    subject.lost = lost;
    report_of(&subject)
}

#[test]
fn what_is_lost_stands_first_in_every_form_and_changes_no_id() {
    let whole = report(None);
    let lost = report(Lost::of(204_118, 204_121));
    assert_eq!(whole.id, lost.id);
    assert_eq!(lost.clauses, whole.clauses);
    let words = "RECORDS 204,118 TO 204,120 ARE LOST";
    assert!(lost.headline.starts_with(words), "{}", lost.headline);
    let json = lost.to_json().expect("JSON");
    let read = Report::from_json(&json).expect("a report");
    assert_eq!(read.lost, lost.lost);
    for form in [
        forms::text::text(&lost),
        forms::html::html(&lost),
        String::from_utf8(forms::oscal::oscal(&lost).expect("OSCAL")).expect("text"),
    ] {
        assert!(form.contains(words), "{form}");
    }
    assert!(forms::csv::criteria(&lost).contains("records-lost"));
    assert!(!forms::csv::criteria(&whole).contains("records-lost"));
}

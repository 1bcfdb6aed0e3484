//! A chain verification as rows.

use crate::reports::{
    data::Verification,
    forms::{
        csv::Csv,
        verdict::{
            advice::advice,
            extent::extent,
            facts::details_of,
            trusted::{format_page, trusted},
        },
    },
};

/// Rows: one for each finding, for each question one at least; at the end one for each thing that was trusted, and one for
/// each thing that can be done.
pub fn csv(verification: &Verification) -> String {
    let mut csv =
        Csv::with_columns(&["question", "required", "answer", "code", "record", "detail"]);
    for (question, answer) in verification.verdict.each() {
        let required = verification
            .required
            .iter()
            .any(|name| name == question.name());
        let begin = |csv: &mut Csv| {
            csv.text(question.name());
            csv.text(if required { "true" } else { "false" });
            csv.text(verification.answer_words(question, answer));
        };
        for finding in &answer.findings {
            begin(&mut csv);
            csv.text(&finding.code);
            match finding.sequence {
                Some(sequence) => csv.number(sequence),
                None => csv.nothing(),
            }
            csv.text(&finding.detail);
            csv.end_row();
        }
        let details = || details_of(verification, question, answer);
        for (code, detail) in details().skip(answer.findings.len()) {
            begin(&mut csv);
            csv.text(code);
            csv.nothing();
            csv.text(&detail);
            csv.end_row();
        }
        let extent = extent(verification, question);
        if let Some(extent) = &extent {
            begin(&mut csv);
            csv.text("extent");
            csv.nothing();
            csv.text(extent);
            csv.end_row();
        }
        if details().next().is_none() && extent.is_none() {
            begin(&mut csv);
            csv.nothing();
            csv.nothing();
            csv.nothing();
            csv.end_row();
        }
    }
    let known = trusted(verification).into_iter();
    for (name, told) in known.chain(format_page(verification)) {
        of_no_question(&mut csv, &name.replace(' ', "-"), &told);
    }
    for advice in advice(verification) {
        of_no_question(&mut csv, "advice", &advice);
    }
    csv.text
}

/// A row that belongs to no question.
fn of_no_question(csv: &mut Csv, code: &str, detail: &str) {
    csv.nothing();
    csv.nothing();
    csv.nothing();
    csv.text(code);
    csv.nothing();
    csv.text(detail);
    csv.end_row();
}

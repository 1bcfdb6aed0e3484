//! The clauses that can't be assessed: one table, folded on a screen and open in print.

use crate::reports::{
    data::{ClauseFinding, Report, State},
    forms::page::{Column, Page},
    words::counted,
};

pub(crate) fn table(page: &mut Page, report: &Report) {
    let clauses = report.clauses.iter().enumerate();
    let clauses: Vec<_> = clauses
        .filter(|(_, clause)| clause.state == State::NotAssessable)
        .collect();
    if clauses.is_empty() {
        return;
    }
    page.raw("<h2>Clauses that can’t be assessed</h2>\n<details class=\"panel\"><summary>")
        .text(&counted(clauses.len() as u64, "clause", "clauses"))
        .text(", each with the reason")
        .raw("</summary>\n")
        .table(
            "unassessable",
            "Clauses that can’t be assessed",
            &[
                Column::words("Clause"),
                Column::words("What it asks for"),
                Column::words("Why it can’t be assessed"),
            ],
        );
    for (index, clause) in clauses {
        row(page, index, clause);
    }
    page.table_end().raw("</details>\n");
}

fn row(page: &mut Page, index: usize, clause: &ClauseFinding) {
    page.raw(&format!(
        "<tr id=\"c{index}\"><th scope=\"row\" class=\"id\">"
    ))
    .text(&clause.id)
    .raw("</th><td>")
    .element("b", "", &clause.title)
    .raw("<br>")
    .element("span", "soft", &clause.asks)
    .raw("</td><td>")
    .element("p", "", &format!("{}.", clause.why.join("; ")));
    if !clause.criteria.is_empty() {
        page.raw("<ul class=\"plain\">");
        for criterion in &clause.criteria {
            page.element(
                "li",
                "",
                &format!("{}: {}", criterion.says, criterion.words),
            );
        }
        page.raw("</ul>");
    }
    if !clause.unknown.is_empty() {
        page.raw("<p class=\"soft\">What the ledger can’t know:</p><ul class=\"plain\">");
        for unknown in &clause.unknown {
            page.element("li", "", unknown);
        }
        page.raw("</ul>");
    }
    page.raw("</td></tr>\n");
}

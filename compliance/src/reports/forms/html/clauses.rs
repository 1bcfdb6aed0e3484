//! The clauses of a report: at a glance, then each on a card of its own.

use crate::{
    frameworks::{Limit, Threshold},
    reports::{
        data::{ClauseFinding, CriterionFinding, OutcomeFacts, Report, ThresholdFacts, ValueFacts},
        forms::{
            page::{Page, Tone, meter},
            parts::gravity,
        },
        words::{counted, shown_number, shown_share, shown_threshold, shown_value},
    },
};

/// All clauses, a line each.
pub(crate) fn glance(page: &mut Page, report: &Report) {
    page.raw("<div class=\"panel\"><table class=\"glance\"><thead><tr><th scope=\"col\">Clause</th><th scope=\"col\">About</th><th scope=\"col\" class=\"number\">Criteria met</th><th scope=\"col\">State</th></tr></thead><tbody>\n");
    for (index, clause) in report.clauses.iter().enumerate() {
        let tone = Tone::from(clause.state);
        page.raw("<tr>")
            .element("td", "id", &clause.id)
            .raw(&format!("<td><a href=\"#c{index}\">"));
        page.text(&clause.title)
            .raw("</a></td><td class=\"number\">")
            .text(&met(clause));
        page.raw(&format!(
            "</td><td class=\"state {}\">{} ",
            tone.class(),
            tone.icon()
        ));
        page.text(clause.state.words()).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

/// "3 of 4", or nothing where nothing decides.
fn met(clause: &ClauseFinding) -> String {
    let deciding = clause
        .criteria
        .iter()
        .filter(|criterion| criterion.outcome != OutcomeFacts::Shown);
    let met = clause
        .criteria
        .iter()
        .filter(|criterion| criterion.outcome == OutcomeFacts::Met);
    match deciding.count() {
        0 => "–".to_owned(),
        deciding => format!("{} of {deciding}", met.count()),
    }
}

/// Each clause on a card.
pub(crate) fn cards(page: &mut Page, report: &Report) {
    page.raw("<h2>Clause by clause</h2>\n");
    // Over evidence that is broken, values are shown and no sign says that they are good.
    let relied_on = gravity(report) != Tone::Bad;
    for (index, clause) in report.clauses.iter().enumerate() {
        let tone = Tone::from(clause.state);
        page.raw(&format!(
            "<section class=\"panel clause {}\" id=\"c{index}\" aria-labelledby=\"h{index}\">\n<div class=\"head\"><h3 id=\"h{index}\">",
            tone.class()
        ));
        page.element("span", "id", &clause.id).text(&clause.title);
        page.raw(&format!(
            "</h3><span class=\"state {}\">{} ",
            tone.class(),
            tone.icon()
        ));
        page.text(clause.state.words()).raw("</span></div>\n");
        page.element("p", "asks", &clause.asks).raw("\n");
        if !clause.criteria.is_empty() {
            criteria(page, clause, relied_on);
        }
        page.raw("<p class=\"why\"><b>Why:</b> ")
            .text(&clause.why.join("; "))
            .raw(".</p>\n");
        if !clause.unknown.is_empty() {
            page.raw("<div class=\"unknown\"><p>What the ledger can’t know</p><ul>");
            for unknown in &clause.unknown {
                page.element("li", "", unknown);
            }
            page.raw("</ul></div>\n");
        }
        page.raw("</section>\n");
    }
}

fn criteria(page: &mut Page, clause: &ClauseFinding, relied_on: bool) {
    page.raw("<table class=\"criteria\"><thead><tr><th scope=\"col\"><span aria-hidden=\"true\"></span></th><th scope=\"col\">Criterion</th><th scope=\"col\">Value and threshold</th></tr></thead><tbody>\n");
    for criterion in &clause.criteria {
        let tone = if relied_on {
            outcome_tone(criterion.outcome)
        } else {
            Tone::Open
        };
        let icon = match criterion.outcome {
            OutcomeFacts::Shown => String::new(),
            _ => tone.icon(),
        };
        page.raw("<tr><td>").raw(&icon).raw("</td><td>");
        page.element("span", "says", &criterion.says);
        page.element("span", "measure mono", &criterion.measure);
        records(page, &criterion.records);
        page.raw("</td><td class=\"figures\">");
        figures(page, criterion, tone);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table>\n");
}

fn figures(page: &mut Page, criterion: &CriterionFinding, tone: Tone) {
    match criterion.value {
        // The share first, in large; what it is a share of after it.
        ValueFacts::Share {
            part,
            whole: whole @ 1..,
            millionths,
        } => {
            page.element("b", "value", &shown_share(millionths));
            let parts = format!("{} of {}", shown_number(part), shown_number(whole));
            page.element("span", "soft", &parts)
        }
        _ => page.element("b", "value", &shown_value(&criterion.value)),
    };
    if let ValueFacts::Share {
        millionths,
        whole: 1..,
        ..
    } = criterion.value
    {
        let bound = criterion
            .threshold
            .as_ref()
            .map(|threshold: &ThresholdFacts| &threshold.bound);
        let threshold = match bound {
            Some(
                Threshold::AtLeast(Limit::Millionths(limit))
                | Threshold::AtMost(Limit::Millionths(limit)),
            ) => Some(u64::from(*limit)),
            _ => None,
        };
        page.raw(&meter(millionths, threshold, tone));
    }
    page.raw("<span class=\"soft asked\">");
    match &criterion.threshold {
        Some(threshold) => page.text(&format!(
            "{}; {}{}",
            shown_threshold(threshold),
            criterion.outcome.words(),
            unread(criterion)
        )),
        None => page.text(criterion.outcome.words()),
    };
    page.raw("</span>");
}

/// How many events might have changed what can't be decided.
fn unread(criterion: &CriterionFinding) -> String {
    match (criterion.outcome, criterion.unread) {
        (OutcomeFacts::Undecided, unread @ 1..) => {
            format!("; {} not read", counted(unread, "event", "events"))
        }
        _ => String::new(),
    }
}

fn records(page: &mut Page, records: &[u64]) {
    if records.is_empty() {
        return;
    }
    let shown: Vec<_> = records.iter().map(|record| shown_number(*record)).collect();
    let noun = if records.len() == 1 {
        "record"
    } else {
        "records"
    };
    page.element("span", "records", &format!("{noun} {}", shown.join(" · ")));
}

fn outcome_tone(outcome: OutcomeFacts) -> Tone {
    match outcome {
        OutcomeFacts::Met => Tone::Good,
        OutcomeFacts::NotMet => Tone::Bad,
        OutcomeFacts::Vacuous | OutcomeFacts::Undecided | OutcomeFacts::Shown => Tone::Open,
    }
}

//! The clauses that can be assessed: at a glance, then each on a card of its own.

use crate::{
    frameworks::{Limit, Threshold},
    reports::{
        data::{
            ClauseFinding, CriterionFinding, OutcomeFacts, Report, State, ThresholdFacts,
            ValueFacts,
        },
        forms::{
            first::{is_relied_on, records_lead, unread_words, unusable},
            html::appendix::record_links,
            page::{Column, Page, Tone, breakable, meter},
        },
        words::{
            Open, shown_as_far_as_read, shown_number, shown_share, shown_spread, shown_threshold,
            shown_value,
        },
    },
};

/// The clauses that can be assessed, with their places in the report.
fn assessable(report: &Report) -> impl Iterator<Item = (usize, &ClauseFinding)> {
    report
        .clauses
        .iter()
        .enumerate()
        .filter(|(_, clause)| clause.state != State::NotAssessable)
}

/// The clauses that can be assessed, a line each.
pub(crate) fn glance(page: &mut Page, report: &Report) {
    if assessable(report).next().is_none() {
        return;
    }
    page.raw("<div class=\"panel\">").table(
        "glance",
        "Clauses that can be assessed",
        &[
            Column::words("Clause"),
            Column::words("About"),
            Column::numbers("Criteria met"),
            Column::words("State"),
        ],
    );
    for (index, clause) in assessable(report) {
        let tone = Tone::from(clause.state);
        page.raw("<tr><th scope=\"row\" class=\"id\">")
            .text(&clause.id)
            .raw(&format!("</th><td><a href=\"#c{index}\">"));
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
    page.table_end().raw("</div>\n");
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

/// Each of them on a card.
pub(crate) fn cards(page: &mut Page, report: &Report) {
    if assessable(report).next().is_none() {
        return;
    }
    page.raw("<h2>Clause by clause</h2>\n");
    for (index, clause) in assessable(report) {
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
            criteria(page, report, clause);
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

fn criteria(page: &mut Page, report: &Report, clause: &ClauseFinding) {
    // Over evidence that can't be relied on, values are shown and no sign says that they are good.
    let relied_on = is_relied_on(report);
    page.table(
        "criteria",
        &format!("Criteria of {}", clause.id),
        &[
            Column::words("Outcome"),
            Column::words("Criterion"),
            Column::words("Value and threshold"),
        ],
    );
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
        page.raw("<tr><td class=\"outcome\">")
            .raw(&icon)
            .raw("<span>")
            .text(criterion.outcome.words())
            .raw("</span></td><td>");
        page.element("span", "says", &criterion.says);
        page.raw("<span class=\"measure mono\">")
            .raw(&breakable(&criterion.measure))
            .raw("</span>");
        records(page, report, &criterion.records);
        page.raw("</td><td class=\"figures\">");
        figures(page, report, criterion, tone);
        page.raw("</td></tr>\n");
    }
    page.table_end();
}

fn figures(page: &mut Page, report: &Report, criterion: &CriterionFinding, tone: Tone) {
    let open = Open {
        unread: criterion.unread,
        unsaid: criterion.unsaid,
        unusable: unusable(report),
    };
    let beside = match criterion.threshold {
        None => Some(shown_as_far_as_read(&criterion.value, open)),
        Some(_) => None,
    };
    match criterion.value {
        // The share first, in large; what it is a share of after it.
        ValueFacts::Share {
            part,
            whole: whole @ 1..,
            millionths,
        } => {
            page.element("b", "value", &shown_share(millionths))
                .raw(" ");
            let parts = format!("{} of {}", shown_number(part), shown_number(whole));
            page.element("span", "soft", &parts)
        }
        _ => match &beside {
            Some((words, _)) => page.element("b", "value", words),
            None => page.element("b", "value", &shown_value(&criterion.value)),
        },
    };
    if criterion.spread.is_some() {
        let spread = shown_spread(criterion.spread.as_ref());
        page.element("span", "soft", spread.trim_start_matches(", "));
    }
    if let Some((_, Some(beside))) = &beside {
        page.raw(" ").element("span", "soft", beside);
    }
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
    if let Some(threshold) = &criterion.threshold {
        page.raw("<span class=\"soft asked\">asked for: ")
            .text(&format!(
                "{}{}",
                shown_threshold(threshold),
                unread(report, criterion)
            ))
            .raw("</span>");
    }
}

/// How many events might have changed what can't be decided.
fn unread(report: &Report, criterion: &CriterionFinding) -> String {
    let is_open = criterion.outcome == OutcomeFacts::Undecided;
    let words =
        unread_words(criterion.unread, criterion.unsaid, unusable(report)).filter(|_| is_open);
    words.map_or_else(String::new, |words| format!("; {words}"))
}

fn records(page: &mut Page, report: &Report, records: &[u64]) {
    if records.is_empty() {
        return;
    }
    page.raw("<span class=\"records\">")
        .text(&records_lead(records))
        .raw(" ");
    record_links(page, report, records);
    page.raw("</span>");
}

fn outcome_tone(outcome: OutcomeFacts) -> Tone {
    match outcome {
        OutcomeFacts::Met => Tone::Good,
        OutcomeFacts::NotMet => Tone::Bad,
        OutcomeFacts::Vacuous | OutcomeFacts::Undecided | OutcomeFacts::Shown => Tone::Open,
    }
}

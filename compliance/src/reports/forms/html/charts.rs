//! What happened over time, as strips of bars with their numbers behind them. Every coordinate is a whole number.

mod strips;

use std::fmt::Write as _;

use self::strips::{CHARTS, Chart, Strip};
use crate::{
    frameworks::Unusable,
    reports::{
        data::{Bar, Budget, Report, Series, Wait},
        forms::{
            first::unusable,
            page::{Column, Page, Tone, breakable, escaped, meter},
        },
        moments::{shown_date, shown_span},
        words::{capital, counted, shown_number, shown_share},
    },
};

/// A strip in the units of its own drawing.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 48;
/// A bar that is there is seen.
const LEAST: u64 = 2;
const DAY_NS: u64 = 86_400 * 1_000_000_000;

/// All charts that have something to show.
pub(crate) fn charts(page: &mut Page, report: &Report) {
    let series = &report.series;
    if series.bars.is_empty() && series.waits.is_empty() && series.budgets.is_empty() {
        return;
    }
    page.raw("<h2>Over time</h2>\n");
    let shown = CHARTS
        .iter()
        .filter(|chart| chart.strips.iter().any(|strip| greatest(series, strip) > 0));
    for (place, chart) in shown.enumerate() {
        self::chart(page, report, place, chart);
    }
    if !series.waits.is_empty() {
        waits(page, &series.waits);
    }
    if !series.budgets.is_empty() {
        budgets(page, series);
    }
}

fn greatest(series: &Series, strip: &Strip) -> u64 {
    series
        .bars
        .iter()
        .map(strip.count)
        .max()
        .unwrap_or_default()
}

fn chart(page: &mut Page, report: &Report, place: usize, chart: &Chart) {
    let series = &report.series;
    // An import counts here, and so does what may lie outside a period.
    let why = Unusable {
        imported: false,
        untimed: false,
        ..unusable(report)
    };
    let why = |number| why.words(number).replace('\'', "’");
    let Some((first, last)) = series.bars.first().zip(series.bars.last()) else {
        return;
    };
    let bars = Bars::of(series);
    page.raw(&format!(
        "<figure class=\"panel keep\" aria-labelledby=\"chart{place}\"><figcaption><b id=\"chart{place}\">"
    ))
    .text(chart.title)
    .raw("</b><br><span class=\"soft\">")
    .text(&format!(
        "{} Counted by type, on the day of recording, {}. Each line has a scale of its own.",
        chart.says,
        per_bar(series.days_per_bar)
    ))
    .raw("</span></figcaption>\n");
    for strip in chart.strips {
        let greatest = greatest(series, strip);
        let total: u64 = series.bars.iter().map(strip.count).sum();
        let unread: u64 = series.bars.iter().map(strip.unread).sum();
        let unread = match unread {
            0 => String::new(),
            1 => format!(", of which 1 {} and counts in no criterion", why(1)),
            more => format!(
                ", of which {} {} and count in no criterion",
                shown_number(more),
                why(more)
            ),
        };
        let label = format!(
            "{}: {} in all{unread}, {} at most {}",
            capital(strip.name),
            shown_number(total),
            shown_number(greatest),
            one_bar(series.days_per_bar)
        );
        page.raw("<p class=\"strip\">").text(&label).raw("</p>");
        if greatest > 0 {
            page.raw(&bars.strip(series, strip, greatest, &label));
        }
    }
    page.raw("<p class=\"axis soft\"><span>")
        .text(&date(&first.first_day))
        .raw("</span><span>")
        .text(&date(&last.first_day))
        .raw("</span></p>\n");
    numbers(page, series, chart);
    page.raw("</figure>\n");
}

/// Where bars lie: of the first day, and how wide.
struct Bars {
    first: u64,
    days_per_bar: u64,
    slot: u64,
}

impl Bars {
    fn of(series: &Series) -> Self {
        let days_per_bar = series.days_per_bar.max(1);
        let day = |bar: Option<&Bar>| bar.and_then(|bar| day(&bar.first_day)).unwrap_or_default();
        let (first, last) = (day(series.bars.first()), day(series.bars.last()));
        let slots = last.saturating_sub(first) / days_per_bar + 1;
        Self {
            first,
            days_per_bar,
            slot: (WIDTH / slots).clamp(1, 48),
        }
    }

    fn strip(&self, series: &Series, strip: &Strip, greatest: u64, label: &str) -> String {
        let mut drawing = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
            escaped(label)
        );
        let gap = u64::from(self.slot > 3);
        for bar in &series.bars {
            let count = (strip.count)(bar);
            let Some(day) = day(&bar.first_day).filter(|_| count > 0) else {
                continue;
            };
            let x = day.saturating_sub(self.first) / self.days_per_bar * self.slot;
            let height = u128::from(count) * u128::from(HEIGHT) / u128::from(greatest);
            let height = u64::try_from(height).unwrap_or(HEIGHT).max(LEAST);
            let _ = write!(
                drawing,
                "<rect x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{height}\" class=\"{}\"/>",
                HEIGHT - height,
                self.slot - gap,
                strip.class
            );
        }
        drawing + "</svg>\n"
    }
}

/// A day since 1970.
fn day(text: &str) -> Option<u64> {
    crate::time::parse(&format!("{text}T00:00:00Z")).map(|time| time / DAY_NS)
}

fn date(day: &str) -> String {
    shown_date(day).unwrap_or_else(|| day.to_owned())
}

fn per_bar(days: u64) -> String {
    match days {
        1 => "each bar a day (UTC)".to_owned(),
        days => format!("each bar {} (UTC)", counted(days, "day", "days")),
    }
}

fn one_bar(days: u64) -> String {
    match days {
        1 => "in a day".to_owned(),
        days => format!("in {}", counted(days, "day", "days")),
    }
}

/// The numbers behind a chart.
fn numbers(page: &mut Page, series: &Series, chart: &Chart) {
    let from = match series.days_per_bar {
        1 => "Day (UTC)",
        _ => "First day (UTC)",
    };
    let names: Vec<_> = chart
        .strips
        .iter()
        .map(|strip| capital(strip.name))
        .collect();
    let columns = names.iter().map(|name| Column::numbers(name));
    let columns: Vec<_> = [Column::words(from)].into_iter().chain(columns).collect();
    page.raw("<details><summary>The numbers</summary>").table(
        "rows",
        &format!("Numbers: {}", chart.title),
        &columns,
    );
    for bar in &series.bars {
        let counts: Vec<_> = chart
            .strips
            .iter()
            .map(|strip| (strip.count)(bar))
            .collect();
        if counts.iter().all(|count| *count == 0) {
            continue;
        }
        page.raw("<tr><th scope=\"row\" class=\"day\">")
            .text(&bar.first_day)
            .raw("</th>");
        for count in counts {
            page.raw(&format!(
                "<td class=\"number\">{}</td>",
                shown_number(count)
            ));
        }
        page.raw("</tr>\n");
    }
    page.table_end().raw("</details>\n");
}

/// What took how long, in words.
fn wait_name(measure: &str) -> String {
    match measure {
        "oversight.time_to_override" => "from a decision to its override".to_owned(),
        "oversight.time_to_intervene" => "from a decision to another intervention".to_owned(),
        "oversight.time_to_decide" => "from a request for approval to its answer".to_owned(),
        "incidents.time_to_tell" => "from awareness of a serious incident to its report".to_owned(),
        "incidents.time_to_close" => "from the opening of an incident to its close".to_owned(),
        other => other.to_owned(),
    }
}

fn waits(page: &mut Page, waits: &[Wait]) {
    page.raw("<figure class=\"panel keep\" aria-labelledby=\"waits\"><figcaption><b id=\"waits\">How long things took</b><br><span class=\"soft\">By recorded times; where several events were sent together, that is the time between their recordings, and what producers’ own clocks say may differ.</span></figcaption>\n");
    page.table(
        "rows",
        "How long things took",
        &[
            Column::words("What"),
            Column::numbers("Half took at most"),
            Column::numbers("95 of 100 at most"),
            Column::numbers("The longest"),
            Column::numbers("Not read"),
        ],
    );
    let longest = waits.iter().map(|wait| wait.longest.to_nanoseconds()).max();
    for wait in waits {
        page.raw("<tr><th scope=\"row\">")
            .text(&capital(&wait_name(&wait.measure)))
            .raw("</th>");
        for span in [wait.p50, wait.p95, wait.longest] {
            let nanoseconds = span.to_nanoseconds();
            page.raw("<td class=\"number\">")
                .text(&shown_span(nanoseconds));
            page.raw(&length(nanoseconds, longest.unwrap_or_default()))
                .raw("</td>");
        }
        page.raw(&format!(
            "<td class=\"number\">{}</td></tr>\n",
            shown_number(wait.unread)
        ));
    }
    page.table_end().raw("</figure>\n");
}

/// A bar as long as a span is of the longest one.
fn length(span: u64, longest: u64) -> String {
    let share = u128::from(span) * 100 / u128::from(longest.max(1));
    let width = u64::try_from(share)
        .unwrap_or(100)
        .clamp(u64::from(span > 0), 100);
    format!(
        "<svg class=\"cellbar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect x=\"{}\" y=\"2\" width=\"{width}\" height=\"4\" class=\"accent\"/></svg>",
        100 - width
    )
}

/// What was used of a budget, and whether that is too much. Of a cap of nothing there is no share.
fn share_of_cap(budget: &Budget) -> String {
    let is_nothing = |amount: &str| amount.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    match (is_nothing(&budget.cap), is_nothing(&budget.used)) {
        (true, true) => "nothing of nothing".to_owned(),
        (true, false) => "over: nothing was allowed".to_owned(),
        (false, _) if budget.millionths > 1_000_000 => {
            format!("{}, over", shown_share(budget.millionths))
        }
        (false, _) => shown_share(budget.millionths),
    }
}

fn budgets(page: &mut Page, series: &Series) {
    page.raw("<figure class=\"panel\" aria-labelledby=\"budgets\"><figcaption><b id=\"budgets\">Budgets against their caps</b><br><span class=\"soft\">")
        .text("The fullest first; the mark is at the cap, and a bar ends at twice of it. Caps are those that were named last, days are days of recording (UTC), and what can’t be read or doesn’t fit its type is not in it.");
    if series.budgets_omitted > 0 {
        page.text(&match series.budgets_omitted {
            1 => " There is 1 budget besides, which is not fuller.".to_owned(),
            omitted => format!(
                " There are {} budgets besides, none of them fuller.",
                shown_number(omitted)
            ),
        });
    }
    page.raw("</span></figcaption>\n");
    page.table(
        "rows",
        "Budgets against their caps",
        &[
            Column::words("Agent"),
            Column::words("Day or session"),
            Column::words("Of what"),
            Column::numbers("Used"),
            Column::numbers("Cap"),
            Column::numbers("Share of the cap"),
        ],
    );
    for budget in &series.budgets {
        let whose = budget.day.as_ref().or(budget.session.as_ref());
        page.raw("<tr><th scope=\"row\"><bdi>")
            .raw(&breakable(&budget.agent))
            .raw("</bdi></th><td><bdi>")
            .raw(&breakable(whose.map_or("", String::as_str)))
            .raw("</bdi></td>");
        page.element("td", "", budget.currency.as_deref().unwrap_or("tokens"));
        for amount in [&budget.used, &budget.cap] {
            page.raw("<td class=\"number\">").text(amount).raw("</td>");
        }
        let is_over = budget.millionths > 1_000_000;
        let tone = if is_over { Tone::Bad } else { Tone::Open };
        page.raw("<td class=\"number\">")
            .text(&share_of_cap(budget))
            .raw(&meter(budget.millionths / 2, Some(500_000), tone))
            .raw("</td></tr>\n");
    }
    page.table_end().raw("</figure>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_cap_of_nothing_there_is_no_share() {
        let words = |used: &str, cap: &str, millionths| {
            share_of_cap(&Budget {
                agent: "a".to_owned(),
                day: None,
                session: None,
                currency: None,
                used: used.to_owned(),
                cap: cap.to_owned(),
                millionths,
            })
        };
        assert_eq!(words("5", "0", u64::MAX >> 11), "over: nothing was allowed");
        assert_eq!(
            words("0.5", "0.00", u64::MAX >> 11),
            "over: nothing was allowed"
        );
        assert_eq!(words("0", "0", 0), "nothing of nothing");
        assert_eq!(words("1", "4", 250_000), "25 %");
        assert_eq!(words("5", "4", 1_250_000), "125 %, over");
    }
}

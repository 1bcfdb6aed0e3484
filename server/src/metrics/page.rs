//! The page as it is written, in either form.

use std::{fmt::Write as _, time::Duration};

use indelible_meters::Reading;

use super::{
    accept::Form,
    catalogue::{Family, Kind},
};

/// A number of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(u64),
    Seconds(f64),
}

impl From<u64> for Number {
    fn from(whole: u64) -> Self {
        Self::Whole(whole)
    }
}

impl From<usize> for Number {
    fn from(whole: usize) -> Self {
        Self::Whole(whole as u64)
    }
}

impl From<bool> for Number {
    fn from(is_so: bool) -> Self {
        Self::Whole(is_so.into())
    }
}

impl From<Duration> for Number {
    fn from(time: Duration) -> Self {
        Self::Seconds(time.as_secs_f64())
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(whole) => write!(out, "{whole}"),
            // With a point even where nothing follows it: bounds of buckets are compared as texts.
            Self::Seconds(seconds) => write!(out, "{seconds:?}"),
        }
    }
}

/// Families that are written one after the other.
pub(super) struct Page {
    text: String,
    form: Form,
}

impl Page {
    pub(super) fn new(form: Form) -> Self {
        Self {
            text: String::new(),
            form,
        }
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    /// A family without labels.
    pub(super) fn one(&mut self, family: &Family, value: impl Into<Number>) {
        self.many(family, [([], value)]);
    }

    /// A family with one label.
    pub(super) fn by<'a, N: Into<Number>>(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = (&'a str, N)>,
    ) {
        let samples = samples.into_iter();
        self.many(family, samples.map(|(label, value)| ([label], value)));
    }

    /// A family whose samples have as many labels as it has names for them.
    pub(super) fn many<'a, const LABELS: usize, N: Into<Number>>(
        &mut self,
        family: &Family,
        samples: impl IntoIterator<Item = ([&'a str; LABELS], N)>,
    ) {
        self.head(family);
        let suffix = match family.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        for (values, value) in samples {
            let name = family.name;
            let labels = labels(family, &values, None);
            // Writing to a string does not fail.
            let _ = writeln!(self.text, "{name}{suffix}{labels} {}", value.into());
        }
    }

    /// A histogram, of one label or of none.
    pub(super) fn histogram<'a, const LABELS: usize>(
        &mut self,
        family: &Family,
        readings: impl IntoIterator<Item = ([&'a str; LABELS], Reading)>,
    ) {
        self.head(family);
        let name = family.name;
        for (values, reading) in readings {
            for (bound, count) in &reading.upto {
                let bound = Number::from(*bound).to_string();
                let labels = labels(family, &values, Some(&bound));
                let _ = writeln!(self.text, "{name}_bucket{labels} {count}");
            }
            let count = reading.count;
            let all = labels(family, &values, Some("+Inf"));
            let _ = writeln!(self.text, "{name}_bucket{all} {count}");
            let labels = labels(family, &values, None);
            let sum = Number::from(reading.sum);
            let _ = writeln!(self.text, "{name}_sum{labels} {sum}");
            let _ = writeln!(self.text, "{name}_count{labels} {count}");
        }
    }

    fn head(&mut self, family: &Family) {
        let (name, help) = (family.name, family.help);
        let (name, kind) = match (self.form, family.kind) {
            (Form::Text, Kind::Counter) => (format!("{name}_total"), "counter"),
            (Form::Text, Kind::Info) => (format!("{name}_info"), "gauge"),
            (_, kind) => (name.to_owned(), kind.word()),
        };
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        if let (Form::OpenMetrics, Some(unit)) = (self.form, family.unit()) {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
    }
}

/// The labels of a sample, in braces; nothing if it has none.
fn labels(family: &Family, values: &[&str], bound: Option<&str>) -> String {
    let named = family.labels.iter().copied().zip(values.iter().copied());
    let mut named: Vec<_> = named.collect();
    named.extend(bound.map(|bound| ("le", bound)));
    if named.is_empty() {
        return String::new();
    }
    let pairs = named
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

/// A value as it stands between quotation marks.
fn escaped(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    escaped.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use indelible_meters::{Buckets, Histogram};

    use super::*;
    use crate::metrics::catalogue;

    fn histogram() -> Reading {
        const BOUNDS: Buckets = &[Duration::from_micros(500), Duration::from_secs(1)];
        let histogram = Histogram::new(BOUNDS);
        for millis in [0, 2, 5_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        histogram.read()
    }

    fn page(form: Form) -> String {
        let mut page = Page::new(form);
        page.one(&catalogue::RECORDS, 7_u64);
        page.many(&catalogue::CALLS, [(["Append", "OK"], 3_u64)]);
        page.many(&catalogue::BUILD, [(["1.2"], 1_u64)]);
        page.histogram(&catalogue::APPEND_STAGE, [(["commit"], histogram())]);
        page.finish()
    }

    #[test]
    fn the_older_text_names_a_counter_by_its_samples() {
        let page = page(Form::Text);
        for line in [
            "# TYPE indelible_records gauge",
            "indelible_records 7",
            "# TYPE indelible_calls_total counter",
            "indelible_calls_total{method=\"Append\",code=\"OK\"} 3",
            "# TYPE indelible_build_info gauge",
            "indelible_build_info{version=\"1.2\"} 1",
            "# TYPE indelible_append_stage_seconds histogram",
            "indelible_append_stage_seconds_bucket{stage=\"commit\",le=\"0.0005\"} 1",
            "indelible_append_stage_seconds_bucket{stage=\"commit\",le=\"1.0\"} 2",
            "indelible_append_stage_seconds_bucket{stage=\"commit\",le=\"+Inf\"} 3",
            "indelible_append_stage_seconds_sum{stage=\"commit\"} 5.002",
            "indelible_append_stage_seconds_count{stage=\"commit\"} 3",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}: {page}");
        }
        assert!(!page.contains("# EOF") && !page.contains("# UNIT"));
    }

    #[test]
    fn openmetrics_names_families_and_units_and_has_an_end() {
        let page = page(Form::OpenMetrics);
        for line in [
            "# TYPE indelible_calls counter",
            "indelible_calls_total{method=\"Append\",code=\"OK\"} 3",
            "# TYPE indelible_build info",
            "indelible_build_info{version=\"1.2\"} 1",
            "# UNIT indelible_append_stage_seconds seconds",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}: {page}");
        }
        assert!(page.ends_with("\n# EOF\n"), "{page}");
    }

    #[test]
    fn a_value_of_a_label_can_not_end_its_line_or_its_quotation() {
        let value = "a\"} 1\nevil 2\\";
        let labels = labels(&catalogue::LEDGER_RECORDS, &[value], None);
        assert_eq!(labels, r#"{ledger="a\"} 1\nevil 2\\"}"#);
    }
}

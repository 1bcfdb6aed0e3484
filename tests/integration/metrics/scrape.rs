//! A scrape, read as strictly as the two formats are written: what `promtool check metrics` refuses, and what OpenMetrics 1.0
//! says must be.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::TcpStream,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    OpenMetrics,
}

/// What one scrape said.
pub(crate) struct Scrape {
    pub(crate) text: String,
    form: Form,
    /// The kind of each family, by its name.
    families: BTreeMap<String, String>,
    /// Each sample's value, by its name and labels as they were written.
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    /// Scrapes, and panics where a line breaks a rule.
    pub(crate) fn of(address: &str, form: Form) -> Self {
        let (accept, content_type) = match form {
            Form::Text => ("text/plain", "text/plain; version=0.0.4; charset=utf-8"),
            Form::OpenMetrics => (
                "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            ),
        };
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /metrics HTTP/1.1\r\nhost: h\r\naccept: {accept}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(
            head.contains(&format!("content-type: {content_type}")),
            "{head}"
        );
        Self::read(text, form)
    }

    fn read(text: &str, form: Form) -> Self {
        let mut scrape = Self {
            text: text.to_owned(),
            form,
            families: BTreeMap::new(),
            samples: BTreeMap::new(),
        };
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut lines: Vec<_> = text.lines().collect();
        if form == Form::OpenMetrics {
            assert_eq!(lines.pop(), Some("# EOF"));
        }
        let mut current = None;
        for line in lines {
            assert!(!line.is_empty() && line.trim_end() == line, "{line:?}");
            match line.strip_prefix("# ") {
                Some(comment) => scrape.comment(comment, &mut current),
                None => scrape.sample(line, current.as_deref().expect("a family")),
            }
        }
        scrape.check_histograms();
        scrape
    }

    fn comment(&mut self, comment: &str, current: &mut Option<String>) {
        let (word, rest) = comment.split_once(' ').unwrap();
        let (name, rest) = rest.split_once(' ').unwrap();
        assert!(is_name(name), "{name}");
        match word {
            "HELP" => {
                assert!(rest.ends_with('.'), "{rest}");
                assert!(!self.families.contains_key(name), "{name} comes twice");
                *current = Some(name.to_owned());
            }
            "TYPE" => {
                assert_eq!(current.as_deref(), Some(name), "its help comes first");
                let kinds = match self.form {
                    Form::Text => &["counter", "gauge", "histogram"][..],
                    Form::OpenMetrics => &["counter", "gauge", "histogram", "info"],
                };
                assert!(kinds.contains(&rest), "{name} is {rest}");
                let is_total = name.ends_with("_total");
                let is_right = match self.form {
                    Form::Text => is_total == (rest == "counter"),
                    Form::OpenMetrics => !is_total,
                };
                assert!(is_right, "{name} is {rest}");
                self.families.insert(name.to_owned(), rest.to_owned());
            }
            "UNIT" => {
                assert_eq!(self.form, Form::OpenMetrics, "the older form has no units");
                assert_eq!(current.as_deref(), Some(name));
                assert!(name.ends_with(&format!("_{rest}")), "{name} is in {rest}");
            }
            _ => panic!("# {comment}"),
        }
    }

    fn sample(&mut self, line: &str, family: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        assert!(is_name(name), "{line}");
        let kind = &self.families[family];
        let suffix = name
            .strip_prefix(family)
            .expect("it stands below its family");
        let suffixes = match (kind.as_str(), self.form) {
            ("counter", Form::OpenMetrics) => &["_total"][..],
            ("info", _) => &["_info"],
            ("histogram", _) => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.contains(&suffix), "{line} below a {kind}");
        if !labels.is_empty() {
            check_labels(labels.strip_suffix('}').expect("a brace"));
        }
        let number: f64 = value.parse().unwrap();
        assert!(number.is_finite() && number >= 0.0, "{line}");
        let earlier = self.samples.insert(series.to_owned(), number);
        assert!(earlier.is_none(), "{series} comes twice");
    }

    /// Buckets grow with their bounds, and the last of them is all.
    fn check_histograms(&self) {
        let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in &self.samples {
            let Some((name, labels)) = series.split_once("_bucket{") else {
                continue;
            };
            let (before, bound) = labels.split_once("le=\"").expect("a bound");
            let bound = bound.strip_suffix("\"}").expect("the bound comes last");
            assert!(bound == "+Inf" || bound.contains('.'), "{series}");
            let bound = bound.replace("+Inf", "inf").parse().unwrap();
            let labels = before.trim_end_matches(',');
            let whose = match labels {
                "" => format!("{name}_count"),
                labels => format!("{name}_count{{{labels}}}"),
            };
            buckets.entry(whose).or_default().push((bound, *value));
        }
        assert!(!buckets.is_empty());
        for (count, mut buckets) in buckets {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(
                buckets.is_sorted_by(|one, other| one.1 <= other.1),
                "{count}"
            );
            let (bound, all) = *buckets.last().unwrap();
            assert!(bound.is_infinite(), "{count} has a last bucket");
            assert_eq!(all, self.value(&count));
            self.value(&count.replacen("_count", "_sum", 1));
        }
    }

    /// The value of a series, with its labels as the daemon writes them.
    pub(crate) fn value(&self, series: &str) -> f64 {
        let value = self.samples.get(series);
        *value.unwrap_or_else(|| panic!("no {series} in {}", self.text))
    }

    /// The same; 0 for what is not there yet.
    pub(crate) fn value_or_zero(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or(0.0)
    }

    /// The names of families as `docs/metrics.md` has them.
    pub(crate) fn documented_names(&self) -> BTreeSet<String> {
        let families = self.families.iter();
        let names = families.map(|(name, kind)| match (self.form, kind.as_str()) {
            (Form::OpenMetrics, "counter") => format!("{name}_total"),
            (Form::OpenMetrics, "info") => format!("{name}_info"),
            _ => name.clone(),
        });
        names.collect()
    }

    /// The names of samples.
    pub(crate) fn sample_names(&self) -> BTreeSet<&str> {
        let names = self.samples.keys();
        names
            .map(|series| series.split('{').next().unwrap())
            .collect()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `name="value"`, with commas between them and none at the end.
fn check_labels(text: &str) {
    let mut rest = text;
    let mut names = BTreeSet::new();
    loop {
        let (name, after) = rest.split_once("=\"").expect("a label");
        assert!(is_name(name) && names.insert(name), "{text}");
        let end = after.find('"').expect("a quotation mark");
        let value = &after[..end];
        assert!(
            !value.contains(['\\', '\n']),
            "no word of ours needs an escape: {text}"
        );
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return assert!(rest.is_empty(), "{text}"),
        }
    }
}

/// The metrics of ours, and of the process, that an expression names.
pub(crate) fn names_in(expression: &str) -> BTreeSet<&str> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words
        .filter(|word| word.starts_with("indelible_") || word.starts_with("process_"))
        .collect()
}

#[test]
fn what_breaks_a_rule_is_found() {
    let good = "# HELP x_y Words.\n# TYPE x_y counter\nx_y_total 1\n\
        # HELP h_seconds Words.\n# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n\
        h_seconds_bucket{le=\"1.0\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\nh_seconds_sum 3.5\nh_seconds_count 2\n# EOF\n";
    Scrape::read(good, Form::OpenMetrics);
    for (from, to) in [
        ("# EOF\n", ""),
        ("x_y_total 1", "x_y 1"),
        ("x_y_total 1", "x_y_total NaN"),
        ("x_y_total 1\n", "x_y_total 1\nx_y_total 1\n"),
        ("# TYPE x_y counter\n", ""),
        ("le=\"1.0\"} 1", "le=\"1.0\"} 3"),
        ("h_seconds_count 2", "h_seconds_count 3"),
        ("UNIT h_seconds seconds", "UNIT h_seconds bytes"),
        ("{le=\"+Inf\"} 2", "{le=\"9.0\"} 2"),
        ("h_seconds_sum 3.5\n", ""),
        ("{le=\"1.0\"}", "{le=\"1.0\",}"),
    ] {
        assert!(good.contains(from), "{from}");
        let bad = good.replacen(from, to, 1);
        let read = std::panic::catch_unwind(|| Scrape::read(&bad, Form::OpenMetrics));
        assert!(read.is_err(), "{from:?} as {to:?} passes");
    }
}

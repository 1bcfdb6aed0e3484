//! Lines for programs: one JSON object for each, with the time, the level, the words, the fields that are listed, and the
//! module.

use std::fmt::{self, Debug, Write as _};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::fields::OnlyListed;

/// Writes an event as one JSON object on a line of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let metadata = event.metadata();
        let mut line = Line::default();
        line.text("timestamp", &time);
        line.text("level", metadata.level().as_str());
        event.record(&mut OnlyListed(&mut line));
        line.text("target", metadata.target());
        writeln!(writer, "{{{}}}", line.0)
    }
}

/// The members of an object, as they are written.
#[derive(Default)]
struct Line(String);

impl Line {
    fn member(&mut self, name: &str, value: &serde_json::Value) {
        let comma = if self.0.is_empty() { "" } else { "," };
        // Writing to a string does not fail. Names are Rust's, and need no escapes.
        let _ = write!(self.0, "{comma}\"{name}\":{value}");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.member(name, &value.into());
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), &value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), &value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), &value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), &value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{fmt as subscriber, layer::SubscriberExt as _, registry};

    use super::*;
    use crate::daemon::log::{KeptLog, fields::Listed};

    /// What is written of these events, as text and as JSON.
    fn written(events: impl Fn()) -> (Vec<String>, Vec<String>) {
        let (text, json) = (KeptLog::default(), KeptLog::default());
        let (to_text, to_json) = (text.clone(), json.clone());
        let layer = || subscriber::layer().with_ansi(false).fmt_fields(Listed);
        let lines = registry().with(layer().with_writer(move || to_text.clone()));
        tracing::subscriber::with_default(lines, &events);
        let lines = layer()
            .event_format(JsonLines)
            .with_writer(move || to_json.clone());
        tracing::subscriber::with_default(registry().with(lines), &events);
        (text.lines(), json.lines())
    }

    #[test]
    fn a_line_is_an_object_whose_members_are_of_their_types() {
        let (_, lines) = written(|| {
            tracing::warn!(
                ledger = "a\"b\n",
                count = 7,
                is_new = true,
                seconds = 1.5,
                "said {}",
                1
            );
        });
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "said 1");
        assert_eq!(line["ledger"], "a\"b\n");
        assert_eq!((&line["count"], &line["is_new"]), (&7.into(), &true.into()));
        assert_eq!(line["seconds"], 1.5);
        assert!(line["target"].as_str().unwrap().starts_with("indelible"));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_field_that_is_not_listed_is_not_written_in_either_form() {
        let (text, json) = written(|| {
            tracing::error!(payload = "secret", data_subject = %"erika", sequence = 3, "words");
        });
        for lines in [text, json] {
            let line = lines.concat();
            assert!(line.contains("words") && line.contains('3'), "{line}");
            assert!(
                !line.contains("secret") && !line.contains("erika"),
                "{line}"
            );
            assert!(!line.contains("payload"), "{line}");
        }
    }
}

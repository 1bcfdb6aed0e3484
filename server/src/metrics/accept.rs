//! In which of the two forms a scraper wants the page, by its `Accept` header (RFC 9110 section 12.5.1).

/// The forms that the page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The text format of Prometheus, 0.0.4.
    Text,
    /// OpenMetrics 1.0.0.
    OpenMetrics,
}

impl Form {
    /// What the form is called in a header.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The form that is wanted more; the older text where nothing is said, or nothing that is one of the two.
    pub(crate) fn wanted(accept: Option<&str>) -> Self {
        let (mut text, mut open) = (0, 0);
        for range in accept.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut thousandths, mut version) = (1_000, None);
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                match key.trim().to_ascii_lowercase().as_str() {
                    "q" => thousandths = weight(value.trim()),
                    "version" => version = Some(value.trim()),
                    _ => {}
                }
            }
            match name.as_str() {
                "application/openmetrics-text" if version.is_none_or(|it| it == "1.0.0") => {
                    open = open.max(thousandths);
                }
                "text/plain" | "text/*" | "*/*" => text = text.max(thousandths),
                _ => {}
            }
        }
        match open > 0 && open >= text {
            true => Self::OpenMetrics,
            false => Self::Text,
        }
    }
}

/// A weight in thousandths. One that is not valid is none.
fn weight(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || rest.len() > 3 || !is_digits(rest) {
        return 0;
    }
    let thousandths = format!("{whole}{rest:0<3}").parse().unwrap_or(0);
    u32::min(thousandths, 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_wanted_more() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, form) in [
            (None, Form::Text),
            (Some(""), Form::Text),
            (Some("*/*"), Form::Text),
            (Some("text/html,*/*;q=0.8"), Form::Text),
            (Some(prometheus), Form::OpenMetrics),
            (Some("application/openmetrics-text"), Form::OpenMetrics),
            (
                Some("Application/OpenMetrics-Text; Version=1.0.0 ; Q=1"),
                Form::OpenMetrics,
            ),
            (
                Some("application/openmetrics-text;q=0, text/plain"),
                Form::Text,
            ),
            (
                Some("application/openmetrics-text;q=0.5, text/plain;q=0.9"),
                Form::Text,
            ),
            (
                Some("application/openmetrics-text;version=2.0.0"),
                Form::Text,
            ),
            (Some("application/openmetrics-text;q=loud"), Form::Text),
        ] {
            assert_eq!(Form::wanted(accept), form, "{accept:?}");
        }
    }

    #[test]
    fn a_weight_is_three_digits_after_a_point_at_most() {
        let weights = [("1", 1_000), ("0.5", 500), ("0.123", 123), ("1.7", 1_000)];
        for (text, thousandths) in weights {
            assert_eq!(weight(text), thousandths, "{text}");
        }
        for text in ["", "2", "0.1234", "-1", "0.x", "1e3"] {
            assert_eq!(weight(text), 0, "{text}");
        }
    }
}

//! What a measure is compared with.

use serde::{Deserialize, Serialize};

use crate::projections::{measure::Value, pieces::SUM_MAX as INTEGER_MAX};

/// A threshold. Its unit is that of the measure: a count, a share or a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Threshold {
    /// Met by this and more.
    AtLeast(Limit),
    /// Met by this and less.
    AtMost(Limit),
    /// Met by this alone.
    Is(bool),
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// How many.
    Count(u64),
    /// Millionths of a whole.
    Millionths(u32),
    /// A span of time.
    Span(Span),
}

/// A span of time, in two numbers that every JSON reader reads exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Whole seconds.
    pub seconds: u64,
    /// And so many nanoseconds, less than a second.
    pub nanoseconds: u32,
}

impl Span {
    /// Of a number of nanoseconds.
    pub fn of(nanoseconds: u64) -> Self {
        Self {
            seconds: nanoseconds / 1_000_000_000,
            // Less than 2^30.
            nanoseconds: (nanoseconds % 1_000_000_000) as u32,
        }
    }

    /// In nanoseconds; the greatest number where they are more.
    pub fn to_nanoseconds(self) -> u64 {
        let seconds = self.seconds.saturating_mul(1_000_000_000);
        seconds.saturating_add(u64::from(self.nanoseconds))
    }
}

/// Why a text is not a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// Not of a form that there is.
    #[error("is not a whole number (5), a share (99.5%) or a span (250ms, 90s, 15m, 24h, 7d)")]
    Form,
    /// No time at all, or not a span.
    #[error("is not a span of time (250ms, 90s, 15m, 24h, 7d)")]
    NoSpan,
    /// More than all.
    #[error("is more than 100%")]
    MoreThanAll,
    /// Finer than millionths.
    #[error("has more than four places after the point")]
    TooFine,
    /// Past 2^53-1, or a span of some centuries.
    #[error("is too great")]
    TooGreat,
}

impl Limit {
    /// Reads `5`, `99.5%` or `250ms`.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        if let Some(share) = text.strip_suffix('%') {
            return parse_share(share).map(Self::Millionths);
        }
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let canonical = number == "0" || !number.starts_with('0');
        if number.is_empty() || !canonical {
            return Err(ThresholdError::Form);
        }
        let number: u64 = number.parse().map_err(|_| ThresholdError::TooGreat)?;
        let nanoseconds: u64 = match unit {
            "" if number <= INTEGER_MAX => return Ok(Self::Count(number)),
            "" => return Err(ThresholdError::TooGreat),
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return Err(ThresholdError::Form),
        };
        let span = number.checked_mul(nanoseconds);
        span.map(|span| Self::Span(Span::of(span)))
            .ok_or(ThresholdError::TooGreat)
    }
}

/// Percent with up to four places, in millionths.
fn parse_share(text: &str) -> Result<u32, ThresholdError> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let dangling = text.ends_with('.');
    if whole.is_empty() || whole.len() > 3 || !digits(whole) || !digits(places) || dangling {
        return Err(ThresholdError::Form);
    }
    if places.len() > 4 {
        return Err(ThresholdError::TooFine);
    }
    let whole: u32 = whole.parse().map_err(|_| ThresholdError::Form)?;
    let places: u32 = format!("{places:0<4}")
        .parse()
        .map_err(|_| ThresholdError::Form)?;
    let millionths = whole * 10_000 + places;
    if millionths > 1_000_000 {
        return Err(ThresholdError::MoreThanAll);
    }
    Ok(millionths)
}

impl Threshold {
    /// What is wrong with a mapping that compares it with a value of another unit.
    pub(super) fn of_another_unit(&self, value: &Value) -> Option<String> {
        let measured = match value {
            Value::Count(_) => "a count",
            Value::Share { .. } => "a share",
            Value::Nanoseconds(_) => "a span",
            Value::Flag(_) => "a flag",
            Value::NotComputable(_) => return None,
        };
        let wanted = match self {
            Self::Is(_) => "a flag",
            Self::AtLeast(limit) | Self::AtMost(limit) => match limit {
                Limit::Count(_) => "a count",
                Limit::Millionths(_) => "a share",
                Limit::Span(_) => "a span",
            },
        };
        (measured != wanted).then(|| {
            format!("the mapping compares {measured} with {wanted}, so the mapping is wrong here")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_exactly() {
        for (text, limit) in [
            ("0", Ok(Limit::Count(0))),
            ("12", Ok(Limit::Count(12))),
            ("100%", Ok(Limit::Millionths(1_000_000))),
            ("0.5%", Ok(Limit::Millionths(5_000))),
            ("99.9999%", Ok(Limit::Millionths(999_999))),
            ("250ms", Ok(Limit::Span(Span::of(250_000_000)))),
            ("15m", Ok(Limit::Span(Span::of(900_000_000_000)))),
            ("7d", Ok(Limit::Span(Span::of(604_800_000_000_000)))),
            ("100.0001%", Err(ThresholdError::MoreThanAll)),
            ("0.00001%", Err(ThresholdError::TooFine)),
            ("9007199254740992", Err(ThresholdError::TooGreat)),
            ("99999999999999999999999", Err(ThresholdError::TooGreat)),
            ("365d", Ok(Limit::Span(Span::of(31_536_000_000_000_000)))),
            ("300000d", Err(ThresholdError::TooGreat)),
            ("", Err(ThresholdError::Form)),
            ("%", Err(ThresholdError::Form)),
            ("5.%", Err(ThresholdError::Form)),
            ("05", Err(ThresholdError::Form)),
            ("1.5", Err(ThresholdError::Form)),
            ("-1", Err(ThresholdError::Form)),
            ("5 m", Err(ThresholdError::Form)),
            ("1e3", Err(ThresholdError::Form)),
        ] {
            assert_eq!(Limit::parse(text), limit, "{text}");
        }
    }
}

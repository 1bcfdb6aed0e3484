//! What a scalar without quotes means.

use crate::{
    day::Day,
    json::{Number, Value},
    yaml::tree::Content,
};

/// Resolves it as YAML 1.1 does, or says what it could be taken for.
pub(super) fn resolve(text: &str) -> Result<Content, String> {
    let scalar = |value| {
        Ok(Content::Scalar {
            text: text.to_owned(),
            is_plain: true,
            value,
        })
    };
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return scalar(Value::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return scalar(Value::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return scalar(Value::Bool(false));
        }
        _ => {}
    }
    if is_date(text) {
        let text = text.to_owned();
        let day = Day::parse(&text);
        return Ok(Content::Date { text, day });
    }
    match number(text) {
        Ok(Some(number)) => scalar(Value::Number(number)),
        Ok(None) => scalar(Value::Text(text.to_owned())),
        Err(problem) => Err(problem),
    }
}

fn number(text: &str) -> Result<Option<Number>, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) {
        return Err(format!(
            "{text} is not a number that can be compared; write a finite one"
        ));
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Ok(None);
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return match unsigned.len() > 1 && unsigned.starts_with('0') {
            true => Err(two_ways(text)),
            false => Ok(Some(Number::integer(text.trim_start_matches('+')))),
        };
    }
    if let Some(float) = float(unsigned) {
        let float = if text.starts_with('-') { -float } else { float };
        return match float.is_finite() {
            true => Ok(Some(Number::Float(float))),
            false => Err(format!("{text} is beyond the range of a double")),
        };
    }
    match is_other_number(unsigned) {
        true => Err(two_ways(text)),
        false => Ok(None),
    }
}

fn two_ways(text: &str) -> String {
    format!(
        "{text} is a number to some readers of YAML and text to others; put it in quotes, or write it in decimal"
    )
}

/// `2001-01-01`, and what goes on as a time does.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = bytes.get(..4);
    if !year.is_some_and(|year| year.iter().all(u8::is_ascii_digit)) || bytes.get(4) != Some(&b'-')
    {
        return false;
    }
    let Some((month, day)) = text[5..].split_once('-') else {
        return false;
    };
    let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count();
    let (of_month, of_day) = (digits(month), digits(day));
    let goes_on = &day[of_day..];
    let is_time = goes_on.starts_with(['T', 't', ' ', '\t'])
        && goes_on[1..]
            .trim_start()
            .starts_with(|first: char| first.is_ascii_digit());
    let is_day = goes_on.is_empty() && of_month == 2 && of_day == 2;
    let is_short = (1..=2).contains(&of_month) && (1..=2).contains(&of_day);
    of_month == month.len() && (is_day || (is_time && is_short))
}

/// A number with a point, and perhaps an exponent with a sign. Without a point, YAML 1.1 takes it for text.
fn float(unsigned: &str) -> Option<f64> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']);
        digits.is_some_and(|digits| !digits.is_empty() && is_digits(digits))
    });
    let has_digit = !whole.is_empty() || !fraction.is_empty();
    if !is_digits(whole) || !is_digits(fraction) || !has_digit || !exponent_fits {
        return None;
    }
    unsigned.parse().ok()
}

/// Numbers of other bases, with underscores, or to the base of sixty.
fn is_other_number(unsigned: &str) -> bool {
    let all = |text: &str, allowed: &str| {
        !text.is_empty() && text.chars().all(|letter| allowed.contains(letter))
    };
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return all(digits, "01_");
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return all(digits, "0123456789abcdefABCDEF_");
    }
    let is_sexagesimal = unsigned.contains(':') && all(unsigned, "0123456789_:.");
    is_sexagesimal || (unsigned.contains('_') && all(unsigned, "0123456789_."))
}

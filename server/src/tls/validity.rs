//! From when to when a certificate is valid: RFC 5280 section 4.1.2.5, of which nothing else is read here.

use indelible_compliance::time::parse;

/// Years outside of these are taken as the first and the last of them.
const YEAR_MIN: u64 = 1_970;
const YEAR_MAX: u64 = 2_500;

/// From when to when, seconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// Reads it from a certificate in DER.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = value(certificate, SEQUENCE)?;
        let (mut fields, _) = value(certificate, SEQUENCE)?;
        if fields.first() == Some(&VERSION) {
            fields = value(fields, VERSION)?.1;
        }
        // Serial number, algorithm, issuer.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            fields = value(fields, tag)?.1;
        }
        let (validity, _) = value(fields, SEQUENCE)?;
        let (from, rest) = time(validity)?;
        let (until, _) = time(rest)?;
        Some(Self { from, until })
    }
}

/// The content of the first element, which must have this tag, and what follows it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = length
                .iter()
                .fold(0, |sum, &byte| sum << 8 | usize::from(byte));
            (length, rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

/// A time, and what follows it.
fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    match bytes.first() {
        Some(&UTC_TIME) => {
            let (text, rest) = value(bytes, UTC_TIME)?;
            let year = digits(text.get(..2)?)?;
            // RFC 5280: years below 50 are of this century.
            let year = if year < 50 {
                2_000 + year
            } else {
                1_900 + year
            };
            Some((seconds(year, text.get(2..)?)?, rest))
        }
        Some(&GENERALIZED_TIME) => {
            let (text, rest) = value(bytes, GENERALIZED_TIME)?;
            Some((seconds(digits(text.get(..4)?)?, text.get(4..)?)?, rest))
        }
        _ => None,
    }
}

/// `MMDDHHMMSSZ` of a year.
fn seconds(year: u64, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.len() == 11 && text.is_ascii())?;
    let (date, time) = text.split_at(4);
    let (month, day) = date.split_at(2);
    let (hour, rest) = time.split_at(2);
    let (minute, second) = rest.split_at(2);
    // RFC 5280 writes an end that nobody knows as the last second of the year 9999.
    let year = year.clamp(YEAR_MIN, YEAR_MAX);
    let nanos = parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}"))?;
    i64::try_from(nanos / 1_000_000_000).ok()
}

fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests;

//! The rules for what clients write: text, facts, digests, envelopes.

use crate::limits::{
    ATTRIBUTE_BYTES_MAX, DIGEST_BYTES_MAX, DIGEST_BYTES_MIN, NONCE_BYTES_MAX, NONCE_BYTES_MIN,
};

/// A field that breaks its rule or limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldViolation {
    /// The field as it is named on the wire: `id`, `facts[name].value`, `digests[0].value`.
    pub field: String,
    /// What is wrong with it, for people.
    pub problem: String,
}

impl FieldViolation {
    /// A violation of the named field.
    #[cold]
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// Checks an event's `type`: not empty, no control character, at most 1,024 bytes.
#[inline]
pub fn check_event_type(text: &str) -> Result<(), FieldViolation> {
    check_text(text, ATTRIBUTE_BYTES_MAX, || "type".into())
}

/// Checks a `classification`: not empty, no control character, at most 1,024 bytes.
#[inline]
pub fn check_classification(text: &str) -> Result<(), FieldViolation> {
    check_text(text, ATTRIBUTE_BYTES_MAX, || "classification".into())
}

/// Checks the rule for every text of a client. The field's name is only made when it is needed.
#[inline]
pub(crate) fn check_text(
    text: &str,
    bytes_max: usize,
    field: impl FnOnce() -> String,
) -> Result<(), FieldViolation> {
    if !text.is_empty() && text.len() <= bytes_max && !has_control_character(text) {
        return Ok(());
    }
    let problem = if text.is_empty() {
        "must not be empty".to_owned()
    } else if text.len() > bytes_max {
        format!("has {} bytes, at most {bytes_max} are allowed", text.len())
    } else {
        "holds a control character".to_owned()
    };
    Err(FieldViolation::new(field(), problem))
}

/// Checks a W3C Trace Context header: version 00, neither id all zero, every digit in lower case.
pub(crate) fn check_traceparent(text: &str) -> Result<(), FieldViolation> {
    let is_id = |id: &str, digits: usize| {
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        id.len() == digits && id.bytes().all(hexadecimal)
    };
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    let mut parts = text.split('-');
    let form = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    );
    match form {
        (Some("00"), Some(trace), Some(parent), Some(flags), None)
            if is_id(trace, 32)
                && !is_zero(trace)
                && is_id(parent, 16)
                && !is_zero(parent)
                && is_id(flags, 2) =>
        {
            Ok(())
        }
        _ => Err(FieldViolation::new(
            "traceparent",
            "is not a W3C Trace Context header of version 00, in lower case",
        )),
    }
}

/// Checks the length of a digest. Well-known algorithms have a length of their own.
pub(crate) fn check_digest_length(algorithm: &str, length: usize) -> Result<(), String> {
    let expected = match algorithm {
        "sha256" | "blake3" => 32,
        "sha512" => 64,
        _ if (DIGEST_BYTES_MIN..=DIGEST_BYTES_MAX).contains(&length) => return Ok(()),
        _ => {
            return Err(format!(
                "has {length} bytes, {DIGEST_BYTES_MIN} to {DIGEST_BYTES_MAX} are allowed"
            ));
        }
    };
    if length == expected {
        Ok(())
    } else {
        Err(format!(
            "has {length} bytes, but a {algorithm} digest has {expected}"
        ))
    }
}

/// Checks the length of an envelope's nonce.
pub(crate) fn check_nonce(nonce: &[u8]) -> Result<(), FieldViolation> {
    if (NONCE_BYTES_MIN..=NONCE_BYTES_MAX).contains(&nonce.len()) {
        return Ok(());
    }
    let problem = format!(
        "has {} bytes, {NONCE_BYTES_MIN} to {NONCE_BYTES_MAX} are allowed",
        nonce.len()
    );
    Err(FieldViolation::new("envelope.nonce", problem))
}

/// A client's word made fit for an error: escaped, and cut after 40 characters.
#[cold]
pub(crate) fn shortened(text: &str) -> String {
    let mut words: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        words.push('…');
    }
    words
}

/// Whether the text holds U+0000 to U+001F or U+007F to U+009F.
#[inline]
fn has_control_character(text: &str) -> bool {
    !is_plain_ascii(text.as_bytes()) && text.chars().any(char::is_control)
}

/// Whether all bytes are printable ASCII, eight at a time: nearly every text is, and is done.
#[inline]
fn is_plain_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut suspect = 0;
    for word in words {
        suspect |= suspect_bytes(u64::from_le_bytes(*word));
    }
    match bytes.last_chunk::<8>() {
        // The last word overlaps the one before it.
        Some(word) => suspect |= suspect_bytes(u64::from_le_bytes(*word)),
        None => {
            let mut word = [b' '; 8];
            word[..rest.len()].copy_from_slice(rest);
            suspect |= suspect_bytes(u64::from_le_bytes(word));
        }
    }
    suspect == 0
}

/// Not zero if a byte of the word is above 0x7E or below 0x20: the first sets its high bit by
/// itself or by adding 1, the second by taking 0x20 away. A carry or borrow comes only from a byte
/// that is suspect itself.
#[inline]
fn suspect_bytes(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    (word | word.wrapping_add(EACH) | word.wrapping_sub(0x20 * EACH)) & (0x80 * EACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_wherever_they_are() {
        for number in 0..0x250 {
            let character = char::from_u32(number).unwrap();
            for text in [
                format!("{character}"),
                format!("Zoë{character}"),
                format!("{character}©"),
            ] {
                assert_eq!(
                    has_control_character(&text),
                    character.is_control(),
                    "{number:#x}"
                );
            }
        }
        assert!(!has_control_character("€ 😀 ¡¿"));
        for length in 0..40 {
            let plain: Vec<u8> = (0..length).map(|index| b' ' + index * 2).collect();
            assert!(is_plain_ascii(&plain));
            for position in 0..usize::from(length) {
                for byte in 0..=255 {
                    let mut bytes = plain.clone();
                    bytes[position] = byte;
                    assert_eq!(is_plain_ascii(&bytes), (0x20..0x7f).contains(&byte));
                }
            }
        }
    }

    #[test]
    fn texts_have_a_least_and_a_greatest_length() {
        assert!(check_event_type("t").is_ok());
        assert!(check_event_type(&"t".repeat(1_024)).is_ok());
        assert_eq!(
            check_event_type(""),
            Err(FieldViolation::new("type", "must not be empty"))
        );
        assert_eq!(
            check_classification(&"t".repeat(1_025)),
            Err(FieldViolation::new(
                "classification",
                "has 1025 bytes, at most 1024 are allowed"
            ))
        );
        assert_eq!(
            check_event_type("a\nb"),
            Err(FieldViolation::new("type", "holds a control character"))
        );
    }

    #[test]
    fn digests_have_the_length_of_their_algorithm() {
        for (algorithm, length, good) in [
            ("sha256", 32, true),
            ("sha256", 31, false),
            ("blake3", 64, false),
            ("sha512", 64, true),
            ("sha512", 32, false),
            ("sha1", 20, true),
            ("md5", 16, true),
            ("crc", 15, false),
            ("long", 65, false),
        ] {
            assert_eq!(
                check_digest_length(algorithm, length).is_ok(),
                good,
                "{algorithm} {length}"
            );
        }
    }

    #[test]
    fn a_traceparent_has_exactly_one_form() {
        const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(check_traceparent(GOOD).is_ok());
        assert!(check_traceparent(&GOOD.replace("-01", "-ff")).is_ok());
        for bad in [
            String::new(),
            GOOD.replace("00-", "01-"),
            GOOD.replace("00-", "ff-"),
            GOOD.replace("00-", ""),
            GOOD.to_uppercase(),
            GOOD.replace("af", "aF"),
            GOOD.replace("af", "ag"),
            GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            GOOD.replace("b7ad6b7169203331", &"0".repeat(16)),
            GOOD.replace("-01", ""),
            GOOD.replace("-01", "-1"),
            GOOD.replace("-01", "-0x"),
            GOOD.replace("-01", "-01-"),
            GOOD.replace("-01", "-01-00"),
            format!("{GOOD} "),
            format!(" {GOOD}"),
            GOOD.replace("0af", "af"),
            GOOD.replace("-b7", "b7-"),
        ] {
            assert!(check_traceparent(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_in_errors_are_short_and_escaped() {
        assert_eq!(shortened("a\nb"), "a\\nb");
        assert_eq!(shortened(&"x".repeat(41)), format!("{}…", "x".repeat(40)));
    }
}

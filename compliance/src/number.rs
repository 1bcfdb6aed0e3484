//! Numbers as sentences for people have them.

use crate::canonical::INTEGER_MAX;

/// A number with its thousands apart: `1,234,567`. Sums stop at the greatest number that JSON holds exactly, so that one
/// may be more.
pub(crate) fn shown_number(number: u64) -> String {
    match number < INTEGER_MAX {
        true => with_thousands(number),
        false => format!("at least {}", with_thousands(INTEGER_MAX)),
    }
}

fn with_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 record", "1,204 records".
pub fn counted(number: u64, one: &str, more: &str) -> String {
    let noun = if number == 1 { one } else { more };
    format!("{} {noun}", shown_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_stopped_may_be_more() {
        assert_eq!(shown_number(1_234_567), "1,234,567");
        for capped in [INTEGER_MAX, u64::MAX] {
            assert_eq!(shown_number(capped), "at least 9,007,199,254,740,991");
        }
    }
}

//! Numbers as Python reads them: integers of any length, and doubles.

use std::{cmp::Ordering, fmt};

/// An integer of any length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integer {
    negative: bool,
    /// Without leading zeros; zero is `0` and not negative.
    digits: String,
}

/// A number of JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Written without a point and an exponent, and short enough for 64 bits.
    Small(i64),
    /// Written without a point and an exponent.
    Large(Integer),
    /// Written with one; finite.
    Float(f64),
}

/// 2⁶³: every double from here on is an integer, and none below is beyond 64 bits.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// An unsigned integer.
    pub fn unsigned(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Self::large(&number.to_string()), Self::Small)
    }

    /// A signed integer.
    pub fn signed(number: i64) -> Self {
        Self::Small(number)
    }

    /// An integer by its digits, with a minus sign where it is negative.
    pub(crate) fn integer(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::large(text), Self::Small)
    }

    fn large(text: &str) -> Self {
        let negative = text.starts_with('-');
        let digits = text.trim_start_matches('-').trim_start_matches('0');
        Self::Large(Integer {
            negative,
            digits: digits.to_owned(),
        })
    }

    /// Whether it is an integer for JSON Schema: 1.0 is.
    pub fn is_integer(&self) -> bool {
        match self {
            Self::Float(float) => float.fract() == 0.0,
            _ => true,
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Small(number) => *number == 0,
            Self::Large(_) => false,
            Self::Float(float) => *float == 0.0,
        }
    }

    /// As an unsigned integer, if it is one that fits; 1.0 is not.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Small(number) => u64::try_from(*number).ok(),
            Self::Large(integer) if !integer.negative => integer.digits.parse().ok(),
            _ => None,
        }
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        match self {
            Self::Small(number) => *number as f64,
            // Digits always parse; beyond the range they are infinite.
            Self::Large(integer) => integer.to_string().parse().unwrap_or(f64::INFINITY),
            Self::Float(float) => *float,
        }
    }

    /// The exact order of two numbers, whatever they were written as.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(one), Self::Small(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => {
                one.partial_cmp(other).unwrap_or(Ordering::Equal)
            }
            (Self::Float(float), integer) => compare_to_float(integer, *float).reverse(),
            (integer, Self::Float(float)) => compare_to_float(integer, *float),
            (one, other) => one.to_integer().compare(&other.to_integer()),
        }
    }

    fn to_integer(&self) -> Integer {
        match self {
            Self::Small(number) => Integer {
                negative: *number < 0,
                digits: number.unsigned_abs().to_string(),
            },
            Self::Large(integer) => integer.clone(),
            Self::Float(float) => Integer {
                negative: *float < 0.0,
                digits: format!("{:.0}", float.trunc().abs()),
            },
        }
    }
}

/// The order of an integer and a finite double.
fn compare_to_float(integer: &Number, float: f64) -> Ordering {
    if let Number::Small(small) = integer {
        if float >= TWO_TO_63 {
            return Ordering::Less;
        }
        if float < -TWO_TO_63 {
            return Ordering::Greater;
        }
        let whole = float.trunc() as i64;
        let fraction = float.fract();
        return small
            .cmp(&whole)
            .then_with(|| 0.0_f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal));
    }
    let order = integer
        .to_integer()
        .compare(&Number::Float(float).to_integer());
    order.then_with(|| {
        0.0_f64
            .partial_cmp(&float.fract())
            .unwrap_or(Ordering::Equal)
    })
}

impl Integer {
    /// What is left of its magnitude after division by a positive number.
    pub(crate) fn remainder(&self, by: i64) -> i64 {
        let by = i128::from(by);
        let digits = self.digits.bytes().map(|digit| i128::from(digit - b'0'));
        let rest = digits.fold(0, |rest, digit| (rest * 10 + digit) % by);
        i64::try_from(rest).unwrap_or_default()
    }

    fn compare(&self, other: &Self) -> Ordering {
        let magnitude = || {
            let by_length = self.digits.len().cmp(&other.digits.len());
            by_length.then_with(|| self.digits.cmp(&other.digits))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(formatter, "{sign}{}", self.digits)
    }
}

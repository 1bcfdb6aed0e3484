//! What a fact can be.

use indelible_evidence::body::FactValue;

use super::misfit::Problem;

/// Parts of one: decimals are kept as whole numbers of millionths.
pub const MILLION: u64 = 1_000_000;
/// The greatest whole part of a decimal.
pub const WHOLE_MAX: u64 = 999_999_999;
/// How a decimal is written.
pub const DECIMAL_PATTERN: &str = "^-?[0-9]{1,9}(\\.[0-9]{1,6})?$";

/// What a convention asks of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Any text.
    Text,
    /// An unsigned integer.
    Uint,
    /// A truth value.
    Boolean,
    /// A decimal, as text or as an unsigned integer.
    Decimal,
    /// A decimal from zero on.
    Amount,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// What is read of one fact.
pub(super) trait FromFact<'a>: Sized {
    /// What the convention says of it.
    const KIND: FactKind;

    /// Reads it.
    fn from_fact(value: FactValue<'a>) -> Result<Self, Problem>;
}

/// Whether it is a text of white space alone, which says nothing.
pub(super) fn is_blank(value: &FactValue<'_>) -> bool {
    matches!(value, FactValue::Text(text) if text.trim().is_empty())
}

/// A fact of an event: one that must be there, or one that may.
pub(super) trait Field<'a>: Sized {
    /// What is read of it.
    type Value: FromFact<'a>;
    /// Whether it must be there.
    const REQUIRED: bool;

    /// What becomes of it once all facts were read; none if it must be there and is not.
    fn settled(found: Option<Self::Value>) -> Option<Self>;
}

impl<'a, T: FromFact<'a>> Field<'a> for Option<T> {
    type Value = T;
    const REQUIRED: bool = false;

    fn settled(found: Option<T>) -> Option<Self> {
        Some(found)
    }
}

macro_rules! required {
    ($($type:ty),*) => {
        $(impl<'a> $crate::conventions::value::Field<'a> for $type {
            type Value = Self;
            const REQUIRED: bool = true;

            fn settled(found: Option<Self>) -> Option<Self> {
                found
            }
        })*
    };
}
pub(super) use required;

required!(&'a str, u64, bool, Decimal, Amount);

/// A decimal, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub i64);

/// A decimal from zero on, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub u64);

impl Decimal {
    /// Reads it from a fact.
    pub fn from_value(value: FactValue<'_>) -> Result<Self, Problem> {
        Self::from_fact(value)
    }
}

impl<'a> FromFact<'a> for &'a str {
    const KIND: FactKind = FactKind::Text;

    fn from_fact(value: FactValue<'a>) -> Result<Self, Problem> {
        match value {
            FactValue::Text(text) => Ok(text.trim()),
            _ => Err(Problem::NotText),
        }
    }
}

impl FromFact<'_> for u64 {
    const KIND: FactKind = FactKind::Uint;

    fn from_fact(value: FactValue<'_>) -> Result<Self, Problem> {
        match value {
            FactValue::Uint(number) => Ok(number),
            _ => Err(Problem::NotUint),
        }
    }
}

impl FromFact<'_> for bool {
    const KIND: FactKind = FactKind::Boolean;

    fn from_fact(value: FactValue<'_>) -> Result<Self, Problem> {
        match value {
            FactValue::Boolean(truth) => Ok(truth),
            _ => Err(Problem::NotBoolean),
        }
    }
}

impl FromFact<'_> for Decimal {
    const KIND: FactKind = FactKind::Decimal;

    fn from_fact(value: FactValue<'_>) -> Result<Self, Problem> {
        let (negative, millionths) = match value {
            FactValue::Uint(number) if number <= WHOLE_MAX => (false, Some(number * MILLION)),
            FactValue::Text(text) => match text.strip_prefix('-') {
                Some(rest) => (true, millionths(rest)),
                None => (false, millionths(text)),
            },
            _ => (false, None),
        };
        let size = millionths
            .and_then(|millionths| i64::try_from(millionths).ok())
            .ok_or(Problem::NotDecimal)?;
        Ok(Self(if negative { -size } else { size }))
    }
}

impl FromFact<'_> for Amount {
    const KIND: FactKind = FactKind::Amount;

    fn from_fact(value: FactValue<'_>) -> Result<Self, Problem> {
        match value {
            FactValue::Uint(number) if number <= WHOLE_MAX => Some(number * MILLION),
            FactValue::Text(text) => millionths(text),
            _ => None,
        }
        .map(Self)
        .ok_or(Problem::NotAmount)
    }
}

/// One to nine digits, and perhaps a point and one to six more; exactly.
fn millionths(text: &str) -> Option<u64> {
    let digits = |text: &str, most: usize| {
        let good =
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| {
            text.bytes()
                .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
        })
    };
    match text.split_once('.') {
        None => Some(digits(text, 9)? * MILLION),
        Some((whole, part)) => {
            let scale = 10_u64.pow(6_u32.checked_sub(u32::try_from(part.len()).ok()?)?);
            Some(digits(whole, 9)? * MILLION + digits(part, 6)? * scale)
        }
    }
}

/// Makes an enum of a closed vocabulary.
macro_rules! choice {
    ($(#[$documentation:meta])* $name:ident { $($(#[$of_word:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$of_word])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The words, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// Its word.
            pub fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }

        impl $crate::conventions::value::FromFact<'_> for $name {
            const KIND: $crate::conventions::value::FactKind =
                $crate::conventions::value::FactKind::Choice(Self::WORDS);

            fn from_fact(
                value: indelible_evidence::body::FactValue<'_>,
            ) -> Result<Self, $crate::conventions::misfit::Problem> {
                match value {
                    $(indelible_evidence::body::FactValue::Text($word) => Ok(Self::$variant),)*
                    _ => Err($crate::conventions::misfit::Problem::NotAmong(Self::WORDS)),
                }
            }
        }

        $crate::conventions::value::required!($name);
    };
}
pub(super) use choice;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_none() {
        let read = |text| Decimal::from_fact(FactValue::Text(text)).map(|decimal| decimal.0);
        for (text, millionths) in [
            ("0", 0),
            ("-0", 0),
            ("0.7", 700_000),
            ("-1.000001", -1_000_001),
            ("999999999.999999", 999_999_999_999_999),
            ("007", 7_000_000),
        ] {
            assert_eq!(read(text), Ok(millionths), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e-7",
            "+1",
            "0.1234567",
            "1000000000",
            "NaN",
            "1,5",
            "--1",
            "1.2.3",
            "1.-2",
            " 1",
            "١",
        ] {
            assert_eq!(read(text), Err(Problem::NotDecimal), "{text}");
        }
        let whole = |number| Amount::from_fact(FactValue::Uint(number));
        assert_eq!(whole(WHOLE_MAX), Ok(Amount(WHOLE_MAX * MILLION)));
        assert_eq!(whole(WHOLE_MAX + 1), Err(Problem::NotAmount));
        assert_eq!(
            Amount::from_fact(FactValue::Text("-1")),
            Err(Problem::NotAmount)
        );
    }
}

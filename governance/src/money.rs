//! Money, as whole billionths of a dollar. There is no way from a float to money, nor back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::BUDGET_NANO_USD_MAX;

/// Nano-USD of a dollar.
const NANO_OF_USD: u64 = 1_000_000_000;
/// Digits after the point that a billionth has.
const DECIMALS: usize = 9;

/// An amount of money in nano-USD: 10⁻⁹ dollars.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct NanoUsd(#[serde(with = "crate::number")] u64);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point.
    #[error("an amount of dollars is written with digits and at most one point, such as 12.50")]
    Form,
    /// Less than a billionth of a dollar.
    #[error("an amount of dollars has at most nine digits after the point")]
    TooFine,
    /// More than can be counted.
    #[error("an amount is at most 1000000 dollars")]
    TooLarge,
}

impl NanoUsd {
    /// So many billionths of a dollar.
    pub const fn from_nano(nano: u64) -> Self {
        Self(nano)
    }

    /// How many billionths of a dollar.
    pub const fn nano(self) -> u64 {
        self.0
    }

    /// Reads an amount of dollars exactly: `12`, `0.075`.
    pub fn parse_usd(text: &str) -> Result<Self, MoneyError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(MoneyError::Form),
            Some(parts) => parts,
            None => (text, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(MoneyError::Form);
        }
        if fraction.len() > DECIMALS {
            return Err(MoneyError::TooFine);
        }
        let nano = || {
            let whole: u64 = whole.parse().ok()?;
            let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
            whole.checked_mul(NANO_OF_USD)?.checked_add(fraction)
        };
        match nano() {
            Some(nano) if nano <= BUDGET_NANO_USD_MAX => Ok(Self(nano)),
            _ => Err(MoneyError::TooLarge),
        }
    }
}

impl fmt::Display for NanoUsd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / NANO_OF_USD, self.0 % NANO_OF_USD);
        let fraction = format!("{fraction:0DECIMALS$}");
        match fraction.trim_end_matches('0') {
            "" => write!(formatter, "{whole} USD"),
            fraction => write!(formatter, "{whole}.{fraction} USD"),
        }
    }
}

/// What a model costs, by the name that its own begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What the model's name begins with.
    pub model: String,
    /// Of a million tokens that it is sent.
    pub input_per_million: NanoUsd,
    /// Of a million tokens that it writes.
    pub output_per_million: NanoUsd,
}

/// Prices of models.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceTable(Vec<Price>);

impl PriceTable {
    /// A table of these. Of two for one name the later counts.
    pub fn new(prices: Vec<Price>) -> Self {
        Self(prices)
    }

    /// The prices.
    pub fn prices(&self) -> &[Price] {
        &self.0
    }

    /// The price of the longest name that the model's begins with; none is never free.
    pub fn of(&self, model: &str) -> Option<&Price> {
        let fitting = self
            .0
            .iter()
            .filter(|price| !price.model.is_empty() && model.starts_with(&price.model));
        fitting.max_by_key(|price| price.model.len())
    }

    /// What so many tokens cost, rounded up to a billionth of a dollar. None: the model has no price, or it is more than
    /// can be counted.
    pub fn cost(&self, model: &str, input_tokens: u64, output_tokens: u64) -> Option<NanoUsd> {
        let price = self.of(model)?;
        let part =
            |tokens: u64, per_million: NanoUsd| u128::from(tokens) * u128::from(per_million.nano());
        let parts = part(input_tokens, price.input_per_million)
            .checked_add(part(output_tokens, price.output_per_million))?;
        let nano = u64::try_from(parts.div_ceil(1_000_000)).ok()?;
        Some(NanoUsd(nano))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly() {
        let nano = |text| NanoUsd::parse_usd(text).map(NanoUsd::nano);
        assert_eq!(nano("0.1"), Ok(100_000_000));
        // A double makes a billionth less of this.
        assert_eq!(nano("16.40"), Ok(16_400_000_000));
        assert_eq!(nano("1000000"), Ok(BUDGET_NANO_USD_MAX));
        assert_eq!(nano("0.000000001"), Ok(1));
        assert_eq!(nano("1000000.000000001"), Err(MoneyError::TooLarge));
        assert_eq!(nano("99999999999999999999999"), Err(MoneyError::TooLarge));
        assert_eq!(nano("0.0000000001"), Err(MoneyError::TooFine));
        for text in ["", "-1", "1e3", "1.", ".5", "1,5", "NaN", " 1", "1.2.3"] {
            assert_eq!(nano(text), Err(MoneyError::Form), "{text}");
        }
    }

    #[test]
    fn a_tenth_and_two_tenths_are_three_tenths() {
        let [one, two, three] = ["0.1", "0.2", "0.3"].map(|text| NanoUsd::parse_usd(text).unwrap());
        assert_eq!(one.nano() + two.nano(), three.nano());
        assert_eq!(three.to_string(), "0.3 USD");
    }

    #[test]
    fn a_cost_is_rounded_up_and_an_unknown_model_has_none() {
        let price = Price {
            model: "m".to_owned(),
            input_per_million: NanoUsd::from_nano(1),
            output_per_million: NanoUsd::from_nano(0),
        };
        let table = PriceTable::new(vec![price]);
        assert_eq!(table.cost("m-1", 1, 0), Some(NanoUsd(1)));
        assert_eq!(table.cost("m-1", 0, 5), Some(NanoUsd(0)));
        assert_eq!(table.cost("x", 1, 1), None);
        assert_eq!(table.cost("", 1, 1), None);
    }
}

//! Finite doubles, and the functions of them that libraries round differently: from one implementation, which is pinned, so
//! that a replay gets the same bits on every machine.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A finite double. Zero has no sign, so two that are equal are written alike.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize)]
#[serde(transparent)]
pub struct Real(f64);

/// None is NaN.
impl Eq for Real {}

impl Real {
    /// Takes a double, unless it is infinite or not a number.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number + 0.0))
    }

    /// The nearest finite double: a sum that is too great is the greatest, and what is not a number is 0.
    pub(crate) fn nearest(number: f64) -> Self {
        if number.is_nan() {
            return Self::default();
        }
        Self(number.clamp(f64::MIN, f64::MAX) + 0.0)
    }

    /// The double.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| D::Error::custom("a number must be finite"))
    }
}

/// The natural logarithm.
pub(crate) fn ln(number: f64) -> f64 {
    libm::log(number)
}

/// The logistic function, 1 / (1 + e⁻ˣ).
pub(crate) fn logistic(number: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-number))
}

/// The square root.
pub(crate) fn sqrt(number: f64) -> f64 {
    libm::sqrt(number)
}

/// How likely a standard normal variable is greater than this.
pub(crate) fn normal_above(number: f64) -> f64 {
    0.5 * libm::erfc(number / std::f64::consts::SQRT_2)
}

/// What a standard normal variable is greater than with this probability, which is between 0 and 1: by bisection down to
/// neighbouring doubles.
pub(crate) fn normal_exceeded_with(probability: f64) -> f64 {
    let (mut low, mut high) = (-40.0_f64, 40.0_f64);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        match normal_above(middle) > probability {
            true => low = middle,
            false => high = middle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_the_same_bits_everywhere() {
        let bits = [
            (ln(2.0), 0x3fe6_2e42_fefa_39ef_u64),
            (logistic(-2.0), 0x3fbe_8415_2bac_31ae),
            (normal_above(1.0), 0x3fc4_4ed0_bb7c_b20c),
            (sqrt(2.0), 0x3ff6_a09e_667f_3bcd),
        ];
        for (number, expected) in bits {
            assert_eq!(
                number.to_bits(),
                expected,
                "{number:e} {:x}",
                number.to_bits()
            );
        }
    }

    #[test]
    fn a_quantile_is_where_the_tail_begins() {
        for (probability, expected) in [
            (0.05, 1.644_853_626_951_471_5),
            (0.01, 2.326_347_874_040_840_8),
            (0.5, 0.0),
        ] {
            let found = normal_exceeded_with(probability);
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn what_is_not_finite_is_not_taken_and_zero_has_no_sign() {
        assert_eq!(Real::new(f64::NAN), None);
        assert_eq!(Real::new(f64::INFINITY), None);
        let zero = Real::new(-0.0).unwrap();
        assert_eq!(serde_json::to_string(&zero).unwrap(), "0.0");
        assert_eq!(Real::nearest(f64::NEG_INFINITY).get(), f64::MIN);
    }
}

//! Integers in records: beyond 2⁵³−1 they travel as text, since most readers of JSON would round them.

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// The greatest integer that every reader of JSON holds exactly: 2⁵³−1.
pub(crate) const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Writes it as a number, or as text where it is too large for one.
pub(crate) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    if *number <= INTEGER_MAX {
        serializer.serialize_u64(*number)
    } else {
        serializer.collect_str(number)
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

/// Reads what `serialize` writes, and nothing else.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = match Written::deserialize(deserializer)? {
        Written::Number(number) if number <= INTEGER_MAX => Some(number),
        Written::Text(text) => {
            let number: Option<u64> = text.parse().ok();
            number.filter(|number| *number > INTEGER_MAX && number.to_string() == text)
        }
        Written::Number(_) => None,
    };
    number.ok_or_else(|| D::Error::custom("an integer up to 2^53-1, or a greater one as text"))
}

/// The same of a number that may be absent.
pub(crate) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Number(#[serde(with = "super")] u64);

    pub(crate) fn serialize<S: Serializer>(
        number: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        number.map(Number).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u64>, D::Error> {
        let number = Option::<Number>::deserialize(deserializer)?;
        Ok(number.map(|Number(number)| number))
    }
}

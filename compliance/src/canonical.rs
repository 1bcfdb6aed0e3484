//! Canonical JSON (RFC 8785) of what this crate serialises: integers to 2^53-1, no floats.

use serde::Serialize;
use serde_json::Value;

/// The greatest integer that every JSON reader in use holds exactly: 2^53-1.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The one text of a value.
///
/// A value that JSON can't hold, or a number that is not an integer up to 2^53-1, is an error.
pub fn to_string(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let value = serde_json::to_value(value)?;
    let mut out = String::new();
    write(&value, &mut out)?;
    Ok(out)
}

/// The same as bytes.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    to_string(value).map(String::into_bytes)
}

fn write(value: &Value, out: &mut String) -> Result<(), serde_json::Error> {
    match value {
        Value::Number(number) => {
            let fits = match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => number <= INTEGER_MAX,
                (None, Some(number)) => number.unsigned_abs() <= INTEGER_MAX,
                (None, None) => false,
            };
            if !fits {
                let words = format!("{number} is not an integer up to 2^53-1");
                return Err(serde::ser::Error::custom(words));
            }
            out.push_str(&number.to_string());
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {
            out.push_str(&serde_json::to_string(value)?)
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            // By UTF-16 code units, which is not the order of UTF-8 beyond U+FFFF.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(name)?);
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn members_are_sorted_by_utf_16() {
        let value = serde_json::json!({"\u{ff61}": 1, "\u{1f600}": [true, null, -5], "b\n\u{7}": "é", "a": {}});
        assert_eq!(
            to_string(&value).unwrap(),
            "{\"a\":{},\"b\\n\\u0007\":\"é\",\"\u{1f600}\":[true,null,-5],\"\u{ff61}\":1}"
        );
    }

    #[test]
    fn numbers_that_readers_would_round_are_refused() {
        assert!(to_string(&INTEGER_MAX).is_ok());
        assert!(to_string(&(INTEGER_MAX + 1)).is_err());
        assert!(to_string(&0.5).is_err());
    }

    /// The published text of another system says that its hashes and its associated data are over this form.
    #[test]
    fn another_systems_published_form_is_this_one() {
        let file =
            include_str!("../../tests/data/complianceguard/complianceguard_public_format.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let (mut hashed, mut bound) = (0, 0);
        for vector in file["vectors"].as_array().unwrap() {
            if let Some(canonical) = vector["canonical"].as_str() {
                let ours = to_string(&vector["component"]).unwrap();
                let digest = sha2::Sha256::digest(ours.as_bytes());
                let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(
                    (&*ours, &*digest),
                    (canonical, vector["sha256"].as_str().unwrap())
                );
                hashed += 1;
            }
            if let (Some(aad), Some(_)) = (vector["aad"].as_str(), vector["eventId"].as_str()) {
                let members = ["timestamp", "systemId", "eventId"];
                let members = members.map(|name| (name.to_owned(), vector[name].clone()));
                let ours = Value::Object(members.into_iter().collect());
                assert_eq!(to_string(&ours).unwrap(), aad);
                bound += 1;
            }
        }
        assert!(hashed >= 11 && bound >= 2, "{hashed} {bound}");
    }
}

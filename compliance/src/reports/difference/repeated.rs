//! Members that stand more than once in an object of a JSON text: readers keep one of them, and not all the same one.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A JSON pointer to the first member that repeats one before it; none if no member does, or the text is no JSON.
pub(super) fn member(json: &[u8]) -> Option<String> {
    let mut found = None;
    let place = Place {
        pointer: String::new(),
        found: &mut found,
    };
    // What was found ends the walk as an error does.
    let _ = place.deserialize(&mut serde_json::Deserializer::from_slice(json));
    found
}

/// A place in the text, from which the walk goes on.
struct Place<'a> {
    pointer: String,
    found: &'a mut Option<String>,
}

impl Place<'_> {
    fn below(&mut self, step: &str) -> Place<'_> {
        let step = step.replace('~', "~0").replace('/', "~1");
        Place {
            pointer: format!("{}/{step}", self.pointer),
            found: self.found,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0_u64;
        while items
            .next_element_seed(self.below(&at.to_string()))?
            .is_some()
        {
            at += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let below = self.below(&name);
            if !names.insert(name) {
                *below.found = Some(below.pointer);
                return Err(A::Error::custom("a member stands twice"));
            }
            members.next_value_seed(below)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_named_wherever_it_is() {
        for (json, pointer) in [
            (r#"{"a":1,"b":[{"c":1},{"c":2}],"d":{"a":null}}"#, None),
            (r#"{"a":1,"a":1}"#, Some("/a")),
            (r#"{"a":1,"\u0061":2}"#, Some("/a")),
            (
                r#"{"b":[0,{"c/d":true,"e":1.5,"c/d":-2}]}"#,
                Some("/b/1/c~1d"),
            ),
            ("[", None),
        ] {
            assert_eq!(member(json.as_bytes()).as_deref(), pointer, "{json}");
        }
    }
}

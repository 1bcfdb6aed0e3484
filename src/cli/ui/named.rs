//! Names by which a command chooses. On the wire an empty one is one that was not given, and would choose everything.

/// A name that was given with an option.
pub(crate) fn named(text: &str) -> Result<String, String> {
    match text.is_empty() {
        true => Err(
            "it is empty, which names nobody and nothing; leave the option out if it is not to choose"
                .to_owned(),
        ),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_chooses_nothing() {
        assert_eq!(named("x"), Ok("x".to_owned()));
        assert!(named("").is_err());
    }
}

//! Ids of requests on the command line.

/// The id of a request, as it is shown.
///
/// # Errors
///
/// If it is not 20 hexadecimal digits.
pub(super) fn id(text: &str) -> Result<String, String> {
    let is_id = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_id {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(
            "the id of a request has 20 hexadecimal digits, as `request list` shows it".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_20_digits() {
        let all = "0123456789abcdefABCD";
        assert_eq!(id(all).as_deref(), Ok("0123456789abcdefabcd"));
        for wrong in ["", "0123456789abcdef", "0123456789abcdefghij"] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}

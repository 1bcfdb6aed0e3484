//! Tokens that somebody wrote where they don't belong: an error does not repeat them, since errors end in logs.

use indelible_access::TOKEN_PREFIX;

/// Characters of a token that name it, and are no secret.
const ID_CHARACTERS: usize = 8;

/// The text without the secrets of tokens in it.
#[must_use]
pub fn without_tokens(text: &str) -> String {
    let mut parts = text.split(TOKEN_PREFIX);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_of_it = |c: &char| c.is_ascii_alphanumeric();
        let length = part.chars().take_while(is_of_it).count();
        clean.push_str(TOKEN_PREFIX);
        // They are ASCII, so each is one byte.
        let shown = length.min(ID_CHARACTERS);
        clean.push_str(&part[..shown]);
        if length > shown {
            clean.push_str("...");
        }
        clean.push_str(&part[length..]);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_token_is_left_out_wherever_it_stands() {
        let token = "idlt_AqV17qcMXcytfTeb0Mpq4fSrALgbCdh9hRqtpYG40X2Zmp";
        let said = format!("invalid value '{token}' for '<ID>', and {token}");
        assert_eq!(
            without_tokens(&said),
            "invalid value 'idlt_AqV17qcM...' for '<ID>', and idlt_AqV17qcM..."
        );
        for plain in [
            "",
            "no token here",
            "idlt_",
            "idlt_4Kd02Lmx is revoked",
            "idlt_\u{e4}\u{e4}",
        ] {
            assert_eq!(without_tokens(plain), plain);
        }
    }
}

//! Errors that fit into the trailers that peers take, whatever a caller sent that they name.

use std::borrow::Cow;

use tonic::{Status, codegen::http::HeaderMap};

use crate::limits::{ERROR_TEXT_BYTES_MAX, ERROR_TRAILERS_BYTES_MAX};

/// What HTTP/2 counts for each header beside its name and its value.
const HEADER_BYTES: usize = 32;
/// What stands for the middle of a text that is cut.
const CUT: &str = " … ";

/// The status with texts of [`ERROR_TEXT_BYTES_MAX`], or with as much shorter ones as it takes to fit into
/// [`ERROR_TRAILERS_BYTES_MAX`]: how long texts become on the wire depends on their characters.
pub(super) fn fitting(status: impl Fn(usize) -> Status) -> Status {
    let mut text_bytes_max = ERROR_TEXT_BYTES_MAX;
    loop {
        let made = status(text_bytes_max);
        if trailers_bytes(&made) <= ERROR_TRAILERS_BYTES_MAX || text_bytes_max <= CUT.len() {
            return made;
        }
        text_bytes_max /= 2;
    }
}

/// How much the trailers of a status take, as peers count them.
fn trailers_bytes(status: &Status) -> usize {
    let mut trailers = HeaderMap::new();
    // One that can't be written is not sent either.
    let _written = status.add_header(&mut trailers);
    let bytes = trailers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + HEADER_BYTES);
    bytes.sum()
}

/// A text of at most so many bytes: what is longer lacks its middle, since what is wrong is said at the beginning, and what
/// to do at the end.
pub(super) fn shortened(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    let kept = bytes_max.saturating_sub(CUT.len());
    let head = text.floor_char_boundary(kept - kept / 3);
    let tail = text.ceil_char_boundary(text.len() - kept / 3);
    Cow::Owned([&text[..head], CUT, &text[tail..]].concat())
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::ErrorReason;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::refusal::Refusal;

    #[test]
    fn a_text_that_is_cut_keeps_its_beginning_and_its_end() {
        assert_eq!(shortened("a ledger", 8), "a ledger");
        let long = format!("no ledger {} is here; create it", "x".repeat(5_000));
        let short = shortened(&long, 100);
        assert_eq!(short.len(), 100);
        assert!(short.starts_with("no ledger xxx") && short.ends_with("x is here; create it"));
        let wide = "ä€😀".repeat(100);
        for bytes_max in 0..300 {
            assert!(shortened(&wide, bytes_max).len() <= bytes_max.max(CUT.len()));
        }
    }

    /// Whatever characters a client sends, in all places that an error names it.
    #[test]
    fn the_trailers_of_an_error_never_exceed_what_peers_take() {
        for character in ["x", " ", "%", "\u{e4}", "\u{1f600}", "\n", "\u{0}"] {
            let name = character.repeat(60_000 / character.len());
            let unknown = format!("there is no ledger {name}; create it");
            let named = Refusal::new(ErrorReason::LedgerUnknown, unknown)
                .with("ledger", &name)
                .with("source", &name)
                .with("actor", &name);
            let field = Refusal::field(&name, format!("{name} is not a name")).with("a", &name);
            for refusal in [named, field] {
                let status = refusal.uncounted();
                let bytes = trailers_bytes(&status);
                assert!(bytes <= ERROR_TRAILERS_BYTES_MAX, "{character:?}: {bytes}");
                assert!(
                    bytes > ERROR_TRAILERS_BYTES_MAX / 8,
                    "{character:?}: {bytes}"
                );
                let details = status.get_error_details();
                assert!(details.error_info().is_some());
            }
        }
    }

    #[test]
    fn an_error_about_a_name_of_usual_length_is_whole() {
        let name = "n".repeat(128);
        let refusal = Refusal::new(ErrorReason::LedgerUnknown, format!("no ledger {name}"));
        let status = refusal.with("ledger", &name).uncounted();
        assert_eq!(status.message(), format!("no ledger {name}"));
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["ledger"], name);
    }
}

//! Words of a statement that stand for one of a few things.

use crate::cbor::Decoder;
use crate::fields::shortened;
use crate::record_error::RecordError;

/// A choice that a statement names by a word.
pub(super) trait Word: Copy + PartialEq + Sized + 'static {
    /// The key under which the word stands.
    const FIELD: &'static str;
    /// Every word with what it stands for.
    const WORDS: &'static [(&'static str, Self)];

    /// The word for it.
    fn word(self) -> &'static str {
        let mut words = Self::WORDS.iter();
        words
            .find(|(_, choice)| *choice == self)
            .map_or("", |(word, _)| word)
    }
}

pub(super) fn read_word<W: Word>(decoder: &mut Decoder<'_>) -> Result<W, RecordError> {
    let found = decoder.text()?;
    match W::WORDS.iter().find(|(word, _)| *word == found) {
        Some((_, choice)) => Ok(*choice),
        None => {
            let problem = format!("has the unknown value `{}`", shortened(found));
            Err(RecordError::invalid(W::FIELD, problem))
        }
    }
}

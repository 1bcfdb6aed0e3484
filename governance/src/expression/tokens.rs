//! The words of an expression.

use crate::expression::term::{ExpressionError, Operator};

/// A word of an expression, with its text as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind<'a> {
    Open,
    Close,
    And,
    Or,
    Not,
    In,
    Operator(Operator),
    Name,
    /// A number, or a sign before one.
    Number,
    /// Text without its quotes.
    Text(&'a str),
}

/// Cuts a text into its words.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut found = Vec::new();
    let mut rest = source.trim_start();
    while !rest.is_empty() {
        let (length, kind) = first(rest).ok_or_else(|| {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            ExpressionError::Token {
                token: rest[..length].to_owned(),
                source_text: source.to_owned(),
            }
        })?;
        let (text, after) = rest.split_at(length);
        found.push(Token { text, kind });
        rest = after.trim_start();
    }
    Ok(found)
}

fn first(rest: &str) -> Option<(usize, Kind<'_>)> {
    match rest.as_bytes().first()? {
        b'(' => return Some((1, Kind::Open)),
        b')' => return Some((1, Kind::Close)),
        quote @ (b'"' | b'\'') => {
            let end = rest[1..].find(char::from(*quote))?;
            return Some((end + 2, Kind::Text(&rest[1..=end])));
        }
        _ => {}
    }
    if let Some((text, operator)) = Operator::ALL
        .iter()
        .find(|(text, _)| rest.starts_with(text))
    {
        return Some((text.len(), Kind::Operator(*operator)));
    }
    // A keyword is one only where a space or the end follows.
    for (word, kind) in [
        ("and", Kind::And),
        ("or", Kind::Or),
        ("not", Kind::Not),
        ("in", Kind::In),
    ] {
        let after = rest.strip_prefix(word);
        if after.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace)) {
            return Some((word.len(), kind));
        }
    }
    let is_of_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let sign = usize::from(rest.starts_with('-'));
    let digits = rest.bytes().skip(sign).take_while(is_of_number).count();
    if digits > 0 {
        return Some((sign + digits, Kind::Number));
    }
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-');
    let length = rest
        .find(|letter| !is_of_name(letter))
        .unwrap_or(rest.len());
    let begins = rest.starts_with(|first: char| first.is_alphabetic() || first == '_');
    (begins && length > 0).then_some((length, Kind::Name))
}

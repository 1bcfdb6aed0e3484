//! What a line is never broken in: dates, times, numbers of clauses, numbers with their units, and options of commands.

/// What is longer may be broken, for it fits on no phone.
const BYTES_MAX: usize = 22;
const UNITS: [&str; 8] = ["%", "ns", "µs", "ms", "s", "min", "h", "d"];

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Belongs on one line.
    Unbroken(&'t str),
    /// Words and names.
    Words(&'t str),
}

/// A text in pieces, in its order and with nothing left out.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut words_from = 0;
    let mut at = 0;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let from = at;
        let mut to = from + word.len();
        let unit = words.next_if(|next| takes_unit(word) && is_unit(next));
        if let Some(unit) = unit {
            to += 1 + unit.len();
        }
        // The space after it.
        at = to + 1;
        if unit.is_none() && !could_break(word) && !is_option(word) {
            continue;
        }
        if words_from < from {
            pieces.push(Piece::Words(&text[words_from..from]));
        }
        pieces.push(Piece::Unbroken(&text[from..to]));
        words_from = to;
    }
    if words_from < text.len() {
        pieces.push(Piece::Words(&text[words_from..]));
    }
    pieces
}

/// A word without the marks around it.
fn core(word: &str) -> &str {
    word.trim_start_matches(['(', '+', '-', '§'])
        .trim_end_matches(['.', ',', ';', ':'])
}

fn begins_as_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= BYTES_MAX
}

fn takes_unit(word: &str) -> bool {
    begins_as_number(core(word)) && word.ends_with(|c: char| c.is_ascii_digit())
}

fn is_unit(word: &str) -> bool {
    UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']))
}

/// Whether a word is a number with signs in it after which a line could end: `2026-11-29`, `12(2)(a)`.
fn could_break(word: &str) -> bool {
    let core = core(word);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "()-.:/+".contains(c);
    begins_as_number(core) && core.contains(['(', '-', '.', ':', '/']) && core.chars().all(is_part)
}

/// `--known-head`, which would break after its first two signs.
fn is_option(word: &str) -> bool {
    let option = core(word).trim_end_matches(')');
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    word.trim_start_matches('(').starts_with("--")
        && (1..=BYTES_MAX).contains(&option.len())
        && option.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole: String = pieces
            .iter()
            .map(|piece| match *piece {
                Piece::Unbroken(text) | Piece::Words(text) => text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
        pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Unbroken(text) => Some(text),
                Piece::Words(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_number_stays_with_its_unit_and_in_one_piece() {
        assert_eq!(
            kept("found: 33.3333 %; within 45 min 48 s, on 2026-11-29, of 12(2)(a)."),
            ["33.3333 %;", "45 min", "48 s,", "2026-11-29,", "12(2)(a)."]
        );
        assert_eq!(kept("(100 %) §164.308(a)"), ["(100 %)", "§164.308(a)"]);
        assert_eq!(kept("not asked (--max-age)"), ["(--max-age)"]);
    }

    #[test]
    fn words_and_what_is_too_long_may_be_broken() {
        for text in [
            "record-keeping of 6,000 records",
            "550e8400-e29b-41d4-a716-446655440000",
            "a (b) 7 days  <b> -- --><b>",
            "",
            " ",
        ] {
            assert!(kept(text).is_empty(), "{text}");
        }
    }
}

//! Where a JSON object or array ends, and where its text can't be JSON any more, byte by byte. Scalars are only looked
//! at as far as that needs: the parser that reads the document judges them.

/// Objects and arrays that may be open at once.
const DEPTH_MAX: usize = 100_000;

/// What a byte did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All bytes were taken, and the document goes on.
    Goes,
    /// The last byte taken ends it.
    Ends,
    /// The byte behind those taken can't follow.
    Breaks,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// A value.
    Value,
    /// A value or the end of an array that is empty so far.
    ValueOrEnd,
    /// A name or the end of an object that is empty so far.
    NameOrEnd,
    Name,
    Colon,
    /// A comma or the end.
    CommaOrEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    /// A string, and whether the next byte is escaped.
    Text(bool),
    /// A number or a word.
    Word,
}

/// The state of a document that is read.
pub(super) struct Ending {
    /// What is open, the innermost last: objects are true.
    open: Vec<bool>,
    wants: Wants,
    inside: Inside,
}

impl Ending {
    /// Before the first byte.
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            wants: Wants::Value,
            inside: Inside::Nothing,
        }
    }

    /// Takes bytes as far as they go, and says how many it took.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> (Step, usize) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match self.inside {
                Inside::Text(escaped) => {
                    let plain = |byte: &u8| !escaped && !matches!(byte, b'"' | b'\\' | 0..=0x1f);
                    let run = bytes[at..].iter().take_while(|byte| plain(byte)).count();
                    at += run;
                    let Some(byte) = bytes.get(at) else { break };
                    if run == 0 || !plain(byte) {
                        if *byte < 0x20 {
                            return (Step::Breaks, at);
                        }
                        self.text_byte(*byte, escaped);
                        at += 1;
                    }
                    continue;
                }
                Inside::Word if is_of_word(*byte) => {}
                Inside::Word | Inside::Nothing => {
                    self.inside = Inside::Nothing;
                    if !byte.is_ascii_whitespace() {
                        if !self.token(*byte) {
                            return (Step::Breaks, at);
                        }
                        if self.open.is_empty() {
                            return (Step::Ends, at + 1);
                        }
                    }
                }
            }
            at += 1;
        }
        (Step::Goes, at)
    }

    fn text_byte(&mut self, byte: u8, escaped: bool) {
        self.inside = match byte {
            b'\\' if !escaped => Inside::Text(true),
            b'"' if !escaped => Inside::Nothing,
            _ => Inside::Text(false),
        };
    }

    /// Takes a byte outside of texts and words, and says whether it may stand here.
    fn token(&mut self, byte: u8) -> bool {
        use Wants::{Colon, CommaOrEnd, Name, NameOrEnd, Value, ValueOrEnd};
        match (byte, self.wants) {
            (b'{' | b'[', Value | ValueOrEnd) if self.open.len() < DEPTH_MAX => {
                let is_object = byte == b'{';
                self.open.push(is_object);
                self.wants = if is_object { NameOrEnd } else { ValueOrEnd };
            }
            (b'}', NameOrEnd | CommaOrEnd) if self.open.last() == Some(&true) => self.close(),
            (b']', ValueOrEnd | CommaOrEnd) if self.open.last() == Some(&false) => self.close(),
            (b'"', Name | NameOrEnd) => {
                self.inside = Inside::Text(false);
                self.wants = Colon;
            }
            (b'"', Value | ValueOrEnd) => {
                self.inside = Inside::Text(false);
                self.wants = CommaOrEnd;
            }
            (b':', Colon) => self.wants = Value,
            (b',', CommaOrEnd) => {
                let in_object = self.open.last() == Some(&true);
                self.wants = if in_object { Name } else { Value };
            }
            (byte, Value | ValueOrEnd) if is_of_word(byte) => {
                self.inside = Inside::Word;
                self.wants = CommaOrEnd;
            }
            _ => return false,
        }
        true
    }

    fn close(&mut self) {
        self.open.pop();
        self.wants = Wants::CommaOrEnd;
    }
}

/// Whether a byte is of a number, of `true`, `false` or `null`, or of a word that somebody takes for one.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In pieces of every size, so that no state is lost between them.
    fn fed(text: &str) -> (Step, usize) {
        let whole = Ending::new().feed(text.as_bytes());
        for size in 1..text.len() {
            let (mut ending, mut at, mut step) = (Ending::new(), 0, Step::Goes);
            for piece in text.as_bytes().chunks(size) {
                let taken;
                (step, taken) = ending.feed(piece);
                at += taken;
                if step != Step::Goes {
                    break;
                }
            }
            assert_eq!((step, at), whole, "{text} in pieces of {size}");
        }
        whole
    }

    #[test]
    fn documents_end_where_their_last_bracket_stands() {
        for text in [
            "{}",
            "[]",
            r#"{"a":"}\\\"{","b":[1,-2.5e+3,{},[true,null]],"c":{"d":"ä"}}"#,
            "[ 1 ,\n {\t\"a\" : 2 } ]",
        ] {
            let joined = format!("{text}{text} x");
            assert_eq!(fed(&joined), (Step::Ends, text.len()), "{text}");
            for cut in 1..text.len() {
                if text.is_char_boundary(cut) {
                    assert_eq!(fed(&text[..cut]), (Step::Goes, cut), "{}", &text[..cut]);
                }
            }
        }
    }

    #[test]
    fn what_can_not_follow_is_found_at_its_byte() {
        for (text, at) in [
            ("{\"a\":{\"b\":1}\n{", 13),
            ("{\"a\":\"x\n", 7),
            ("{a:1}", 1),
            ("{\"a\"}", 4),
            ("{\"a\":}", 5),
            ("[1 2]", 3),
            ("[1,]", 3),
            ("[,1]", 1),
            ("{]", 1),
            ("[}", 1),
            ("{\"a\":1,}", 7),
            ("{\"a\":1]", 6),
            ("{\"a\":'b'}", 5),
        ] {
            assert_eq!(fed(text), (Step::Breaks, at), "{text}");
        }
        let deep = "[".repeat(DEPTH_MAX + 1);
        assert_eq!(
            Ending::new().feed(deep.as_bytes()),
            (Step::Breaks, DEPTH_MAX)
        );
    }
}

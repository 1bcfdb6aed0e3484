//! The reader: says at which byte a text is not JSON, and refuses what could be read in two ways.

use crate::{
    json::{
        number::Number,
        value::{Object, Value},
    },
    limits::INTEGER_DIGITS_MAX,
};

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// How deep it may nest.
    pub levels: usize,
}

/// Why a text is not read. Bytes are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Too long.
    #[error(
        "the text has {found} bytes, at most {max} are allowed; send a digest of what is large"
    )]
    TooLong {
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// Too deep.
    #[error("the text nests deeper than {max} levels at byte {at}; make it flatter")]
    TooDeep {
        /// Where.
        at: usize,
        /// How deep it may be.
        max: usize,
    },
    /// Not UTF-8.
    #[error("the text is not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Where.
        at: usize,
    },
    /// Half of a pair of UTF-16.
    #[error(
        "a lone surrogate at byte {at} is half a character; send the whole one, or U+FFFD in its place"
    )]
    LoneSurrogate {
        /// Where.
        at: usize,
    },
    /// A word of Python or JavaScript that is no number of JSON.
    #[error("{word} at byte {at} is not a number of JSON; send null or text")]
    NotANumber {
        /// Which.
        word: &'static str,
        /// Where.
        at: usize,
    },
    /// A number that a double can't hold.
    #[error("the number at byte {at} is beyond the range of a double")]
    OutOfRange {
        /// Where.
        at: usize,
    },
    /// An integer that is too long.
    #[error("the integer at byte {at} has more than {INTEGER_DIGITS_MAX} digits")]
    IntegerTooLong {
        /// Where.
        at: usize,
    },
    /// A name that is there twice.
    #[error("the member {name:?} is there twice in the object that ends at byte {at}")]
    Twice {
        /// Which.
        name: String,
        /// Where.
        at: usize,
    },
    /// Not JSON.
    #[error("the text is not JSON at byte {at}: {problem}")]
    Syntax {
        /// Where.
        at: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

impl JsonError {
    /// What is wrong, without anything that stands in the text.
    pub fn without_contents(&self) -> String {
        match self {
            Self::Twice { at, .. } => {
                format!("a member is there twice in the object that ends at byte {at}")
            }
            other => other.to_string(),
        }
    }
}

/// Reads a text that is one value, to its end.
///
/// # Errors
///
/// Why it is not read.
pub fn read(json: &[u8], limits: Limits) -> Result<Value, JsonError> {
    if json.len() > limits.bytes {
        let (found, max) = (json.len(), limits.bytes);
        return Err(JsonError::TooLong { found, max });
    }
    let text = std::str::from_utf8(json).map_err(|problem| JsonError::NotUtf8 {
        at: problem.valid_up_to() + 1,
    })?;
    let levels = limits.levels;
    let mut reader = Reader {
        text,
        at: 0,
        levels,
    };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.wrong("there is more after the value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
}

impl Reader<'_> {
    fn wrong(&self, problem: &'static str) -> JsonError {
        let at = self.at + 1;
        JsonError::Syntax { at, problem }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn value(&mut self, level: usize) -> Result<Value, JsonError> {
        self.skip_space();
        if level >= self.levels && matches!(self.peek(), Some(b'{' | b'[')) {
            let (at, max) = (self.at + 1, self.levels);
            return Err(JsonError::TooDeep { at, max });
        }
        match self.peek() {
            None => Err(self.wrong("it ends too early")),
            Some(b'{') => self.object(level),
            Some(b'[') => self.array(level),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, JsonError> {
        let rest = &self.text[self.at..];
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ];
        for (word, value) in words {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        for word in ["NaN", "Infinity"] {
            if rest.starts_with(word) {
                let at = self.at + 1;
                return Err(JsonError::NotANumber { word, at });
            }
        }
        Err(self.wrong("a value is missing"))
    }

    fn object(&mut self, level: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut members: Vec<(String, Value)> = Vec::new();
        self.skip_space();
        if !self.take(b'}') {
            loop {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return Err(self.wrong("the name of a member is missing"));
                }
                let name = self.string()?;
                self.skip_space();
                if !self.take(b':') {
                    return Err(self.wrong("the colon after a name is missing"));
                }
                members.push((name, self.value(level + 1)?));
                self.skip_space();
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.wrong("a comma or the end of the object is missing"));
                }
            }
        }
        let at = self.at;
        let object = Object::new(members).map_err(|name| JsonError::Twice { name, at })?;
        Ok(Value::Object(object))
    }

    fn array(&mut self, level: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value(level + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(elements));
            }
            if !self.take(b',') {
                return Err(self.wrong("a comma or the end of the array is missing"));
            }
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = |byte: &u8| *byte != b'"' && *byte != b'\\' && *byte >= b' ';
            let length = rest.iter().take_while(|byte| plain(byte)).count();
            text.push_str(&self.text[self.at..self.at + length]);
            self.at += length;
            match self.peek() {
                None => return Err(self.wrong("a text does not end")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character inside a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.wrong("an unknown escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn code_point(&mut self) -> Result<char, JsonError> {
        let lone = JsonError::LoneSurrogate { at: self.at + 1 };
        let first = self.code_unit(self.at)?;
        let (code, length) = match first {
            0xd800..=0xdbff if self.text.as_bytes()[self.at + 6..].starts_with(b"\\u") => {
                let second = self.code_unit(self.at + 6)?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(lone);
                }
                (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
            }
            _ => (first, 6),
        };
        let character = char::from_u32(code).ok_or(lone)?;
        self.at += length;
        Ok(character)
    }

    /// The four digits of an escape that begins at a place.
    fn code_unit(&self, at: usize) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(at + 2..at + 6).unwrap_or_default();
        let digit = |number: u32, digit: &u8| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(number * 16 + digit)
        };
        match digits.iter().try_fold(0, digit) {
            Some(unit) if digits.len() == 4 => Ok(unit),
            _ => Err(self.wrong("an escape without four digits")),
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let begins = self.at;
        let at = begins + 1;
        if self.take(b'-') && self.text[self.at..].starts_with("Infinity") {
            let word = "-Infinity";
            return Err(JsonError::NotANumber { word, at });
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(self.wrong("a number is not valid"));
        }
        let mut is_float = false;
        if self.take(b'.') {
            is_float = true;
            if self.digits() == 0 {
                return Err(self.wrong("no digit after the point"));
            }
        }
        if self.take(b'e') || self.take(b'E') {
            is_float = true;
            let _signed = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.wrong("no digit in the exponent"));
            }
        }
        let text = &self.text[begins..self.at];
        if !is_float && digits > INTEGER_DIGITS_MAX {
            return Err(JsonError::IntegerTooLong { at });
        }
        if !is_float {
            return Ok(Value::Number(Number::integer(text)));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Number(Number::Float(float))),
            _ => Err(JsonError::OutOfRange { at }),
        }
    }

    fn digits(&mut self) -> usize {
        let begins = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - begins
    }
}

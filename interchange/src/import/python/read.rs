//! Reads a document, and says at which byte it is not one.

use crate::import::{
    map_error::MapError,
    python::value::{Object, Value},
};

/// How deep a document may nest. Python itself stops at about a thousand.
const DEPTH_MAX: usize = 64;

/// Digits of one integer. Python itself stops at 4,300.
pub(super) const INTEGER_DIGITS_MAX: usize = 4_300;

impl Object {
    /// Reads a document that is one object.
    ///
    /// # Errors
    ///
    /// When it is not JSON, not an object, or holds what Python's canonical form can't: NaN, an infinity, a lone
    /// surrogate, a name twice.
    pub(in crate::import) fn parse(json: &[u8]) -> Result<Self, MapError> {
        match document(json)? {
            Value::Object(object) => Ok(object),
            _ => Err(MapError::NotAnObject),
        }
    }
}

/// Reads a document to its end.
pub(super) fn document(json: &[u8]) -> Result<Value, MapError> {
    let text = std::str::from_utf8(json).map_err(|problem| MapError::NotJson {
        problem: format!("the text is not UTF-8 after byte {}", problem.valid_up_to()),
    })?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.not_json("there is text after the end of the document"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn not_json(&self, problem: &str) -> MapError {
        MapError::NotJson {
            problem: format!("{problem} at byte {}", self.at + 1),
        }
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

    fn value(&mut self, depth: usize) -> Result<Value, MapError> {
        if depth > DEPTH_MAX {
            return Err(self.not_json("too deeply nested"));
        }
        self.skip_space();
        match self.peek() {
            None => Err(self.not_json("it ends too early")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, MapError> {
        let rest = &self.text[self.at..];
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Boolean(true)),
            ("false", Value::Boolean(false)),
        ] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        for word in ["NaN", "Infinity"] {
            if rest.starts_with(word) {
                return Err(self.not_json(&format!("{word}, which is not a JSON number,")));
            }
        }
        Err(self.not_json("a value is missing"))
    }

    fn object(&mut self, depth: usize) -> Result<Value, MapError> {
        self.at += 1;
        let mut members: Vec<(String, Value)> = Vec::new();
        self.skip_space();
        if !self.take(b'}') {
            loop {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return Err(self.not_json("the name of a member is missing"));
                }
                let name = self.string()?;
                self.skip_space();
                if !self.take(b':') {
                    return Err(self.not_json("the colon after a name is missing"));
                }
                members.push((name, self.value(depth + 1)?));
                self.skip_space();
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.not_json("a comma or the end of the object is missing"));
                }
            }
        }
        // UTF-8 sorts as code points do.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some(pair) = members.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(MapError::Duplicate {
                field: pair[0].0.clone(),
            });
        }
        Ok(Value::Object(Object(members)))
    }

    fn array(&mut self, depth: usize) -> Result<Value, MapError> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(elements));
            }
            if !self.take(b',') {
                return Err(self.not_json("a comma or the end of the array is missing"));
            }
        }
    }

    fn string(&mut self) -> Result<String, MapError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') else {
                return Err(self.not_json("a text that does not end"));
            };
            text.push_str(&rest[..length]);
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.not_json("a control character inside a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, MapError> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.not_json("an unknown escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn code_point(&mut self) -> Result<char, MapError> {
        let first = self.code_unit(self.at)?;
        let (code, length) = match first {
            0xd800..=0xdbff if self.text[self.at + 6..].starts_with("\\u") => {
                let second = self.code_unit(self.at + 6)?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.not_json("a lone surrogate"));
                }
                (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
            }
            _ => (first, 6),
        };
        let character = char::from_u32(code).ok_or_else(|| self.not_json("a lone surrogate"))?;
        self.at += length;
        Ok(character)
    }

    /// The four digits of an escape that begins at a place.
    fn code_unit(&self, at: usize) -> Result<u32, MapError> {
        self.text
            .get(at + 2..at + 6)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.not_json("an escape without four digits"))
    }

    fn number(&mut self) -> Result<Value, MapError> {
        let begins = self.at;
        let minus = self.take(b'-');
        if minus && self.text[self.at..].starts_with("Infinity") {
            return Err(self.not_json("-Infinity, which is not a JSON number,"));
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(self.not_json("a number is not valid"));
        }
        let mut is_float = false;
        if self.take(b'.') {
            is_float = true;
            if self.digits() == 0 {
                return Err(self.not_json("no digit after the decimal point"));
            }
        }
        if self.take(b'e') || self.take(b'E') {
            is_float = true;
            let _signed = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.not_json("no digit in the exponent"));
            }
        }
        let text = &self.text[begins..self.at];
        if !is_float {
            if digits > INTEGER_DIGITS_MAX {
                return Err(self.not_json("an integer of too many digits"));
            }
            // Python has no negative zero among integers.
            let text = if text == "-0" { "0" } else { text };
            return Ok(Value::Integer(text.to_owned()));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err(self.not_json("a number beyond the range of a float")),
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

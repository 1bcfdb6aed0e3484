//! From words to an expression.

use crate::{
    expression::{
        term::{Expression, ExpressionError, Literal, Term},
        tokens::{Kind, Token, tokens},
    },
    json::{Number, Value, repr},
    limits::{GUARD_EXPRESSION_BYTES_MAX, GUARD_NESTING_LEVELS_MAX},
};

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > GUARD_EXPRESSION_BYTES_MAX {
            return Err(ExpressionError::TooLarge);
        }
        let tokens = tokens(source)?;
        if tokens.is_empty() {
            return Err(ExpressionError::Empty);
        }
        let mut parser = Parser {
            source,
            tokens: &tokens,
            at: 0,
        };
        let root = parser.any(0)?;
        let rest = &tokens[parser.at..];
        if !rest.is_empty() {
            let rest = rest
                .iter()
                .map(|token| repr(&Value::Text(token.text.to_owned())));
            let rest: Vec<_> = rest.collect();
            return Err(ExpressionError::Rest {
                tokens: rest.join(", "),
                source_text: source.to_owned(),
            });
        }
        let source = source.to_owned();
        Ok(Self { source, root })
    }
}

struct Parser<'a> {
    source: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Kind<'a>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn take(&mut self) -> Result<&'a Token<'a>, ExpressionError> {
        let token = self
            .tokens
            .get(self.at)
            .ok_or_else(|| ExpressionError::End {
                source_text: self.source.to_owned(),
            })?;
        self.at += 1;
        Ok(token)
    }

    fn wrong(&self, token: &Token<'_>) -> ExpressionError {
        ExpressionError::Token {
            token: token.text.to_owned(),
            source_text: self.source.to_owned(),
        }
    }

    fn any(&mut self, level: usize) -> Result<Term, ExpressionError> {
        let mut terms = vec![self.all(level)?];
        while self.peek() == Some(Kind::Or) {
            self.at += 1;
            terms.push(self.all(level)?);
        }
        Ok(single(terms, Term::Any))
    }

    fn all(&mut self, level: usize) -> Result<Term, ExpressionError> {
        let mut terms = vec![self.negation(level)?];
        while self.peek() == Some(Kind::And) {
            self.at += 1;
            terms.push(self.negation(level)?);
        }
        Ok(single(terms, Term::All))
    }

    fn negation(&mut self, level: usize) -> Result<Term, ExpressionError> {
        if level > GUARD_NESTING_LEVELS_MAX {
            return Err(ExpressionError::TooLarge);
        }
        if self.peek() == Some(Kind::Not) {
            self.at += 1;
            let term = self.negation(level + 1)?;
            return Ok(Term::Not(Box::new(term)));
        }
        self.primary(level)
    }

    fn primary(&mut self, level: usize) -> Result<Term, ExpressionError> {
        let token = self.take()?;
        match token.kind {
            Kind::Open => {
                let term = self.any(level + 1)?;
                let close = self.take()?;
                match close.kind {
                    Kind::Close => Ok(term),
                    _ => Err(self.wrong(close)),
                }
            }
            Kind::Text(element) => match self.peek() {
                Some(Kind::In) => self.membership(element),
                _ => Err(self.wrong(token)),
            },
            Kind::Name => match self.peek() {
                Some(Kind::In) => self.membership(token.text),
                Some(Kind::Operator(operator)) => {
                    self.at += 1;
                    let with = self.literal()?;
                    let name = token.text.to_owned();
                    Ok(Term::Compare {
                        name,
                        operator,
                        with,
                    })
                }
                _ => Ok(Term::Condition(token.text.to_owned())),
            },
            _ => Err(self.wrong(token)),
        }
    }

    fn membership(&mut self, element: &str) -> Result<Term, ExpressionError> {
        self.at += 1;
        let name = self.take()?;
        match name.kind {
            Kind::Name => Ok(Term::In {
                element: element.to_owned(),
                name: name.text.to_owned(),
            }),
            _ => Err(self.wrong(name)),
        }
    }

    fn literal(&mut self) -> Result<Literal, ExpressionError> {
        let token = self.take()?;
        match token.kind {
            Kind::Text(text) => Ok(Literal(Value::Text(text.to_owned()))),
            Kind::Number | Kind::Name => Ok(Literal(coerced(token.text))),
            _ => Err(self.wrong(token)),
        }
    }
}

fn single(mut terms: Vec<Term>, several: fn(Vec<Term>) -> Term) -> Term {
    match terms.len() {
        1 => terms.remove(0),
        _ => several(terms),
    }
}

/// An integer, a double, a truth value, or else text.
fn coerced(text: &str) -> Value {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Value::Number(Number::integer(text));
    }
    match text {
        "true" | "True" => return Value::Bool(true),
        "false" | "False" => return Value::Bool(false),
        _ => {}
    }
    let is_float = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    match text.parse::<f64>() {
        Ok(float) if is_float && float.is_finite() => Value::Number(Number::Float(float)),
        _ => Value::Text(text.to_owned()),
    }
}

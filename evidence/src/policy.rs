//! A trust policy, as in C2SP `tlog-policy`: known logs, witnesses, groups of them, and the quorum.

use std::collections::BTreeMap;

use crate::note::{SignatureType, VerifierKey, VerifierKeyError};

/// The greatest length of a policy, in bytes.
pub const POLICY_BYTES_MAX: usize = 65_536;
/// How many logs a policy may list.
pub const POLICY_LOGS_MAX: usize = 256;
/// How many witnesses and groups a policy may define together.
pub const POLICY_NAMES_MAX: usize = 256;

/// The predefined quorum that nobody needs to meet.
const NONE: &[u8] = b"none";

/// A parsed policy.
#[derive(Clone, Debug)]
pub struct Policy {
    logs: Vec<ListedKey>,
    witnesses: Vec<Witness>,
    /// Witnesses and groups in the order of their definition; a group names only what stands before it.
    rules: Vec<Rule>,
    /// The rule that must be met; `None` for `quorum none`.
    quorum: Option<usize>,
}

/// A witness that a policy names.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The name in the policy, which means nothing outside of it.
    pub name: String,
    /// The key, of the cosignature type (0x04). A witness whose key is of another type has none, and never counts.
    pub key: Option<VerifierKey>,
}

/// The key of a line.
#[derive(Clone, Debug)]
enum ListedKey {
    Known(VerifierKey),
    /// One of a type that this version does not know, as its line has it.
    Unknown(Vec<u8>),
}

impl ListedKey {
    fn parse(word: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(word).map_err(|_| "the key is not text".to_owned())?;
        match VerifierKey::parse(text) {
            Ok(key) => Ok(Self::Known(key)),
            Err(VerifierKeyError::UnknownType(_)) => Ok(Self::Unknown(word.to_vec())),
            Err(error) => Err(format!("the key can't be used: {error}")),
        }
    }

    /// Whether both are the same key, under whatever names and for whatever signatures.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(key), Self::Known(other)) => key.public() == other.public(),
            (Self::Unknown(key), Self::Unknown(other)) => key == other,
            _ => false,
        }
    }
}

#[derive(Clone, Debug)]
enum Rule {
    Witness(usize),
    Group {
        threshold: usize,
        members: Vec<usize>,
    },
}

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// One line is wrong.
    #[error("line {line} of the policy: {problem}")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no quorum line.
    #[error("the policy has no quorum line")]
    NoQuorum,
    /// The last line does not end.
    #[error("the last line of the policy does not end with a newline")]
    NoFinalNewline,
    /// The text is too long.
    #[error("the policy is longer than {POLICY_BYTES_MAX} bytes")]
    TooLong,
}

impl Policy {
    /// Reads a policy. Names are opaque bytes; nothing is normalised.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLong);
        }
        let lines = match bytes {
            [] => bytes,
            [lines @ .., b'\n'] => lines,
            _ => return Err(PolicyError::NoFinalNewline),
        };
        let mut parser = Parser::default();
        for (index, line) in lines.split(|&byte| byte == b'\n').enumerate() {
            let read = parser.line(line);
            read.map_err(|problem| PolicyError::Line {
                line: index + 1,
                problem,
            })?;
        }
        let Parser {
            logs,
            witnesses,
            rules,
            quorum,
            ..
        } = parser;
        let quorum = quorum.ok_or(PolicyError::NoQuorum)?;
        Ok(Self {
            logs,
            witnesses,
            rules,
            quorum,
        })
    }

    /// Whether the policy speaks of a log: it lists the log, or lists none, since its log is known otherwise.
    pub fn speaks_of(&self, log: &VerifierKey) -> bool {
        let is_log = |listed: &ListedKey| matches!(listed, ListedKey::Known(key) if key == log);
        self.logs.is_empty() || self.logs.iter().any(is_log)
    }

    /// The witnesses, in the order of their lines.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether the quorum needs a witness at all.
    pub fn requires_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether the witnesses for which `counts` is true, by their place in [`Policy::witnesses`], are a quorum.
    pub fn quorum_met(&self, counts: impl Fn(usize) -> bool) -> bool {
        let mut met: Vec<bool> = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            met.push(match rule {
                Rule::Witness(witness) => counts(*witness),
                Rule::Group { threshold, members } => {
                    members.iter().filter(|&&member| met[member]).count() >= *threshold
                }
            });
        }
        self.quorum.is_none_or(|rule| met[rule])
    }
}

#[derive(Default)]
struct Parser<'a> {
    logs: Vec<ListedKey>,
    witnesses: Vec<Witness>,
    /// The keys of the witnesses, as the policy has them.
    witness_keys: Vec<ListedKey>,
    rules: Vec<Rule>,
    names: BTreeMap<&'a [u8], usize>,
    /// Which rules are already the member of a group.
    grouped: Vec<bool>,
    quorum: Option<Option<usize>>,
}

impl<'a> Parser<'a> {
    fn line(&mut self, line: &'a [u8]) -> Result<(), String> {
        if let Some(byte) = line
            .iter()
            .find(|&&byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
        {
            return Err(format!("the control character {byte:#04x} is not allowed"));
        }
        let mut words = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty());
        let Some(keyword) = words.next() else {
            return Ok(());
        };
        let words: Vec<&'a [u8]> = words.collect();
        match (keyword, words.as_slice()) {
            ([b'#', ..], _) => Ok(()),
            (b"log", [key] | [key, _]) => self.log(key),
            (b"witness", [name, key] | [name, key, _]) => self.witness(name, key),
            (b"group", [name, threshold, members @ ..]) => self.group(name, threshold, members),
            (b"quorum", [name]) => self.quorum(name),
            (b"log" | b"witness" | b"group" | b"quorum", _) => {
                Err("too few or too many words".to_owned())
            }
            _ => Err(format!("unknown keyword {}", shown(keyword))),
        }
    }

    fn log(&mut self, key: &[u8]) -> Result<(), String> {
        let key = ListedKey::parse(key)?;
        if self.logs.iter().any(|log| log.is_same(&key)) {
            return Err("a log with this public key is already listed".to_owned());
        }
        if self.logs.len() == POLICY_LOGS_MAX {
            return Err(format!("more than {POLICY_LOGS_MAX} logs"));
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &'a [u8], key: &[u8]) -> Result<(), String> {
        let listed = ListedKey::parse(key)?;
        if self.witness_keys.iter().any(|key| key.is_same(&listed)) {
            return Err("a witness with this public key is already listed".to_owned());
        }
        let key = match &listed {
            ListedKey::Known(key) if key.signature_type() == SignatureType::Cosignature => {
                Some(key.clone())
            }
            ListedKey::Known(_) | ListedKey::Unknown(_) => None,
        };
        self.define(name, Rule::Witness(self.witnesses.len()))?;
        let name = shown(name);
        self.witnesses.push(Witness { name, key });
        self.witness_keys.push(listed);
        Ok(())
    }

    fn group(
        &mut self,
        name: &'a [u8],
        threshold: &[u8],
        members: &[&'a [u8]],
    ) -> Result<(), String> {
        if members.is_empty() {
            return Err("a group needs a member".to_owned());
        }
        let mut rules = Vec::with_capacity(members.len());
        for member in members {
            let rule = self.defined(member)?;
            if std::mem::replace(&mut self.grouped[rule], true) {
                return Err(format!("{} is already a member of a group", shown(member)));
            }
            rules.push(rule);
        }
        let threshold = match threshold {
            b"all" => rules.len(),
            b"any" => 1,
            digits => decimal(digits)
                .filter(|threshold| (1..=rules.len()).contains(threshold))
                .ok_or_else(|| {
                    format!(
                        "{} is not a valid threshold for {} members",
                        shown(digits),
                        rules.len()
                    )
                })?,
        };
        self.define(
            name,
            Rule::Group {
                threshold,
                members: rules,
            },
        )
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("a second quorum line".to_owned());
        }
        self.quorum = Some(if name == NONE {
            None
        } else {
            Some(self.defined(name)?)
        });
        Ok(())
    }

    fn define(&mut self, name: &'a [u8], rule: Rule) -> Result<(), String> {
        if name == NONE {
            return Err("the name `none` is predefined".to_owned());
        }
        if self.rules.len() == POLICY_NAMES_MAX {
            return Err(format!("more than {POLICY_NAMES_MAX} witnesses and groups"));
        }
        if self.names.insert(name, self.rules.len()).is_some() {
            return Err(format!("{} is already defined", shown(name)));
        }
        self.rules.push(rule);
        self.grouped.push(false);
        Ok(())
    }

    fn defined(&self, name: &[u8]) -> Result<usize, String> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| format!("{} is not defined on an earlier line", shown(name)))
    }
}

fn decimal(digits: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(digits).ok()?;
    let plain = text.bytes().all(|digit| digit.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok())?
}

fn shown(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;

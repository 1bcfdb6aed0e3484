//! The manifest: what a bundle holds, and the digests of the parts that no signature covers.

use std::fmt;

use crate::hash::Hex;
use crate::limits::CHUNK_RECORDS;
use crate::origin::Origin;

/// The greatest length of a manifest, in bytes.
pub const MANIFEST_BYTES_MAX: u64 = 4_096;
/// How many governance states a bundle may carry.
pub const STATES_MAX: usize = 16;
/// The least size of a ledger that anybody signs: genesis and the first certificate are committed together.
pub const SIZE_MIN: u64 = 2;
const FIRST_LINE: &str = "indelible-bundle@v0.2";
/// What the first draft of the format began with.
const FIRST_LINE_OF_THE_FIRST_DRAFT: &str = "indelible-bundle@v0";

/// What the first line of every version begins with.
const FIRST_LINE_OF_ANY: &str = "indelible-bundle@v";

/// Whether a line names a version of the format, whichever that is.
fn names_a_version(line: &str) -> bool {
    let version = line.strip_prefix(FIRST_LINE_OF_ANY);
    version.is_some_and(|version| {
        version.starts_with(|c: char| c.is_ascii_digit())
            && version
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b".-".contains(&c))
    })
}

/// Whether a bundle holds the whole ledger or some of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleKind {
    /// Records 0 up to the checkpoint's size.
    Whole,
    /// The records from `from` up to but not including `to`.
    Range,
}

impl BundleKind {
    /// The kind as it stands in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Range => "range",
        }
    }
}

/// A manifest whose numbers agree with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    origin: Origin,
    kind: BundleKind,
    from: u64,
    to: u64,
    size: u64,
    format: [u8; 32],
    checkpoint: [u8; 32],
    states: Vec<StateLine>,
}

/// A snapshot of the governance state that a bundle carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateLine {
    /// The record that recorded it.
    pub sequence: u64,
    /// SHA-256 of the snapshot.
    pub sha256: [u8; 32],
}

/// Why bytes are not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The first line is another: this is no bundle, or one of another version.
    #[error("the first line is not {FIRST_LINE}")]
    NotABundle,
    /// It was written by a version of the format that this program does not know.
    #[error(
        "its first line names another version of the format, which a later program writes; this program reads {FIRST_LINE}"
    )]
    LaterVersion,
    /// It was written before the format was what it is now.
    #[error("made by an earlier draft of the format; export it again")]
    EarlierDraft,
    /// Not all of it is text.
    #[error("it is not UTF-8")]
    NotText,
    /// A line is missing, out of place or not of its form.
    #[error("the line {line:?} is missing or malformed")]
    Line {
        /// The line's first word.
        line: &'static str,
    },
    /// The numbers contradict each other.
    #[error("from {from}, to {to} and size {size} are not the bounds of a bundle")]
    Numbers {
        /// The first record.
        from: u64,
        /// The record after the last.
        to: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// The governance states are too many, out of order, or of records beyond the checkpoint.
    #[error(
        "the state of record {sequence} is out of order, beyond the checkpoint, or exceeds the allowed number of states"
    )]
    States {
        /// The first record whose state is.
        sequence: u64,
    },
}

impl Manifest {
    /// The manifest of a whole bundle. `size` is at least 2.
    pub fn whole(
        origin: Origin,
        size: u64,
        format: [u8; 32],
        checkpoint: [u8; 32],
    ) -> Result<Self, ManifestError> {
        Self {
            origin,
            kind: BundleKind::Whole,
            from: 0,
            to: size,
            size,
            format,
            checkpoint,
            states: Vec::new(),
        }
        .checked()
    }

    /// The manifest of a bundle with the records from `from` up to but not including `to`.
    pub fn range(
        origin: Origin,
        from: u64,
        to: u64,
        size: u64,
        format: [u8; 32],
        checkpoint: [u8; 32],
    ) -> Result<Self, ManifestError> {
        Self {
            origin,
            kind: BundleKind::Range,
            from,
            to,
            size,
            format,
            checkpoint,
            states: Vec::new(),
        }
        .checked()
    }

    /// The same with governance states, which are in the order of their records.
    pub fn with_states(mut self, states: Vec<StateLine>) -> Result<Self, ManifestError> {
        self.states = states;
        self.checked()
    }

    fn checked(self) -> Result<Self, ManifestError> {
        let Self {
            kind,
            from,
            to,
            size,
            ..
        } = self;
        let whole_is_all = kind == BundleKind::Range || (from == 0 && to == size);
        let sizes = SIZE_MIN..=i64::MAX as u64;
        if !(from < to && to <= size && sizes.contains(&size) && whole_is_all) {
            return Err(ManifestError::Numbers { from, to, size });
        }
        let mut least = 0;
        for (at, StateLine { sequence, .. }) in self.states.iter().enumerate() {
            let sequence = *sequence;
            if at >= STATES_MAX || sequence < least || sequence >= size {
                return Err(ManifestError::States { sequence });
            }
            least = sequence + 1;
        }
        Ok(self)
    }

    /// Whether bytes begin as a manifest of this version does.
    pub fn begins(bytes: &[u8]) -> bool {
        let line = bytes.split_inclusive(|byte| *byte == b'\n').next();
        line.and_then(|line| line.strip_suffix(b"\n")) == Some(FIRST_LINE.as_bytes())
    }

    /// Reads a manifest; every byte must be what [`Manifest`] would write.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let first = bytes.split(|byte| *byte == b'\n').next();
        match first.and_then(|line| std::str::from_utf8(line).ok()) {
            Some(FIRST_LINE) => {}
            Some(FIRST_LINE_OF_THE_FIRST_DRAFT) => return Err(ManifestError::EarlierDraft),
            Some(line) if names_a_version(line) => return Err(ManifestError::LaterVersion),
            _ => return Err(ManifestError::NotABundle),
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ManifestError::NotText)?;
        let mut lines = text.split('\n');
        lines.next();
        let origin = Origin::parse(value(&mut lines, "origin")?)
            .map_err(|_| ManifestError::Line { line: "origin" })?;
        let kind = match value(&mut lines, "kind")? {
            "whole" => BundleKind::Whole,
            "range" => BundleKind::Range,
            _ => return Err(ManifestError::Line { line: "kind" }),
        };
        let mut manifest = Self {
            origin,
            kind,
            from: number(&mut lines, "from")?,
            to: number(&mut lines, "to")?,
            size: number(&mut lines, "size")?,
            format: digest(&mut lines, "format")?,
            checkpoint: digest(&mut lines, "checkpoint")?,
            states: Vec::new(),
        };
        loop {
            match lines.clone().next() {
                Some("") => break,
                Some(_) if manifest.states.len() < STATES_MAX => {
                    let state = state(value(&mut lines, "state")?);
                    manifest
                        .states
                        .push(state.ok_or(ManifestError::Line { line: "state" })?);
                }
                _ => return Err(ManifestError::Line { line: "state" }),
            }
        }
        if (lines.next(), lines.next()) != (Some(""), None) {
            return Err(ManifestError::Line { line: "state" });
        }
        manifest.checked()
    }

    /// The ledger's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the bundle is whole or a range.
    pub fn kind(&self) -> BundleKind {
        self.kind
    }

    /// The first record.
    pub fn from(&self) -> u64 {
        self.from
    }

    /// The record after the last.
    pub fn to(&self) -> u64 {
        self.to
    }

    /// The checkpoint's size.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the format's page.
    pub fn format(&self) -> &[u8; 32] {
        &self.format
    }

    /// SHA-256 of the checkpoint.
    pub fn checkpoint(&self) -> &[u8; 32] {
        &self.checkpoint
    }

    /// The governance states that the bundle carries, in the order of their records.
    pub fn states(&self) -> &[StateLine] {
        &self.states
    }

    /// The numbers of the first chunk and of the one after the last.
    pub fn chunks(&self) -> (u64, u64) {
        (self.from / CHUNK_RECORDS, (self.to - 1) / CHUNK_RECORDS + 1)
    }

    /// The first record of chunk `chunk` that the bundle holds, and the one after the last.
    pub fn chunk_records(&self, chunk: u64) -> (u64, u64) {
        let start = chunk.saturating_mul(CHUNK_RECORDS);
        (
            start.max(self.from),
            start.saturating_add(CHUNK_RECORDS).min(self.to),
        )
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            kind,
            from,
            to,
            size,
            format,
            checkpoint,
            states,
        } = self;
        write!(
            formatter,
            "{FIRST_LINE}\norigin {}\nkind {}\n",
            origin.as_str(),
            kind.name()
        )?;
        write!(formatter, "from {from}\nto {to}\nsize {size}\n")?;
        for (line, digest) in [("format", format), ("checkpoint", checkpoint)] {
            write!(formatter, "{line} ")?;
            write_digest(formatter, digest)?;
        }
        for StateLine { sequence, sha256 } in states {
            write!(formatter, "state {sequence} ")?;
            write_digest(formatter, sha256)?;
        }
        Ok(())
    }
}

fn write_digest(formatter: &mut fmt::Formatter<'_>, digest: &[u8; 32]) -> fmt::Result {
    writeln!(formatter, "{}", Hex(digest))
}

fn value<'a>(
    lines: &mut std::str::Split<'a, char>,
    line: &'static str,
) -> Result<&'a str, ManifestError> {
    let rest = lines.next().and_then(|text| text.strip_prefix(line));
    rest.and_then(|text| text.strip_prefix(' '))
        .ok_or(ManifestError::Line { line })
}

fn number(lines: &mut std::str::Split<'_, char>, line: &'static str) -> Result<u64, ManifestError> {
    decimal(value(lines, line)?).ok_or(ManifestError::Line { line })
}

fn digest(
    lines: &mut std::str::Split<'_, char>,
    line: &'static str,
) -> Result<[u8; 32], ManifestError> {
    hexadecimal(value(lines, line)?).ok_or(ManifestError::Line { line })
}

/// What follows the word of a line of a governance state.
fn state(text: &str) -> Option<StateLine> {
    let (sequence, sha256) = text.split_once(' ')?;
    Some(StateLine {
        sequence: decimal(sequence)?,
        sha256: hexadecimal(sha256)?,
    })
}

fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hexadecimal(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0u8; 32];
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(digest)
}

/// One lower-case hexadecimal digit.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;

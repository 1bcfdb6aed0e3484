//! The manifest: what a bundle holds, and the digests of the parts that no signature covers.

use std::fmt;

use crate::limits::CHUNK_RECORDS;
use crate::origin::Origin;

/// The greatest length of a manifest, in bytes.
pub const MANIFEST_BYTES_MAX: u64 = 1024;
const FIRST_LINE: &str = "indelible-bundle@v0";

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
}

/// Why bytes are not a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The first line is another: this is no bundle, or one of another version.
    #[error("the first line is not {FIRST_LINE}")]
    NotABundle,
    /// A line is missing, out of place or not of its form.
    #[error("the line {line:?} is missing or not of its form")]
    Line {
        /// The line's first word.
        line: &'static str,
    },
    /// The numbers contradict each other.
    #[error("from {from}, to {to} and size {size} do not make a bundle")]
    Numbers {
        /// The first record.
        from: u64,
        /// The record after the last.
        to: u64,
        /// The checkpoint's size.
        size: u64,
    },
}

impl Manifest {
    /// The manifest of a whole bundle. `size` is at least 1.
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
        }
        .checked()
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
        if from < to && to <= size && size <= i64::MAX as u64 && whole_is_all {
            Ok(self)
        } else {
            Err(ManifestError::Numbers { from, to, size })
        }
    }

    /// Reads a manifest; every byte must be what [`Manifest`] would write.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ManifestError::NotABundle)?;
        let mut lines = text.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(ManifestError::NotABundle);
        }
        let origin = Origin::parse(value(&mut lines, "origin")?)
            .map_err(|_| ManifestError::Line { line: "origin" })?;
        let kind = match value(&mut lines, "kind")? {
            "whole" => BundleKind::Whole,
            "range" => BundleKind::Range,
            _ => return Err(ManifestError::Line { line: "kind" }),
        };
        let manifest = Self {
            origin,
            kind,
            from: number(&mut lines, "from")?,
            to: number(&mut lines, "to")?,
            size: number(&mut lines, "size")?,
            format: digest(&mut lines, "format")?,
            checkpoint: digest(&mut lines, "checkpoint")?,
        };
        if (lines.next(), lines.next()) != (Some(""), None) {
            return Err(ManifestError::Line { line: "checkpoint" });
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
            for byte in digest {
                write!(formatter, "{byte:02x}")?;
            }
            formatter.write_str("\n")?;
        }
        Ok(())
    }
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
    let text = value(lines, line)?;
    let number: u64 = text.parse().map_err(|_| ManifestError::Line { line })?;
    if number.to_string() == text {
        Ok(number)
    } else {
        Err(ManifestError::Line { line })
    }
}

fn digest(
    lines: &mut std::str::Split<'_, char>,
    line: &'static str,
) -> Result<[u8; 32], ManifestError> {
    let text = value(lines, line)?.as_bytes();
    if text.len() != 64 {
        return Err(ManifestError::Line { line });
    }
    let mut digest = [0u8; 32];
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        let high = nibble(pair[0]).ok_or(ManifestError::Line { line })?;
        let low = nibble(pair[1]).ok_or(ManifestError::Line { line })?;
        *byte = high << 4 | low;
    }
    Ok(digest)
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
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin::parse("audit.example.com/orders/0123456789ab").unwrap()
    }

    #[test]
    fn a_manifest_reads_back() {
        let whole = Manifest::whole(origin(), 5000, [1; 32], [0xab; 32]).unwrap();
        assert_eq!(
            Manifest::parse(whole.to_string().as_bytes()),
            Ok(whole.clone())
        );
        assert_eq!(
            (whole.chunks(), whole.chunk_records(1)),
            ((0, 2), (4096, 5000))
        );
        let range = Manifest::range(origin(), 4000, 4097, 5000, [1; 32], [2; 32]).unwrap();
        assert_eq!(
            Manifest::parse(range.to_string().as_bytes()),
            Ok(range.clone())
        );
        assert_eq!(
            (range.chunk_records(0), range.chunk_records(1)),
            ((4000, 4096), (4096, 4097))
        );
    }

    #[test]
    fn numbers_that_contradict_each_other_are_refused() {
        assert!(Manifest::whole(origin(), 0, [0; 32], [0; 32]).is_err());
        assert!(Manifest::range(origin(), 3, 3, 5, [0; 32], [0; 32]).is_err());
        assert!(Manifest::range(origin(), 3, 6, 5, [0; 32], [0; 32]).is_err());
        assert!(Manifest::range(origin(), 0, 1, 1 << 63, [0; 32], [0; 32]).is_err());
        let text = Manifest::range(origin(), 1, 5, 5, [0; 32], [0; 32])
            .unwrap()
            .to_string();
        assert!(Manifest::parse(text.replace("kind range", "kind whole").as_bytes()).is_err());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let good = Manifest::range(origin(), 10, 20, 30, [0xab; 32], [2; 32])
            .unwrap()
            .to_string();
        let bad = [
            good.replace("@v0", "@v1"),
            good.replace("from 10", "from 010"),
            good.replace("from 10", "from +10"),
            good.replace("from 10", "from  10"),
            good.replace("size 30\n", "size 30\r\n"),
            good.replace("to 20\n", ""),
            good.replace("abab", "ABAB"),
            good.replace("abab", "ab"),
            format!("{good}\n"),
            format!("{good}more"),
            good.trim_end().to_owned(),
            format!("\n{good}"),
            String::new(),
        ];
        for text in bad {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

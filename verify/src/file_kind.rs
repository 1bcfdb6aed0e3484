//! What a file is, where it was given in another one's place.

use std::fmt;

use indelible_evidence::{SignedNote, VerifierKey};

use crate::frame::FRAME_MAGIC;
use crate::text_file::plain_text;

/// Where a tar header says that it is one, and how.
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");
/// A key is not longer, in bytes.
const KEY_BYTES_MAX: usize = 4_096;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// An archive, perhaps compressed: a bundle as likely as not.
    Bundle,
    Receipt,
    RecordFile,
    /// JSON, such as a report.
    Json,
    /// A page, such as a report's.
    Page,
    /// A verifier key, or one in PEM.
    Key,
    Checkpoint,
}

impl FileKind {
    /// What bytes are, as far as that shows. Of a long file the beginning will do.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (at, magic) = TAR_MAGIC;
        let is_tar = bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
        if is_tar || bytes.starts_with(&FRAME_MAGIC) {
            return Some(Self::Bundle);
        }
        if is_record_file(bytes) {
            return Some(Self::RecordFile);
        }
        let text = plain_text(bytes.get(..KEY_BYTES_MAX).unwrap_or(bytes))?;
        if text.starts_with("c2sp.org/tlog-proof@") {
            Some(Self::Receipt)
        } else if text.starts_with('{') || text.starts_with('[') {
            Some(Self::Json)
        } else if text.starts_with('<') {
            Some(Self::Page)
        } else if text.starts_with("-----BEGIN ") || VerifierKey::parse(&text).is_ok() {
            Some(Self::Key)
        } else if SignedNote::parse(bytes).is_ok() {
            Some(Self::Checkpoint)
        } else {
            None
        }
    }
}

/// Whether bytes begin as a record file: a CBOR map of 1 to 4 keys, the first of which is `body` or `header`.
pub(crate) fn is_record_file(bytes: &[u8]) -> bool {
    match bytes.split_first() {
        Some((0xa1..=0xa4, rest)) => {
            rest.starts_with(b"\x64body") || rest.starts_with(b"\x66header")
        }
        _ => false,
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bundle => {
                "it is an archive, perhaps an evidence bundle: \"indelible-verify BUNDLE --key KEY\" verifies one"
            }
            Self::Receipt => {
                "it is a receipt: \"indelible-verify receipt RECEIPT --record RECORD_FILE --key KEY\" verifies it"
            }
            Self::RecordFile => {
                "it is a record file: \"indelible-verify receipt RECEIPT --record RECORD_FILE --key KEY\" takes it beside \
                 the receipt of its record"
            }
            Self::Json => {
                "it is JSON, perhaps a report: \"indelible-verify BUNDLE --key KEY --report REPORT\" holds one against the \
                 bundle that it was made of"
            }
            Self::Page => "it is a page, perhaps a report: no page is evidence",
            Self::Key => "it is a key, which goes to --key",
            Self::Checkpoint => {
                "it is a checkpoint: \"indelible-verify BUNDLE --key KEY --known-head CHECKPOINT\" holds it against a bundle"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use indelible_evidence::RecordFile;

    use super::*;

    #[test]
    fn nothing_is_taken_for_another_thing() {
        let mut tar = vec![0; 512];
        tar[..8].copy_from_slice(b"manifest");
        tar[257..262].copy_from_slice(b"ustar");
        let record = RecordFile {
            header: vec![1, 2, 3],
            body: None,
            payload: None,
            event_key: None,
        };
        for (bytes, kind) in [
            (tar, Some(FileKind::Bundle)),
            (vec![0x28, 0xb5, 0x2f, 0xfd, 1], Some(FileKind::Bundle)),
            (record.encode(), Some(FileKind::RecordFile)),
            (
                b"c2sp.org/tlog-proof@v1\nextra x\n".to_vec(),
                Some(FileKind::Receipt),
            ),
            (b"\xef\xbb\xbf{\"a\":1}".to_vec(), Some(FileKind::Json)),
            (b"<!doctype html>".to_vec(), Some(FileKind::Page)),
            (
                b"-----BEGIN PUBLIC KEY-----\n".to_vec(),
                Some(FileKind::Key),
            ),
            (
                b"a\n1\nb\n\n\xe2\x80\x94 a AAAAAAA=\n".to_vec(),
                Some(FileKind::Checkpoint),
            ),
            (b"anything else".to_vec(), None),
            (vec![0xff, 0, 1], None),
        ] {
            assert_eq!(FileKind::of(&bytes), kind, "{bytes:?}");
        }
    }
}

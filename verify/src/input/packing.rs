//! What a file is that is not a bundle, and what to do about it. Only what could never be a bundle is refused here; all
//! else is for the verifier to say.

use std::path::Path;

use crate::failure::Failure;
use crate::file_kind::is_record_file;

/// How much of a file shows what it is.
pub(super) const BEGINNING_BYTES: usize = 512;

/// What other files begin with, what they are, and what to do.
const OTHERS: [(&[u8], &str); 14] = [
    (
        &[0x1f, 0x8b],
        "it is packed with gzip; unpack it (gunzip) and verify what comes out",
    ),
    (
        b"PK\x03\x04",
        "it is a zip archive; unpack it (unzip) and verify what comes out",
    ),
    (
        &[0xfd, b'7', b'z', b'X', b'Z', 0],
        "it is packed with xz; unpack it (unxz) and verify what comes out",
    ),
    (
        b"BZh",
        "it is packed with bzip2; unpack it (bunzip2) and verify what comes out",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is a 7z archive; unpack it and verify what comes out",
    ),
    (
        b"Rar!",
        "it is a rar archive; unpack it and verify what comes out",
    ),
    (
        b"c2sp.org/tlog-proof@",
        "it is a receipt; \"indelible-verify receipt\" verifies it",
    ),
    (
        b"indelible-bundle@",
        "it is the file \"manifest\" of an unpacked bundle; verify the directory that it lies in",
    ),
    (
        b"-----BEGIN",
        "it is a key or a certificate in PEM; the bundle is the .tar or .tar.zst file beside it",
    ),
    (
        b"%PDF-",
        "it is a PDF, perhaps a report; the bundle is the .tar or .tar.zst file beside it",
    ),
    (
        b"{",
        "it is JSON, perhaps a report; verify the bundle that the report was made of, with --report FILE",
    ),
    (
        b"<",
        "it is a page, perhaps a report; the bundle is the .tar or .tar.zst file beside it",
    ),
    (
        &[0xff, 0xfe],
        "it is text in UTF-16; the bundle is the .tar or .tar.zst file beside it",
    ),
    (
        &[0xef, 0xbb, 0xbf],
        "it is text; the bundle is the .tar or .tar.zst file beside it",
    ),
];

/// Refuses a file that can't be a bundle, as what it is.
pub(super) fn check_file(path: &Path, beginning: &[u8]) -> Result<(), Failure> {
    let known = OTHERS
        .iter()
        .find(|(begins, _)| beginning.starts_with(begins));
    let what = match known {
        Some((_, what)) => what,
        None if is_record_file(beginning) => {
            "it is a record file, which goes to \"indelible-verify receipt\" beside the receipt of its record"
        }
        None if beginning.is_empty() => "it is empty; fetch it again",
        // A tar begins with a name in which there is no line end.
        None if is_text(beginning) => {
            "it is text; the bundle is the .tar or .tar.zst file beside it"
        }
        None => return Ok(()),
    };
    Err(not_a_bundle(path, what))
}

/// Whether everything is text, which no header of a tar is: that has zeros.
fn is_text(beginning: &[u8]) -> bool {
    let is_cut = beginning.len() == BEGINNING_BYTES;
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // A character may be cut at the end.
        Err(error) if is_cut && error.error_len().is_none() => "",
        Err(_) => return false,
    };
    !text.contains('\0')
}

/// Refuses a directory without a manifest, with what might have been meant.
pub(super) fn check_directory(path: &Path) -> Result<(), Failure> {
    if path.join("manifest").symlink_metadata().is_ok() {
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Failure::input(path, error))?;
    let mut below = entries.flatten().map(|entry| entry.path());
    let below = below.find(|below| below.join("manifest").is_file());
    Err(match below {
        Some(below) => not_a_bundle(
            path,
            &format!(
                "manifest is missing; the bundle seems to lie in {}",
                below.display()
            ),
        ),
        None => not_a_bundle(
            path,
            "manifest is missing: it is not the directory that a bundle was unpacked to",
        ),
    })
}

fn not_a_bundle(path: &Path, what: &str) -> Failure {
    Failure::Malformed(format!(
        "{}: not a bundle of this format: {what}",
        path.display()
    ))
}

//! A file's header: which stanzas it has, and the code that authenticates them.

use std::io::{BufRead, Read as _};

use data_encoding::BASE64_NOPAD;

use super::{
    error::AgeError,
    file_key::{FileKey, MAC_BYTES},
    identity::Identity,
    limits::AGE_HEADER_BYTES_MAX,
    recipient::Recipients,
    stanza::{BEGINNING, Stanza},
};
use crate::crypto::entropy::Entropy;

const VERSION: &str = "age-encryption.org/v1";
const OF_ANY_VERSION: &str = "age-encryption.org/";
const END: &str = "---";
/// The type of a stanza for a passphrase, which is the only one of its file.
const SCRYPT: &str = "scrypt";

/// A header that was read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) stanzas: Vec<Stanza>,
    mac: Vec<u8>,
    /// What the code is over: all up to and with `---`.
    authenticated: Vec<u8>,
}

/// The bytes of a header for recipients.
pub(super) fn made(
    recipients: &Recipients,
    file_key: &FileKey,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AgeError> {
    let mut header = format!("{VERSION}\n").into_bytes();
    for recipient in recipients.iter() {
        recipient.stanza(file_key, entropy)?.write(&mut header);
    }
    header.extend_from_slice(END.as_bytes());
    let mac = file_key.header_mac(&header)?;
    header.push(b' ');
    header.extend_from_slice(BASE64_NOPAD.encode(&mac).as_bytes());
    header.push(b'\n');
    Ok(header)
}

impl Header {
    /// Reads a header to its end, and nothing behind it.
    ///
    /// # Errors
    /// If it is not as the specification says.
    pub(super) fn read(source: &mut impl BufRead) -> Result<Self, AgeError> {
        let mut lines = Lines {
            source,
            read: Vec::new(),
        };
        lines.check_version()?;
        let mut stanzas: Vec<Stanza> = Vec::new();
        loop {
            let begin = lines.read.len();
            let line = lines.next()?;
            if let Some(arguments) = line.strip_prefix(BEGINNING) {
                let mut stanza = Stanza::of_arguments(arguments)?;
                while !stanza.add_line(&lines.next()?)? {}
                stanzas.push(stanza);
                continue;
            }
            let Some(mac) = line.strip_prefix(END) else {
                return Err(problem("a line is neither a stanza nor the end"));
            };
            let mac = mac
                .strip_prefix(' ')
                .map(|mac| BASE64_NOPAD.decode(mac.as_bytes()));
            let Some(Ok(mac)) =
                mac.filter(|mac| mac.as_ref().is_ok_and(|mac| mac.len() == MAC_BYTES))
            else {
                return Err(problem("its authentication code is not 32 bytes in base64"));
            };
            if stanzas.is_empty() {
                return Err(problem("it has no stanza"));
            }
            if stanzas.len() > 1 && stanzas.iter().any(Stanza::is_for_a_passphrase) {
                return Err(problem("a stanza for a passphrase stands beside others"));
            }
            lines.read.truncate(begin + END.len());
            return Ok(Self {
                stanzas,
                mac,
                authenticated: lines.read,
            });
        }
    }

    /// The file's key, by the first stanza that one of the identities opens.
    ///
    /// # Errors
    /// If none opens, a stanza is not valid, or the header was altered.
    pub(super) fn file_key(&self, identities: &[Identity]) -> Result<FileKey, AgeError> {
        let mut found = None;
        // All of them are looked at, so that what is not valid is found whichever comes first.
        for stanza in &self.stanzas {
            for identity in identities {
                let key = identity.open(stanza)?;
                found = found.or(key);
            }
        }
        let key = found.ok_or(AgeError::OtherRecipients)?;
        key.check_header(&self.authenticated, &self.mac)?;
        Ok(key)
    }
}

impl Stanza {
    fn is_for_a_passphrase(&self) -> bool {
        self.arguments.first().is_some_and(|kind| kind == SCRYPT)
    }
}

fn problem(problem: &'static str) -> AgeError {
    AgeError::Header { problem }
}

/// A header line by line.
struct Lines<'a, R> {
    source: &'a mut R,
    /// All that was read.
    read: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// The first line says what the file is.
    fn check_version(&mut self) -> Result<(), AgeError> {
        let wanted = VERSION.len() + 1;
        // Not to the end of a line: what is something else may have none.
        let mut first = (&mut *self.source).take(wanted as u64);
        first.read_to_end(&mut self.read)?;
        let found = std::str::from_utf8(&self.read).unwrap_or_default();
        if found == format!("{VERSION}\n") {
            return Ok(());
        }
        Err(match found {
            "" if self.read.is_empty() => AgeError::CutOff,
            found if VERSION.starts_with(found) && found.len() < wanted => AgeError::CutOff,
            found if found.starts_with(OF_ANY_VERSION) => AgeError::OtherVersion,
            _ => AgeError::NotAge,
        })
    }

    /// The next line, without its end.
    fn next(&mut self) -> Result<String, AgeError> {
        let begin = self.read.len();
        let room = AGE_HEADER_BYTES_MAX.saturating_sub(begin);
        let mut left = (&mut *self.source).take(room as u64);
        left.read_until(b'\n', &mut self.read)?;
        let line = &self.read[begin..];
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(match self.read.len() < AGE_HEADER_BYTES_MAX {
                true => AgeError::CutOff,
                false => problem("it is longer than this program reads"),
            });
        };
        let line = std::str::from_utf8(line)
            .ok()
            .filter(|line| line.is_ascii());
        line.map(str::to_owned)
            .ok_or(problem("it has characters that can't be in one"))
    }
}

//! What a backup is called.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of a backup: when it was begun, UTC, and eight random digits, such as `20261129T174500Z-1f0c9a3b`. In the
/// order of their names, backups are in the order of their times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackupId(String);

/// A text is not the name of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of a backup, which is like 20261129T174500Z-1f0c9a3b")]
pub struct NoBackupId;

impl BackupId {
    /// The name of a backup with a time as RFC 3339 writes it (UTC, at least to the second), and random bytes.
    ///
    /// # Errors
    /// If the time is of another form.
    pub fn new(time: &str, random: [u8; 4]) -> Result<Self, NoBackupId> {
        let seconds = time.get(..19).ok_or(NoBackupId)?;
        let time: String = seconds
            .chars()
            .filter(|one| !matches!(one, '-' | ':'))
            .collect();
        format!("{time}Z-{:08x}", u32::from_be_bytes(random)).parse()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BackupId {
    type Err = NoBackupId;

    fn from_str(text: &str) -> Result<Self, NoBackupId> {
        let fits = text.len() == 25
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                15 => byte == b'Z',
                16 => byte == b'-',
                17.. => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                _ => byte.is_ascii_digit(),
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoBackupId)
        }
    }
}

impl TryFrom<String> for BackupId {
    type Error = NoBackupId;

    fn try_from(text: String) -> Result<Self, NoBackupId> {
        text.parse()
    }
}

impl From<BackupId> for String {
    fn from(id: BackupId) -> Self {
        id.0
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_time_and_random_digits() {
        let id = BackupId::new("2026-11-29T17:45:00.123456789Z", [0x1f, 0x0c, 0x9a, 0x3b]).unwrap();
        assert_eq!(id.as_str(), "20261129T174500Z-1f0c9a3b");
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in [
            "",
            "..",
            "20261129T174500Z-1f0c9a3",
            "20261129T174500Z-1f0c9a3B",
            "20261129T174500Z-1f0c9a3b/",
            "../20261129T174500Z-1f0c9",
            "2026-11-29T17:45:00Z-1f0c",
        ] {
            assert_eq!(text.parse::<BackupId>(), Err(NoBackupId), "{text}");
        }
        assert!(BackupId::new("today", [0; 4]).is_err());
    }
}

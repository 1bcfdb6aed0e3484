//! What a verification found, for people and programs.

use std::fmt;

use indelible_backup::Manifest;
use indelible_compliance::reports::counted;
use indelible_ledger::CopiedLedger;
use serde::Serialize;

use super::{archive::Archive, whose};
use crate::cli::ui::{recipients::encrypted_to, size::bytes_for_people, table::Table};

/// What is said of contents that can be read.
pub(super) const OPEN: &str = "open";

/// What was found.
#[derive(Serialize)]
pub(super) struct Verified<'a> {
    backup: &'a str,
    /// The store that it is of.
    store: &'a str,
    made_time: &'a str,
    /// None if nothing is wrong with the bytes, and nobody looked at what they hold.
    intact: Option<bool>,
    /// `open`, `sealed` if they are encrypted and no identity was given, or `damaged` if they can't be opened.
    contents: &'static str,
    /// Whose identities open it; nobody, if it is not encrypted.
    encrypted_to: &'a [String],
    files: usize,
    bytes: u64,
    /// None if nobody looked, and so are the records.
    ledgers: Option<usize>,
    records: Option<u64>,
    /// The store's own ledger, whose identity signed the manifest; none if that is encrypted, too.
    signed_by: Option<&'a str>,
    /// Whether that was held against a key that came another way.
    key_was_given: bool,
    /// In what it is another's than the key that was given; none if it is that key's, or none was given or looked at.
    other_key: Option<&'a str>,
    /// The KEKs that open what is encrypted; none if the contents could not be read.
    keks: Option<&'a [String]>,
    /// Whether the passphrase that was given opens one of them; none if none was given.
    passphrase_opens: Option<bool>,
    /// The files of the archive of retention that hold what the backup lacks of its records; none if the contents could not be
    /// read.
    archive_files: Option<Vec<&'a str>>,
    /// Whether a directory was given to look for them.
    archive_was_given: bool,
    /// Whether all of them are there, and are what was archived; none if that is not known.
    archive_complete: Option<bool>,
    /// What is wrong with them.
    archive_findings: Vec<&'a str>,
    #[serde(skip)]
    archive_for_people: String,
    findings: &'a [String],
}

impl<'a> Verified<'a> {
    /// What was found in a backup that says so much outside, and so much inside; which of its ledgers were looked at,
    /// whether the passphrase opens it, which files of the archive it needs, whether a key was given, and what became of the
    /// contents.
    pub(super) fn new(
        (outer, said): (&'a Manifest, &'a Manifest),
        ledgers: Option<&[CopiedLedger]>,
        (passphrase_opens, archive): (Option<bool>, &'a Archive<'a>),
        ((key_was_given, other_key), contents): ((bool, Option<&'a str>), &'static str),
        findings: &'a [String],
    ) -> Self {
        let is_open = contents == OPEN;
        let encryption = outer.encryption.as_ref();
        Self {
            backup: outer.id.as_str(),
            store: &outer.store,
            made_time: &outer.made,
            intact: match findings {
                [] if !is_open => None,
                findings => Some(findings.is_empty()),
            },
            contents,
            encrypted_to: encryption.map_or(&[], |encryption| &encryption.recipients),
            files: said.files.len(),
            bytes: said.bytes(),
            records: ledgers.map(|ledgers| ledgers.iter().map(|ledger| ledger.size).sum()),
            ledgers: ledgers.map(<[CopiedLedger]>::len),
            signed_by: is_open.then_some(&said.signed_by.origin),
            key_was_given,
            other_key,
            keks: is_open.then_some(&said.keks[..]),
            passphrase_opens,
            archive_files: is_open
                .then(|| archive.needed.iter().map(|file| &file.name[..]).collect()),
            archive_was_given: archive.is_checked(),
            archive_complete: (is_open && archive.is_checked())
                .then(|| archive.findings().is_empty()),
            archive_findings: archive.findings(),
            archive_for_people: archive.words(),
            findings,
        }
    }
}

impl Verified<'_> {
    /// Whether it is intact, in words.
    fn intact(&self) -> &'static str {
        match self.intact {
            Some(true) if self.needs_archive() && !self.archive_was_given => {
                "yes: every byte is as it was copied, and every record verifies; what is in the archive was not looked at"
            }
            Some(true) => "yes: every byte is as it was copied, and every record verifies",
            Some(false) => "no",
            None => {
                "not known: every byte is as it was written and signed, but the contents are encrypted and were not looked at"
            }
        }
    }

    /// Whether it needs files of an archive.
    fn needs_archive(&self) -> bool {
        self.archive_files
            .as_ref()
            .is_some_and(|files| !files.is_empty())
    }

    /// Adds what is known only where the contents could be read.
    fn contents(&self, table: &mut Table, signed_by: &str) {
        table
            .row(
                "ledgers",
                match (self.ledgers, self.records) {
                    (Some(ledgers), Some(records)) => {
                        format!("{ledgers} with {}", counted(records, "record", "records"))
                    }
                    _ => "not looked at, since not all files are as they were copied".to_owned(),
                },
            )
            .row(
                "signed by",
                match self.other_key {
                    None => whose::signed_by(signed_by, self.key_was_given),
                    Some(_) => format!("{signed_by}, and not with the key that was given"),
                },
            )
            .row(
                "needs KEK",
                format_args!(
                    "{} to open what is encrypted; {}",
                    self.keks.unwrap_or_default().join(", "),
                    match self.passphrase_opens {
                        None => "whether it can be had was not tried here",
                        Some(true) => "the passphrase opens it",
                        Some(false) => "the passphrase does not open it, so nothing could be decrypted, signed or appended here",
                    }
                ),
            )
            .row_if("needs archive", &self.archive_for_people);
    }
}

impl fmt::Display for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("backup", self.backup)
            .row("of store", self.store)
            .row("made", self.made_time)
            .row("intact", self.intact())
            .row(
                "files",
                format_args!("{} with {}", self.files, bytes_for_people(self.bytes)),
            )
            .row("encrypted to", encrypted_to(self.encrypted_to));
        match self.signed_by {
            Some(signed_by) => self.contents(&mut table, signed_by),
            None => {
                let is_theirs = self.key_was_given && self.findings.is_empty();
                table.row(
                    "signed by",
                    match (self.other_key, is_theirs) {
                        (Some(_), _) => "another key than the one that was given",
                        (None, true) => "the key that was given",
                        (None, false) => {
                            "a key that the backup names itself; --key shows whether that is yours"
                        }
                    },
                );
                if self.archive_was_given {
                    table.row(
                        "needs archive",
                        "not known, since the contents were not looked at",
                    );
                }
            }
        }
        for finding in self.findings {
            table.row("finding", finding);
        }
        table.row_if("other key", self.other_key.unwrap_or_default());
        for finding in &self.archive_findings {
            table.row("archive", finding);
        }
        table.fmt(f)
    }
}

//! The verdict on one imported file, and the event that records it.

use std::collections::BTreeMap;

use indelible_proto::v1::{Event, event::Payload};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    import::{
        checked::{
            checker::{CHECKED_TYPE, Examined, KeyFit, Spot},
            finding::{Code, Finding, Weight},
            standing::Verdict,
        },
        facts::{text_fact, uint_fact},
    },
};

/// The findings of one kind in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Group {
    finding: &'static str,
    says: &'static str,
    count: u64,
    first_line: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    first_detail: String,
}

/// Counts what is found in one file, one artifact after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    artifacts: u64,
    verified: u64,
    unverified: u64,
    broken: u64,
    unreadable: u64,
    repeated: u64,
    groups: BTreeMap<Code, Group>,
    first_broken: Option<(u64, Code)>,
    first_unreadable: Option<u64>,
    /// Artifacts that a key fits, and those that ask for one and that none fits.
    fitted: u64,
    unfitted: u64,
    /// Findings of what is broken, but for those that no key fits.
    broken_otherwise: u64,
}

impl Tally {
    /// Counts an artifact that was examined.
    pub fn count(&mut self, spot: Spot, examined: &Examined) {
        self.artifacts += 1;
        match examined.standing() {
            Verdict::Verified => self.verified += 1,
            Verdict::Unverified => self.unverified += 1,
            Verdict::Broken => self.broken += 1,
        }
        self.repeated += u64::from(examined.event.is_none());
        let is_broken = |finding: &&Finding| finding.code.weight() >= Weight::Broken;
        let broken = examined.findings.iter().filter(is_broken).count() as u64;
        let unfitted = u64::from(examined.key == KeyFit::FitsNone);
        self.fitted += u64::from(examined.key == KeyFit::Fits);
        self.unfitted += unfitted;
        self.broken_otherwise += broken.saturating_sub(unfitted);
        for finding in &examined.findings {
            let code = finding.code;
            let group = self.groups.entry(code).or_insert_with(|| Group {
                finding: code.word(),
                says: code.says(),
                count: 0,
                first_line: spot.line,
                first_detail: finding.detail.clone(),
            });
            group.count += 1;
            if code.weight() >= Weight::Broken && self.first_broken.is_none() {
                self.first_broken = Some((spot.line, code));
            }
        }
    }

    /// Counts a record that is not an artifact.
    pub fn count_unreadable(&mut self, line: u64) {
        self.unreadable += 1;
        self.first_unreadable.get_or_insert(line);
    }

    /// How many records there were, of any kind.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.artifacts + self.unreadable
    }

    /// How often something was found.
    #[must_use]
    pub fn found(&self, code: Code) -> u64 {
        self.groups.get(&code).map_or(0, |group| group.count)
    }

    /// How many artifacts ask for a key, where none of the keys fits any of them and nothing else is broken: that the
    /// keys are others is likelier than that everything was altered.
    fn unfitted_by_all(&self) -> u64 {
        if self.fitted == 0 && self.broken_otherwise == 0 {
            self.unfitted
        } else {
            0
        }
    }

    fn verdict(&self) -> Verdict {
        if self.broken > 0 {
            Verdict::Broken
        } else if self.unverified > 0 || self.unreadable > 0 || self.artifacts == 0 {
            Verdict::Unverified
        } else {
            Verdict::Verified
        }
    }
}

/// The verdict on one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileVerdict {
    /// Which system's artifacts they are.
    pub system: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// SHA-256 of the file as it was read, unpacked, in hexadecimal.
    pub sha256: String,
    /// Its length, unpacked.
    pub bytes: u64,
    /// How many artifacts it holds.
    pub artifacts: u64,
    /// How many of them were checked in all that they carry, and hold.
    pub verified: u64,
    /// How many could not be checked wholly, and are not broken.
    pub unverified: u64,
    /// How many are broken.
    pub broken: u64,
    /// How many records are no artifacts.
    pub unreadable: u64,
    /// How many were there before in the same import.
    pub repeated: u64,
    /// The line of the first broken one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_broken_line: Option<u64>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_broken_finding: Option<&'static str>,
    /// Whether anything is missing behind the last artifact of a chain: these formats can't say, whatever the file.
    pub completeness: &'static str,
    /// How many artifacts ask for a key, where none of the keys fits any of them and nothing else is broken; otherwise 0.
    #[serde(skip)]
    pub unfitted_by_all: u64,
    findings: Vec<Group>,
}

impl FileVerdict {
    /// The verdict that a tally comes to.
    #[must_use]
    pub fn new(system: &'static str, sha256: String, bytes: u64, tally: &Tally) -> Self {
        Self {
            system,
            verdict: tally.verdict(),
            sha256,
            bytes,
            artifacts: tally.artifacts,
            verified: tally.verified,
            unverified: tally.unverified,
            broken: tally.broken,
            unreadable: tally.unreadable,
            repeated: tally.repeated,
            first_broken_line: tally.first_broken.map(|(line, _)| line),
            first_broken_finding: tally.first_broken.map(|(_, code)| code.word()),
            completeness: "unanswerable",
            unfitted_by_all: tally.unfitted_by_all(),
            findings: tally.groups.values().cloned().collect(),
        }
    }

    /// The event that records it: the same for the same file and the same keys.
    #[must_use]
    pub fn event(&self) -> Event {
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let digest = hex::encode(&Sha256::digest(&payload));
        let mut event = Event {
            id: format!("checked:{digest}"),
            source: source(self.system),
            r#type: CHECKED_TYPE.to_owned(),
            datacontenttype: "application/json".to_owned(),
            payload: Some(Payload::Plaintext(payload.into())),
            ..Event::default()
        };
        for (name, value) in [
            ("import_system", text_fact(self.system)),
            ("verdict", text_fact(self.verdict.to_string())),
            ("completeness", text_fact(self.completeness)),
            ("file_sha256", text_fact(self.sha256.as_str())),
            ("artifacts", uint_fact(self.artifacts)),
            ("verified", uint_fact(self.verified)),
            ("unverified", uint_fact(self.unverified)),
            ("broken", uint_fact(self.broken)),
            ("unreadable", uint_fact(self.unreadable)),
            ("repeated", uint_fact(self.repeated)),
        ] {
            event.facts.insert(name.to_owned(), value);
        }
        if let (Some(line), Some(finding)) = (self.first_broken_line, self.first_broken_finding) {
            let facts = &mut event.facts;
            facts.insert("first_broken_line".to_owned(), uint_fact(line));
            facts.insert("first_broken_finding".to_owned(), text_fact(finding));
        }
        event
    }

    /// The lines of the report for people: what was found, one kind a line.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.findings.iter().map(|group| {
            let detail = match group.first_detail.as_str() {
                "" => String::new(),
                detail => format!(" ({detail})"),
            };
            let (count, line) = (group.count, group.first_line);
            format!(
                "{}, {count} times, first in line {line}: {}{detail}",
                group.finding, group.says
            )
        })
    }
}

/// The source of everything that is imported from a system. Sources that begin with `urn:indelible:` are the daemon's.
#[must_use]
pub(in crate::import) fn source(system: &str) -> String {
    format!("indelible:import/{system}")
}

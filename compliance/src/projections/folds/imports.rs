//! What was imported from other systems, and what checking it came to. It is the importer's word; the artifacts are
//! the payloads of their events, and can be checked again.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{ImportChecked, ImportVerdict, Known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures},
        pieces::{Absorb, Counted, Keyed, SUM_MAX, absorb_fields, joined},
        record::Record,
        table::{Cell, Table, rows_of},
    },
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Imports {
    broken: Counted,
    checks: Counted,
    /// By system and digest: a file that is imported again, perhaps with more keys, is one file.
    files: Keyed<File>,
    not_readable: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct File {
    called_broken: Counted,
    checks: Counted,
    deciding: Deciding,
}

/// The check that says what a file is: the last that verified it all or found it broken, or else the one that could
/// verify most. A check with other keys than before is a better answer to the same question, and what was said before
/// is told beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Deciding(Option<Check>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Check {
    artifacts: u64,
    broken: u64,
    first_break: Option<Break>,
    verdict: ImportVerdict,
    verified: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Break {
    finding: String,
    line: u64,
}

impl Absorb for Deciding {
    fn absorb(&mut self, later: Self) {
        // How much of the file it decides; of two that decide as much, the later one counts.
        let decides = |deciding: &Self| {
            let check = deciding.0.as_ref()?;
            Some(match check.verdict {
                ImportVerdict::Unverified => (0, check.verified),
                ImportVerdict::Verified | ImportVerdict::Broken => (1, 0),
            })
        };
        if decides(&later) >= decides(self) {
            *self = later;
        }
    }
}

absorb_fields!(File {
    called_broken,
    checks,
    deciding
});
absorb_fields!(Imports {
    broken,
    checks,
    files,
    not_readable
});

impl File {
    fn verdict(&self) -> Option<ImportVerdict> {
        self.deciding.0.as_ref().map(|check| check.verdict)
    }
}

impl Imports {
    fn checked(&mut self, record: &Record<'_>, event: &ImportChecked<'_>) {
        self.checks.see(record.sequence());
        let name = joined(&[event.import_system, event.file_sha256]);
        let Some(file) = self.files.at(&name) else {
            return;
        };
        file.checks.see(record.sequence());
        if event.verdict == ImportVerdict::Broken {
            file.called_broken.see(record.sequence());
        }
        let first_break = event.first_broken_line.zip(event.first_broken_finding);
        file.deciding.absorb(Deciding(Some(Check {
            artifacts: event.artifacts.min(SUM_MAX),
            broken: event.broken.min(SUM_MAX),
            first_break: first_break.map(|(line, finding)| Break {
                finding: finding.to_owned(),
                line: line.min(SUM_MAX),
            }),
            verdict: event.verdict,
            verified: event.verified.min(SUM_MAX),
        })));
    }

    /// The files that a question holds of, each by the record of its first check.
    fn files(&self, holds: impl Fn(&File) -> bool) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        for (_, file) in self.files.all()?.filter(|(_, file)| holds(file)) {
            if let Some(first) = file.checks.records().first() {
                gathered.see(*first);
            }
        }
        Some(gathered)
    }
}

impl Fold for Imports {
    const NAME: &'static str = "imports";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        match record.known() {
            Some(Known::ImportChecked(event)) => self.checked(record, event),
            Some(Known::ImportBroken(_)) => self.broken.see(sequence),
            Some(_) => {}
            None => {
                if record.is_unusable("indelible.import.") {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        measures.count("imports.not_readable", &self.not_readable);
        measures.count("imports.checks", &self.checks);
        measures.number("imports.files", self.files.count());
        for verdict in ImportVerdict::ALL {
            let name = format!("imports.files_{}", verdict.word());
            let is_found = |file: &File| file.verdict() == Some(*verdict);
            measures.gathered(&name, self.files(is_found));
        }
        let once = |file: &File| {
            file.called_broken.count() > 0 && file.verdict() != Some(ImportVerdict::Broken)
        };
        measures.gathered("imports.files_once_broken", self.files(once));
        measures.count("imports.artifacts_forged", &self.broken);
    }

    fn tables(&self) -> Vec<Table> {
        let file = |file: &File| -> Vec<Cell> {
            let check = file.deciding.0.as_ref();
            let first = check.and_then(|check| check.first_break.as_ref());
            vec![
                file.verdict().map(ImportVerdict::word).into(),
                check.map(|check| check.artifacts).into(),
                check.map(|check| check.verified).into(),
                check.map(|check| check.broken).into(),
                first.map(|first| first.line).into(),
                first.map(|first| first.finding.as_str()).into(),
                file.called_broken.count().into(),
                (&file.checks).into(),
            ]
        };
        vec![Table {
            name: "imports.files",
            columns: &[
                "system",
                "file_sha256",
                "verdict",
                "artifacts",
                "verified",
                "broken",
                "first_broken_line",
                "first_broken_finding",
                "called_broken",
                "records",
            ],
            rows: rows_of(&self.files, file),
        }]
    }
}

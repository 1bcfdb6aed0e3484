//! What was imported from other systems, and what checking it came to. It is the importer's word; the artifacts are
//! the payloads of their events, and can be checked again.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::{ImportBroken, ImportChecked, ImportVerdict, Known},
    projections::{
        fold::Fold,
        measure::{Gathered, Measures},
        pieces::{Absorb, Counted, Greatest, Keyed, absorb_fields, joined},
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
    /// Events that say that they come from another system.
    imported: Counted,
    not_readable: Counted,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct File {
    artifacts: Greatest,
    broken: Greatest,
    checks: Counted,
    first_break: Option<Break>,
    once_broken: bool,
    verdict: Decisive,
    verified: Greatest,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Break {
    finding: String,
    line: u64,
}

/// What all checks of a file come to: what the last one says that found it broken or could verify it all. A wrong key
/// makes a whole file look forged, and the next check has the right one; that it was once called broken is kept beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Decisive(Option<ImportVerdict>);

impl Absorb for Decisive {
    fn absorb(&mut self, later: Self) {
        if later.0.is_some() && (later.0 != Some(ImportVerdict::Unverified) || self.0.is_none()) {
            *self = later;
        }
    }
}

absorb_fields!(File {
    artifacts,
    broken,
    checks,
    first_break,
    once_broken,
    verdict,
    verified
});
absorb_fields!(Imports {
    broken,
    checks,
    files,
    imported,
    not_readable
});

impl Imports {
    fn checked(&mut self, record: &Record<'_>, event: &ImportChecked<'_>) {
        self.checks.see(record.sequence());
        let name = joined(&[event.import_system, event.file_sha256]);
        let Some(file) = self.files.at(&name) else {
            return;
        };
        file.checks.see(record.sequence());
        file.artifacts.see(event.artifacts);
        file.broken.see(event.broken);
        file.verified.see(event.verified);
        file.once_broken |= event.verdict == ImportVerdict::Broken;
        file.verdict.absorb(Decisive(Some(event.verdict)));
        if let (Some(line), Some(finding)) = (event.first_broken_line, event.first_broken_finding) {
            file.first_break.get_or_insert_with(|| Break {
                finding: finding.to_owned(),
                line: line.min(crate::projections::pieces::SUM_MAX),
            });
        }
    }

    fn files(&self, verdict: ImportVerdict) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        for (_, file) in self.files.all()? {
            if let (Decisive(Some(found)), Some(first)) =
                (file.verdict, file.checks.records().first())
                && found == verdict
            {
                gathered.see(*first);
            }
        }
        Some(gathered)
    }
}

impl Fold for Imports {
    const NAME: &'static str = "imports";
    const VERSION: u32 = 3;

    fn record(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        if record.is_imported() {
            self.imported.see(sequence);
        }
        match record.known() {
            Some(Known::ImportChecked(event)) => self.checked(record, event),
            Some(Known::ImportBroken(_)) => self.broken.see(sequence),
            Some(_) => {}
            None => {
                if record.may_be_any(&[ImportChecked::TYPE, ImportBroken::TYPE]) {
                    self.not_readable.see(sequence);
                }
            }
        }
    }

    fn measures(&self, measures: &mut Measures) {
        let unread = self.not_readable.count();
        measures.count("imports.not_readable", &self.not_readable);
        measures.count("imports.imported", &self.imported);
        measures
            .count("imports.checks", &self.checks)
            .of_family(self.checks.count(), unread);
        let files = self.files.count();
        let count = files.unwrap_or_default();
        measures
            .number("imports.files", files)
            .of_family(count, unread);
        for verdict in ImportVerdict::ALL {
            let name = format!("imports.files_{}", verdict.word());
            measures
                .gathered(&name, self.files(*verdict))
                .of_family(count, unread);
        }
        measures
            .names("imports.files_once_broken", &self.files, |file| {
                file.once_broken && file.verdict.0 == Some(ImportVerdict::Verified)
            })
            .of_family(count, unread);
        measures
            .count("imports.artifacts_forged", &self.broken)
            .of_family(self.broken.count(), unread);
    }

    fn tables(&self) -> Vec<Table> {
        let file = |file: &File| -> Vec<Cell> {
            let first = file.first_break.as_ref();
            vec![
                file.verdict.0.map(ImportVerdict::word).into(),
                file.artifacts.0.into(),
                file.verified.0.into(),
                file.broken.0.into(),
                first.map(|first| first.line).into(),
                first.map(|first| first.finding.as_str()).into(),
                (&file.checks).into(),
                u64::from(file.once_broken).into(),
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
                "records",
                "called_broken",
            ],
            rows: rows_of(&self.files, file),
        }]
    }
}

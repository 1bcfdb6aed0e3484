//! The governance records of a bundle, verified.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::Path,
};

use indelible_evidence::{
    bundle::{BundleKind, FileSource, TarSource},
    header::{Header, RecordKind},
    verdict::Conclusion,
    verify::{
        Begun, Report, SeenBody, SeenPayload, SeenRecord, Trust, begin, check_unit_seeing,
        see_payloads,
    },
};
use indelible_governance::state::Position;

use crate::cli::error::CliError;

/// What a frame of Zstandard begins with.
const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A governance record.
#[derive(Debug, Default)]
pub(super) struct GovernanceRecord {
    pub(super) position: Position,
    pub(super) event_type: String,
    pub(super) actor: Option<String>,
    pub(super) payload: Vec<u8>,
}

/// What a bundle has of governance.
#[derive(Debug)]
pub(super) struct Governed {
    /// The records from the beginning on, up to the first that is not there.
    pub(super) records: Vec<GovernanceRecord>,
    /// Which that is, and why; none if all are there.
    pub(super) not_there: Option<String>,
}

/// What is seen of one record, piece by piece.
#[derive(Debug, Default)]
struct Piece {
    record: GovernanceRecord,
    has_payload: bool,
}

/// Reads a bundle twice: first to learn which records are of governance, then verifying it and keeping what they hold.
pub(super) fn read(path: &Path, trust: &Trust) -> Result<Governed, CliError> {
    let (wanted, _) = pass(path, trust, None)?;
    let (pieces, report) = pass(path, trust, Some(&wanted))?;
    let broken = report.verdict.conclusion(&[]) == Conclusion::Broken;
    if broken || report.bundle.origin != trust.key.name() {
        return Err(not_intact(path, &report));
    }
    if pieces.keys().ne(wanted.keys()) {
        return Err(CliError::Input {
            name: path.display().to_string(),
            problem: "the file changed while it was read".to_owned(),
        });
    }
    let is_whole = report.bundle.kind == BundleKind::Whole && report.bundle.from == 0;
    let mut governed = Governed {
        records: Vec::new(),
        not_there: (!is_whole).then(|| {
            let from = report.bundle.from;
            format!("the bundle begins at record {from}; export the whole ledger")
        }),
    };
    if !is_whole {
        return Ok(governed);
    }
    for (sequence, piece) in pieces {
        if !piece.has_payload {
            governed.not_there = Some(format!(
                "from record {sequence} on: its content is not in the bundle (left out, sealed, erased or archived)"
            ));
            break;
        }
        governed.records.push(piece.record);
    }
    Ok(governed)
}

fn not_intact(path: &Path, report: &Report) -> CliError {
    let answers = report.verdict.answers();
    let findings = answers.iter().flat_map(|(_, answer)| answer.findings());
    let findings: Vec<_> = findings.map(|finding| finding.detail.clone()).collect();
    CliError::NotIntact {
        what: path.display().to_string(),
        findings: match findings.is_empty() {
            true => "it is of another ledger than the key".to_owned(),
            false => findings.join("; "),
        },
    }
}

/// One pass. The payloads of those that are wanted are kept.
fn pass(
    path: &Path,
    trust: &Trust,
    wanted: Option<&BTreeMap<u64, Piece>>,
) -> Result<(BTreeMap<u64, Piece>, Report), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Input {
        name: path.display().to_string(),
        problem: error.to_string(),
    };
    let mut pieces = BTreeMap::<u64, Piece>::new();
    let begun = begin(source(path)?, trust).map_err(|error| failed(&error))?;
    let (mut cutter, mut judge) = match begun {
        Begun::Ended(report) => return Ok((pieces, *report)),
        Begun::Open { cutter, judge } => (cutter, judge),
    };
    while let Some(unit) = cutter.next_unit().map_err(|error| failed(&error))? {
        if let Some(wanted) = wanted {
            see_payloads(&unit, 0, &mut |sequence, seen| {
                if let (true, SeenPayload::Open { bytes, .. }) =
                    (wanted.contains_key(&sequence), seen)
                {
                    let piece = pieces.entry(sequence).or_default();
                    piece.record.payload = bytes.to_vec();
                    piece.has_payload = true;
                }
            });
        }
        judge.accept(check_unit_seeing(unit, &mut |seen| see(&mut pieces, &seen)));
    }
    Ok((pieces, judge.finish()))
}

/// Takes in the header and the body of a record of governance.
fn see(pieces: &mut BTreeMap<u64, Piece>, seen: &SeenRecord<'_>) {
    let Ok(header) = Header::decode(seen.header) else {
        return;
    };
    let RecordKind::Governance(event) = &header.kind else {
        return;
    };
    let record = &mut pieces.entry(seen.sequence).or_default().record;
    record.position = Position {
        sequence: seen.sequence,
        time: header.time,
    };
    record.event_type = event.event_type.to_owned();
    if let SeenBody::Open { body, .. } = &seen.body {
        record.actor = body.actor.map(str::to_owned);
    }
}

fn source(path: &Path) -> Result<Box<dyn FileSource>, CliError> {
    let failed = |source| CliError::file(path, source);
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let is_packed = file.fill_buf().map_err(failed)?.starts_with(&FRAME_MAGIC);
    let bytes: Box<dyn Read> = match is_packed {
        true => Box::new(zstd::stream::read::Decoder::with_buffer(file).map_err(failed)?),
        false => Box::new(file),
    };
    Ok(Box::new(TarSource::new(bytes)))
}

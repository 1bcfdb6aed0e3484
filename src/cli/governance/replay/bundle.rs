//! The governance records of a bundle, verified.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::Path,
    rc::Rc,
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
use indelible_governance::{
    record::Entry,
    state::{Position, State},
};

use super::keeping::{Keeping, States};
use crate::cli::error::{CliError, Verified};

/// What a frame of Zstandard begins with.
const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A governance record.
#[derive(Debug, Default)]
pub(in crate::cli::governance) struct GovernanceRecord {
    pub(in crate::cli::governance) position: Position,
    pub(in crate::cli::governance) event_type: String,
    pub(in crate::cli::governance) actor: Option<String>,
    pub(in crate::cli::governance) payload: Vec<u8>,
}

/// What a bundle has of governance.
#[derive(Debug)]
pub(in crate::cli::governance) struct Governed {
    /// The state before the first of the records, and its number, where a record of the bundle names a state that the bundle
    /// carries; none: before the ledger's first record.
    pub(in crate::cli::governance) begins: Option<(u64, Box<State>)>,
    /// The records from there on, up to the first that is not there.
    pub(in crate::cli::governance) records: Vec<GovernanceRecord>,
    /// Which that is, and why; none if all are there.
    pub(in crate::cli::governance) not_there: Option<String>,
}

/// What is seen of one record, piece by piece.
#[derive(Debug, Default)]
struct Piece {
    record: GovernanceRecord,
    has_payload: bool,
}

/// Reads a bundle twice: first to learn which records are of governance, then verifying it and keeping what they hold.
pub(in crate::cli::governance) fn read(path: &Path, trust: &Trust) -> Result<Governed, CliError> {
    let states = States::default();
    let (wanted, _) = pass(path, trust, None, &States::default())?;
    let (pieces, report) = pass(path, trust, Some(&wanted), &states)?;
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
    let first_gone = pieces.iter().find(|(_, piece)| !piece.has_payload);
    let first_gone = first_gone.map(|(sequence, _)| *sequence);
    if let (true, None) = (is_whole, first_gone) {
        return Ok(Governed::new(None, pieces, None));
    }
    if let Some((record, state)) = carried(&pieces, &states) {
        let mut pieces = pieces;
        let records = pieces.split_off(&record);
        return Ok(Governed::new(Some((record, state)), records, None));
    }
    if !is_whole {
        let from = report.bundle.from;
        let problem = format!(
            "the bundle begins at record {from} and carries no state that a replay could begin at; export the whole ledger"
        );
        return Ok(Governed::new(None, BTreeMap::new(), Some(problem)));
    }
    let gone = first_gone.unwrap_or_default();
    let problem = format!(
        "from record {gone} on: its content is not in the bundle (left out, sealed, erased or archived)"
    );
    let mut pieces = pieces;
    pieces.split_off(&gone);
    Ok(Governed::new(None, pieces, Some(problem)))
}

/// The first carried state from which on all governance records are there.
fn carried(pieces: &BTreeMap<u64, Piece>, states: &States) -> Option<(u64, Box<State>)> {
    let last_gone = pieces.iter().rfind(|(_, piece)| !piece.has_payload);
    let last_gone = last_gone.map(|(sequence, _)| *sequence);
    let states = states.borrow();
    let mut usable = states
        .iter()
        .filter(|(record, _)| last_gone.is_none_or(|gone| **record > gone));
    usable.find_map(|(record, bytes)| {
        let entry = Entry::decode(&pieces.get(record)?.record.payload).ok()?;
        let Entry::Snapshot { digest, .. } = entry else {
            return None;
        };
        let state = State::restore(bytes, &digest).ok()?;
        Some((*record, Box::new(state)))
    })
}

impl Governed {
    fn new(
        begins: Option<(u64, Box<State>)>,
        pieces: BTreeMap<u64, Piece>,
        not_there: Option<String>,
    ) -> Self {
        Self {
            begins,
            records: pieces.into_values().map(|piece| piece.record).collect(),
            not_there,
        }
    }
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
        of: Verified::Bundle,
    }
}

/// One pass. The payloads of those that are wanted are kept.
fn pass(
    path: &Path,
    trust: &Trust,
    wanted: Option<&BTreeMap<u64, Piece>>,
    states: &States,
) -> Result<(BTreeMap<u64, Piece>, Report), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Input {
        name: path.display().to_string(),
        problem: error.to_string(),
    };
    let mut pieces = BTreeMap::<u64, Piece>::new();
    let source = Keeping::new(source(path)?, Rc::clone(states));
    let begun = begin(source, trust).map_err(|error| failed(&error))?;
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

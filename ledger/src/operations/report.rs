//! Reports. The daemon writes an evidence bundle into a pipe and reads it back as an auditor would. So a report says
//! what the bundle shows, and nothing that only the daemon knows.

use std::io::{self, PipeReader, Read, Write};

use indelible_compliance::{
    frameworks::{Clause, Framework},
    reports::{
        Asked, Lost, Report, Subject, View, Whose, assess, data::left_out::LeftOut, forms::dsse,
    },
    survey::{Question, SurveyError, survey},
};
use indelible_evidence::{
    body::{Body, ComponentDigest, FactValue},
    bundle::TarSource,
    verify::{KnownHead, KnownHeadError, Trust},
};
use thiserror::Error;

use crate::{
    core::Ledger,
    operations::{
        access::Access,
        export::{ExportError, ExportForm, Planned},
        selection::{RecordSelection, Selection},
        system::unprepared,
    },
    state::{
        environment::Environment,
        error::{AppendError, ReadError},
        no_records::NoRecords,
        prepare_error::PrepareError,
        shared::{Availability, LedgerState},
    },
    write::event::{self, EventInput},
};

/// The type of the event that says that a report was made.
pub const REPORT_TYPE: &str = "indelible.report.made.v1";
/// Its source: the daemon.
pub const REPORT_SOURCE: &str = "urn:indelible:reports";

/// What to report on.
pub struct ReportRequest<'a> {
    /// Who asks, as the record of it has it.
    pub principal: &'a str,
    /// The mapping.
    pub framework: &'a Framework,
    /// Which of its clauses.
    pub clauses: &'a [&'a Clause],
    /// Which records; as of now is as of the newest checkpoint.
    pub selection: RecordSelection,
    /// Of these, what happened in this time by the word of whoever sent it: half open, in nanoseconds since 1970 UTC, and
    /// none where it is open.
    pub event_period: Option<(Option<u64>, Option<u64>)>,
    /// Whose records count.
    pub whose: Whose,
    /// For whom sealed events are opened; none means that they stay sealed.
    pub access: Option<&'a Access>,
    /// Puts the projections' rows into the report.
    pub with_tables: bool,
    /// Has the report's statement signed by the ledger's identity key.
    pub sign: bool,
}

/// A report that was made.
pub struct ReportMade {
    /// Canonical JSON.
    pub json: Vec<u8>,
    /// The record that says so, or why there is none: the ledger takes no events.
    pub recorded: Result<u64, String>,
    /// A DSSE envelope with its statement, if that was asked for.
    pub envelope: Option<Vec<u8>>,
}

/// Why no report was made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its evidence could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The bundle is not valid evidence.
    #[error("the stored records do not verify, so no report can be made: {0}")]
    Survey(#[from] SurveyError),
    /// The ledger does not have that many records under a checkpoint.
    #[error("there is no report as of size {asked} yet: the published size is {size}")]
    NotYet {
        /// The size asked for.
        asked: u64,
        /// The published size.
        size: u64,
    },
    /// Nothing below the size asked for is in the selection, or not all of it is there.
    #[error("there are no records from {from} up to {to} as of size {size}")]
    NotThen {
        /// The first record asked for.
        from: u64,
        /// One past the last.
        to: u64,
        /// The size asked for.
        size: u64,
    },
    /// Its own checkpoint does not hold.
    #[error("the stored records do not verify, so no report can be made: {0}")]
    Head(#[from] KnownHeadError),
    /// The making of it could not be recorded, so that it is not given out.
    #[error("the report is withheld, since it can't be recorded: {0}")]
    Unrecorded(AppendError),
    /// The pipe broke.
    #[error("the pipe to the verifier failed: {0}")]
    Pipe(#[from] io::Error),
    /// The report has no canonical form.
    #[error(transparent)]
    Canonical(#[from] serde_json::Error),
}

impl Ledger {
    /// Makes a report. `evidence` is given the bundle that it is made of, piece by piece, and `progress` how many
    /// records were folded. Blocking.
    ///
    /// # Errors
    /// If the ledger can't be read, or that a report was made can't be recorded.
    pub fn report(
        &self,
        request: &ReportRequest<'_>,
        evidence: &mut (dyn Write + Send),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ReportMade, ReportError> {
        let mut subject = examine(self, request, evidence, progress)?;
        // No evidence shows what was lost, and whoever reads the report must know it.
        let lost = self.cell().doubts.lost();
        subject.lost = lost.and_then(|(from, to)| Lost::of(from, to));
        let report = assess(request.framework, request.clauses, &subject)?;
        let json = report.to_json()?;
        let recorded = self.record_report(request, &report, &json)?;
        let envelope = match request.sign {
            true => Some(self.sign_report(&report)?),
            false => None,
        };
        Ok(ReportMade {
            json,
            recorded,
            envelope,
        })
    }

    /// Puts on record that a report was made: which, of what, and its digest.
    fn record_report(
        &self,
        request: &ReportRequest<'_>,
        report: &Report,
        json: &[u8],
    ) -> Result<Result<u64, String>, ReportError> {
        let (state, reason) = self.cell().state();
        if state != Availability::Open {
            return Ok(Err(AppendError::Refused { state, reason }.to_string()));
        }
        let digest = sha2_digest(json);
        let environment = &self.core().environment;
        let event = made(environment, self.cell(), request.principal, report, &digest)
            .map_err(|error| ReportError::Unrecorded(unprepared(&error)))?;
        let appended = self
            .enqueue(vec![event], None)
            .and_then(|pending| pending.wait(environment))
            .map_err(ReportError::Unrecorded)?;
        Ok(appended
            .new
            .map(|new| new.first)
            .ok_or_else(|| "it was recorded before".to_owned()))
    }

    fn sign_report(&self, report: &Report) -> Result<Vec<u8>, ReportError> {
        let statement = dsse::statement(report)?;
        let signer = self
            .core()
            .signers
            .of(self.cell())
            .map_err(ReadError::from)?;
        let signature = signer
            .sign(&dsse::pae(dsse::PAYLOAD_TYPE, &statement))
            .map_err(ReadError::from)?;
        let key = self.cell().keys().verifier_key_at(u64::MAX);
        let key = key.ok_or(ReadError::NotPublished)?;
        let signature = dsse::EnvelopeSignature {
            key_id: format!("{}+{:08x}", key.name(), u32::from_be_bytes(key.key_id())),
            signature: signature.to_vec(),
        };
        Ok(dsse::envelope(&statement, &[signature])?)
    }
}

/// Verifies and folds the ledger through its own evidence.
fn examine(
    ledger: &Ledger,
    request: &ReportRequest<'_>,
    evidence: &mut (dyn Write + Send),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Subject, ReportError> {
    let key = &ledger.cell().verifier_key;
    let planned = plan(ledger, request)?;
    let mut trust = Trust::in_key(key.clone());
    // What a report says of custody, it says as of the checkpoint that it names.
    let note = planned.checkpoint.note.to_string();
    trust.known_head = Some(KnownHead::parse(note.as_bytes(), key)?);
    let question = Question {
        asked: asked(
            request,
            request.selection.as_of.unwrap_or(planned.checkpoint.size),
        ),
        whose: request.whose,
        view: View::Bodies,
        with_tables: request.with_tables,
        as_of: request.selection.as_of,
    };
    let form = ExportForm {
        withhold_payloads: false,
        without_archived: false,
        disclose_keys: request.access.cloned(),
    };
    let (reader, pipe) = io::pipe()?;
    std::thread::scope(|scope| {
        let export = scope.spawn(move || planned.write(&form, &mut Tee { pipe, evidence }));
        let surveyed = survey(TarSource::new(Drained(reader)), &trust, question, progress);
        match (export.join(), surveyed) {
            // A bundle that breaks off fails both, and only the export knows why.
            (Ok(Err(error)), _) => Err(error.into()),
            (Ok(Ok(_)), surveyed) => Ok(surveyed?.0),
            (Err(panic), _) => std::panic::resume_unwind(panic),
        }
    })
}

/// The bundle that shows what is asked for.
fn plan<'a>(ledger: &'a Ledger, request: &ReportRequest<'_>) -> Result<Planned<'a>, ReportError> {
    let RecordSelection { bounds, as_of } = request.selection;
    let Some(asked) = as_of else {
        return Ok(Planned::new(ledger, bounds)?);
    };
    let planned = Planned::as_of(ledger, bounds, asked);
    planned.map_err(|error| match error {
        ExportError::Read(ReadError::EmptySelection(none)) if asked > none.size() => {
            let size = none.size();
            ReportError::NotYet { asked, size }
        }
        ExportError::Read(ReadError::EmptySelection(NoRecords::InRange { from, to, size })) => {
            ReportError::NotThen { from, to, size }
        }
        error => error.into(),
    })
}

/// Both a pipe and the caller's own writer get the bundle.
struct Tee<'a> {
    pipe: io::PipeWriter,
    evidence: &'a mut (dyn Write + Send),
}

impl Write for Tee<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.evidence.write_all(bytes)?;
        self.pipe.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.evidence.flush()
    }
}

/// Reads what is left when it is dropped, so that a verifier that stops early does not break the export.
struct Drained(PipeReader);

impl Read for Drained {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let _rest = io::copy(&mut self.0, &mut io::sink());
    }
}

fn asked(request: &ReportRequest<'_>, size: u64) -> Asked {
    if let Some((from, to)) = request.event_period {
        let records = match request.selection.bounds {
            Selection::Range { from, to } => Some((from, to.unwrap_or(size))),
            Selection::Whole | Selection::Period { .. } => None,
        };
        return Asked::EventPeriod { records, from, to };
    }
    match request.selection.bounds {
        Selection::Whole => Asked::Whole,
        Selection::Range { from, to } => Asked::Records {
            from,
            to: to.unwrap_or(size),
        },
        Selection::Period { from, to } => Asked::Period {
            from: Some(from),
            to,
        },
    }
}

fn made(
    environment: &Environment,
    cell: &LedgerState,
    principal: &str,
    report: &Report,
    digest: &[u8; 32],
) -> Result<event::Prepared, PrepareError> {
    let named = |component, value| ComponentDigest {
        component,
        algorithm: "sha256",
        value,
    };
    let left_out = LeftOut::of(report);
    let of_left_out = left_out.digest.as_ref();
    let of_left_out = of_left_out.map(|digest| named("left_out", &digest[..]));
    let digests = [named("report", &digest[..])]
        .into_iter()
        .chain(of_left_out);
    let names = left_out.names.as_deref();
    let names = names.map(|names| ("left_out", FactValue::Text(names)));
    let id = environment.event_id();
    let body = Body {
        id: &id,
        source: REPORT_SOURCE,
        facts: [
            ("principal", FactValue::Text(principal)),
            ("report_id", FactValue::Text(&report.id)),
            ("framework", FactValue::Text(&report.framework.id)),
            (
                "framework_version",
                FactValue::Uint(report.framework.version.into()),
            ),
            ("first", FactValue::Uint(report.range.from)),
            ("last", FactValue::Uint(report.range.to.saturating_sub(1))),
            (
                "checkpoint_size",
                FactValue::Uint(report.ledger.checkpoint_size),
            ),
            ("clauses", FactValue::Uint(left_out.clauses)),
            ("clauses_left_out", FactValue::Uint(left_out.left_out)),
        ]
        .into_iter()
        .chain(names)
        .collect(),
        digests: digests.collect(),
        ..Body::default()
    };
    event::prepare(
        environment,
        cell,
        EventInput {
            body,
            event_type: REPORT_TYPE,
            classification: None,
            payload: None,
        },
    )
}

fn sha2_digest(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

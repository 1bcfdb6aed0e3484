//! CreateReport: the report of a bundle that is written, verified and folded on threads of its own.

use std::{
    io,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use indelible_compliance::{
    frameworks::{ClauseUnknown, Framework, MappingError},
    projections::catalogue::Catalogue,
    reports::Whose,
};
use indelible_ledger::{
    Access, Ledger, RecordSelection, ReportMade, ReportRequest, Selection, SystemFact,
};
use indelible_proto::v1::{self, ErrorReason, create_report_response::Step};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::Act,
    authorise::{Action, Caller, Gate, Scope},
    convert::selection::{selection, time_range},
    read::opening,
    refusal::Refusal,
    slots::Slots,
};
use crate::limits::{
    EXPORT_CHUNK_BYTES, EXPORT_CHUNKS_AHEAD_MAX, MAPPING_BYTES_MAX, PROGRESS_INTERVAL_MS,
};

type Answer = Result<v1::CreateReportResponse, Status>;

pub(super) type Reporting = ReceiverStream<Answer>;

/// What a request asks for, once all of it was checked.
struct Wanted {
    principal: Arc<str>,
    framework: Framework,
    clauses: Vec<String>,
    selection: RecordSelection,
    event_period: Option<EventPeriod>,
    whose: Whose,
    access: Option<Access>,
    with_tables: bool,
    with_bundle: bool,
    sign: bool,
}

pub(super) async fn create_report(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::CreateReportRequest>,
) -> Result<Response<Reporting>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Report, Scope::Ledger(&request.ledger))?;
    let access = opening(
        gate,
        &caller,
        &request.ledger,
        (Action::ReportOpened, "report"),
        request.open_sealed,
        &request.purpose,
    )?;
    if request.include_bundle {
        gate.authorise(&caller, Action::Export, Scope::Ledger(&request.ledger))?;
    }
    let selection = selection(request.selection.as_ref()).map_err(Refusal::violation)?;
    let event_period = event_period(&request, &selection)?;
    let wanted = Wanted {
        principal: permit.principal(),
        framework: mapping(&request)?,
        selection,
        event_period,
        whose: match request.imported_only {
            true => Whose::OtherSystems,
            false => Whose::Clients,
        },
        clauses: request.clauses,
        access,
        with_tables: request.include_tables,
        with_bundle: request.include_bundle,
        sign: request.sign,
    };
    wanted
        .framework
        .select(&wanted.clauses)
        .map_err(clause_unknown)?;
    let slot = slots.report()?;
    let truth = |truth| SystemFact::Boolean(truth);
    let facts = vec![
        ("opened", truth(wanted.access.is_some())),
        ("with_bundle", truth(wanted.with_bundle)),
        ("signed", truth(wanted.sign)),
    ];
    let act = permit.begin("CreateReport", facts).await?;
    let (sender, receiver) = mpsc::channel(EXPORT_CHUNKS_AHEAD_MAX);
    tokio::task::spawn_blocking(move || {
        report(act, &wanted, &sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn report(act: Act, wanted: &Wanted, sender: &mpsc::Sender<Answer>) {
    let told = Told::new(sender);
    let mut bundle = Bundle::new(sender, wanted.with_bundle);
    let ledger = act.ledger();
    let made = ledger.and_then(|ledger| make(ledger, wanted, &mut bundle, &told));
    let made = match made {
        Ok(made) => made,
        Err(_broken_off) if bundle.is_given_up => return act.cancelled(Vec::new()),
        Err(refusal) => {
            act.refused(&refusal);
            let _gone = sender.blocking_send(Err(refusal.into()));
            return;
        }
    };
    let sequence = made.recorded.as_ref().ok();
    let sequence = sequence.map(|sequence| ("sequence", SystemFact::Uint(*sequence)));
    let facts = sequence.into_iter().collect();
    // It is done once its client may have all of it but the last message, which says so.
    match answer(&made, &mut bundle) {
        Ok(()) => {
            act.done(facts);
            let _gone = send(sender, Step::Result(result(&made)));
        }
        Err(Gone) => act.cancelled(facts),
    }
}

fn make(
    ledger: &Ledger,
    wanted: &Wanted,
    bundle: &mut Bundle<'_>,
    told: &Told<'_>,
) -> Result<ReportMade, Refusal> {
    let clauses = wanted
        .framework
        .select(&wanted.clauses)
        .map_err(clause_unknown)?;
    let request = ReportRequest {
        principal: &wanted.principal,
        framework: &wanted.framework,
        clauses: &clauses,
        selection: wanted.selection,
        event_period: wanted.event_period,
        whose: wanted.whose,
        access: wanted.access.as_ref(),
        with_tables: wanted.with_tables,
        sign: wanted.sign,
    };
    Ok(ledger.report(&request, bundle, &|records| told.tell(records))?)
}

/// The client is gone.
#[derive(Debug, PartialEq, Eq)]
struct Gone;

fn send(sender: &mpsc::Sender<Answer>, step: Step) -> Result<(), Gone> {
    let answer = v1::CreateReportResponse { step: Some(step) };
    sender.blocking_send(Ok(answer)).map_err(|_gone| Gone)
}

/// Sends the rest of the bundle, and the report.
fn answer(made: &ReportMade, bundle: &mut Bundle<'_>) -> Result<(), Gone> {
    bundle.send()?;
    for chunk in made.json.chunks(EXPORT_CHUNK_BYTES) {
        send(
            bundle.sender,
            Step::ReportChunk(Bytes::copy_from_slice(chunk)),
        )?;
    }
    Ok(())
}

fn result(made: &ReportMade) -> v1::ReportResult {
    let (sequence, unrecorded_reason) = match &made.recorded {
        Ok(sequence) => (Some(*sequence), String::new()),
        Err(reason) => (None, reason.clone()),
    };
    v1::ReportResult {
        sequence,
        unrecorded_reason,
        dsse_envelope: made.envelope.clone().unwrap_or_default().into(),
    }
}

/// Nanoseconds by the producers' own times: from, and up to but not including; open where nothing is said.
type EventPeriod = (Option<u64>, Option<u64>);

/// The period by the times of producers, which goes with no period by those of the ledger's clock.
fn event_period(
    request: &v1::CreateReportRequest,
    selection: &RecordSelection,
) -> Result<Option<EventPeriod>, Refusal> {
    let is_recorded = matches!(selection.bounds, Selection::Period { .. });
    let Some(range) = &request.event_time_range else {
        return match is_recorded && request.imported_only {
            true => Err(Refusal::field(
                "imported_only",
                "does not go with selection.recorded_time_range: what was imported lies in a period by event_time_range",
            )),
            false => Ok(None),
        };
    };
    if is_recorded {
        return Err(Refusal::field(
            "event_time_range",
            "does not go with selection.recorded_time_range",
        ));
    }
    time_range(range, "event_time_range")
        .map(Some)
        .map_err(Refusal::violation)
}

/// What a mapping may name. It takes longer to make than most mappings to read.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::of_this_build);

fn mapping(request: &v1::CreateReportRequest) -> Result<Framework, Refusal> {
    if request.mapping.is_empty() {
        return Err(Refusal::field("mapping", "must be set"));
    }
    if request.mapping.len() > MAPPING_BYTES_MAX {
        let problem = format!(
            "has {} bytes, at most {MAPPING_BYTES_MAX} are allowed",
            request.mapping.len()
        );
        return Err(Refusal::field("mapping", problem));
    }
    let name = match request.mapping_name.as_str() {
        "" => "mapping",
        name => name,
    };
    Framework::read(name, &request.mapping, &CATALOGUE).map_err(invalid_mapping)
}

fn invalid_mapping(error: MappingError) -> Refusal {
    Refusal::new(ErrorReason::MappingInvalid, error.to_string())
}

fn clause_unknown(error: ClauseUnknown) -> Refusal {
    Refusal::field("clauses", error.to_string())
}

/// Reports progress now and then, and never waits for the client.
struct Told<'a> {
    sender: &'a mpsc::Sender<Answer>,
    last: Mutex<Instant>,
    records: AtomicU64,
}

impl<'a> Told<'a> {
    fn new(sender: &'a mpsc::Sender<Answer>) -> Self {
        Self {
            sender,
            last: Mutex::new(Instant::now()),
            records: AtomicU64::new(0),
        }
    }

    fn tell(&self, records: u64) {
        let records = self
            .records
            .fetch_max(records, Ordering::Relaxed)
            .max(records);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < Duration::from_millis(PROGRESS_INTERVAL_MS) {
            return;
        }
        *last = Instant::now();
        let progress = v1::ReportProgress {
            record_count: records,
        };
        let _unheard = self.sender.try_send(Ok(v1::CreateReportResponse {
            step: Some(Step::Progress(progress)),
        }));
    }
}

/// Takes the bundle of which a report is made, and sends it in pieces if the client wants it. A report that nobody waits for
/// any more is not made: this refuses the next piece.
struct Bundle<'a> {
    sender: &'a mpsc::Sender<Answer>,
    is_wanted: bool,
    waiting: Vec<u8>,
    /// Whether it refused one.
    is_given_up: bool,
}

impl<'a> Bundle<'a> {
    fn new(sender: &'a mpsc::Sender<Answer>, is_wanted: bool) -> Self {
        Self {
            sender,
            is_wanted,
            waiting: Vec::new(),
            is_given_up: false,
        }
    }

    fn send(&mut self) -> Result<(), Gone> {
        match std::mem::take(&mut self.waiting) {
            waiting if waiting.is_empty() => Ok(()),
            waiting => send(self.sender, Step::BundleChunk(waiting.into())),
        }
    }
}

impl io::Write for Bundle<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.sender.is_closed() {
            self.is_given_up = true;
            return Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "the client is gone",
            ));
        }
        if !self.is_wanted {
            return Ok(bytes.len());
        }
        let taken = bytes.len().min(EXPORT_CHUNK_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == EXPORT_CHUNK_BYTES {
            // If the client is gone, the next piece shows it.
            let _gone = self.send();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_report_that_nobody_waits_for_is_not_made_on() {
        for is_wanted in [false, true] {
            let (sender, receiver) = mpsc::channel(1);
            let mut bundle = Bundle::new(&sender, is_wanted);
            bundle.write_all(b"a piece").unwrap();
            assert!(!bundle.is_given_up);
            drop(receiver);
            let error = bundle.write_all(b"another one").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
            assert!(bundle.is_given_up, "wanted: {is_wanted}");
            let waits = Err(Gone);
            assert_eq!(bundle.send(), if is_wanted { waits } else { Ok(()) });
        }
    }
}

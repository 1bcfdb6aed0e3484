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
    let ledger = act.ledger();
    let made = ledger.and_then(|ledger| make(ledger, wanted, sender, &told));
    match &made {
        Ok(made) => {
            let sequence = made.recorded.as_ref().ok();
            let sequence = sequence.map(|sequence| ("sequence", SystemFact::Uint(*sequence)));
            act.done(sequence.into_iter().collect());
        }
        Err(refusal) => act.refused(refusal),
    }
    // A client that is gone needs no answer.
    let _gone = match made {
        Ok(made) => answer(&made, sender),
        Err(refusal) => sender.blocking_send(Err(refusal.into())).map_err(|_| ()),
    };
}

fn make(
    ledger: &Ledger,
    wanted: &Wanted,
    sender: &mpsc::Sender<Answer>,
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
    let mut bundle = Bundle {
        sender: wanted.with_bundle.then_some(sender),
        waiting: Vec::new(),
    };
    let made = ledger.report(&request, &mut bundle, &|records| told.tell(records))?;
    bundle.send();
    Ok(made)
}

fn answer(made: &ReportMade, sender: &mpsc::Sender<Answer>) -> Result<(), ()> {
    let send = |step| {
        let answer = v1::CreateReportResponse { step: Some(step) };
        sender.blocking_send(Ok(answer)).map_err(|_gone| ())
    };
    for chunk in made.json.chunks(EXPORT_CHUNK_BYTES) {
        send(Step::ReportChunk(Bytes::copy_from_slice(chunk)))?;
    }
    let (sequence, unrecorded_reason) = match &made.recorded {
        Ok(sequence) => (Some(*sequence), String::new()),
        Err(reason) => (None, reason.clone()),
    };
    send(Step::Result(v1::ReportResult {
        sequence,
        unrecorded_reason,
        dsse_envelope: made.envelope.clone().unwrap_or_default().into(),
    }))
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

/// Sends the bundle in pieces if the client wants it.
struct Bundle<'a> {
    sender: Option<&'a mpsc::Sender<Answer>>,
    waiting: Vec<u8>,
}

impl Bundle<'_> {
    fn send(&mut self) {
        if let Some(sender) = self.sender
            && !self.waiting.is_empty()
        {
            let chunk = Bytes::from(std::mem::take(&mut self.waiting));
            // If the client is gone, the next piece of the report shows it.
            let _gone = sender.blocking_send(Ok(v1::CreateReportResponse {
                step: Some(Step::BundleChunk(chunk)),
            }));
        }
    }
}

impl io::Write for Bundle<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(sender) = self.sender else {
            return Ok(bytes.len());
        };
        if sender.is_closed() {
            return Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "the client is gone",
            ));
        }
        let taken = bytes.len().min(EXPORT_CHUNK_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == EXPORT_CHUNK_BYTES {
            self.send();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

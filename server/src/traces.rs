//! Traces: how long calls and their stages took, told to a collector over OTLP (OpenTelemetry's protocol, over gRPC).
//!
//! Off unless the configuration names a collector. What is told are names of methods, codes and times; nothing that a client
//! wrote is, but for the ids of the trace that it said it is in. What can't be sent is dropped and counted: no call waits for
//! a collector, and what waits to be sent is bounded.

mod context;
mod otlp;
mod sender;

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use indelible_ledger::Stages;
use tonic::{Code, codegen::http::HeaderMap};

use self::{
    context::{Ids, Parent},
    otlp::{Kind, Span},
    sender::Sending,
};
use crate::config::Traces;
pub(crate) use sender::{Counts, counts};

/// Where the traces of this process go; nowhere unless it is set.
static SENDING: OnceLock<Sending> = OnceLock::new();

/// Begins to send what is traced from here on. Once it has begun, calling again changes nothing.
pub(crate) fn start(traces: &Traces) {
    match Sending::start(traces) {
        Ok(sending) => {
            let _first = SENDING.set(sending);
        }
        Err(error) => tracing::error!(%error, "traces can't be sent anywhere"),
    }
}

/// A call that is traced.
pub(crate) struct Trace {
    ids: Ids,
    parent: Option<[u8; 8]>,
}

impl Trace {
    /// The trace of a call with these headers, if there is to be one: its caller says so, or says nothing and it is one of
    /// those that are drawn.
    pub(crate) fn begin(headers: &HeaderMap) -> Option<Box<Self>> {
        let sending = SENDING.get()?;
        let said = headers.get(context::HEADER);
        let parent = said.and_then(|said| Parent::parse(said.as_bytes()));
        let is_traced = match &parent {
            Some(parent) => parent.is_sampled,
            None => sending.is_drawn(),
        };
        is_traced.then(|| {
            let ids = Ids {
                trace: parent.as_ref().map_or_else(|| sending.id(), |it| it.trace),
                span: sending.id(),
            };
            let parent = parent.map(|parent| parent.span);
            Box::new(Self { ids, parent })
        })
    }

    /// The call has ended, after so long.
    pub(crate) fn finish(self, method: &str, code: Code, took: Duration, stages: Option<Stages>) {
        let Some(sending) = SENDING.get() else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let end = u64::try_from(now.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX);
        let mut spans = vec![self.of_call(method, code, end, took)];
        if let Some(stages) = stages {
            spans.extend(self.of_stages(&stages, end, || sending.id()));
        }
        sending.offer(spans);
    }

    fn of_call(&self, method: &str, code: Code, end: u64, took: Duration) -> Span {
        let (service, name) = method.split_once('/').unwrap_or(("", method));
        let parent = self.parent.unwrap_or_default();
        let mut span = Span::new(self.ids, parent, Kind::Server, method, end, took);
        span.say("rpc.system", "grpc");
        span.say("rpc.service", service);
        span.say("rpc.method", name);
        span.count("rpc.grpc.status_code", i32::from(code).into());
        if matches!(
            code,
            Code::Unknown | Code::Internal | Code::DataLoss | Code::Unavailable
        ) {
            span.failed();
        }
        span
    }

    /// One span for each stage, one after the other up to the acknowledgement, which came just before the end of the call.
    fn of_stages(&self, stages: &Stages, end: u64, id: impl Fn() -> [u8; 8]) -> Vec<Span> {
        let mut end = end;
        let stages = [
            ("anchor", stages.anchored),
            ("commit", stages.committed),
            ("sign", stages.signed),
            ("queue", stages.queued),
        ];
        let spans = stages.map(|(name, took)| {
            let ids = Ids {
                span: id(),
                ..self.ids
            };
            let span = Span::new(ids, self.ids.span, Kind::Internal, name, end, took);
            end = span.start();
            span
        });
        spans.into()
    }
}

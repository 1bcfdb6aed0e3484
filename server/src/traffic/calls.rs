//! Calls by method and code, with how long they took.

use std::{
    collections::HashMap,
    sync::LazyLock,
    time::{Duration, Instant},
};

use indelible_ledger::Stages;
use indelible_meters::{Buckets, Counter, Histogram, Level, Present};
use indelible_proto::FILE_DESCRIPTOR_SET;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::{Code, codegen::http::HeaderMap};

use crate::traces::Trace;

/// How long a call takes: half a millisecond for an append, minutes for a large bundle.
const CALLS: Buckets = &[
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// Every code of gRPC, by its number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// What calls of other services are counted under: health, reflection, and what does not exist.
const OTHER: &str = "other";

/// The methods of this process, each with what was measured of it.
static METHODS: LazyLock<Methods> = LazyLock::new(Methods::default);

struct Methods {
    by_path: HashMap<String, usize>,
    /// The last of them is of all others.
    measured: Vec<Method>,
}

/// What was measured of one method.
pub(crate) struct Method {
    /// The service and the method, such as `LedgerService/Append`.
    pub(crate) name: String,
    /// How long calls took, from their arrival to the end of their answer.
    pub(crate) seconds: Histogram,
    streams: bool,
    by_code: [Counter; CODES.len()],
    open: Level,
}

impl Method {
    fn new(name: String, streams: bool) -> Self {
        Self {
            name,
            seconds: Histogram::new(CALLS),
            streams,
            by_code: [const { Counter::new() }; CODES.len()],
            open: Level::new(),
        }
    }

    /// The codes that calls ended with, each with how many did. Those that none ended with are left out, but for `OK`.
    pub(crate) fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = CODES.iter().zip(&self.by_code);
        let counted = counted.map(|(code, count)| (*code, count.get()));
        counted.filter(|(code, count)| *count > 0 || *code == CODES[0])
    }
}

impl Default for Methods {
    fn default() -> Self {
        // The set is made with the program, and a test reads it.
        let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
        let (mut by_path, mut measured) = (HashMap::new(), Vec::new());
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    let name = format!("{}/{}", service.name(), method.name());
                    by_path.insert(format!("/{}.{name}", file.package()), measured.len());
                    let streams = method.client_streaming() || method.server_streaming();
                    measured.push(Method::new(name, streams));
                }
            }
        }
        measured.push(Method::new(OTHER.to_owned(), false));
        Self { by_path, measured }
    }
}

impl Methods {
    fn of(&self, path: &str) -> &Method {
        let last = self.measured.len() - 1;
        &self.measured[self.by_path.get(path).copied().unwrap_or(last)]
    }
}

/// Every method, with what was measured of it.
pub(crate) fn methods() -> &'static [Method] {
    &METHODS.measured
}

/// Calls in progress: of methods with one request and one answer, and of those with more.
pub(crate) fn open_calls() -> [(&'static str, u64); 2] {
    let open = |streams: bool| {
        let of_kind = METHODS.measured.iter().filter(|of| of.streams == streams);
        of_kind.map(|method| method.open.get()).sum()
    };
    [("single", open(false)), ("stream", open(true))]
}

/// A call in progress. When it is dropped, it is counted under the code that it ended with.
pub(crate) struct Call {
    of: &'static Method,
    began: Instant,
    code: Code,
    trace: Option<Box<Trace>>,
    stages: Option<Stages>,
    _open: Present<'static>,
}

impl Call {
    /// A call of this path and with these headers begins. Until it is told otherwise, its client has given it up.
    pub(crate) fn begin(path: &str, headers: &HeaderMap) -> Self {
        let of = METHODS.of(path);
        Self {
            of,
            began: Instant::now(),
            code: Code::Cancelled,
            trace: Trace::begin(headers),
            stages: None,
            _open: of.open.enter(),
        }
    }

    /// It appended something, which took so long in each stage.
    pub(crate) fn appended(&mut self, stages: Stages) {
        self.stages = Some(stages);
    }

    /// It has ended with this code.
    pub(crate) fn ended(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = usize::try_from(i32::from(self.code)).unwrap_or_default();
        if let Some(counter) = self.of.by_code.get(code) {
            counter.one();
        }
        let took = self.began.elapsed();
        self.of.seconds.observe(took);
        if let Some(trace) = self.trace.take() {
            trace.finish(&self.of.name, self.code, took, self.stages);
        }
    }
}

/// The code that headers or trailers end a call with.
pub(crate) fn code_of(headers: &HeaderMap) -> Code {
    let code = headers.get("grpc-status");
    code.map_or(Code::Unknown, |code| Code::from_bytes(code.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(name: &str, code: &str) -> u64 {
        let method = methods().iter().find(|method| method.name == name).unwrap();
        let mut codes = method.by_code();
        codes.find(|(found, _)| *found == code).map_or(0, |it| it.1)
    }

    #[test]
    fn a_call_is_counted_under_its_method_and_the_code_it_ended_with() {
        let path = "/indelible.v1.ApprovalService/Withdraw";
        let name = "ApprovalService/Withdraw";
        let mut call = Call::begin(path, &HeaderMap::new());
        call.ended(Code::PermissionDenied);
        drop(call);
        drop(Call::begin(path, &HeaderMap::new()));
        assert_eq!(count(name, "PERMISSION_DENIED"), 1);
        assert_eq!(count(name, "CANCELLED"), 1, "nobody said how it ended");
        assert_eq!(count(name, "OK"), 0);
    }

    #[test]
    fn what_is_no_method_of_ours_makes_no_name() {
        let before = methods().len();
        for path in [
            "/grpc.health.v1.Health/Check",
            "/x/y",
            "",
            "/indelible.v1.X/\"\n",
        ] {
            drop(Call::begin(path, &HeaderMap::new()));
        }
        assert_eq!(methods().len(), before);
        assert!(count(OTHER, "CANCELLED") >= 4);
    }

    #[test]
    fn the_codes_are_those_of_grpc_in_their_order() {
        for (number, name) in CODES.iter().enumerate() {
            let code = Code::from_i32(number as i32);
            let words = format!("{code:?}").to_uppercase();
            assert_eq!(words, name.replace('_', ""));
        }
        assert!(methods().len() > 25, "the proto was read");
    }

    #[test]
    fn the_end_is_read_from_the_trailers() {
        let mut trailers = HeaderMap::new();
        assert_eq!(code_of(&trailers), Code::Unknown);
        trailers.insert("grpc-status", "5".parse().unwrap());
        assert_eq!(code_of(&trailers), Code::NotFound);
    }
}

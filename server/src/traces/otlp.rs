//! The messages of OTLP that a collector of traces is sent, as far as they are filled in: opentelemetry-proto 1.x, whose field
//! numbers never change.

use std::time::Duration;

use super::context::Ids;

/// The method that takes them.
pub(super) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

/// A collector may say what it did not take; whoever has a collector looks there.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ExportResponse {}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

/// A span.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    /// Empty where there is none.
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    /// Nanoseconds since 1970 UTC.
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AnyValue {
    #[prost(oneof = "Value", tags = "1, 3")]
    value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Value {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Whole(i64),
}

/// What a span is of: the number of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Work inside.
    Internal = 1,
    /// A call that was answered.
    Server = 2,
}

/// The number of a status that says that something failed.
const ERROR: i32 = 2;

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(Value::Text(value.to_owned()));
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value }),
    }
}

impl Span {
    /// A span that ended then, nanoseconds since 1970 UTC, after so long.
    pub(super) fn new(
        ids: Ids,
        parent: [u8; 8],
        kind: Kind,
        name: &str,
        end: u64,
        took: Duration,
    ) -> Self {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let parent = if parent == [0; 8] {
            Vec::new()
        } else {
            parent.into()
        };
        Self {
            trace_id: ids.trace.into(),
            span_id: ids.span.into(),
            parent_span_id: parent,
            name: name.to_owned(),
            kind: kind as i32,
            start_time_unix_nano: end.saturating_sub(took),
            end_time_unix_nano: end,
            attributes: Vec::new(),
            status: None,
        }
    }

    /// When it began.
    pub(super) fn start(&self) -> u64 {
        self.start_time_unix_nano
    }

    pub(super) fn say(&mut self, key: &str, value: &str) {
        self.attributes.push(text(key, value));
    }

    pub(super) fn count(&mut self, key: &str, value: i64) {
        let value = Some(Value::Whole(value));
        self.attributes.push(KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value }),
        });
    }

    /// Marks it as one that failed.
    pub(super) fn failed(&mut self) {
        self.status = Some(Status { code: ERROR });
    }
}

impl ExportRequest {
    /// A request with these spans, of this program.
    pub(super) fn of(spans: Vec<Span>) -> Self {
        let attributes = vec![
            text("service.name", "indelible"),
            text("service.version", env!("CARGO_PKG_VERSION")),
        ];
        let scope = Scope {
            name: "indelible".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Self {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource { attributes }),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope),
                    spans,
                }],
            }],
        }
    }
}

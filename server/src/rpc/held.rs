//! Answers that last are held against the bindings in force: a caller who lost what a call was granted gets nothing more
//! of it, and the call ends.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use indelible_access::Table;
use indelible_proto::v1::ErrorReason;
use tokio_stream::{Stream, wrappers::WatchStream};
use tonic::{Status, body::Body, codegen::http};

use super::{
    audit::Audit,
    authorise::{Gate, Grants},
    refusal::Refusal,
};

/// The methods whose answers last. An append stream holds itself, since it goes on taking events, too.
const LASTING: [&str; 11] = [
    "CreateBackup",
    "CreateReport",
    "EndLedger",
    "EraseDataSubject",
    "ExportBundle",
    "FollowRecords",
    "RebuildProjections",
    "RotateIdentityKey",
    "RotateKek",
    "RunRetention",
    "VerifyLedger",
];

/// Whether the answer of a method lasts, by the path of its call.
pub(super) fn lasts(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    LASTING.contains(&name)
}

/// A call that lasts, from before it is authorised.
pub(super) struct Held {
    grants: Arc<Grants>,
    audit: Arc<Audit>,
    changes: WatchStream<Arc<Table>>,
}

impl Held {
    pub(super) fn new(gate: &Gate) -> Self {
        Self {
            grants: Arc::default(),
            audit: Arc::clone(gate.audit()),
            changes: WatchStream::from_changes(gate.bindings().watched()),
        }
    }

    /// Where the gate writes down what is granted.
    pub(super) fn grants(&self) -> Arc<Grants> {
        Arc::clone(&self.grants)
    }

    /// The answer, which ends when what was granted is lost.
    pub(super) fn hold(self, answer: http::Response<Body>) -> http::Response<Body> {
        answer.map(|body| {
            Body::new(HeldBody {
                held: self,
                body: Some(body),
            })
        })
    }

    /// What was lost since it was looked at last.
    fn poll_lost(&mut self, context: &mut Context<'_>) -> Poll<Refusal> {
        while let Poll::Ready(Some(table)) = Pin::new(&mut self.changes).poll_next(context) {
            if let Some(lost) = self.grants.lost(&table, &self.audit) {
                return Poll::Ready(lost);
            }
        }
        Poll::Pending
    }
}

/// The body of an answer that lasts.
struct HeldBody {
    held: Held,
    /// None after the end.
    body: Option<Body>,
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { held, body } = &mut *self;
        let Some(inner) = body else {
            return Poll::Ready(None);
        };
        // Asked before each piece, so that none goes out under bindings that forbid it.
        if let Poll::Ready(lost) = held.poll_lost(context) {
            *body = None;
            return Poll::Ready(Some(Ok(Frame::trailers(ended(lost)))));
        }
        Pin::new(inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    /// Only of what is begun: nobody knows how long the answer lasts.
    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::default();
        hint.set_lower(
            self.body
                .as_ref()
                .map_or(0, |body| body.size_hint().lower()),
        );
        hint
    }
}

fn ended(lost: Refusal) -> http::HeaderMap {
    let refusal = match lost.reason() {
        ErrorReason::AccessDenied => lost.but("the bindings have changed since the call began"),
        _ => lost,
    };
    let mut trailers = http::HeaderMap::new();
    // Only a status that is not text could not be written, and this one is.
    let _written = Status::from(refusal).add_header(&mut trailers);
    trailers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message as _;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// A new method whose answers last is held, too, or fails here.
    #[test]
    fn every_method_whose_answers_last_is_held() {
        let set = FileDescriptorSet::decode(indelible_proto::FILE_DESCRIPTOR_SET).unwrap();
        let services = set.file.iter().flat_map(|file| &file.service);
        let methods = services.flat_map(|service| &service.method);
        let lasting: BTreeSet<_> = methods
            .filter(|method| method.server_streaming())
            .map(|method| method.name())
            .collect();
        let mut held = BTreeSet::from(LASTING);
        held.extend(["AppendStream", "DecideStream"]);
        assert_eq!(held, lasting);
        assert!(lasts("/indelible.v1.LedgerService/FollowRecords"));
        assert!(!lasts("/indelible.v1.LedgerService/AppendStream"));
    }
}

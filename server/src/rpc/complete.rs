//! Completes what tonic answers by itself: a deadline, and details for errors that come without.
//!
//! tonic reports a deadline that passed as CANCELLED, and its own refusals (a message that is too
//! large, a method that is not there) with a text only. Callers are promised DEADLINE_EXCEEDED, and an
//! `ErrorInfo` on every error.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Service,
        http::{HeaderMap, HeaderValue, Request, Response, header::DATE},
    },
};

use super::{
    authorise::Gate,
    held::{self, Held},
    opened,
    refusal::Refusal,
};
use crate::limits::CALL_SECONDS_MAX;
use indelible_proto::v1::ErrorReason;

/// What prost says of bytes that are not the message they should be.
const UNDECODABLE: &str = "failed to decode Protobuf message";
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// Wraps all services.
#[derive(Clone)]
pub(crate) struct Complete<S> {
    services: S,
    gate: Gate,
}

impl<S> Complete<S> {
    pub(crate) fn new(services: S, gate: Gate) -> Self {
        Self { services, gate }
    }
}

impl<S> Service<Request<Body>> for Complete<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Completing<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.services.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let deadline = sleep(time_allowed(request.headers()));
        let held = held::lasts(request.uri().path()).then(|| Held::new(&self.gate));
        if let Some(held) = &held {
            request.extensions_mut().insert(held.grants());
        }
        Completing {
            call: self.services.call(request),
            deadline,
            held,
        }
    }
}

pin_project! {
    /// A call that is completed when it answers, or when its time is up.
    pub(crate) struct Completing<F> {
        #[pin]
        call: F,
        #[pin]
        deadline: Sleep,
        held: Option<Held>,
    }
}

impl<F> Future for Completing<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(answer) = this.call.poll(context) {
            let held = this.held.take();
            return Poll::Ready(answer.map(|answer| {
                let answer = opened::kept(dated(completed(answer), SystemTime::now()));
                match held {
                    Some(held) => held.hold(answer),
                    None => answer,
                }
            }));
        }
        this.deadline.poll(context).map(|()| {
            let late = "the deadline passed; on an append the outcome is unknown, and sending it again is safe";
            let answer = Status::from(Refusal::new(ErrorReason::DeadlinePassed, late)).into_http();
            Ok(dated(answer, SystemTime::now()))
        })
    }
}

/// The client's deadline, if it is the shorter one.
fn time_allowed(headers: &HeaderMap) -> Duration {
    let longest = Duration::from_secs(CALL_SECONDS_MAX);
    deadline_of(headers).map_or(longest, |wanted| wanted.min(longest))
}

/// How long a client gave its call, if it said.
pub(super) fn deadline_of(headers: &HeaderMap) -> Option<Duration> {
    parse_timeout(headers.get(TIMEOUT_HEADER)?.to_str().ok()?)
}

/// As in gRPC over HTTP/2: at most eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3_600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// Adds a date where the transport's own would panic: it knows the years from 1970 to 9999 and no others.
fn dated(mut answer: Response<Body>, now: SystemTime) -> Response<Body> {
    const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    if !since.is_ok_and(|since| since < YEAR_10000) {
        let none = HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT");
        answer.headers_mut().insert(DATE, none);
    }
    answer
}

/// Adds details to an error that has none. Whatever is not an error passes as it is.
fn completed(answer: Response<Body>) -> Response<Body> {
    // Only an answer that has failed already carries its status in front.
    let Some(status) = Status::from_header_map(answer.headers()) else {
        return answer;
    };
    let reason = match status.code() {
        Code::Ok => return answer,
        _ if !status.details().is_empty() => return answer,
        Code::OutOfRange => ErrorReason::MessageTooLarge,
        Code::Unimplemented => ErrorReason::MethodUnknown,
        // Health, of a service that is not there.
        Code::NotFound => {
            let unknown =
                "no service of this name is here; an empty name asks for the daemon as a whole";
            return Status::from(Refusal::new(ErrorReason::ServiceUnknown, unknown)).into_http();
        }
        // Services of other crates decode with the stock codec.
        Code::Internal if status.message().starts_with(UNDECODABLE) => {
            ErrorReason::MessageMalformed
        }
        _ => ErrorReason::Internal,
    };
    Status::from(Refusal::new(reason, status.message())).into_http()
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    fn status(answer: &Response<Body>) -> Status {
        Status::from_header_map(answer.headers()).unwrap()
    }

    fn reason(answer: &Response<Body>) -> String {
        status(answer).get_details_error_info().unwrap().reason
    }

    #[test]
    fn a_clock_in_a_year_that_the_transport_does_not_know_gets_a_date_of_ours() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let is_dated = |now| {
            let answer = dated(Response::new(Body::empty()), now);
            answer.headers().contains_key(DATE)
        };
        assert!(!is_dated(SystemTime::now()) && !is_dated(at(253_402_300_799)));
        assert!(is_dated(at(253_402_300_800)));
        assert!(is_dated(SystemTime::UNIX_EPOCH - Duration::from_secs(1)));
    }

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        assert_eq!(parse_timeout("5S"), Some(Duration::from_secs(5)));
        assert_eq!(parse_timeout("200m"), Some(Duration::from_millis(200)));
        assert_eq!(
            parse_timeout("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3_600))
        );
        for bad in [
            "",
            "S",
            "5",
            "5s",
            "-5S",
            "+5S",
            "123456789S",
            "5 S",
            "५S",
            "5µ",
        ] {
            assert_eq!(parse_timeout(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_shorter_deadline_counts() {
        let allowed = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT_HEADER, text.parse().unwrap());
            time_allowed(&headers)
        };
        assert_eq!(allowed("1S"), Duration::from_secs(1));
        assert_eq!(allowed("9H"), Duration::from_secs(CALL_SECONDS_MAX));
        assert_eq!(allowed("nonsense"), Duration::from_secs(CALL_SECONDS_MAX));
    }

    #[test]
    fn errors_without_details_get_them() {
        let too_large = completed(Status::out_of_range("too large").into_http());
        assert_eq!(reason(&too_large), ErrorReason::MessageTooLarge.name());
        assert_eq!(status(&too_large).message(), "too large");
        assert_eq!(status(&too_large).code(), Code::OutOfRange);
        let unknown = completed(Status::unimplemented("").into_http());
        assert_eq!(reason(&unknown), ErrorReason::MethodUnknown.name());
        let not_there = completed(Status::not_found("service not registered").into_http());
        assert_eq!(reason(&not_there), ErrorReason::ServiceUnknown.name());
        assert_eq!(status(&not_there).code(), Code::NotFound);
        let bytes: Result<String, _> = prost::Message::decode(&[0x0a, 0x02, b'a'][..]);
        let malformed = Status::internal(bytes.unwrap_err().to_string());
        let malformed = completed(malformed.into_http());
        assert_eq!(reason(&malformed), ErrorReason::MessageMalformed.name());
        assert_eq!(status(&malformed).code(), Code::InvalidArgument);
    }

    #[test]
    fn whatever_is_complete_passes_as_it_is() {
        let refused = Status::from(Refusal::draining()).into_http();
        assert_eq!(reason(&completed(refused)), ErrorReason::Draining.name());
        let fine = completed(Response::new(Body::empty()));
        assert!(Status::from_header_map(fine.headers()).is_none());
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_given_up() {
        let call = std::future::pending::<Result<Response<Body>, Infallible>>();
        let answer = Completing {
            call,
            deadline: sleep(Duration::from_millis(5)),
            held: None,
        }
        .await
        .unwrap();
        assert_eq!(status(&answer).code(), Code::DeadlineExceeded);
        assert_eq!(reason(&answer), ErrorReason::DeadlinePassed.name());
    }
}

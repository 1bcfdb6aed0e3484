//! A listener for monitoring: HTTP/1.1, and limits on its clients.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};

/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 16;
/// Bytes of a request's head; it has no body that anybody reads.
const HEAD_BYTES_MAX: usize = 8 * 1_024;
/// How long a peer may take for a request's head, and a connection may last.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);
/// How long accepting pauses when the system is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What is answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

impl Answer {
    /// A line of plain text.
    pub(crate) fn line(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{text}\n"),
        }
    }
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) path: &'a str,
    /// In which form, as the client wrote it.
    pub(crate) accept: Option<&'a str>,
}

/// Answers GET requests, until it is dropped. Peers that are not admitted are not answered.
pub(crate) async fn serve(
    listener: TcpListener,
    admits: fn(IpAddr) -> bool,
    answer: impl Fn(&Asked<'_>) -> Answer + Clone + Send + Sync + 'static,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, peer)) if admits(peer.ip().to_canonical()) => {
                let answer = answer.clone();
                tokio::spawn(async move {
                    // The server does not wait for a client that is gone or takes too long.
                    let _over = time::timeout(CONNECTION_TIME_MAX, converse(stream, answer)).await;
                    drop(place);
                });
            }
            Ok((_, peer)) => tracing::warn!(%peer, "closed a connection that is not local"),
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, answer: impl Fn(&Asked<'_>) -> Answer) -> hyper::Result<()> {
    let service = service_fn(|request| {
        let response = respond(&request, &answer);
        async { Ok::<_, Infallible>(response) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn respond(
    request: &Request<Incoming>,
    answer: impl Fn(&Asked<'_>) -> Answer,
) -> Response<Full<Bytes>> {
    let accept = request.headers().get(header::ACCEPT);
    let asked = Asked {
        path: request.uri().path(),
        accept: accept.and_then(|value| value.to_str().ok()),
    };
    let answer = match *request.method() {
        Method::GET | Method::HEAD => answer(&asked),
        _ => Answer::line(StatusCode::METHOD_NOT_ALLOWED, "only GET"),
    };
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status;
    let content_type = header::HeaderValue::from_static(answer.content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

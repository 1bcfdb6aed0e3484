//! The listener of the metrics: HTTP/1.1, one path, and limits on its clients.

use std::{convert::Infallible, sync::Arc, time::Duration};

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

/// What Prometheus calls its text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const PATH: &str = "/metrics";
/// Connections at once; more wait.
const CONNECTIONS_MAX: usize = 16;
/// Bytes of a request's head; it has no body that anybody reads.
const HEAD_BYTES_MAX: usize = 8 * 1_024;
/// How long a peer may take for a request's head, and a connection may last.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);
/// How long accepting pauses when the system is out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves what `page` makes, until it is dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    page: impl Fn() -> String + Clone + Send + Sync + 'static,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, peer)) if peer.ip().to_canonical().is_loopback() => {
                let page = page.clone();
                tokio::spawn(async move {
                    // The server does not wait for a client that is gone or takes too long.
                    let _over = time::timeout(CONNECTION_TIME_MAX, answer(stream, page)).await;
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

async fn answer(stream: TcpStream, page: impl Fn() -> String) -> hyper::Result<()> {
    let service = service_fn(|request| {
        let answer = respond(&request, &page);
        async { Ok::<_, Infallible>(answer) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

fn respond(request: &Request<Incoming>, page: impl Fn() -> String) -> Response<Full<Bytes>> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, PATH) => (StatusCode::OK, page()),
        (_, PATH) => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "only /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let content_type = header::HeaderValue::from_static(CONTENT_TYPE);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

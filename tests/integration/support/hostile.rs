//! A client that begins calls and does not go on with them: it reads nothing, or sends nothing more.

use std::{future::poll_fn, time::Duration};

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::{
    SendStream,
    client::{Builder, ResponseFuture, SendRequest},
};
use prost::Message;
use tokio::{net::TcpStream, time::timeout};
use tonic::codegen::http::Request;

/// A message that can't be sent on by then never will be.
const STUCK: Duration = Duration::from_millis(200);
/// The same, where the daemon works for each message.
const STUCK_BEHIND_WORK: Duration = Duration::from_secs(1);

/// One connection of a hostile client.
pub(crate) struct Hostile {
    client: SendRequest<Bytes>,
    /// Calls that were begun. They go on for as long as these are there.
    calls: Vec<(ResponseFuture, SendStream<Bytes>)>,
}

impl Hostile {
    /// Connects. `window` is what the daemon may send on each stream.
    pub(crate) async fn connect(address: &str, window: u32) -> Self {
        let address = address.strip_prefix("http://").unwrap();
        let socket = TcpStream::connect(address).await.unwrap();
        let (client, connection) = Builder::new()
            .initial_window_size(window)
            .initial_max_send_streams(1_024)
            .handshake(socket)
            .await
            .unwrap();
        tokio::spawn(async move {
            let _ended = connection.await;
        });
        Self {
            client,
            calls: Vec::new(),
        }
    }

    /// Calls a method with one message, and reads nothing.
    pub(crate) async fn call(&mut self, method: &str, message: &impl Message) {
        let (answer, mut request) = self.begin(method).await;
        request.send_data(framed(message), true).unwrap();
        self.calls.push((answer, request));
    }

    /// Begins a message of that length, and sends all of it but its last byte, as far as that is taken.
    pub(crate) async fn begin_message(&mut self, method: &str, length: usize) {
        let (answer, mut request) = self.begin(method).await;
        let mut message = BytesMut::with_capacity(5 + length);
        message.put_u8(0);
        message.put_u32(u32::try_from(length).unwrap());
        message.resize(5 + length - 1, 0);
        send(&mut request, message.freeze(), STUCK).await;
        self.calls.push((answer, request));
    }

    /// Sends the same message again and again in one call, for as long as it is taken. Returns how many were sent.
    pub(crate) async fn repeat(&mut self, method: &str, message: &impl Message) -> usize {
        let (answer, mut request) = self.begin(method).await;
        let (message, mut sent) = (framed(message), 0);
        while send(&mut request, message.clone(), STUCK_BEHIND_WORK).await {
            sent += 1;
        }
        self.calls.push((answer, request));
        sent
    }

    /// Begins calls, and sends nothing of their messages.
    pub(crate) async fn begin_calls(&mut self, method: &str, count: usize) {
        for _ in 0..count {
            let call = self.begin(method).await;
            self.calls.push(call);
        }
    }

    async fn begin(&mut self, method: &str) -> (ResponseFuture, SendStream<Bytes>) {
        poll_fn(|context| self.client.poll_ready(context))
            .await
            .unwrap();
        let uri = format!("http://indelible/indelible.v1.LedgerService/{method}");
        let request = Request::post(uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        self.client.send_request(request, false).unwrap()
    }
}

/// Sends bytes; false if they are not taken.
async fn send(request: &mut SendStream<Bytes>, mut left: Bytes, patience: Duration) -> bool {
    while !left.is_empty() {
        request.reserve_capacity(left.len());
        let capacity = poll_fn(|context| request.poll_capacity(context));
        let Ok(Some(Ok(capacity))) = timeout(patience, capacity).await else {
            return false;
        };
        let piece = left.split_to(capacity.min(left.len()));
        if request.send_data(piece, false).is_err() {
            return false;
        }
    }
    true
}

fn framed(message: &impl Message) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut bytes).unwrap();
    bytes.freeze()
}

/// Lets this process open as many sockets as a daemon gets.
pub(crate) fn raise_own_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    #[expect(unsafe_code, reason = "the standard library knows no limits")]
    // SAFETY: both calls get one rlimit, which lives until after them.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        limit.rlim_cur = limit.rlim_max.min(1 << 16);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
    }
    assert!(limit.rlim_cur > 2_500, "the test needs open files");
}

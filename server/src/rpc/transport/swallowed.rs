//! Requests of calls that are refused already.

use std::time::Duration;

use h2::RecvStream;
use tokio::time::timeout;

use crate::limits::{LINGER_MS, STREAM_WINDOW_BYTES};

/// Reads a request that is refused already, if it comes at once and is short. A stream that is answered before its request
/// was read is reset, and HTTP/2 ends the connection after some of these: a client whose token has expired would take the
/// calls of others on its connection with it.
pub(super) async fn swallow(mut request: RecvStream) {
    let read = async {
        let mut left = STREAM_WINDOW_BYTES as usize;
        while let Some(Ok(data)) = request.data().await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whatever comes later is not waited for.
    let _late = timeout(Duration::from_millis(LINGER_MS), read).await;
}

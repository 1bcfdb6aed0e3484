//! What a connection is told that there is no place for: GOAWAY, and which limit it was.

use std::time::Duration;

use indelible_proto::LIMIT_OF_CONNECTIONS;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::stream::Stream;
use crate::limits::LINGER_MS;

/// How much of what the peer sends is read at once, to no purpose.
const READ_BYTES: usize = 1_024;
/// How often that is done: a peer that sends on is not listened to forever.
const READS_MAX: usize = 64;

/// An empty SETTINGS frame, with which a server begins (RFC 9113 section 3.4).
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Type of a GOAWAY frame.
const GOAWAY: u8 = 7;
/// The error code of a peer that wants too much.
const ENHANCE_YOUR_CALM: u32 = 0xb;

/// Tells a peer why it is not served, and closes the connection.
pub(super) async fn refuse(mut stream: Stream, problem: &str) {
    let told = async {
        stream.write_all(&words(problem)).await?;
        stream.shutdown().await?;
        // Closed with something unread, the connection would be reset, and the words might not arrive.
        let mut scrap = [0; READ_BYTES];
        for _ in 0..READS_MAX {
            if stream.read(&mut scrap).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(())
    };
    // A peer that is gone needs no words.
    let _gone = timeout(Duration::from_millis(LINGER_MS), told).await;
}

/// Tells a peer the same, as far as that needs no waiting.
pub(super) fn refuse_at_once(stream: &Stream, problem: &str) {
    // A peer that is gone needs no words.
    let _gone = stream.try_write(&words(problem));
}

fn words(problem: &str) -> Vec<u8> {
    let text = format!("{LIMIT_OF_CONNECTIONS}: {problem}");
    let mut frames = SETTINGS.to_vec();
    let payload_bytes = u32::try_from(8 + text.len()).unwrap_or(8);
    frames.extend(&payload_bytes.to_be_bytes()[1..]);
    frames.extend([GOAWAY, 0, 0, 0, 0, 0]);
    // No stream was processed.
    frames.extend(0_u32.to_be_bytes());
    frames.extend(ENHANCE_YOUR_CALM.to_be_bytes());
    frames.extend(text.as_bytes());
    frames
}

//! The body of a request: messages as they come in, with room for each before it is buffered, and a time for it to arrive.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use h2::RecvStream;
use hyper::body::{Body, Frame};
use indelible_proto::v1::ErrorReason;
use tokio::time::{Sleep, sleep};
use tonic::Status;

use super::{
    bearer::Lost,
    budget::{Held, Share, Widened},
    room::refused,
};
use crate::{
    limits::{REQUEST_BYTES_MAX, STREAM_WINDOW_BYTES},
    rpc::refusal::Refusal,
};

/// In front of each message gRPC writes whether it is compressed, in one byte, and its length.
const HEAD_BYTES: usize = 5;

/// The messages of one request.
pub(super) struct Messages {
    stream: RecvStream,
    share: Arc<Share>,
    /// Whether there may be a pause before a message.
    streams: bool,
    patience: Duration,
    room_patience: Duration,
    framing: Framing,
    /// What the messages that were handed on take, until they are decoded. The last one is that of a message that is not
    /// complete, if there is one.
    held: Vec<Held>,
    /// What came in one piece with the end of a message, and is looked at when that message is decoded.
    rest: Bytes,
    waiting: Option<Waiting>,
    /// Runs while the rest of a message is awaited.
    deadline: Option<Pin<Box<Sleep>>>,
    /// When no more is taken of whoever calls.
    lost: Option<Lost>,
}

/// Bytes for which there is no room yet.
struct Waiting {
    chunk: Bytes,
    bytes: usize,
    room: Pin<Box<dyn Future<Output = Option<Held>> + Send>>,
    until: Pin<Box<Sleep>>,
    /// What waits fills the connection's window, which other messages need to get on.
    _window: Widened,
}

impl Messages {
    pub(super) fn new(
        stream: RecvStream,
        share: Arc<Share>,
        streams: bool,
        patience: Duration,
        room_patience: Duration,
        lost: Option<Lost>,
    ) -> Self {
        Self {
            stream,
            share,
            streams,
            patience,
            room_patience,
            framing: Framing::default(),
            held: Vec::new(),
            rest: Bytes::new(),
            waiting: None,
            deadline: None,
            lost,
        }
    }

    /// Whoever asks for more has decoded what it got. A message that is not complete keeps its room.
    fn give_back(&mut self) {
        let unfinished = self.framing.unfinished();
        let last = self.held.pop().filter(|_| unfinished > 0);
        self.held.clear();
        if let Some(mut last) = last {
            last.shrink(unfinished);
            self.held.push(last);
        }
    }

    /// What is next of the stream. A piece ends where a message does that began in an earlier one, so that nothing waits
    /// for room while it holds some.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
        let mut chunk = match self.rest.is_empty() {
            true => match ready!(self.stream.poll_data(context)) {
                Some(Ok(chunk)) => chunk,
                end => return Poll::Ready(end),
            },
            false => std::mem::take(&mut self.rest),
        };
        if self.framing.left > 0 && self.framing.left < chunk.len() {
            self.rest = chunk.split_off(self.framing.left);
        }
        Poll::Ready(Some(Ok(chunk)))
    }

    /// Finds room for what a chunk begins. Without room the chunk waits, or is refused.
    fn admit(&mut self, chunk: Bytes) -> Result<Option<Bytes>, Status> {
        let begun = self.framing.advance(&chunk);
        if self.streams && (begun > 0 || self.framing.is_between()) {
            self.deadline = None;
        }
        if begun == 0 {
            return Ok(Some(self.hand_on(chunk)));
        }
        if let Some(held) = self.share.try_message(begun) {
            self.held.push(held);
            return Ok(Some(self.hand_on(chunk)));
        }
        let window = self.share.widen(STREAM_WINDOW_BYTES as usize, 0);
        let Some(window) = window else {
            return Err(refused(self.share.lack_for_message(begun)).into());
        };
        let share = Arc::clone(&self.share);
        self.waiting = Some(Waiting {
            chunk,
            bytes: begun,
            room: Box::pin(async move { share.message(begun).await }),
            until: Box::pin(sleep(self.room_patience)),
            _window: window,
        });
        Ok(None)
    }

    /// The peer may send as much again.
    fn hand_on(&mut self, chunk: Bytes) -> Bytes {
        // An error says that the stream is gone, which the next look at it shows.
        let _gone = self.stream.flow_control().release_capacity(chunk.len());
        chunk
    }

    fn poll_waiting(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        let Some(waiting) = &mut self.waiting else {
            return Poll::Ready(Ok(None));
        };
        if let Poll::Ready(held) = waiting.room.as_mut().poll(context) {
            let chunk = std::mem::take(&mut waiting.chunk);
            self.waiting = None;
            self.held.extend(held);
            return Poll::Ready(Ok(Some(self.hand_on(chunk))));
        }
        ready!(waiting.until.as_mut().poll(context));
        let lack = self.share.lack_for_message(waiting.bytes);
        self.waiting = None;
        Poll::Ready(Err(refused(lack).into()))
    }

    /// Nothing has come. Between the messages of a stream that is fine.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        if self.streams && self.framing.is_between() {
            return Poll::Pending;
        }
        let patience = self.patience;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(deadline.as_mut().poll(context));
        let late = format!(
            "a message did not arrive within {} s; send it again",
            patience.as_secs()
        );
        Poll::Ready(Refusal::new(ErrorReason::MessageLate, late).into())
    }
}

impl Body for Messages {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Some(lost) = &mut this.lost
            && let Poll::Ready(over) = lost.as_mut().poll(context)
        {
            this.lost = None;
            return Poll::Ready(Some(Err(over.into())));
        }
        if this.waiting.is_none() {
            this.give_back();
            match this.poll_chunk(context) {
                Poll::Ready(Some(Ok(chunk))) => match this.admit(chunk) {
                    Ok(Some(chunk)) => return Poll::Ready(Some(Ok(Frame::data(chunk)))),
                    Ok(None) => {}
                    Err(refused) => return Poll::Ready(Some(Err(refused))),
                },
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Some(Err(Status::from_error(Box::new(error)))));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return this.poll_late(context).map(|late| Some(Err(late))),
            }
        }
        let admitted = ready!(this.poll_waiting(context));
        Poll::Ready(admitted.transpose().map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none() && self.rest.is_empty() && self.stream.is_end_stream()
    }
}

/// Where in a message the stream is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Framing {
    head: [u8; HEAD_BYTES],
    head_filled: usize,
    /// Of the message that is coming in: all its bytes, and those that are still to come.
    length: usize,
    left: usize,
}

impl Framing {
    /// Follows a chunk; returns how many bytes the messages have, all together, whose length became known by it.
    fn advance(&mut self, mut chunk: &[u8]) -> usize {
        let mut begun = 0;
        while !chunk.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(chunk.len());
                self.left -= taken;
                chunk = &chunk[taken..];
                continue;
            }
            let taken = (HEAD_BYTES - self.head_filled).min(chunk.len());
            self.head[self.head_filled..self.head_filled + taken].copy_from_slice(&chunk[..taken]);
            self.head_filled += taken;
            chunk = &chunk[taken..];
            if self.head_filled == HEAD_BYTES {
                self.head_filled = 0;
                let [_, length @ ..] = self.head;
                self.length = u32::from_be_bytes(length) as usize;
                self.left = self.length;
                // Whoever decodes refuses what is too long before it buffers any of it.
                if self.length <= REQUEST_BYTES_MAX {
                    begun += self.length;
                }
            }
        }
        begun
    }

    /// Whether no message has begun.
    fn is_between(&self) -> bool {
        self.left == 0 && self.head_filled == 0
    }

    /// The bytes of the message that is not complete.
    fn unfinished(&self) -> usize {
        match self.left {
            0 => 0,
            _ => self.length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(lengths: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for length in lengths {
            bytes.push(0);
            bytes.extend((*length as u32).to_be_bytes());
            bytes.extend(vec![7; *length]);
        }
        bytes
    }

    /// However a stream is cut, each message is counted once, as soon as its length is known.
    #[test]
    fn messages_are_counted_wherever_the_stream_is_cut() {
        let lengths = [0, 1, 300, 0, 70_000, 5];
        let stream = framed(&lengths);
        for piece in [1, 2, 3, 4, 5, 6, 7, 100, 16_384, stream.len()] {
            let mut framing = Framing::default();
            let counted: usize = stream
                .chunks(piece)
                .map(|chunk| framing.advance(chunk))
                .sum();
            assert_eq!(counted, lengths.iter().sum::<usize>(), "{piece}");
            assert!(framing.is_between());
        }
    }

    #[test]
    fn a_message_is_unfinished_from_its_length_to_its_last_byte() {
        let mut framing = Framing::default();
        let stream = framed(&[10]);
        assert_eq!(framing.advance(&stream[..4]), 0);
        assert!(!framing.is_between() && framing.unfinished() == 0);
        assert_eq!(framing.advance(&stream[4..9]), 10);
        assert_eq!(framing.unfinished(), 10);
        assert_eq!(framing.advance(&stream[9..]), 0);
        assert!(framing.is_between() && framing.unfinished() == 0);
    }

    #[test]
    fn a_message_that_will_be_refused_takes_no_room() {
        let mut framing = Framing::default();
        assert_eq!(framing.advance(&[0, 255, 255, 255, 255, 1]), 0);
    }
}

//! Puts append requests on the wire without building them as objects first.
//!
//! `AppendRequest`, `AppendBatchRequest` and `AppendStreamRequest` all have the
//! ledger's name as field 1 and their events as field 2, so one encoder writes all
//! three. What leaves the socket is what any client would have sent.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{BufMut, Bytes};
use prost::{Message, encoding};
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use super::events::EventWriter;

const LEDGER_TAG: u32 = 1;
const EVENTS_TAG: u32 = 2;
const BUFFER_BYTES: usize = 64 * 1024;

/// A request to come: its events are written when it is sent.
pub(super) struct Append {
    /// Field 1, encoded; empty to leave it out.
    pub(super) ledger: Bytes,
    /// Whence its events come.
    pub(super) events: Arc<Mutex<EventWriter>>,
    /// How many events it carries.
    pub(super) count: u32,
}

impl Append {
    /// Encodes a ledger's name as field 1 of a request.
    pub(super) fn ledger_field(name: &str) -> Bytes {
        let mut field = Vec::with_capacity(name.len() + 4);
        encoding::string::encode(LEDGER_TAG, &name.to_owned(), &mut field);
        field.into()
    }

    fn write(&self, out: &mut EncodeBuf<'_>) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let each = events.event_bytes();
        out.reserve(self.ledger.len() + self.count as usize * (each + 8));
        out.put_slice(&self.ledger);
        for _ in 0..self.count {
            encoding::encode_key(EVENTS_TAG, encoding::WireType::LengthDelimited, out);
            encoding::encode_varint(each as u64, out);
            events.write_next(out);
        }
    }
}

/// Encodes [`Append`], decodes the answer `R`.
pub(super) struct AppendCodec<R> {
    buffer: BufferSettings,
    answer: PhantomData<fn() -> R>,
}

impl<R> AppendCodec<R> {
    /// A codec for requests of so many events; large ones get a buffer to match.
    pub(super) fn for_events(count: u32) -> Self {
        let buffer = if count > 8 {
            BufferSettings::new(BUFFER_BYTES, BUFFER_BYTES)
        } else {
            BufferSettings::new(1024, BUFFER_BYTES)
        };
        Self {
            buffer,
            answer: PhantomData,
        }
    }
}

impl<R: Message + Default + 'static> Codec for AppendCodec<R> {
    type Encode = Append;
    type Decode = R;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self {
            buffer: self.buffer,
            answer: PhantomData,
        }
    }

    fn decoder(&mut self) -> Self {
        self.encoder()
    }
}

impl<R> Encoder for AppendCodec<R> {
    type Item = Append;
    type Error = Status;

    fn encode(&mut self, item: Append, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.write(out);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.buffer
    }
}

impl<R: Message + Default> Decoder for AppendCodec<R> {
    type Item = R;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<R>, Status> {
        R::decode(bytes)
            .map(Some)
            .map_err(|error| Status::internal(format!("an answer that can't be decoded: {error}")))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(1024, BUFFER_BYTES)
    }
}

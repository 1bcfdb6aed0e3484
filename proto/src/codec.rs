//! The codec of all calls: prost, but bytes that are not a message of this API are the sender's mistake.
//!
//! The stock codec reports them as INTERNAL without details, which looks like a failure of the daemon. The most common
//! cause is a text that is not UTF-8.

use std::{collections::HashMap, marker::PhantomData};

use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{ERROR_DOMAIN, v1::ErrorReason};

/// What is put aside for a message before anything is known of it: nothing. The stock codec puts 8 KiB aside for a request as
/// soon as its call begins, and for its answer as soon as that does, so that calls which say nothing take most of their
/// memory for that.
const BUFFER_BYTES_BEFOREHAND: usize = 0;

/// Messages that are ready are handed on together, up to about this. A client that does not read leaves as much of them
/// waiting.
const HANDED_ON_BYTES: usize = 4 * 1_024;

/// Encodes `T` and decodes `U`.
#[derive(Debug, Clone)]
pub struct WireCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for WireCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for WireCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = WireEncoder<T>;
    type Decoder = WireDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        WireEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        WireDecoder(PhantomData)
    }
}

/// Encodes `T`.
#[derive(Debug)]
pub struct WireEncoder<T>(PhantomData<T>);

impl<T: Message> Encoder for WireEncoder<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, item: T, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        // All of it at once: a buffer that doubles each time it is full takes three times the message while it grows.
        out.reserve(item.encoded_len());
        item.encode(out)
            .map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        buffer_settings()
    }
}

/// Decodes `U`.
#[derive(Debug)]
pub struct WireDecoder<U>(PhantomData<U>);

impl<U: Message + Default> Decoder for WireDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        U::decode(bytes)
            .map(Some)
            .map_err(|error| malformed(&error))
    }

    fn buffer_settings(&self) -> BufferSettings {
        buffer_settings()
    }
}

fn buffer_settings() -> BufferSettings {
    BufferSettings::new(BUFFER_BYTES_BEFOREHAND, HANDED_ON_BYTES)
}

fn malformed(error: &prost::DecodeError) -> Status {
    let mut details = ErrorDetails::with_bad_request_violation("", error.to_string());
    let reason = ErrorReason::MessageMalformed;
    details.set_error_info(reason.name(), ERROR_DOMAIN, HashMap::new());
    Status::with_error_details(reason.code(), error.to_string(), details)
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::v1;

    #[test]
    fn text_that_is_not_utf8_is_the_callers_mistake() {
        // Field 1 (ledger) of length 2 with a byte that no UTF-8 text holds.
        let error = v1::GetLedgerRequest::decode(&[0x0a, 0x02, b'a', 0xff][..]).unwrap_err();
        let status = malformed(&error);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(
            status.message().contains("GetLedgerRequest.ledger"),
            "{}",
            status.message()
        );
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, ErrorReason::MessageMalformed.name());
        assert_eq!(info.domain, ERROR_DOMAIN);
    }
}

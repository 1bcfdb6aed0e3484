//! The wire: messages, client and server generated from `indelible/v1`, and the codec that reads them.
//!
//! The messages carry no meaning yet: the daemon converts them field by field.

pub mod codec;
mod notice_code;
mod part_state;
mod reason;
mod record_kind;
pub mod time;

/// Package `indelible.v1`.
#[expect(
    clippy::allow_attributes,
    clippy::too_many_lines,
    reason = "generated: tonic writes `allow` and long functions into its services"
)]
pub mod v1 {
    tonic::include_proto!("indelible.v1");
}

/// The protos as an encoded `google.protobuf.FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/indelible.v1.bin"));

/// The domain of every `google.rpc.ErrorInfo` that the daemon sends.
pub const ERROR_DOMAIN: &str = "indelible";

/// The name of the limit on connections, with which the words of a GOAWAY frame begin that refuses one.
pub const LIMIT_OF_CONNECTIONS: &str = "CONNECTIONS_MAX";

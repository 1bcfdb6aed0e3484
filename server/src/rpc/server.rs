//! The services together, under every limit that the transport has.

use std::{io, sync::Arc, time::Duration};

use indelible_proto::{
    FILE_DESCRIPTOR_SET,
    v1::{
        compliance_service_server::ComplianceServiceServer, key_service_server::KeyServiceServer,
        ledger_service_server::LedgerServiceServer,
    },
};
use tokio_stream::Stream;
use tonic::{
    service::{Routes, RoutesBuilder},
    transport::Server,
};
use tonic_health::{
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};
use tonic_reflection::server::Builder as Reflection;

use super::{
    authorise::Gate, complete::Complete, compliance_service::ComplianceService,
    incoming::Connection, key_service::KeyService, ledger_service::LedgerService, slots::Slots,
    status::About,
};
use crate::limits::{
    CALLS_PER_CONNECTION_MAX, CONNECTION_AGE_SECONDS_MAX, CONNECTION_WINDOW_BYTES, FRAME_BYTES_MAX,
    HEADER_LIST_BYTES_MAX, KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_TIMEOUT_SECONDS,
    LOCAL_ERROR_RESET_STREAMS_MAX, PENDING_ACCEPT_RESET_STREAMS_MAX, REPORT_REQUEST_BYTES_MAX,
    REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX, SMALL_REQUEST_BYTES_MAX, STREAM_WINDOW_BYTES,
    STREAMS_PER_CONNECTION_MAX,
};

/// All services: the ledgers', the keys', compliance, health, and reflection in both of its versions. They share one set
/// of slots, so that a limit holds whichever service a call comes through.
pub(crate) fn services(
    gate: Gate,
    about: About,
    health: HealthReporter,
) -> Result<Complete<Routes>, tonic_reflection::server::Error> {
    let slots = Arc::new(Slots::new());
    let keys = KeyService::new(gate.clone(), Arc::clone(&slots));
    let keys = KeyServiceServer::new(keys)
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let compliance = ComplianceService::new(gate.clone(), Arc::clone(&slots));
    let compliance = ComplianceServiceServer::new(compliance)
        .max_decoding_message_size(REPORT_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let ledgers = LedgerService::new(gate, slots, about);
    let ledgers = LedgerServiceServer::new(ledgers)
        .max_decoding_message_size(REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let health = HealthServer::new(HealthService::from_health_reporter(health))
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX);
    let reflection =
        || Reflection::configure().register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET);
    let mut routes = RoutesBuilder::default();
    routes
        .add_service(ledgers)
        .add_service(keys)
        .add_service(compliance)
        .add_service(health)
        .add_service(
            reflection()
                .build_v1()?
                .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX),
        )
        .add_service(
            reflection()
                .build_v1alpha()?
                .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX),
        );
    Ok(Complete::new(routes.routes().prepare()))
}

/// Serves connections until `stop`, then ends what is in progress and returns. The deadline of calls is
/// kept by [`Complete`] and not by the transport, whose own has the wrong code.
pub(crate) async fn serve(
    services: Complete<Routes>,
    incoming: impl Stream<Item = io::Result<Connection>>,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .concurrency_limit_per_connection(CALLS_PER_CONNECTION_MAX)
        .load_shed(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_adaptive_window(Some(false))
        .max_frame_size(FRAME_BYTES_MAX)
        .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
        .http2_max_pending_accept_reset_streams(Some(PENDING_ACCEPT_RESET_STREAMS_MAX))
        .http2_max_local_error_reset_streams(Some(LOCAL_ERROR_RESET_STREAMS_MAX))
        .http2_keepalive_interval(Some(Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS)))
        .http2_keepalive_timeout(Some(Duration::from_secs(KEEPALIVE_TIMEOUT_SECONDS)))
        .max_connection_age(Duration::from_secs(CONNECTION_AGE_SECONDS_MAX))
        .accept_http1(false)
        .serve_with_incoming_shutdown(services, incoming, stop)
        .await
}

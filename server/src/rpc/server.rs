//! The services together.

use std::sync::Arc;

use indelible_proto::{
    FILE_DESCRIPTOR_SET,
    v1::{
        access_service_server::AccessServiceServer, approval_service_server::ApprovalServiceServer,
        backup_service_server::BackupServiceServer,
        compliance_service_server::ComplianceServiceServer,
        governance_service_server::GovernanceServiceServer, key_service_server::KeyServiceServer,
        ledger_service_server::LedgerServiceServer,
        retention_service_server::RetentionServiceServer,
    },
};
use tonic::service::{Routes, RoutesBuilder};
use tonic_health::{
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};
use tonic_reflection::server::Builder as Reflection;

use super::{
    access_service::AccessService, approval_service::ApprovalService, authorise::Gate,
    backup_service::BackupService, complete::Complete, compliance_service::ComplianceService,
    governance_service::GovernanceService, key_service::KeyService, ledger_service::LedgerService,
    retention_service::RetentionService, slots::Slots, status::About,
};
use crate::limits::{
    REPORT_REQUEST_BYTES_MAX, REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX, SMALL_REQUEST_BYTES_MAX,
};

/// All services: the ledgers', the keys', compliance, access, approvals, retention, backups, governance, health, and reflection in both of its versions. They share one set
/// of slots, so that a limit holds whichever service a call comes through. The deadline of calls is kept by [`Complete`].
pub(crate) fn services(
    gate: Gate,
    about: About,
    health: HealthReporter,
) -> Result<Complete<Routes>, tonic_reflection::server::Error> {
    let slots = Arc::new(Slots::new());
    let held = gate.clone();
    let keys = KeyService::new(gate.clone(), Arc::clone(&slots));
    let keys = KeyServiceServer::new(keys)
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let compliance = ComplianceService::new(gate.clone(), Arc::clone(&slots));
    let compliance = ComplianceServiceServer::new(compliance)
        .max_decoding_message_size(REPORT_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let access = AccessServiceServer::new(AccessService::new(gate.clone()))
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let approvals = ApprovalServiceServer::new(ApprovalService::new(gate.clone()))
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let retention = RetentionService::new(gate.clone(), Arc::clone(&slots));
    let retention = RetentionServiceServer::new(retention)
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let backups = BackupServiceServer::new(BackupService::new(gate.clone()))
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let governance = GovernanceServiceServer::new(GovernanceService::new(gate.clone()))
        .max_decoding_message_size(REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let ledgers = LedgerService::new(gate, slots, about);
    let ledgers = LedgerServiceServer::new(ledgers)
        .max_decoding_message_size(REQUEST_BYTES_MAX)
        .max_encoding_message_size(RESPONSE_BYTES_MAX);
    let health = HealthServer::new(HealthService::from_health_reporter(health))
        .max_decoding_message_size(SMALL_REQUEST_BYTES_MAX);
    let reflection = || {
        Reflection::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let mut routes = RoutesBuilder::default();
    routes
        .add_service(ledgers)
        .add_service(keys)
        .add_service(compliance)
        .add_service(access)
        .add_service(approvals)
        .add_service(retention)
        .add_service(backups)
        .add_service(governance)
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
    Ok(Complete::new(routes.routes().prepare(), held))
}

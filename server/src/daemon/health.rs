//! What health says while the daemon starts, serves and ends.

use indelible_proto::v1::{
    access_service_server, approval_service_server, backup_service_server,
    compliance_service_server, key_service_server, ledger_service_server, retention_service_server,
};
use tokio::{sync::watch, task::JoinHandle};
use tonic_health::{ServingStatus, server::HealthReporter};

/// What health tells of: the daemon as a whole, and its services, which serve together.
const SERVICES: [&str; 8] = [
    "",
    ledger_service_server::SERVICE_NAME,
    compliance_service_server::SERVICE_NAME,
    key_service_server::SERVICE_NAME,
    access_service_server::SERVICE_NAME,
    approval_service_server::SERVICE_NAME,
    retention_service_server::SERVICE_NAME,
    backup_service_server::SERVICE_NAME,
];

/// Those that do nothing while the keys are away, since nothing can be recorded.
const NEED_KEYS: [&str; 5] = [
    key_service_server::SERVICE_NAME,
    access_service_server::SERVICE_NAME,
    approval_service_server::SERVICE_NAME,
    retention_service_server::SERVICE_NAME,
    backup_service_server::SERVICE_NAME,
];

/// Reads and proofs are served also while the keys are away; keys, tokens and approvals are not.
pub(super) async fn set_serving(health: &HealthReporter, keys_are_open: bool) {
    for service in SERVICES {
        if keys_are_open || !NEED_KEYS.contains(&service) {
            health
                .set_service_status(service, ServingStatus::Serving)
                .await;
        }
    }
}

/// Says SERVING of these, too, once the keys are back.
pub(super) async fn tell_of_keys(health: HealthReporter, mut keys: watch::Receiver<bool>) {
    // An error says that the engine is gone.
    if keys.wait_for(|open| *open).await.is_ok() {
        set_serving(&health, true).await;
    }
}

pub(super) async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

/// Says that nothing is served any more. `keys` is what tells of them; it says nothing after this.
pub(super) async fn not_serving(health: &HealthReporter, keys: JoinHandle<()>) {
    keys.abort();
    let _aborted = keys.await;
    set_health(health, ServingStatus::NotServing).await;
}

/// Ends the watches of clients, which would keep their connections open.
pub(super) async fn end_watches(health: &mut HealthReporter) {
    for service in SERVICES {
        health.clear_service_status(service).await;
    }
}

//! Key events and rotations of the identity at once: what a rotation overtakes is signed again by the new identity.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indelible_proto::v1::{
    ReleaseHoldRequest, RotateDataKeyRequest, RotateIdentityKeyRequest, VerifyLedgerRequest,
};
use tonic::Status;

use crate::support::{
    daemon::{Daemon, Keys},
    keys::{create_encrypting_all, hold},
    place::Place,
};

/// How long both go on.
const TIME: Duration = Duration::from_secs(2);

/// Rotates the identity until it is told to stop; returns how often.
async fn rotate(mut keys: Keys, stop: Arc<AtomicBool>) -> u64 {
    let mut rotations = 0;
    while !stop.load(Ordering::Acquire) {
        let request = RotateIdentityKeyRequest::default();
        let mut progress = keys
            .rotate_identity_key(request)
            .await
            .unwrap()
            .into_inner();
        while progress.message().await.unwrap().is_some() {}
        rotations += 1;
    }
    rotations
}

/// Makes new data keys until it is told to stop; returns how many.
async fn new_data_keys(mut keys: Keys, stop: Arc<AtomicBool>) -> Result<u64, Status> {
    let mut made = 0;
    while !stop.load(Ordering::Acquire) {
        let request = RotateDataKeyRequest {
            ledger: "audit".into(),
            ..RotateDataKeyRequest::default()
        };
        keys.rotate_data_key(request).await?;
        made += 1;
    }
    Ok(made)
}

/// Places holds and releases them until it is told to stop; returns how many.
async fn holds(mut keys: Keys, stop: Arc<AtomicBool>) -> Result<u64, Status> {
    let mut placed = 0;
    while !stop.load(Ordering::Acquire) {
        let hold_id = hold(&mut keys, "audit", None).await;
        let request = ReleaseHoldRequest {
            ledger: "audit".into(),
            hold_id: hold_id.into(),
        };
        keys.release_hold(request).await?;
        placed += 1;
    }
    Ok(placed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_events_beside_a_rotation_are_signed_again() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create_encrypting_all(&mut client, "audit").await;
    let stop = Arc::new(AtomicBool::new(false));
    let rotating = tokio::spawn(rotate(daemon.keys().await, Arc::clone(&stop)));
    let making = tokio::spawn(new_data_keys(daemon.keys().await, Arc::clone(&stop)));
    let holding = tokio::spawn(holds(daemon.keys().await, Arc::clone(&stop)));
    tokio::time::sleep(TIME).await;
    stop.store(true, Ordering::Release);
    let rotations = rotating.await.unwrap();
    let made = making.await.unwrap().unwrap();
    let placed = holding.await.unwrap().unwrap();
    eprintln!("{rotations} rotations beside {made} data keys and {placed} holds");
    assert!(rotations > 5 && made > 5 && placed > 5);
    assert!(!daemon.log().contains("damaged"), "{}", daemon.log());
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut verifying = client.verify_ledger(request).await.unwrap().into_inner();
    let mut result = None;
    while let Some(message) = verifying.message().await.unwrap() {
        result = message.result.or(result);
    }
    let result = result.unwrap();
    assert!(result.intact, "{:?}", result.findings);
    daemon.stop();
}

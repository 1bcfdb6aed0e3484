//! Signed events, batch by batch and message by message, as a client without the command line sends them.

use indelible_evidence::Origin;
use indelible_interchange::producer::ProducerKey;
use indelible_proto::v1::{
    self, AppendStreamRequest, ErrorReason, FactValue, ListProducersRequest,
    RegisterProducerRequest, fact_value,
};
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::{Rig, key};
use crate::support::{
    Named,
    calls::{assert_refused, batch, event, hex},
    daemon::Keys,
};

/// A registration of a key for all sources.
async fn register(keys: &mut Keys, named: &Named, key: &ProducerKey, name: &str) -> u64 {
    let origin = Origin::parse(&named.origin).unwrap();
    let request = RegisterProducerRequest {
        ledger: named.origin.clone(),
        public_key: key.public().to_vec().into(),
        name: name.to_owned(),
        sources: Vec::new(),
        proof: key.prove(&origin, name, &[]).unwrap().to_vec().into(),
    };
    let answer = keys.register_producer(request).await.unwrap();
    answer.into_inner().sequence
}

fn signed(named: &Named, key: &ProducerKey, id: String) -> v1::Event {
    let mut event = event(&id);
    let number = FactValue {
        value: Some(fact_value::Value::Uint(7)),
    };
    event.facts.insert("amount".to_owned(), number);
    let origin = Origin::parse(&named.origin).unwrap();
    key.sign(&origin, &mut event).unwrap();
    event
}

fn spoil(event: &mut v1::Event) {
    let producer = event.producer.as_mut().unwrap();
    let mut signature = producer.signature.to_vec();
    signature[9] ^= 1;
    producer.signature = signature.into();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_forged_event_refuses_its_batch_and_ends_its_stream_by_name() {
    let rig = Rig::start().await;
    let (mut client, mut keys) = (rig.daemon.client().await, rig.daemon.keys().await);
    let till = key(1);
    register(&mut keys, &rig.named, &till, "till 7").await;
    let message = |number: u64| -> Vec<_> {
        let of = |event: u64| signed(&rig.named, &till, format!("{number}-{event}"));
        (0..100).map(of).collect()
    };
    let mut events = message(0);
    batch(&mut client, "audit", events[..50].to_vec())
        .await
        .unwrap();
    spoil(&mut events[72]);
    let status = batch(&mut client, "audit", events).await.unwrap_err();
    let info = status.get_details_error_info().unwrap();
    assert_eq!(
        (
            status.code(),
            info.reason.as_str(),
            info.metadata["index"].as_str()
        ),
        (
            Code::InvalidArgument,
            ErrorReason::ProducerSignatureWrong.name(),
            "72"
        )
    );
    assert_eq!(info.metadata["key"], hex(&till.public()));

    let mut messages: Vec<_> = (1..4).map(message).collect();
    spoil(&mut messages[2][0]);
    let messages = messages.into_iter().map(|events| AppendStreamRequest {
        ledger: "audit".to_owned(),
        events,
    });
    let messages: Vec<_> = messages.collect();
    let answers = client.append_stream(tokio_stream::iter(messages)).await;
    let answers: Vec<_> = answers.unwrap().into_inner().collect().await;
    let acknowledged = answers.iter().filter(|answer| answer.is_ok()).count();
    let status = answers.last().unwrap().as_ref().unwrap_err();
    let info = status.get_details_error_info().unwrap();
    assert_eq!(
        (
            acknowledged,
            info.reason.as_str(),
            info.metadata["message"].as_str(),
            info.metadata["index"].as_str()
        ),
        (2, ErrorReason::ProducerSignatureWrong.name(), "2", "0")
    );
    assert_eq!(rig.signed().await, [("till 7".to_owned(), 250, 0)]);

    let mut short = signed(&rig.named, &till, "short".to_owned());
    short.producer.as_mut().unwrap().signature = vec![1; 63].into();
    let refused = batch(&mut client, "audit", vec![short]).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "events[0].producer.signature",
    );
    let mut bare = signed(&rig.named, &till, "bare".to_owned());
    bare.digests.clear();
    let refused = batch(&mut client, "audit", vec![bare]).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "events[0].digests",
    );
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn producers_are_listed_page_by_page() {
    let rig = Rig::start().await;
    let mut keys = rig.daemon.keys().await;
    let mut registered = Vec::new();
    for seed in 1..8 {
        let name = format!("till {seed}");
        registered.push((
            register(&mut keys, &rig.named, &key(seed), &name).await,
            name,
        ));
    }
    let (mut listed, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let request = ListProducersRequest {
            ledger: "audit".to_owned(),
            page_size: 3,
            page_token,
        };
        let page = keys.list_producers(request).await.unwrap().into_inner();
        let of = |producer: v1::Producer| (producer.sequence, producer.name);
        listed.extend(page.producers.into_iter().map(of));
        (page_token, pages) = (page.next_page_token, pages + 1);
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((listed, pages), (registered, 3));
    rig.daemon.stop();
}

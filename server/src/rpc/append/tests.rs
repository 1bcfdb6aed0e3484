use indelible_proto::v1::{Digest, Event, FactValue, event::Payload, fact_value::Value};
use proptest::{collection::vec, prelude::*};

use super::*;

/// Bytes of all that is stored of what a client wrote.
fn stored(event: &Event) -> usize {
    let mut input = event::input(event).unwrap();
    let mut body = Vec::new();
    input.body.encode_into(&mut body).unwrap();
    let payload = input.payload.map_or(0, |payload| payload.len());
    body.len() + payload + event.r#type.len() + event.classification.len()
}

fn text() -> impl Strategy<Value = String> {
    "[a-z]{1,256}"
}

fn facts() -> impl Strategy<Value = Vec<(String, FactValue)>> {
    let value = prop_oneof![
        "[a-zé]{1,400}".prop_map(Value::Text),
        (0..=i64::MAX as u64).prop_map(Value::Uint),
        any::<bool>().prop_map(Value::Boolean),
    ];
    let value = value.prop_map(|value| FactValue { value: Some(value) });
    vec(("[a-z]{1,64}", value), 0..12)
}

fn digests() -> impl Strategy<Value = Vec<Digest>> {
    let digest = ("[a-z]{1,64}", vec(any::<u8>(), 16..=64));
    let digest = digest.prop_map(|(component, value)| Digest {
        component,
        algorithm: "other".to_owned(),
        value: value.into(),
    });
    // Only one of a component is allowed.
    vec(digest, 0..2)
}

prop_compose! {
    fn any_event()(
        (id, source, subject, actor) in (text(), text(), text(), text()),
        (correlation_id, causation_id) in (text(), text()),
        (facts, digests, payload) in (facts(), digests(), vec(any::<u8>(), 0..2_000)),
    ) -> Event {
        Event {
            id,
            source,
            r#type: "com.example.sale.v1".to_owned(),
            subject,
            actor,
            correlation_id,
            causation_id,
            facts: facts.into_iter().collect(),
            digests,
            payload: Some(Payload::Plaintext(payload.into())),
            ..Event::default()
        }
    }
}

proptest! {
    #[test]
    fn an_event_counts_with_no_fewer_bytes_than_are_stored_of_it(event in any_event()) {
        let (counted, stored) = (bytes_of(&event), stored(&event));
        prop_assert!(counted >= stored, "{counted} for {stored}");
        // And with no more than what the ledger adds, and the few bytes that the message needs to say what is what.
        let of_message = 16 * (8 + event.facts.len() + event.digests.len());
        prop_assert!(counted <= stored + EVENT_BYTES_ADDED + of_message, "{counted} for {stored}");
    }
}

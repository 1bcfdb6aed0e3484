//! Whatever a client writes comes back.

use proptest::prelude::*;

use super::*;

fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set("\\PC{1,20}", 0..6).prop_map(|set| set.into_iter().collect())
}

proptest! {
    #[test]
    fn bodies_come_back(
        id in "\\PC{1,60}",
        source in "\\PC{1,60}",
        texts in proptest::collection::vec(proptest::option::of("\\PC{1,16}"), 7),
        names in names(),
        numbers in proptest::collection::vec(0..=crate::limits::UINT_MAX, 6),
        digest in proptest::collection::vec(any::<u8>(), 16..=64),
        key_id in proptest::option::of("\\PC{1,30}"),
        nonce in proptest::option::of(proptest::collection::vec(any::<u8>(), 8..=32)),
        aad_digest: Option<[u8; 32]>,
        id_key: [u8; 32],
        signature in proptest::option::of(proptest::array::uniform::<_, 64>(any::<u8>())),
        whole: bool,
    ) {
        let fact = |(index, name): (usize, &'_ String)| match index % 3 {
            0 => FactValue::Uint(numbers[index]),
            1 => FactValue::Boolean(name.len() > 10),
            _ => FactValue::Text("some text"),
        };
        let values: Vec<_> = names.iter().enumerate().map(fact).collect();
        let digests = names.iter().flat_map(|component| names.iter().take(3).map(|algorithm| {
            ComponentDigest { component, algorithm, value: &digest }
        }));
        let text = |index: usize| texts[index].as_deref();
        let mut body = Body {
            id: &id,
            source: &source,
            subject: text(0),
            time: text(1),
            datacontenttype: text(2),
            actor: text(3),
            correlation_id: text(4),
            causation_id: text(5),
            data_subject: text(6),
            facts: names.iter().map(String::as_str).zip(values).collect(),
            digests: digests.collect(),
            envelope: key_id.as_deref().map(|key_id| Envelope {
                key_id,
                nonce: nonce.as_deref(),
                aad_digest: aad_digest.as_ref(),
            }),
            producer: signature.as_ref().map(|signature| ProducerSignature { key: &id_key, signature }),
            traceparent: whole.then_some(TRACEPARENT),
        };
        let bytes = encode(&mut body).unwrap();
        prop_assert_eq!(Body::decode(&bytes), Ok(body));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(again) = encoded_again(&bytes) {
            prop_assert_eq!(again, bytes);
        }
    }
}

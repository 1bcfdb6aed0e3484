//! No (key, nonce) seals two different things: ten million seals, by a ledger that is opened again and again in the
//! same state, as after a crash or from an old backup, with other content each time.
//!
//! What is looked at is the keystream itself. AES-GCM in counter mode adds a block to each block of the plaintext that
//! depends on key and nonce alone; where the plaintext is known, a ciphertext so shows which key and nonce it was made
//! with, however they were come by.

use std::sync::Arc;

use bytes::Bytes;
use indelible_evidence::body::Body;
use indelible_store::record::{Part, RecordTail};

use crate::{
    EventInput, Ledger, Prepared,
    tests::{
        engine::{Bench, store},
        privacy::{appended, ledger},
    },
};

/// How often the ledger is opened, each time in the state that it had the first time.
const LIVES: u64 = 10;
/// Events sealed in a life. Each is sealed twice: body and payload.
const EVENTS_PER_LIFE: u64 = 500_000;
/// Threads that seal at once.
const THREADS: u64 = 2;
/// Where the plaintext begins in a sealed part: after the identity tag and the inner commitment.
const PLAIN_AT: usize = 16 + 32;

/// What identifies a key and a nonce: eight bytes of the keystream. That two of ten million are equal by chance has a
/// probability of 3 in a million.
type Keystream = u64;

fn keystream(sealed: &[u8], plain: &[u8]) -> Keystream {
    let bytes = |from: &[u8]| u64::from_le_bytes(from[..8].try_into().unwrap());
    bytes(&sealed[PLAIN_AT..]) ^ bytes(plain)
}

/// An event as its client sends it: under the same identity in each life, with other content.
struct Sent {
    id: String,
    actor: String,
    payload: Vec<u8>,
}

impl Sent {
    fn new(life: u64, number: u64) -> Self {
        Self {
            id: format!("event {number}"),
            actor: format!("actor of life {life}"),
            // Some payloads are the same in each life: the bodies still differ.
            payload: match number % 3 {
                0 => b"the same payload each time".to_vec(),
                _ => format!("payload {number} of life {life}").into_bytes(),
            },
        }
    }

    fn body(&self) -> Body<'_> {
        Body {
            id: &self.id,
            source: "s",
            actor: Some(&self.actor),
            ..Body::default()
        }
    }

    async fn seal(&self, ledger: &Ledger, subject: Option<&str>) -> Prepared {
        let input = EventInput {
            body: Body {
                data_subject: subject,
                ..self.body()
            },
            event_type: "t",
            classification: None,
            payload: Some(Bytes::copy_from_slice(&self.payload)),
        };
        ledger.prepare(input).await.unwrap()
    }

    /// The keystreams of the two parts.
    fn keystreams(&self, prepared: &Prepared, subject: Option<&str>) -> [Keystream; 2] {
        let mut plain = Vec::with_capacity(128);
        let mut body = Body {
            data_subject: subject,
            ..self.body()
        };
        body.encode_into(&mut plain).unwrap();
        let (body, payload) = sealed(&prepared.tail);
        [keystream(&body, &plain), keystream(&payload, &self.payload)]
    }
}

fn sealed(tail: &RecordTail) -> (Vec<u8>, Vec<u8>) {
    let bytes = |part: Part<'_>| match part {
        Part::Present { bytes, .. } => bytes.to_vec(),
        other => panic!("{other:?} is not sealed"),
    };
    let (body, payload) = tail.parts().unwrap();
    (bytes(body), bytes(payload))
}

/// Seals its share of a life's events: by turns under the ledger's own key and under a data subject's.
async fn seal_share(ledger: &Ledger, life: u64, thread: u64) -> Vec<Keystream> {
    let mut found = Vec::with_capacity((2 * EVENTS_PER_LIFE / THREADS) as usize);
    for number in (thread..EVENTS_PER_LIFE).step_by(THREADS as usize) {
        let subject = (number % 4 == 0).then_some("erika");
        let sent = Sent::new(life, number);
        let prepared = sent.seal(ledger, subject).await;
        found.extend(sent.keystreams(&prepared, subject));
    }
    found
}

#[test]
fn ten_million_seals_across_crashes_and_old_backups_repeat_no_key_and_nonce() {
    let bench = Bench::new();
    let mut store = store();
    let engine = bench.open(&store).unwrap();
    let first = ledger(&bench, &engine, true);
    appended(&bench, &first, "a", None, "makes the ledger's key");
    appended(&bench, &first, "b", Some("erika"), "makes the subject's");
    let size = first.summary().size;
    let repeat = Sent::new(0, 1);
    let original = bench.runtime.block_on(repeat.seal(&first, None));
    let original = sealed(&original.tail);
    engine.drain().unwrap();
    drop((engine, first));

    let mut found: Vec<Keystream> = Vec::with_capacity((2 * LIVES * EVENTS_PER_LIFE) as usize);
    let mut same = 0;
    for life in 0..LIVES {
        // Nothing of the life before was made durable, so this one begins where it did: as from a backup of then.
        store = Arc::new(store.reopen());
        let engine = bench.open(&store).unwrap();
        let ledger = engine.ledger("l").unwrap();
        assert_eq!(ledger.summary().size, size);
        let (ledger, runtime) = (&ledger, bench.runtime.handle());
        // What is the same is sealed the same, or a repeat would not be known as one.
        let again = bench.runtime.block_on(repeat.seal(ledger, None));
        same += u64::from(sealed(&again.tail) == original);
        std::thread::scope(|scope| {
            let share = |thread| move || runtime.block_on(seal_share(ledger, life, thread));
            let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(share(n))).collect();
            for thread in threads {
                found.extend(thread.join().unwrap());
            }
        });
        engine.drain().unwrap();
    }
    assert_eq!(found.len() as u64, 2 * LIVES * EVENTS_PER_LIFE);
    found.sort_unstable();
    let repeated = found.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(repeated, 0, "a key sealed two things under one nonce");
    assert_eq!(same, LIVES, "a repeat is known by its bytes");
}

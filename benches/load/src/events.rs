//! Events to append: encoded once as a template, then patched in place for each event.

use std::{collections::BTreeMap, ops::Range};

use bytes::{BufMut, Bytes};
use indelible_proto::v1::{Event, FactValue, event::Payload, fact_value::Value};
use prost::Message;

const TYPES: u64 = 8;
const SUBJECTS: u64 = 1_000;
const ACTORS: u64 = 16;
const EVENTS_PER_CORRELATION: u64 = 10;

const SOURCE: &str = "https://bench.indelible.example/payments";
// Placeholders: as long as what replaces them, and found nowhere else in the template.
const TYPE: &str = "com.example.payment.step-T.v1";
const ID: &str = "iiiiiiii-iiii-iiii-iiii-iiiiiiiiiiii";
const CORRELATION_ID: &str = "cccccccc-cccc-cccc-cccc-cccccccccccc";
const SUBJECT: &str = "account/SSSSSS";
const ACTOR: &str = "agent-AA";
const AMOUNT: &str = "MMMM.MM";
const PAYLOAD_BYTE: u8 = 0xf5;

/// Writes encoded events, each with an id of its own and a payload that does not compress.
pub(super) struct EventWriter {
    template: Vec<u8>,
    places: Places,
    random: Random,
    written: u64,
}

/// Where in the template the parts stand that change from event to event.
struct Places {
    id: Range<usize>,
    correlation_id: Range<usize>,
    event_type: Range<usize>,
    subject: Range<usize>,
    actor: Range<usize>,
    amount: Range<usize>,
    payload: Range<usize>,
}

impl EventWriter {
    /// The seed decides ids and payloads: another seed, other events.
    pub(super) fn new(payload_bytes: usize, seed: u64) -> Self {
        let template = template(payload_bytes).encode_to_vec();
        let find = |text: &str| place(&template, text.as_bytes());
        let places = Places {
            id: find(ID),
            correlation_id: find(CORRELATION_ID),
            event_type: find("T.v1"),
            subject: find("SSSSSS"),
            actor: find("AA"),
            amount: find(AMOUNT),
            payload: place(&template, &vec![PAYLOAD_BYTE; payload_bytes]),
        };
        Self {
            template,
            places,
            random: Random(seed),
            written: 0,
        }
    }

    /// Length of every event that this one writes, in bytes.
    pub(super) fn event_bytes(&self) -> usize {
        self.template.len()
    }

    /// Writes the next event.
    pub(super) fn write_next(&mut self, out: &mut impl BufMut) {
        let number = self.written;
        self.written += 1;
        let (template, places) = (&mut self.template, &self.places);
        if number.is_multiple_of(EVENTS_PER_CORRELATION) {
            let bits = [self.random.next(), self.random.next()];
            write_uuid(&mut template[places.correlation_id.clone()], bits);
        }
        let bits = [self.random.next(), self.random.next()];
        write_uuid(&mut template[places.id.clone()], bits);
        let choice = self.random.next();
        let event_type = places.event_type.start;
        write_decimal(&mut template[event_type..event_type + 1], choice % TYPES);
        write_decimal(
            &mut template[places.subject.clone()],
            (choice >> 8) % SUBJECTS,
        );
        write_decimal(&mut template[places.actor.clone()], (choice >> 24) % ACTORS);
        let amount = places.amount.start;
        write_decimal(&mut template[amount..amount + 4], (choice >> 32) % 10_000);
        write_decimal(&mut template[amount + 5..amount + 7], (choice >> 48) % 100);
        for piece in template[places.payload.clone()].chunks_mut(8) {
            piece.copy_from_slice(&self.random.next().to_le_bytes()[..piece.len()]);
        }
        out.put_slice(template);
    }
}

fn template(payload_bytes: usize) -> Event {
    let fact = |value| FactValue { value: Some(value) };
    Event {
        id: ID.into(),
        source: SOURCE.into(),
        r#type: TYPE.into(),
        subject: SUBJECT.into(),
        actor: ACTOR.into(),
        correlation_id: CORRELATION_ID.into(),
        facts: BTreeMap::from([
            ("amount".into(), fact(Value::Text(AMOUNT.into()))),
            ("approved".into(), fact(Value::Boolean(true))),
        ]),
        payload: (payload_bytes > 0)
            .then(|| Payload::Plaintext(Bytes::from(vec![PAYLOAD_BYTE; payload_bytes]))),
        ..Event::default()
    }
}

/// Where a placeholder stands; an empty one stands at the start.
#[expect(
    clippy::expect_used,
    reason = "the template is made with its placeholders, a few lines above"
)]
fn place(template: &[u8], placeholder: &[u8]) -> Range<usize> {
    if placeholder.is_empty() {
        return 0..0;
    }
    let start = template
        .windows(placeholder.len())
        .position(|window| window == placeholder)
        .expect("the template was made with its placeholders");
    start..start + placeholder.len()
}

/// A version 4 UUID from 128 bits, six of which give way to version and variant.
fn write_uuid(out: &mut [u8], bits: [u64; 2]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u64| HEX[(nibble & 15) as usize];
    let mut place = 0;
    for (half, mut bits) in bits.into_iter().enumerate() {
        for position in 0..16 {
            // Dashes stand after 8, 12, 16 and 20 digits.
            if matches!((half, position), (0, 8 | 12) | (1, 0 | 4)) {
                place += 1;
            }
            out[place] = digit(bits >> 60);
            bits <<= 4;
            place += 1;
        }
    }
    out[14] = b'4';
    out[19] = HEX[8 | ((bits[1] >> 60) & 3) as usize];
}

fn write_decimal(out: &mut [u8], mut number: u64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// SplitMix64: quick and even, which is all that a benchmark's payload needs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_written_decodes_to_events_that_differ_as_they_should() {
        let mut writer = EventWriter::new(200, 7);
        let mut ids = HashSet::new();
        let mut payloads = HashSet::new();
        let (mut types, mut subjects, mut actors) =
            (HashSet::new(), HashSet::new(), HashSet::new());
        let mut correlations = Vec::new();
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            writer.write_next(&mut bytes);
            assert_eq!(bytes.len(), writer.event_bytes());
            let event = Event::decode(bytes.as_slice()).expect("a valid message");
            assert_eq!((event.id.len(), event.source.as_str()), (36, SOURCE));
            assert_eq!(event.facts.len(), 2);
            let Some(Payload::Plaintext(payload)) = event.payload else {
                panic!("no plaintext payload")
            };
            assert_eq!(payload.len(), 200);
            ids.insert(event.id);
            payloads.insert(payload);
            types.insert(event.r#type);
            subjects.insert(event.subject);
            actors.insert(event.actor);
            correlations.push(event.correlation_id);
        }
        assert_eq!((ids.len(), payloads.len()), (20_000, 20_000));
        assert_eq!((types.len(), subjects.len(), actors.len()), (8, 1_000, 16));
        correlations.dedup();
        assert_eq!(correlations.len(), 2_000);
        assert!(
            ids.iter()
                .all(|id| id.as_bytes()[14] == b'4' && id.matches('-').count() == 4)
        );
    }

    #[test]
    fn an_event_without_payload() {
        let mut bytes = Vec::new();
        EventWriter::new(0, 1).write_next(&mut bytes);
        assert_eq!(
            Event::decode(bytes.as_slice())
                .expect("a valid message")
                .payload,
            None
        );
    }

    #[test]
    fn another_seed_gives_other_ids() {
        let first_id = |seed| {
            let mut bytes = Vec::new();
            EventWriter::new(10, seed).write_next(&mut bytes);
            Event::decode(bytes.as_slice()).expect("a valid message").id
        };
        assert_ne!(first_id(1), first_id(2));
    }
}

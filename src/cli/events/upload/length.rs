//! Events that are too long to be sent at all.

use indelible_evidence::limits::PAYLOAD_BYTES_MAX;
use indelible_proto::v1::{Event, event::Payload};

/// One event. The wire takes no message that is longer, and a payload that is allowed is far below it.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why an event of a length can't be sent, if that is so. The daemon says itself what is wrong with what it can read.
pub(super) fn problem(event: &Event, length: usize) -> Option<String> {
    if length <= EVENT_BYTES_MAX {
        return None;
    }
    let payload = match &event.payload {
        Some(Payload::Plaintext(bytes)) => bytes.len(),
        Some(Payload::Envelope(envelope)) => envelope.ciphertext.len(),
        None => 0,
    };
    Some(match payload > PAYLOAD_BYTES_MAX {
        true => format!("payload: has {payload} bytes, at most {PAYLOAD_BYTES_MAX} are taken"),
        false => format!(
            "has {} bytes without its payload, and no event has so many",
            length - payload
        ),
    })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn an_event_that_no_message_holds_is_refused_with_what_is_too_long() {
        let of = |payload: usize, subject: usize| {
            let event = Event {
                subject: "s".repeat(subject),
                payload: Some(Payload::Plaintext(vec![0; payload].into())),
                ..Event::default()
            };
            problem(&event, event.encoded_len())
        };
        assert_eq!(of(PAYLOAD_BYTES_MAX, 1_000), None);
        let payload = of(EVENT_BYTES_MAX, 0).unwrap_or_default();
        assert!(
            payload.starts_with("payload: has 4194304 bytes"),
            "{payload}"
        );
        let other = of(7, EVENT_BYTES_MAX).unwrap_or_default();
        assert!(other.starts_with("has 41943"), "{other}");
    }
}

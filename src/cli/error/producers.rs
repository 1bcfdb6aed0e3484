//! What to do where an event or a key of a producer that signs is refused.

use indelible_proto::v1::ErrorReason;

/// What to do, if it is about a producer.
pub(super) fn advice(reason: ErrorReason) -> Option<&'static str> {
    Some(match reason {
        ErrorReason::ProducerUnknown => {
            "`indelible producer list LEDGER` shows the keys that are registered; an operator registers another one with \
             `indelible producer register`"
        }
        ErrorReason::ProducerRegistered => {
            "make another key: one that is registered keeps its name and its sources, and one that was revoked does not come \
             back; `indelible producer list LEDGER` shows which it is"
        }
        ErrorReason::ProducerRevoked => {
            "sign with a key that is registered and not revoked: `indelible producer list LEDGER` shows them"
        }
        ErrorReason::ProducerSourceMismatch => {
            "sign with the key that is registered for the event's source (`indelible producer list LEDGER`), or register \
             another key for that source: the sources of a key can't be changed"
        }
        ErrorReason::ProducerSignatureWrong => {
            "sign the event anew, as it is sent, for the origin of this ledger (`indelible ledger show LEDGER`): what was \
             changed after it was signed does not verify"
        }
        ErrorReason::ProducerSignatureMissing => {
            "sign the event with its producer's key (--sign-with KEYFILE): the ledger takes no other events of this source"
        }
        ErrorReason::ProducerProofWrong => {
            "make the proof with `indelible producer proof`, with the same name and sources, for the origin of this ledger"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_about_a_producer_has_advice_of_its_own() {
        let reasons = (0..1_000).filter_map(|number| ErrorReason::try_from(number).ok());
        let of_producers: Vec<_> = reasons
            .filter(|reason| reason.name().starts_with("PRODUCER_"))
            .collect();
        assert!(of_producers.len() >= 7, "{of_producers:?}");
        let told: BTreeSet<_> = of_producers
            .iter()
            .map(|reason| advice(*reason).unwrap_or_else(|| panic!("{reason:?} has none")))
            .collect();
        assert_eq!(told.len(), of_producers.len());
        assert_eq!(advice(ErrorReason::EventConflict), None);
    }
}

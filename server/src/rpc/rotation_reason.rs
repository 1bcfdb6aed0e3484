//! Why a key is rotated, as a request says it and as records have it.

use indelible_ledger::{RotationReason, SystemFact};
use indelible_proto::v1;

use super::{audit::act::Facts, refusal::Refusal};

/// The reason of a request's field.
///
/// # Errors
/// If the number is not one of this release's: what is not understood is not left out of a record.
pub(super) fn reason(number: i32) -> Result<Option<RotationReason>, Refusal> {
    match v1::RotationReason::try_from(number) {
        Ok(v1::RotationReason::Unspecified) => Ok(None),
        Ok(v1::RotationReason::Scheduled) => Ok(Some(RotationReason::Scheduled)),
        Ok(v1::RotationReason::Incident) => Ok(Some(RotationReason::Incident)),
        Ok(v1::RotationReason::Policy) => Ok(Some(RotationReason::Policy)),
        Err(_) => Err(Refusal::field(
            "reason",
            format!("{number} is not a reason that this release knows"),
        )),
    }
}

/// What the record of the act says of it.
pub(super) fn facts(reason: Option<RotationReason>) -> Facts {
    let name = reason.map(|reason| SystemFact::Text(reason.name().to_owned()));
    name.map(|name| ("rotation_reason", name))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::ErrorReason;

    use super::*;

    #[test]
    fn each_reason_has_a_number_and_a_name_and_no_other_is_taken() {
        let known: Vec<_> = (1..=3)
            .map(|number| reason(number).unwrap().unwrap())
            .collect();
        assert_eq!(known, RotationReason::ALL);
        for (number, reason) in (1..).zip(RotationReason::ALL) {
            let of_wire = v1::RotationReason::try_from(number).unwrap().as_str_name();
            let name = of_wire.strip_prefix("ROTATION_REASON_").unwrap();
            assert_eq!(name.to_lowercase(), reason.name());
        }
        assert_eq!(reason(0).unwrap(), None);
        let refused = reason(4).unwrap_err();
        assert_eq!(refused.reason(), ErrorReason::FieldInvalid);
        assert!(facts(None).is_empty());
    }
}

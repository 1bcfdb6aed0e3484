//! Refusals by the reason that their callers were given.

use indelible_meters::Counter;
use indelible_proto::v1::ErrorReason;

/// Room for every number that a reason may have.
const REASONS: usize = 256;

static REFUSED: [Counter; REASONS] = [const { Counter::new() }; REASONS];

/// Counts a call, or a message of one, that is refused for this reason.
pub(crate) fn count_refusal(reason: ErrorReason) {
    let counter = usize::try_from(i32::from(reason)).ok();
    if let Some(counter) = counter.and_then(|number| REFUSED.get(number)) {
        counter.one();
    }
}

/// Every reason with how often it was given.
pub(crate) fn refusals_by_reason() -> impl Iterator<Item = (&'static str, u64)> {
    ErrorReason::all().filter_map(|reason| {
        let number = usize::try_from(i32::from(reason)).ok()?;
        Some((reason.name(), REFUSED.get(number)?.get()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_counter_of_its_own() {
        let of = |name: &str| {
            refusals_by_reason()
                .find(|(found, _)| *found == name)
                .unwrap()
                .1
        };
        let before = (of("DAMAGED"), of("HOLD_UNKNOWN"));
        count_refusal(ErrorReason::Damaged);
        // Tests run beside each other, and others refuse, too.
        assert!(of("DAMAGED") > before.0);
        let reasons = refusals_by_reason().count();
        assert_eq!(reasons, ErrorReason::all().count());
    }
}

//! The producers' own times, as far as they can be read.

use indelible_compliance::reports::TimesSeen;
use indelible_compliance::time;
use indelible_evidence::verify::{SeenBody, SeenRecord};

/// Takes in the producer's own time of an event that can be read, if it is one.
pub(crate) fn see_time(seen: &SeenRecord<'_>, times: &mut Option<TimesSeen>) {
    let SeenBody::Open { body, .. } = seen.body else {
        return;
    };
    if let Some(time) = body.time.and_then(time::nearest) {
        let is_beyond = body.time.and_then(time::parse).is_none();
        let one = TimesSeen {
            earliest: time,
            latest: time,
            events: 1,
            beyond: u64::from(is_beyond),
        };
        TimesSeen::absorb(times, one);
    }
}

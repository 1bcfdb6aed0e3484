//! The producers' own times, as far as they can be read.

use indelible_compliance::reports::TimesSeen;
use indelible_compliance::time;
use indelible_evidence::verify::{SeenBody, SeenRecord};

/// Takes in the producer's own time of an event that can be read, if it is one.
pub(crate) fn see_time(seen: &SeenRecord<'_>, times: &mut Option<TimesSeen>) {
    let SeenBody::Open { body, .. } = seen.body else {
        return;
    };
    if let Some(time) = body.time.and_then(time::parse) {
        let one = TimesSeen {
            earliest: time,
            latest: time,
            events: 1,
        };
        TimesSeen::absorb(times, one);
    }
}

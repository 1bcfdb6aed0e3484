//! Who may write to a bucket: an object that says so, for a time.
//!
//! A bucket has no locks, but it writes an object on a condition. Whoever wants to write puts `lock` there if nothing stands
//! there, and writes it anew every minute, if it is still what it wrote. One that is older than [`HOLD_SECONDS`], by the
//! server's own clock, is somebody's who is gone: another one may take it over, and the first finds out when it writes it anew,
//! which it does before a backup is there and once more afterwards.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use indelible_bucket::{Bucket, BucketError, BucketFault, Condition, Put};

use super::contract::Hold;
use crate::{
    error::BackupError,
    limits::{HOLD_RENEWED_SECONDS, HOLD_SECONDS},
};

/// The object's name.
pub(crate) const LOCK: &str = "lock";
/// A tag that no object has.
const NO_TAG: &str = "\"00000000000000000000000000000000\"";

/// A hold on a bucket. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    bucket: Bucket,
    holder: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What tells the object that was written last from any other.
    tag: String,
    number: u64,
    written: Instant,
}

impl Lease {
    /// Takes hold of a bucket.
    pub(crate) fn take(bucket: &Bucket, random: [u8; 8]) -> Result<Self, BackupError> {
        let holder = HEXLOWER.encode(&random);
        let written = Instant::now();
        let tag = match bucket.put(LOCK, text(&holder, 0), &Condition::IfAbsent)? {
            Put::Written(tag) => tag,
            Put::Refused => take_over(bucket, &holder)?,
        };
        let lease = Self {
            bucket: bucket.clone(),
            holder,
            state: Mutex::new(State {
                tag,
                number: 0,
                written,
            }),
        };
        // A server that writes all the same would let two programs write at once, and one over the other's manifest.
        probe(bucket, &Condition::IfAbsent, "If-None-Match")?;
        probe(bucket, &Condition::IfTag(NO_TAG.to_owned()), "If-Match")?;
        Ok(lease)
    }

    fn renew(&self, state: &mut State) -> Result<(), BackupError> {
        let (number, written) = (state.number + 1, Instant::now());
        let condition = Condition::IfTag(state.tag.clone());
        match self
            .bucket
            .put(LOCK, text(&self.holder, number), &condition)?
        {
            Put::Written(tag) => {
                *state = State {
                    tag,
                    number,
                    written,
                };
                Ok(())
            }
            Put::Refused => Err(BackupError::HoldLost {
                place: self.bucket.name().to_owned(),
            }),
        }
    }
}

impl Hold for Lease {
    fn keep(&self) -> Result<(), BackupError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.written.elapsed() < Duration::from_secs(HOLD_RENEWED_SECONDS) {
            true => Ok(()),
            false => self.renew(&mut state),
        }
    }

    fn assure(&self) -> Result<(), BackupError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.renew(&mut state)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Later it may be somebody else's before it is removed. It ends by itself.
        let is_young = state.written.elapsed() < Duration::from_secs(HOLD_SECONDS / 2);
        let is_own = || {
            let head = self.bucket.head(LOCK);
            matches!(head, Ok(Some(head)) if head.tag == state.tag)
        };
        if is_young && is_own() {
            // What is left the next one takes over, in its time.
            let _left = self.bucket.remove(LOCK);
        }
    }
}

/// Makes sure that the server holds a condition which is not so now.
fn probe(bucket: &Bucket, condition: &Condition, header: &'static str) -> Result<(), BackupError> {
    match bucket.put(LOCK, text("a probe", 0), condition)? {
        Put::Refused => Ok(()),
        Put::Written(_) => Err(BackupError::Bucket(BucketError {
            action: "hold",
            object: bucket.name().to_owned(),
            fault: BucketFault::Unconditional(header),
        })),
    }
}

/// Takes over a hold of which nothing was heard for too long.
fn take_over(bucket: &Bucket, holder: &str) -> Result<String, BackupError> {
    let held = |seconds| BackupError::HeldByOther {
        place: bucket.name().to_owned(),
        seconds,
    };
    let Some(head) = bucket.head(LOCK)? else {
        // It was given back this moment.
        return Err(held(Some(0)));
    };
    let age = head.age_seconds.ok_or_else(|| held(None))?;
    if age <= HOLD_SECONDS {
        return Err(held(Some(HOLD_SECONDS - age)));
    }
    match bucket.put(LOCK, text(holder, 0), &Condition::IfTag(head.tag))? {
        Put::Written(tag) => Ok(tag),
        Put::Refused => Err(held(Some(HOLD_SECONDS))),
    }
}

fn text(holder: &str, number: u64) -> Vec<u8> {
    format!("indelible-hold 1 {holder} {number}\n").into_bytes()
}

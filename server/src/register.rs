//! The register outside this machine, as an object in a bucket.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indelible_bucket::{Bucket, BucketError, BucketFault, BucketOptions, Condition, Put};
use indelible_ledger::{Exchanged, RegisterError, RegisterPlace};

use crate::limits::{REGISTER_ATTEMPT_SECONDS, REGISTER_BYTES_MAX, REGISTER_TRIES};

/// The object's name, below the prefix.
const OBJECT: &str = "register";
/// What shows whether the server holds conditions.
const PROBE: &str = "register-probe";
/// A tag that no object has.
const NO_TAG: &str = "\"00000000000000000000000000000000\"";

/// A register in a bucket.
#[derive(Debug)]
pub struct InBucket {
    options: BucketOptions,
    bucket: OnceLock<Bucket>,
    /// Whether the server was seen to hold conditions.
    is_probed: AtomicBool,
}

impl InBucket {
    /// One in this bucket. Nothing is asked yet.
    pub fn new(options: &BucketOptions) -> Self {
        Self {
            options: BucketOptions {
                attempt_timeout: Duration::from_secs(REGISTER_ATTEMPT_SECONDS),
                tries: REGISTER_TRIES,
                ..options.clone()
            },
            bucket: OnceLock::new(),
            is_probed: AtomicBool::new(false),
        }
    }

    /// Shows that the bucket can be written to and that its server holds conditions. The register itself is left alone.
    ///
    /// # Errors
    /// Why it can't be used.
    pub fn check(&self) -> Result<(), RegisterError> {
        let bucket = self.bucket()?;
        self.probe(bucket).map_err(|error| failed(&error))
    }

    fn bucket(&self) -> Result<&Bucket, RegisterError> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(bucket);
        }
        let bucket = Bucket::open(&self.options).map_err(|error| failed(&error))?;
        Ok(self.bucket.get_or_init(|| bucket))
    }

    /// A server that writes whatever the condition would let two daemons sign two histories.
    fn probe(&self, bucket: &Bucket) -> Result<(), BucketError> {
        if self.is_probed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let put = |condition: &Condition| bucket.put(PROBE, b"a probe\n".to_vec(), condition);
        put(&Condition::Always)?;
        for (condition, header) in [
            (Condition::IfAbsent, "If-None-Match"),
            (Condition::IfTag(NO_TAG.to_owned()), "If-Match"),
        ] {
            if let Put::Written(_) = put(&condition)? {
                return Err(BucketError {
                    action: "use",
                    object: bucket.name().to_owned(),
                    fault: BucketFault::Unconditional(header),
                });
            }
        }
        self.is_probed.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl RegisterPlace for InBucket {
    fn name(&self) -> String {
        self.options.to_string()
    }

    fn read(&self) -> Result<Option<(Vec<u8>, String)>, RegisterError> {
        let found = self.bucket()?.get_tagged(OBJECT, REGISTER_BYTES_MAX);
        found.map_err(|error| failed(&error))
    }

    fn exchange(&self, value: Vec<u8>, tag: Option<&str>) -> Result<Exchanged, RegisterError> {
        let bucket = self.bucket()?;
        self.probe(bucket).map_err(|error| failed(&error))?;
        let condition = match tag {
            Some(tag) => Condition::IfTag(tag.to_owned()),
            None => Condition::IfAbsent,
        };
        let put = bucket.put(OBJECT, value, &condition);
        Ok(match put.map_err(|error| failed(&error))? {
            Put::Written(tag) => Exchanged::Done(tag),
            Put::Refused => Exchanged::Refused,
        })
    }
}

/// Credentials, networks and buckets may be put right while the daemon runs; the configuration and a server's nature may not.
fn failed(error: &BucketError) -> RegisterError {
    RegisterError {
        reason: error.to_string(),
        is_lasting: matches!(
            error.fault,
            BucketFault::Options(_) | BucketFault::OtherRegion(_) | BucketFault::Unconditional(_)
        ),
    }
}

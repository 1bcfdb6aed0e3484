//! The client against servers that speak S3's protocol, and against what networks and servers do to it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

#[path = "../rigs/rigs.rs"]
mod buckets;
mod faults;
#[path = "../../../keystore/tests/rigs/rigs.rs"]
mod rigs;
mod signing;
mod speaking;

use std::time::Duration;

use buckets::Rig;
use indelible_bucket::{Bucket, BucketOptions};

/// How to get to the bucket of a rig.
fn options(rig: &Rig) -> BucketOptions {
    let mut options = BucketOptions::parse(&rig.address()).unwrap();
    options.endpoint = Some(rig.endpoint());
    options.region = Some("us-east-1".to_owned());
    options.credentials_file = Some(rig.credentials_file());
    options.attempt_timeout = Duration::from_secs(10);
    options
}

fn open(rig: &Rig) -> Bucket {
    Bucket::open(&options(rig)).unwrap()
}

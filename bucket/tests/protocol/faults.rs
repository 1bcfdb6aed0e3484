//! What networks and servers do, each with its own words; and nothing is claimed that is not there.

use std::time::Duration;

use indelible_bucket::{BucketError, BucketFault, Condition, Put};

use super::*;
use crate::buckets::{Act, rule};

fn put(bucket: &Bucket) -> Result<Put, BucketError> {
    bucket.put("x", b"first".to_vec(), &Condition::Always)
}

#[test]
fn each_refusal_is_told_by_its_own_fault() {
    let rig = Rig::new();
    let bucket = open(&rig);
    type Told = fn(&BucketFault) -> bool;
    let cases: [(u16, &str, Told); 8] = [
        (403, "InvalidAccessKeyId", |fault| {
            matches!(fault, BucketFault::CredentialsRefused(_))
        }),
        (403, "SignatureDoesNotMatch", |fault| {
            matches!(fault, BucketFault::CredentialsRefused(_))
        }),
        (403, "AccessDenied", |fault| {
            matches!(fault, BucketFault::Denied(_))
        }),
        (403, "RequestTimeTooSkewed", |fault| {
            matches!(fault, BucketFault::Clock(_))
        }),
        (404, "NoSuchBucket", |fault| {
            matches!(fault, BucketFault::NoBucket(_))
        }),
        (301, "PermanentRedirect", |fault| {
            matches!(fault, BucketFault::OtherRegion(None))
        }),
        (503, "SlowDown", |fault| {
            matches!(fault, BucketFault::Busy { tries: 3, .. })
        }),
        (500, "InternalError", |fault| {
            matches!(fault, BucketFault::Failing(_))
        }),
    ];
    for (status, code, is_told) in cases {
        rig.proxy.clear();
        rig.proxy.add(rule("PUT", "/x", Act::Refuse(status, code)));
        let error = put(&bucket).unwrap_err();
        assert!(is_told(&error.fault), "{code}: {error:?}");
        assert!(
            error.to_string().starts_with("can't write s3://"),
            "{error}"
        );
    }
    assert_eq!(rig.object("x"), None);
}

#[test]
fn a_real_server_without_the_bucket_says_so() {
    let rig = Rig::new();
    let mut options = options(&rig);
    options.bucket = "nobody-made-it".to_owned();
    let bucket = Bucket::open(&options).unwrap();
    for failed in [
        put(&bucket).unwrap_err(),
        bucket.get("x", 10).unwrap_err(),
        bucket.list("").unwrap_err(),
    ] {
        assert!(
            matches!(failed.fault, BucketFault::NoBucket(_)),
            "{failed:?}"
        );
    }
}

#[test]
fn a_bucket_of_another_region_says_which() {
    let rig = Rig::new();
    let mut options = options(&rig);
    options.region = Some("eu-central-1".to_owned());
    let error = put(&Bucket::open(&options).unwrap()).unwrap_err();
    let region = Some("us-east-1".to_owned());
    assert_eq!(error.fault, BucketFault::OtherRegion(region));
}

#[test]
fn what_passes_is_tried_again() {
    let rig = Rig::new();
    let bucket = open(&rig);
    rig.proxy
        .add(rule("PUT", "/x", Act::Refuse(503, "SlowDown")).times(1));
    rig.proxy
        .add(rule("PUT", "/x", Act::Refuse(500, "InternalError")).times(1));
    assert!(matches!(put(&bucket), Ok(Put::Written(_))));
    assert_eq!(rig.proxy.seen().len(), 3);
    rig.proxy.clear();
    rig.proxy.add(rule("GET", "/x", Act::CutAnswer).times(1));
    assert_eq!(bucket.get("x", 10).unwrap().unwrap(), b"first");
}

#[test]
fn silence_is_a_time_out_and_a_closed_port_is_not_reached() {
    let rig = Rig::new();
    let mut quick = options(&rig);
    quick.attempt_timeout = Duration::from_millis(300);
    quick.tries = 2;
    let bucket = Bucket::open(&quick).unwrap();
    rig.proxy.add(rule("PUT", "/x", Act::Hang));
    let error = put(&bucket).unwrap_err();
    assert!(
        matches!(error.fault, BucketFault::TimedOut { tries: 2, .. }),
        "{error:?}"
    );
    quick.endpoint = Some("http://127.0.0.1:9".to_owned());
    let error = put(&Bucket::open(&quick).unwrap()).unwrap_err();
    assert!(
        matches!(error.fault, BucketFault::Unreachable(_)),
        "{error:?}"
    );
    assert!(error.fault.is_passing());
}

#[test]
fn an_answer_that_breaks_off_is_no_object() {
    let rig = Rig::new();
    let bucket = open(&rig);
    put(&bucket).unwrap();
    rig.proxy.add(rule("GET", "/x", Act::CutAnswer));
    let error = bucket.get("x", 10).unwrap_err();
    assert!(
        matches!(error.fault, BucketFault::Unreachable(_)),
        "{error:?}"
    );
}

/// The answer to a write was lost, and the write was not: the next try is refused by its own condition.
#[test]
fn a_write_that_was_not_answered_is_looked_at() {
    let rig = Rig::new();
    let bucket = open(&rig);
    let put = |body: &str, condition: &Condition| bucket.put("x", body.into(), condition).unwrap();
    rig.proxy.add(rule("PUT", "/x", Act::Unanswered).times(1));
    let written = put("first", &Condition::IfAbsent);
    let Put::Written(tag) = written else {
        panic!("its own object refused it");
    };
    assert_eq!(rig.object("x").unwrap(), b"first");
    rig.proxy.add(rule("PUT", "/x", Act::Unanswered).times(1));
    assert!(matches!(
        put("second", &Condition::IfTag(tag)),
        Put::Written(_)
    ));
    // What somebody else wrote is not its own.
    rig.proxy
        .add(rule("PUT", "/x", Act::Refuse(500, "InternalError")).times(1));
    assert_eq!(put("third", &Condition::IfAbsent), Put::Refused);
    assert_eq!(rig.object("x").unwrap(), b"second");
}

#[test]
fn an_object_that_is_overwritten_while_it_is_read_is_not_read_as_one() {
    let rig = Rig::new();
    let bucket = open(&rig);
    let length = indelible_bucket::limits::PIECE_BYTES as usize + 10;
    rig.put("long", &vec![1; length]);
    let mut pieces = 0;
    let error = bucket
        .read("long", u64::MAX, &mut |_: &[u8]| {
            pieces += 1;
            rig.put("long", &vec![2; length]);
            Ok::<_, BucketError>(())
        })
        .unwrap_err();
    assert_eq!((error.fault, pieces), (BucketFault::Changed, 1));
}

#[test]
fn without_credentials_nothing_is_sent() {
    let rig = Rig::new();
    let mut options = options(&rig);
    options.profile = Some("nobody".to_owned());
    let bucket = Bucket::open(&options).unwrap();
    let error = put(&bucket).unwrap_err();
    assert!(
        matches!(error.fault, BucketFault::NoCredentials(_)),
        "{error:?}"
    );
    assert_eq!(rig.proxy.seen(), Vec::<String>::new());
}

//! A server that verifies signatures and permissions takes what is signed here, and refuses what is not.

use std::fs;

use indelible_bucket::{BucketFault, Condition};

use super::*;
use crate::{
    buckets::{ask, port_of},
    rigs::{Emulator, Flavour},
};

/// Calls IAM; the answer's body.
fn iam(port: u16, query: &str) -> String {
    let body = format!("{query}&Version=2010-05-08");
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n\
        Authorization: AWS4-HMAC-SHA256 Credential=rig/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00\r\n";
    let answer = ask(port, "POST", "/", headers, body.as_bytes());
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    String::from_utf8(answer.body).unwrap()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split(from).nth(1).unwrap().split(to).next().unwrap()
}

#[test]
fn what_is_signed_is_taken_and_what_is_not_is_refused() {
    let emulator = Emulator::start(Flavour::Moto);
    let port = port_of(&emulator);
    iam(port, "Action=CreateUser&UserName=backups");
    let key = iam(port, "Action=CreateAccessKey&UserName=backups");
    let id = between(&key, "<AccessKeyId>", "</").to_owned();
    let secret = between(&key, "<SecretAccessKey>", "</").to_owned();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;
    let policy: String = policy.bytes().map(|byte| format!("%{byte:02X}")).collect();
    iam(
        port,
        &format!("Action=PutUserPolicy&UserName=backups&PolicyName=p&PolicyDocument={policy}"),
    );
    assert_eq!(ask(port, "PUT", "/signed", "", b"").status, 200);
    // From now on everything must be signed.
    assert_eq!(
        ask(port, "POST", "/moto-api/reset-auth", "", b"0").status,
        200
    );

    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("credentials");
    let bucket = |id: &str, secret: &str| {
        let text =
            format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        fs::write(&file, text).unwrap();
        let mut options = BucketOptions::parse("s3://signed/a/b").unwrap();
        options.endpoint = Some(emulator.url());
        options.region = Some("us-east-1".to_owned());
        options.credentials_file = Some(file.clone());
        Bucket::open(&options).unwrap()
    };
    let put = |bucket: &Bucket| bucket.put("x-1_2.y", b"first".to_vec(), &Condition::Always);
    let own = bucket(&id, &secret);
    put(&own).unwrap();
    assert_eq!(own.get("x-1_2.y", 10).unwrap().unwrap(), b"first");
    assert_eq!(own.list("").unwrap().len(), 1);
    let denied = own.remove("x-1_2.y").unwrap_err();
    assert!(matches!(denied.fault, BucketFault::Denied(_)), "{denied:?}");
    for (id, secret) in [
        (id.as_str(), "another"),
        ("AKIAIOSFODNN7EXAMPLE", secret.as_str()),
    ] {
        let refused = put(&bucket(id, secret)).unwrap_err();
        assert!(
            matches!(refused.fault, BucketFault::CredentialsRefused(_)),
            "{refused:?}"
        );
    }
}

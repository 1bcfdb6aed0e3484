//! The suite against AWS itself, for whoever has two keys there.

use indelible_keystore::{AwsKmsOptions, AwsKmsProvider, KekProvider, suite};

use super::context;

/// About 3,000 calls, which cost about a cent. Credentials from where the SDK finds them.
#[test]
#[ignore = "costs money: set INDELIBLE_TEST_KMS_KEY and INDELIBLE_TEST_KMS_OTHER_KEY to ARNs of symmetric keys"]
fn the_contract_is_kept_on_aws() {
    let connect = |name: &str| {
        let key = std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        AwsKmsProvider::connect(&AwsKmsOptions::new(key)).expect("it connects")
    };
    let provider = connect("INDELIBLE_TEST_KMS_KEY");
    let other = connect("INDELIBLE_TEST_KMS_OTHER_KEY");
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
    let wrapped = super::wrap(&provider, &super::key());
    let moved = other
        .rewrap(&context(), &wrapped, &provider)
        .expect("it moves");
    other.unwrap_key(&context(), &moved).expect("it opens");
}

//! What a call brings as a token, and over which connections.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use proptest::prelude::*;
use tonic::{Code, Status, codegen::http::HeaderValue};
use tonic_types::StatusExt as _;

use super::{super::presented::Process, *};
use crate::tls::CertificateNames;

fn tokens(presented: Presented, from: Option<IpAddr>, failures: Option<u32>) -> Tokens {
    let bearers = Bearers::new(
        Issuers::new(&[]),
        OwnTokens::new(false, 90),
        Box::new(|_| {}),
        failures,
    );
    Tokens::new(&bearers, &Arc::new(Connected::new(presented)), from)
}

fn headers(values: &[&str]) -> HeaderMap {
    let values = values
        .iter()
        .map(|value| HeaderValue::from_str(value).unwrap());
    values.map(|value| (AUTHORIZATION, value)).collect()
}

async fn asked(tokens: &Tokens, values: &[&str]) -> Result<bool, Status> {
    let mut headers = headers(values);
    let borne = borne(tokens, &mut headers).await;
    assert!(!headers.contains_key(AUTHORIZATION), "the token goes on");
    borne.map(|borne| borne.is_some()).map_err(Status::from)
}

#[test]
fn a_token_comes_once_and_by_the_one_scheme() {
    for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
        assert_eq!(token(&headers(&[value])), Ok("a.b.c"));
    }
    for wrong in [
        &["Basic YTpi"][..],
        &["Bearer"],
        &["Bearer "],
        &["Bearer  a"],
        &["Bearer a b"],
        &["Bearer a "],
        &["a.b.c"],
        &[""],
        &["Bearer a", "Bearer a"],
        &["Bearer a", "Basic b"],
    ] {
        assert!(token(&headers(wrong)).is_err(), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_token_is_never_passed_over() {
    let address = IpAddr::from(Ipv4Addr::LOCALHOST);
    let certificate = CertificateNames {
        uris: Vec::new(),
        dns: vec!["a.example".to_owned()],
    };
    let process = Process {
        user: 0,
        name: None,
        groups: Vec::new(),
    };
    for presented in [
        Presented::Address(address),
        Presented::Encrypted(address),
        Presented::Certificate(certificate),
        Presented::Process(process),
    ] {
        let tokens = tokens(presented, Some(address), None);
        assert!(!asked(&tokens, &[]).await.unwrap());
        for value in ["Bearer a.b.c", "Basic YTpi", "Bearer idlt_x"] {
            let refused = asked(&tokens, &[value]).await.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated, "{value}");
            let info = refused.get_details_error_info().unwrap();
            assert_eq!(info.reason, "TOKEN_NOT_ACCEPTED");
            assert!(
                !refused.message().contains("a.b.c"),
                "{}",
                refused.message()
            );
        }
    }
}

#[tokio::test]
async fn over_an_open_connection_no_token_is_looked_at() {
    let address = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
    let tokens = tokens(Presented::Address(address), Some(address), None);
    let refused = asked(&tokens, &["Bearer a.b.c"]).await.unwrap_err();
    assert!(
        refused.message().contains("revoke it"),
        "{}",
        refused.message()
    );
}

#[tokio::test]
async fn an_address_that_failed_too_often_waits() {
    let address = IpAddr::from(Ipv4Addr::new(192, 0, 2, 7));
    let tokens = tokens(Presented::Encrypted(address), Some(address), Some(5));
    for _ in 0..5 {
        let refused = asked(&tokens, &["Bearer a.b.c"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    let waits = asked(&tokens, &["Bearer a.b.c"]).await.unwrap_err();
    assert_eq!(waits.code(), Code::ResourceExhausted, "{waits:?}");
    let info = waits.get_details_error_info().unwrap();
    assert_eq!(
        (
            info.reason.as_str(),
            info.metadata["limit"].as_str(),
            info.metadata["per_minute"].as_str()
        ),
        ("RATE_EXCEEDED", "failed_authentications_per_minute", "5")
    );
    let retry = waits.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(
        retry > Duration::ZERO && retry <= Duration::from_secs(60) / 5,
        "{retry:?}"
    );
    // Whoever brings no token has not failed.
    assert!(!asked(&tokens, &[]).await.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever stands there, it is a token that could be sent again as it is, or refused.
    #[test]
    fn whatever_stands_there_is_one_token_or_refused(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value.clone())]);
        if let Ok(found) = token(&headers) {
            prop_assert!(!found.is_empty() && !found.contains(' ') && found.is_ascii());
            let again = format!("{} {found}", &value.to_str().unwrap()[..SCHEME.len()]);
            prop_assert_eq!(again.as_str(), value.to_str().unwrap());
        }
    }
}

//! Who makes tokens and who revokes them.

use tonic::Code;

use super::{Rig, ending, reason, wanted};
use crate::access::{believer::bearing, net::Net};
use indelible_proto::v1::{
    CreateTokenRequest, ListTokensRequest, access_service_client::AccessServiceClient,
};
use tonic::transport::Channel;

async fn bearer(net: &Net) -> AccessServiceClient<Channel> {
    AccessServiceClient::new(net.channel(None).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_token_that_is_wider_than_they_are() {
    let mut rig = Rig::start("token_days = 30").await;
    let mut pay = rig.of_holder("pay").await;
    for on in ["payments", "pay*", "pay.roll*"] {
        pay.create_token(wanted(&["writer"], &[on])).await.unwrap();
    }
    for on in [
        &["hr"][..],
        &["pa*"],
        &["*"],
        &["@store"],
        &["_system"],
        &["payments", "hr"],
    ] {
        for role in ["reader", "administrator"] {
            let refused = pay.create_token(wanted(&[role], on)).await.unwrap_err();
            assert_eq!(reason(&refused), "ACCESS_DENIED", "{role} {on:?}");
        }
    }
    // Somebody who administers nothing, whatever else they may do; and a token, whatever its roles.
    let mut reader = rig.of_holder("reader").await;
    let refused = reader
        .create_token(wanted(&["reader"], &["payments"]))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "ACCESS_DENIED");
    let all = rig.make(wanted(&["administrator"], &["@store"])).await;
    let request = bearing(wanted(&["reader"], &["payments"]), Some(&all.text));
    let refused = bearer(&rig.net)
        .await
        .create_token(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "ACCESS_DENIED");
    assert!(refused.message().contains("makes no tokens"), "{refused}");

    for (field, request) in [
        (
            "name",
            CreateTokenRequest {
                name: "a\nb".into(),
                ..wanted(&["reader"], &["a"])
            },
        ),
        ("roles", wanted(&["root"], &["a"])),
        ("on", wanted(&["reader"], &["A"])),
        (
            "sources",
            CreateTokenRequest {
                sources: vec!["urn:a".into()],
                ..wanted(&["reader"], &["a"])
            },
        ),
        (
            "valid_seconds",
            CreateTokenRequest {
                valid_seconds: 31 * 86_400,
                ..wanted(&["reader"], &["a"])
            },
        ),
    ] {
        let refused = rig.admin.create_token(request).await.unwrap_err();
        assert_eq!(reason(&refused), "FIELD_INVALID");
        assert!(refused.message().starts_with(field), "{refused}");
    }
    // As long as it may be, where nobody says.
    let made = rig
        .make(wanted(&["reader"], &["payments"]))
        .await
        .token
        .unwrap();
    let span = made.expire_time.unwrap().seconds - made.created_time.unwrap().seconds;
    assert_eq!(span, 30 * 86_400);
    rig.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn makers_bearers_and_administrators_of_its_places_revoke_a_token() {
    let mut rig = Rig::start("").await;
    let mut pay = rig.of_holder("pay").await;
    let of =
        |made: indelible_proto::v1::CreateTokenResponse| (made.token.unwrap().token_id, made.text);
    let (hr, hr_text) = of(rig.make(wanted(&["reader"], &["hr"])).await);
    let (both, _) = of(rig.make(wanted(&["reader"], &["hr", "payments"])).await);
    let (payments, _) = of(rig.make(wanted(&["reader"], &["payments"])).await);
    // A token of somebody else's place and one that is not there are answered in the same words.
    let mut told = Vec::new();
    for id in [hr.as_str(), &both, "AAAAAAAA", "", "no id at all"] {
        let refused = pay.revoke_token(ending(id)).await.unwrap_err();
        told.push((reason(&refused), refused.message().to_owned()));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!(told[0].0, "ACCESS_DENIED");
    let unknown = rig
        .admin
        .revoke_token(ending("AAAAAAAA"))
        .await
        .unwrap_err();
    assert_eq!(
        (unknown.code(), reason(&unknown)),
        (Code::NotFound, "TOKEN_UNKNOWN".into())
    );
    // By who administers its place, twice; and by its bearer, who may do nothing else with it.
    let first = pay
        .revoke_token(ending(&payments))
        .await
        .unwrap()
        .into_inner();
    let again = rig
        .admin
        .revoke_token(ending(&payments))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    let request = bearing(ending(&both), Some(&hr_text));
    let refused = bearer(&rig.net)
        .await
        .revoke_token(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "ACCESS_DENIED");
    let request = bearing(ending(&hr), Some(&hr_text));
    bearer(&rig.net).await.revoke_token(request).await.unwrap();
    let request = bearing(ending(&hr), Some(&hr_text));
    let over = bearer(&rig.net)
        .await
        .revoke_token(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&over), "TOKEN_NOT_ACCEPTED");
    let revoked: Vec<_> = rig.list().await;
    let revoked: Vec<_> = revoked
        .iter()
        .map(|token| token.revocation.is_some())
        .collect();
    assert_eq!(revoked, [true, false, true]);
    rig.net.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_of_a_prefix_sees_the_tokens_that_they_may_revoke_and_no_other() {
    let mut rig = Rig::start("token_days = 30").await;
    let mut pay = rig.of_holder("pay").await;
    let own = pay.create_token(wanted(&["writer"], &["pay*"])).await;
    let own = own.unwrap().into_inner().token.unwrap().token_id;
    let within = rig
        .make(wanted(&["reader"], &["payments", "pay-roll"]))
        .await;
    let within = within.token.unwrap().token_id;
    let mut others = Vec::new();
    for on in [
        &["hr"][..],
        &["payments", "hr"],
        &["pa*"],
        &["*"],
        &["@store"],
    ] {
        let made = rig.make(wanted(&["reader"], on)).await;
        others.push(made.token.unwrap().token_id);
    }
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListTokensRequest {
            page_size: 1,
            page_token,
        };
        let page = pay.list_tokens(request).await.unwrap().into_inner();
        assert!(!page.of_all);
        listed.extend(page.tokens.into_iter().map(|token| token.token_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, [own, within]);
    for token in &listed {
        pay.revoke_token(ending(token)).await.unwrap();
    }
    for token in &others {
        let refused = pay.revoke_token(ending(token)).await.unwrap_err();
        assert_eq!(reason(&refused), "ACCESS_DENIED");
    }
    let all = rig.admin.list_tokens(ListTokensRequest::default()).await;
    let all = all.unwrap().into_inner();
    assert!(all.of_all && all.tokens.len() == 7);
    // Whoever may see no token at all is told so.
    let mut reader = rig.of_holder("reader").await;
    let refused = reader.list_tokens(ListTokensRequest::default()).await;
    assert_eq!(reason(&refused.unwrap_err()), "ACCESS_DENIED");
    rig.net.daemon.stop();
}

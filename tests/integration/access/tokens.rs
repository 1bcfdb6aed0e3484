//! The daemon's own tokens, over TLS: who makes them, what they let their bearers do, and how they end.

mod commands;
mod development;
mod ends;
mod making;

use indelible_proto::v1::{
    AppendRequest, CreateTokenRequest, CreateTokenResponse, EventFilter, GetRecordRequest,
    LedgerRecord, ListEventsRequest, ListTokensRequest, RevokeTokenRequest, Token,
    access_service_client::AccessServiceClient, event::Payload, get_record_request::Record,
    ledger_service_client::LedgerServiceClient,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use super::{believer::bearing, certificates::host, net::Net};
use crate::{
    support::{
        calls::{create, event},
        daemon::Client,
    },
    system::{await_told, told},
};

/// Two administrators, of the store and of a prefix, and an operator.
const ADMINISTRATORS: &str = "[[access]]\nprincipals = [\"dns:admin.example\"]\n\
    roles = [\"administrator\", \"operator\", \"auditor\", \"reader\", \"writer\"]\non = [\"@store\"]\n\
    [[access]]\nprincipals = [\"dns:pay.example\"]\nroles = [\"administrator\"]\non = [\"pay*\"]\n\
    [[access]]\nprincipals = [\"dns:reader.example\"]\nroles = [\"reader\"]\non = [\"@store\"]\n";

/// A daemon with TLS, and what its administrator calls.
struct Rig {
    net: Net,
    admin: AccessServiceClient<Channel>,
    client: Client,
}

impl Rig {
    /// `limits` are lines of `[limits]`.
    async fn start(limits: &str) -> Self {
        let access = format!("[limits]\n{limits}\n{ADMINISTRATORS}");
        let listen = "\"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"";
        let net = Net::start(listen, &access).await.unwrap();
        Self::of(net).await
    }

    async fn of(net: Net) -> Self {
        let admin = net.issue("admin", host("admin.example"));
        let channel = net.channel(Some(&admin)).await;
        Self {
            admin: AccessServiceClient::new(channel.clone()),
            client: LedgerServiceClient::new(channel),
            net,
        }
    }

    /// Calls of somebody with a certificate.
    async fn of_holder(&self, name: &str) -> AccessServiceClient<Channel> {
        let files = self.net.issue(name, host(&format!("{name}.example")));
        AccessServiceClient::new(self.net.channel(Some(&files)).await)
    }

    async fn make(&mut self, request: CreateTokenRequest) -> CreateTokenResponse {
        let made = self.admin.create_token(request).await;
        made.unwrap().into_inner()
    }

    async fn revoke(&mut self, id: &str) {
        self.admin.revoke_token(ending(id)).await.unwrap();
    }

    async fn list(&mut self) -> Vec<Token> {
        let listed = self.admin.list_tokens(ListTokensRequest::default()).await;
        listed.unwrap().into_inner().tokens
    }

    /// A client that shows nothing by its connection.
    async fn bearer(&self) -> Client {
        LedgerServiceClient::new(self.net.channel(None).await)
    }
}

fn wanted(roles: &[&str], on: &[&str]) -> CreateTokenRequest {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    CreateTokenRequest {
        name: "till 1".into(),
        roles: texts(roles),
        on: texts(on),
        ..Default::default()
    }
}

fn ending(id: &str) -> RevokeTokenRequest {
    RevokeTokenRequest {
        token_id: id.to_owned(),
    }
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn appending(ledger: &str, id: &str) -> AppendRequest {
    AppendRequest {
        ledger: ledger.into(),
        event: Some(event(id)),
        ..Default::default()
    }
}

fn reading(ledger: &str) -> GetRecordRequest {
    GetRecordRequest {
        ledger: ledger.into(),
        record: Some(Record::Sequence(0)),
        ..Default::default()
    }
}

/// All that `_system` keeps of the tokens that were made.
async fn kept(client: &mut Client) -> Vec<String> {
    let request = ListEventsRequest {
        ledger: "_system".into(),
        filter: Some(EventFilter {
            r#type: "indelible.system.token_created.v1".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let page = client.list_events(request).await.unwrap().into_inner();
    let payload = |record: LedgerRecord| match record.event.unwrap().payload {
        Some(Payload::Plaintext(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    };
    page.records.into_iter().map(payload).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_says_who_calls_and_its_secret_is_nowhere() {
    let mut rig = Rig::start("").await;
    for ledger in ["payments", "hr"] {
        create(&mut rig.client, ledger).await;
    }
    let made = rig.make(wanted(&["writer", "reader"], &["payments"])).await;
    let (text, token) = (made.text, made.token.unwrap());
    assert!(
        text.starts_with(&format!("idlt_{}", token.token_id)),
        "{text}"
    );
    let principal = format!("token:{}", token.token_id);
    let mut bearer = rig.bearer().await;
    let appended = bearer
        .append(bearing(appending("payments", "a"), Some(&text)))
        .await;
    appended.unwrap();
    bearer
        .get_record(bearing(reading("payments"), Some(&text)))
        .await
        .unwrap();
    let denied = bearer
        .append(bearing(appending("hr", "a"), Some(&text)))
        .await
        .unwrap_err();
    assert_eq!(
        (denied.code(), reason(&denied)),
        (Code::PermissionDenied, "ACCESS_DENIED".into())
    );
    assert!(denied.message().contains(&principal), "{denied}");
    // Without it the connection shows nothing, and with another secret it is no token.
    let unknown = bearer.append(appending("payments", "b")).await.unwrap_err();
    assert_eq!(reason(&unknown), "CALLER_UNKNOWN");

    let listed = rig.list().await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&*listed[0].maker, &*listed[0].name),
        ("dns:admin.example", "till 1")
    );
    assert_eq!(listed[0].last_used_date.len(), "2026-11-29".len());
    let made = told(&mut rig.client, "token_created").await;
    assert!(
        made[0].contains(&format!("token={principal}"))
            && made[0].contains("principal=dns:admin.example"),
        "{made:?}"
    );
    let secret = &text["idlt_".len() + 8..][..32];
    assert!(
        !rig.net.daemon.log().contains(secret),
        "the log has the secret"
    );
    assert!(!made[0].contains(secret));
    let payload = kept(&mut rig.client).await.remove(0);
    assert!(
        payload.contains("\"digest\":\"") && payload.contains(&principal),
        "{payload}"
    );
    assert!(!payload.contains(secret), "{payload}");

    // What is on record counts after a start, too, and nothing else does.
    let ended = rig.make(wanted(&["reader"], &["payments"])).await;
    let ended_id = ended.token.unwrap().token_id;
    rig.revoke(&ended_id).await;
    let net = rig.net.restart().await;
    let mut rig = Rig::of(net).await;
    let mut bearer = rig.bearer().await;
    bearer
        .get_record(bearing(reading("payments"), Some(&text)))
        .await
        .unwrap();
    let refused = bearer
        .get_record(bearing(reading("payments"), Some(&ended.text)))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::Unauthenticated, "TOKEN_NOT_ACCEPTED".into())
    );
    assert!(refused.message().contains("revoked"), "{refused}");
    // Whoever brings it stands on record by its principal, which the log names, too.
    let theirs = format!("token:{ended_id}");
    let says = [
        &*format!("principal={theirs}"),
        "authentication=token",
        "reasons=TOKEN_NOT_ACCEPTED",
        "outcome=denied",
    ];
    await_told(&mut rig.client, "access_denied", &says).await;
    let log = rig.net.daemon.log();
    assert!(
        log.contains("refused a token") && log.contains(&theirs),
        "{log}"
    );
    let listed = rig.list().await;
    assert_eq!(listed.len(), 2);
    assert_eq!(
        listed[0].last_used_date.len(),
        "2026-11-29".len(),
        "it was forgotten"
    );
    assert!(listed[0].revocation.is_none() && listed[1].revocation.is_some());
    rig.net.daemon.stop();
}

/// Whoever guesses is told to wait, like whoever brings what is no token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessed_tokens_count_as_failures_of_their_address() {
    let mut rig = Rig::start("failed_authentications_per_minute = 5").await;
    create(&mut rig.client, "payments").await;
    let made = rig.make(wanted(&["reader"], &["payments"])).await;
    let other = rig.make(wanted(&["reader"], &["payments"])).await;
    // The id of one with the secret of the other is no token: its checksum is wrong, and no secret is looked at for it.
    let forged = format!("{}{}", &made.text[..13], &other.text[13..]);
    let mut told = Vec::new();
    for _ in 0..7 {
        let mut bearer = rig.bearer().await;
        let refused = bearer
            .get_record(bearing(reading("payments"), Some(&forged)))
            .await;
        told.push(reason(&refused.unwrap_err()));
    }
    assert_eq!(told[..5], ["TOKEN_NOT_ACCEPTED"; 5]);
    assert_eq!(told[6], "RATE_EXCEEDED", "{told:?}");
    rig.net.daemon.stop();
}

//! An identity key that is destroyed where it was born.

use super::*;
use indelible_proto::v1::{GetRecordRequest, get_record_request::Record};

/// Destroys the private keys of a token, as somebody with its PIN can.
fn destroy_identities(token: &Token) {
    let tool = |arguments: &[&str]| {
        let done = Command::new("pkcs11-tool")
            .args(["--module", Token::module(), "--token-label", "trails"])
            .args(["--login", "--pin", PIN])
            .args(arguments)
            .env("SOFTHSM2_CONF", &token.configuration)
            .output()
            .expect("pkcs11-tool is there: run scripts/setup test");
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let listed = tool(&["--list-objects", "--type", "privkey"]);
    let ids: Vec<_> = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("ID:"))
        .map(str::trim)
        .collect();
    assert!(!ids.is_empty(), "{listed}");
    for id in ids {
        tool(&["--delete-object", "--type", "privkey", "--id", id]);
    }
}

async fn refused_for_its_identity(client: &mut Client, name: &str) {
    let refused = append(client, name, event("refused")).await;
    let status = refused.expect_err("its identity is gone");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, ErrorReason::KeysUnavailable.name(), "{status}");
    assert_eq!(info.metadata["remedy"], "replace");
    assert_eq!(info.metadata["fault"], "key-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_destroyed_in_the_token_is_replaced_with_the_recovery_key() {
    let place = Place::new();
    let token = Token::new(&place);
    let recovery = SigningKey::from_bytes(&[11; 32]);
    let daemon = start(&place, token.serve(&place)).await;
    let mut client = daemon.client().await;
    let request = CreateLedgerRequest {
        name: "trail".to_owned(),
        recovery_public_key: recovery.verifying_key().to_bytes().to_vec().into(),
        ..Default::default()
    };
    let created = client.create_ledger(request).await.unwrap().into_inner();
    let ledger = created.ledger.unwrap();
    create(&mut client, "without").await;
    for name in ["trail", "without"] {
        append(&mut client, name, event_of("erika", "a"))
            .await
            .unwrap();
    }
    daemon.stop();
    destroy_identities(&token);

    let daemon = start(&place, token.serve(&place)).await;
    let mut client = daemon.client().await;
    for name in ["trail", "without"] {
        refused_for_its_identity(&mut client, name).await;
        // The other keys are there; but nobody could say who looked.
        get(&mut client, name, 2, false).await;
        let request = GetRecordRequest {
            ledger: name.to_owned(),
            record: Some(Record::Sequence(2)),
            open_sealed: true,
            ..Default::default()
        };
        let refused = client.get_record(request).await.unwrap_err();
        assert!(refused.message().contains("_system"), "{refused:?}");
    }
    let directory = place.file("to-sign");
    fs::create_dir(&directory).unwrap();
    let to_sign = directory.to_str().unwrap();
    let rotate = ["keys", "rotate", "identity", "--yes", "--output", "json"];
    let asked = done(
        &daemon,
        &[&rotate[..], &["--recovery-dir", to_sign]].concat(),
    )
    .json();
    assert_eq!(asked["rotated"].as_array().unwrap().len(), 0, "{asked}");
    let left = asked["left"][0]["reason"].as_str().unwrap();
    assert!(left.contains("no recovery key"), "{left}");
    let file = directory.join(ledger.origin.replace('/', "_"));
    let signature = recovery.sign(&fs::read(&file).unwrap()).to_bytes();
    let signed = place.file("signature");
    fs::write(&signed, signature).unwrap();
    let given = format!("{}={}", ledger.origin, signed.display());
    let rotated = done(
        &daemon,
        &[&rotate[..], &["--recovery-signature", &given]].concat(),
    );
    let rotated = rotated.json();
    assert_eq!(rotated["rotated"][0]["origin"], ledger.origin.as_str());
    append(&mut client, "trail", event("b")).await.unwrap();
    refused_for_its_identity(&mut client, "without").await;
    assert_export_verifies(&place, &daemon, &ledger).await;
    daemon.stop();

    let daemon = start(&place, token.serve(&place)).await;
    let mut client = daemon.client().await;
    append(&mut client, "trail", event("c")).await.unwrap();
    assert_export_verifies(&place, &daemon, &ledger).await;
    daemon.stop();
}

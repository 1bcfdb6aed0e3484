//! A ledger whose KEK moves from one provider to another.

use super::*;

/// What a configuration says of its KEK, without the heading.
fn section(configuration: &Path) -> String {
    let text = fs::read_to_string(configuration).unwrap();
    text.split_once("[kek]").unwrap().1.to_owned()
}

/// A daemon under the first of these KEKs, which opens what the others wrapped.
fn under(place: &Place, token: &Token, sections: &[&str]) -> Command {
    let mut text = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\nanchor = {:?}\norigin_prefix = \"audit.example.com\"\n",
        place.data(),
        place.anchor()
    );
    for (number, section) in sections.iter().enumerate() {
        let heading = ["[kek]", "[[previous-kek]]"][number.min(1)];
        text.push_str(&format!("{heading}\n{section}\n"));
    }
    let path = place.file("moving.toml");
    fs::write(&path, text).unwrap();
    let mut command = serve(&path);
    command.env("SOFTHSM2_CONF", &token.configuration);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_moves_from_a_file_to_a_key_service_to_a_token_and_is_followed_from_its_first_key()
{
    let place = Place::new();
    let token = Token::new(&place);
    let emulator = Emulator::shared(Flavour::MiniStack);
    let key = emulator.create_key();
    let file = format!(
        "provider = \"passphrase-file\"\npath = {:?}\n",
        place.passphrase()
    );
    let _written = kms(&place, &emulator, &key);
    let kms = section(&place.file("indelible.toml"));
    let _written = token.serve(&place);
    let hsm = section(&place.file("indelible.toml"));
    // Each provider with those before it, as long as something lies under them, and then alone.
    let stations = [
        (vec![&*file], "passphrase"),
        (vec![&*kms, &*file], "AWS KMS"),
        (vec![&*hsm, &*kms], "PKCS#11"),
    ];
    let mut pinned = String::new();
    for (station, (sections, provider)) in stations.iter().enumerate() {
        let daemon = start(&place, under(&place, &token, sections)).await;
        let mut client = daemon.client().await;
        if station == 0 {
            pinned = create(&mut client, "trail").await.verifier_key;
        }
        let (before, after) = (format!("before {station}"), format!("after {station}"));
        append(&mut client, "trail", event_of("erika", &before))
            .await
            .unwrap();
        done(&daemon, &["keys", "rotate", "identity", "--yes"]);
        append(
            &mut client,
            "trail",
            event_of(&format!("of {station}"), &after),
        )
        .await
        .unwrap();
        let moved = done(&daemon, &["keys", "rotate", "kek", "--output", "json"]);
        assert_eq!(moved.json()["left"], 0, "{moved:?}");
        daemon.stop();

        // Nothing needs the one before any more.
        let daemon = start(&place, under(&place, &token, &sections[..1])).await;
        let mut client = daemon.client().await;
        let status = done(&daemon, &["status"]).text();
        assert!(status.contains(provider), "{status}");
        assert!(!status.contains("KEK_ROTATION_DUE"), "{status}");
        let mut found = Vec::new();
        let size = done(&daemon, &["checkpoint", "trail"]).text();
        let size: u64 = size.lines().nth(1).unwrap().parse().unwrap();
        for sequence in 0..size {
            let record = get(&mut client, "trail", sequence, true).await;
            found.extend(record.event.map(|event| event.id));
        }
        let wanted = (0..=station).flat_map(|n| [format!("before {n}"), format!("after {n}")]);
        assert_eq!(found, wanted.collect::<Vec<_>>());
        daemon.stop();
    }

    let daemon = start(&place, under(&place, &token, &[&hsm])).await;
    let mut client = daemon.client().await;
    let (bundle, head) = (place.file("trail.tar"), place.file("head"));
    export(&mut client, "trail", None, &bundle).await;
    fs::write(&head, done(&daemon, &["checkpoint", "trail"]).data).unwrap();
    let known = ["--known-head", head.to_str().unwrap()];
    let verified = verify(&bundle, &pinned, &known);
    assert_eq!(verified.code, 0, "{verified:?}");
    for question in ["integrity", "custody", "completeness"] {
        assert_eq!(verified.answer(question), "holds", "{verified:?}");
    }
    let seen = verified.report.to_string();
    for provider in ["aws-kms", "pkcs11"] {
        assert!(seen.contains(provider), "{seen}");
    }
    daemon.stop();
}

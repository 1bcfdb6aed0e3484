//! What a verdict says around its answers: who vouches for what, what was counted, and what can't be a verdict.

use super::*;
use indelible_evidence::DataKeyId;

fn printed(output: &Output) -> String {
    let words = [&output.stdout[..], &output.stderr[..]].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In no form does a small head vouch for what came after it.
#[test]
fn a_known_head_vouches_only_for_what_is_below_it() {
    let bench = Bench::new();
    let early = Ledger::new("program", 1);
    let head = bench.file("head", early.checkpoint(&[]).to_string());
    let witness = witness_key("w.example", &signing_key(50));
    let policy = bench.file("policy", format!("witness w {witness}\nquorum w\n"));
    let digest = data_encoding::HEXLOWER.encode(&support::sha256(&std::fs::read(&policy).unwrap()));
    let bundle = bench.file("bundle", &bench.tar);
    let head = head.to_str().unwrap();
    for form in ["text", "json", "html", "csv", "oscal", "in-toto"] {
        let told = |arguments: &[&str]| {
            let output = bench.run(&bundle, &[&["--format", form], arguments].concat());
            assert_eq!(output.status.code(), Some(0), "{form}: {output:?}");
            let words = printed(&output).replace("&#39;", "'").replace("<wbr>", "");
            words
                .replace("<span class=\"unbroken\">", "")
                .replace("</span>", "")
        };
        let small = told(&["--known-head", head]);
        for words in [
            "nown head of size 2 vouches for records 0 and 1 of",
            "records 2 to 301 rest on the operator's checkpoint of size 302",
        ] {
            assert!(small.contains(words), "{form}: {words}: {small}");
        }
        let policy = policy.to_str().unwrap();
        let now = ["--max-age", "1h", "--now", "1800000100"];
        let all = told(&[&["--policy", policy][..], &now].concat());
        assert!(
            all.contains("itnesses that cosigned the checkpoint vouch for records 0 to 301 of"),
            "{form}: {all}"
        );
        assert!(!all.contains("alone"), "{form}: {all}");
        assert!(all.contains(&digest), "{form}: {all}");
    }
    // The time is this machine's unless it was given, and which of the two is said.
    let machine = printed(&bench.run(&bundle, &[]));
    assert!(machine.contains("by the clock of the machine"), "{machine}");
    let given = printed(&bench.run(&bundle, &["--now", "1800000000"]));
    assert!(given.contains("gave it (--now)"), "{given}");
}

#[test]
fn an_altered_part_is_counted_as_nothing_else() {
    let mut bench = Bench::new();
    let first = bench.ledger.size();
    for _ in 0..3 {
        bench.ledger.sealed_event(DataKeyId::from_bytes([3; 16]));
    }
    let mut files = unpack(&bench.ledger.bundle(Selection::Whole));
    let bodies = files
        .iter_mut()
        .find(|file| file.0 == "bodies/000")
        .unwrap();
    let mut list = support::archive::items(&bodies.1);
    for at in [first, first + 2, 5] {
        let item = &mut list[usize::try_from(at).unwrap()];
        let last = item.len() - 1;
        item[last] ^= 1;
    }
    bodies.1 = list.concat();
    let altered = bench.file("altered", pack(&files));
    let json = bench.run(&altered, &["--output", "json"]);
    assert_eq!(json.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let counts = &json["bundle"]["bodies"];
    assert_eq!(
        [
            &counts["present"],
            &counts["encrypted"],
            &counts["unmatched"]
        ],
        [&Value::from(299), &1.into(), &3.into()]
    );
    for form in ["text", "html", "csv"] {
        let told = printed(&bench.run(&altered, &["--format", form]));
        assert!(!told.contains("3 bodies"), "{form}: {told}");
        assert!(
            !told.contains("verified to be what was recorded"),
            "{form}: {told}"
        );
        let counted = "1 body and 3 payloads are encrypted and not opened";
        assert!(told.contains(counted), "{form}: {told}");
    }
}

#[test]
fn the_page_of_the_format_is_told_from_another_one() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let own = printed(&bench.run(&bundle, &[]));
    assert!(
        own.contains("is the page that this program was built with"),
        "{own}"
    );
    let mut files = unpack(&bench.tar);
    let page = files
        .iter_mut()
        .find(|file| file.0 == "evidence-format.md")
        .unwrap();
    page.1 = b"Anything goes.\n".to_vec();
    let digest = data_encoding::HEXLOWER.encode(&support::sha256(&page.1));
    let manifest = files.iter_mut().find(|file| file.0 == "manifest").unwrap();
    let text = String::from_utf8(manifest.1.clone()).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("format "))
        .unwrap();
    manifest.1 = text.replace(line, &format!("format {digest}")).into_bytes();
    let other = bench.file("other", pack(&files));
    for form in ["text", "json", "html", "csv", "oscal"] {
        let output = bench.run(&other, &["--format", form]);
        assert_eq!(output.status.code(), Some(0), "{form}");
        let told = printed(&output);
        assert!(told.contains(&digest), "{form}: {told}");
        let is_for_people = matches!(form, "text" | "html" | "csv");
        assert!(
            !is_for_people || told.contains("take no rules from it"),
            "{form}: {told}"
        );
    }
}

/// Whoever asked for JSON gets JSON, whatever it comes to.
#[test]
fn json_is_json_where_there_is_no_verdict_too() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let text = bench.file("text", "some text");
    let later = String::from_utf8_lossy(&bench.tar).into_owned();
    assert!(later.contains("indelible-bundle@v0.2"));
    let (bundle, text) = (bundle.to_str().unwrap(), text.to_str().unwrap());
    let key = bench.ledger.key().to_string();
    let other = Ledger::new("other", 2).key().to_string();
    for (arguments, code, result) in [
        (&[bundle, "--key", &other][..], 1, "other_ledger"),
        (&[text, "--key", &key], 3, "malformed"),
        (&[bundle, "--key", "nonsense"], 2, "usage"),
        (&["/nowhere", "--key", &key], 5, "unread"),
        (&["identities", text, "--key", &key], 3, "malformed"),
        (
            &["receipt", text, "--record", text, "--key", &key],
            3,
            "malformed",
        ),
    ] {
        let output = program()
            .args(arguments)
            .args(["--output", "json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["result"], result, "{arguments:?}");
        assert_eq!(json["exit_code"], code, "{arguments:?}");
        let detail = json["detail"].as_str().unwrap();
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(detail),
            "{detail}"
        );
    }
    let output = program()
        .args([text, "--key", &key, "--format", "json"])
        .output()
        .unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["format"], "indelible-failure/0-draft");
}

#[test]
fn a_bundle_of_a_later_version_is_called_that() {
    let bench = Bench::new();
    let mut files = unpack(&bench.tar);
    let manifest = &mut files[0].1;
    let text = String::from_utf8(manifest.clone()).unwrap();
    *manifest = text.replace("@v0.2", "@v1.0").into_bytes();
    let later = bench.run(&bench.file("later", pack(&files)), &[]);
    assert_eq!(later.status.code(), Some(3));
    let told = printed(&later);
    assert!(told.contains("another version of the format"), "{told}");
}

#[test]
fn a_key_in_der_is_told_how_it_becomes_pem() {
    let bench = Bench::new();
    let bundle = bench.file("bundle", &bench.tar);
    let info = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let der = [&info[..], &bench.ledger.key().public()].concat();
    let der = bench.file("key.der", der);
    let output = program()
        .arg(&bundle)
        .arg("--key")
        .arg(&der)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = printed(&output);
    assert!(told.contains("openssl pkey -pubin -inform DER"), "{told}");
}

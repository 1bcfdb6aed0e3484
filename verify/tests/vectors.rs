//! The golden bundles and receipts of `tests/vectors`, put to the program: exit codes, and the answers that
//! are certain.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::Value;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors"]
        .iter()
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// A stored bundle, or the edits of a stored one.
fn bundle(vector: &Value) -> Vec<u8> {
    if let Some(file) = vector["file"].as_str() {
        return fs::read(folder().join(file)).unwrap();
    }
    let base = fs::read(folder().join(vector["base"].as_str().unwrap())).unwrap();
    let (mut edited, mut position) = (Vec::new(), 0);
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    for edit in vector["edits"].as_array().unwrap() {
        edited.extend_from_slice(&base[position..number(&edit["at"])]);
        edited.extend_from_slice(&unhex(edit["insert"].as_str().unwrap()));
        position = number(&edit["at"]) + number(&edit["remove"]);
    }
    edited.extend_from_slice(&base[position..]);
    edited
}

/// What is wrong with the program's answer, if anything is.
fn judge_bundle(vector: &Value, scratch: &std::path::Path) -> Result<(), String> {
    let name = if vector["form"] == "tar" {
        "bundle.tar"
    } else {
        "bundle.tar.zst"
    };
    let path = scratch.join(name);
    fs::write(&path, bundle(vector)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_indelible-verify"));
    command
        .arg(&path)
        .args(["--output", "json", "--key", vector["key"].as_str().unwrap()]);
    command.args(["--now", &vector["now"].to_string()]);
    for (key, option) in [("known_head", "--known-head"), ("policy", "--policy")] {
        if let Some(file) = vector[key].as_str() {
            command.arg(option).arg(folder().join(file));
        }
    }
    if let Some(seconds) = vector["max_age"].as_u64() {
        command.args(["--max-age", &format!("{seconds}s")]);
    }
    for question in vector["require"].as_array().into_iter().flatten() {
        command.args(["--require", question.as_str().unwrap()]);
    }
    let output = command.output().unwrap();
    let code = output.status.code().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let told = || format!("{report:#} {}", String::from_utf8_lossy(&output.stderr));
    expect_code(vector, code, &told)?;
    let is_of_other = told().contains("nothing was checked");
    for (question, wanted) in vector["verdict"].as_object().unwrap() {
        let found = &report["verdict"][question]["answer"];
        let wanted = match wanted.as_str().unwrap() {
            "can't be answered" => "unanswerable",
            other => other,
        };
        // Of another ledger's evidence there is no verdict, but words of its own.
        let is_judged = code != 2 && code != 3 && !is_of_other;
        if found != wanted && is_judged {
            return Err(format!("{question}: {found}, not {wanted}: {}", told()));
        }
    }
    if let (Some(record), 1) = (vector["record"].as_u64(), code) {
        let findings = ["integrity", "completeness", "freshness", "custody"]
            .into_iter()
            .flat_map(|question| {
                report["verdict"][question]["findings"]
                    .as_array()
                    .into_iter()
                    .flatten()
            });
        if !findings
            .into_iter()
            .any(|finding| finding["sequence"] == record)
        {
            return Err(format!("record {record} is not named: {}", told()));
        }
    }
    Ok(())
}

fn judge_receipt(vector: &Value) -> Result<(), String> {
    let file = |key: &str| folder().join(vector[key].as_str().unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_indelible-verify"))
        .arg("receipt")
        .arg(file("file"))
        .arg("--record")
        .arg(file("record"))
        .args(["--key", vector["key"].as_str().unwrap()])
        .output()
        .unwrap();
    expect_code(vector, output.status.code().unwrap(), &|| {
        String::from_utf8_lossy(&output.stderr).into_owned()
    })
}

fn expect_code(vector: &Value, code: i32, told: &dyn Fn() -> String) -> Result<(), String> {
    let wanted = vector["exit"].as_array().unwrap();
    if wanted.contains(&code.into()) {
        Ok(())
    } else {
        Err(format!("exit code {code}, not of {wanted:?}: {}", told()))
    }
}

#[test]
fn every_bundle_and_receipt_is_judged_as_it_says() {
    let index = fs::read(folder().join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let scratch = tempfile::TempDir::new().unwrap();
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for vector in index["vectors"].as_array().unwrap() {
        let kind = vector["kind"].as_str().unwrap();
        let outcome = match kind {
            "bundle-whole" | "bundle-range" => judge_bundle(vector, scratch.path()),
            "receipt" => judge_receipt(vector),
            _ => continue,
        };
        if let Err(problem) = outcome {
            wrong.push(format!("{}: {problem}", vector["name"]));
        }
        *counts.entry(kind).or_insert(0) += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} are judged wrongly:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        counts["bundle-whole"] > 100 && counts["bundle-range"] > 40 && counts["receipt"] > 20,
        "{counts:?}"
    );
}

fn vector<'a>(index: &'a Value, name: &str) -> &'a Value {
    let mut vectors = index["vectors"].as_array().unwrap().iter();
    vectors.find(|vector| vector["name"] == name).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_indelible-verify"))
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_became_of_the_keys_is_told() {
    let index = fs::read(folder().join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let vector = vector(&index, "bundle-whole/good-whole-rotated");
    let path = |key: &str| folder().join(vector[key].as_str().unwrap());
    let (file, head) = (path("file"), path("known_head"));
    let (file, head) = (file.to_str().unwrap(), head.to_str().unwrap());
    let key = vector["key"].as_str().unwrap();
    let arguments = [file, "--key", key, "--known-head", head, "--output"];
    let report: Value =
        serde_json::from_str(&printed(&[&arguments[..], &["json"]].concat())).unwrap();
    let keys = &report["bundle"]["keys"];
    assert_eq!(keys["identities"]["listed"][1]["sequence"], 7);
    assert_eq!(keys["identities"]["listed"][1]["by_recovery"], false);
    assert_eq!(keys["revocations"]["listed"][0]["size"], 7);
    assert_eq!(keys["keks"]["listed"][0]["provider"], "passphrase");
    assert_eq!(keys["data_keys"]["total"], 1);
    let erasure = &keys["erasures"]["listed"][0];
    assert_eq!(erasure["basis"], "GDPR Art. 17(1)(b)");
    assert_eq!(
        (&erasure["sequence"], &erasure["records"]),
        (&12.into(), &0.into())
    );
    let hold = &keys["holds"]["listed"][0];
    assert_eq!(
        (&hold["data_keys"], &hold["released"]["sequence"]),
        (&2.into(), &11.into())
    );
    let text = printed(&[&arguments[..], &["text"]].concat());
    for line in [
        "from record 7 on, ",
        "trusted up to size 7, by record 9, ",
        "of the provider \"passphrase\" from record 2 on, ",
        "recorded as erased by record 12, ",
        ": 1 data key, 0 records of this bundle: \"GDPR Art. 17(1)(b)\"",
        "; released by record 11, ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let page = printed(&[&arguments[..5], &["--format", "html"]].concat());
    for words in [
        "recorded as erased by record 12, ",
        "; released by record 11, ",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn a_record_whose_key_is_disclosed_is_shown() {
    let index = fs::read(folder().join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let vector = vector(&index, "receipt/good-rotated-and-opened");
    let path = |key: &str| folder().join(vector[key].as_str().unwrap());
    let (file, record) = (path("file"), path("record"));
    let (file, record) = (file.to_str().unwrap(), record.to_str().unwrap());
    let key = vector["key"].as_str().unwrap();
    let arguments = [
        "receipt", file, "--record", record, "--key", key, "--output",
    ];
    let report: Value =
        serde_json::from_str(&printed(&[&arguments[..], &["json"]].concat())).unwrap();
    assert_eq!(report["opened"]["body"]["data_subject"], "person:ada");
    assert_eq!(report["opened"]["payload_bytes"], 8);
    assert_eq!(report["provisional"], true);
    let text = printed(&[&arguments[..], &["text"]].concat());
    assert!(text.contains("\"data_subject\": \"person:ada\""), "{text}");
    assert!(text.contains("a new identity began at record 7"), "{text}");
}

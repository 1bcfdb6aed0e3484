//! The golden bundles and receipts of `tests/vectors`, put to the program: exit codes, and the answers that
//! are certain.

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
    for (question, wanted) in vector["verdict"].as_object().unwrap() {
        let found = &report["verdict"][question]["answer"];
        let wanted = match wanted.as_str().unwrap() {
            "can't be answered" => "unanswerable",
            other => other,
        };
        if found != wanted && code != 3 {
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

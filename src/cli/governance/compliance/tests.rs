use serde_json::json;

use super::*;

fn artifact(result: &str, gate: Option<&str>) -> Value {
    json!({
        "audit_schema_version": "1.2", "policy_file": "loans.yaml", "policy_version": "1",
        "policy_schema_version": "http://json-schema.org/draft-07/schema#", "model_provider": "internal",
        "model_identifier": "m-1", "role": "assistant", "enforcement_result": result, "failures": [],
        "failure_gate": gate, "failure_reason": gate.map(|gate| format!("{gate} said no")),
        "input_checksum": "ab".repeat(32), "output_checksum": "cd".repeat(32), "context": {}, "metadata": {},
        "timestamp": 1_780_000_000, "risk_score": null, "signature": null,
    })
}

fn figures(text: &str, lineage: bool) -> Figures {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let command = Compliance {
        what: file.path().to_owned(),
        key: None,
        ledger: false,
        include_artifacts: true,
        lineage,
        keys: Vec::new(),
    };
    command
        .figures(Aigc::new(Keyring::default(), "aigc".to_owned()))
        .unwrap()
}

/// What AIGC's own export counts of the same artifacts.
#[test]
fn artifacts_are_counted_and_what_is_none_is_not() {
    let mut other = artifact("PASS", None);
    other["timestamp"] = 1_780_000_001_u64.into();
    let mut lines = vec![
        artifact("PASS", None),
        other,
        artifact("FAIL", Some("role_validation")),
        // A failure without a gate is no artifact of AIGC's.
        artifact("FAIL", None),
    ];
    lines.push(json!({"audit_schema_version": "1.2"}));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let found = figures(&text, false);
    assert_eq!(
        (
            found.total_artifacts,
            found.pass_count,
            found.fail_count,
            found.invalid_artifacts
        ),
        (5, 2, 1, 2),
        "{:?}",
        found.findings
    );
    assert_eq!(found.compliance_rate, 66.67);
    assert_eq!(found.failure_gates_summary["role_validation"], 1);
    assert_eq!(found.policies["loans.yaml"], 3);
    assert_eq!((found.chain, found.signatures), (NOT_CHECKED, NOT_CHECKED));
    assert_eq!(found.artifacts.unwrap().len(), 3);
    // Twice the same is said, and breaks no chain where there is none.
    let twice = figures(&format!("{0}\n{0}\n", lines[0]), false);
    assert_eq!((twice.chain, twice.findings.len()), (NOT_CHECKED, 1));
    // An array is read as well.
    let array = serde_json::to_string(&lines).unwrap();
    assert_eq!(figures(&array, false).pass_count, 2);
}

#[test]
fn what_derives_from_what_is_not_here_or_from_itself_is_said() {
    let mut chain = BTreeMap::new();
    for (own, from) in [("a", vec![]), ("b", vec!["a"]), ("c", vec!["b", "gone"])] {
        let from: Vec<String> = from.into_iter().map(str::to_owned).collect();
        chain.insert(own.to_owned(), from);
    }
    assert!(!has_cycle(&chain));
    let artifacts: Vec<_> = chain
        .iter()
        .map(|(own, from)| json!({"checksum": own, "provenance": {"derived_from_audit_checksums": from}}))
        .collect();
    let found = lineage(&artifacts);
    assert_eq!(
        (found.roots, found.leaves, found.orphans),
        (
            vec!["a".to_owned()],
            vec!["c".to_owned()],
            vec!["c".to_owned()]
        )
    );
    chain.insert("a".to_owned(), vec!["b".to_owned()]);
    assert!(has_cycle(&chain));
}

//! What AIGC was recorded to answer.

use indelible_governance::{
    artifact::{ArtifactVersion, Enforced},
    claim::trail::Trail,
    digest::Digest,
    evaluate::aigc::{Part, error_class, evaluate},
    expression::{Expression, Scope},
    json::{Form, Object, Value, read},
    policy::{
        Compatibility, PolicyError,
        aigc::{Chain, Compiled, Risk},
    },
    redact::Redaction,
    request::Invocation,
};

use crate::reading::{LIMITS, cases, document, member, text, texts};

#[test]
fn guards_come_to_what_aigc_says() {
    let file = document(include_str!("../vectors/guards.json"));
    let conditions = member(&file, "conditions").as_object().unwrap().members();
    let conditions: Vec<_> = conditions
        .map(|(name, truth)| (name.to_owned(), *truth == Value::Bool(true)))
        .collect();
    let scope = Scope {
        role: text(&file, "role"),
        conditions: &conditions,
        context: member(&file, "context").as_object().unwrap(),
    };
    for case in cases(&file) {
        let (id, source) = (text(case, "id"), text(case, "expression"));
        let found = Expression::parse(source).and_then(|expression| expression.is_true(&scope));
        match member(case, "problem") {
            Value::Null => assert_eq!(
                found.map(Value::Bool).as_ref(),
                Ok(member(case, "true")),
                "{id}"
            ),
            problem => assert_eq!(
                Some(&*found.unwrap_err().to_string()),
                problem.as_text(),
                "{id}"
            ),
        }
    }
    assert_eq!(cases(&file).len(), 22);
}

#[test]
fn redaction_takes_out_what_aigc_does() {
    let file = document(include_str!("../vectors/redaction.json"));
    let redaction = Redaction::new(&[]).unwrap();
    for case in cases(&file) {
        let redacted = redaction.apply(text(case, "text"));
        assert_eq!(redacted.text, text(case, "without"));
        let found = member(case, "found").as_array().unwrap();
        let found: Vec<_> = found.iter().filter_map(Value::as_text).collect();
        assert_eq!(redacted.found, found);
    }
}

#[test]
fn the_canonical_form_is_aigcs() {
    let file = document(include_str!(
        "../../../tests/data/aigc/aigc_canonical_json.json"
    ));
    let mut same = 0;
    for case in member(&file, "vectors").as_array().unwrap() {
        let found = read(text(case, "input_json").as_bytes(), LIMITS);
        match member(case, "error") {
            Value::Null => {
                let bytes = found.unwrap().canonical(Form::Aigc).unwrap();
                assert_eq!(
                    Digest::of(&bytes).to_string(),
                    text(case, "sha256"),
                    "{}",
                    text(case, "id")
                );
                same += 1;
            }
            _ => assert!(found.is_err(), "{}", text(case, "id")),
        }
    }
    assert!(same >= 12, "{same}");
}

/// What came of a run: the error's class, code and gate, its words, the gates that were passed, the score, the trail.
struct Outcome {
    error: Option<[String; 4]>,
    gates: Vec<String>,
    trail: Trail,
    /// What is written of a run whose policy could be read.
    artifact: Option<Object>,
}

fn early(class: &str, code: &str, words: &str) -> Outcome {
    let gate = "invocation_validation";
    Outcome {
        error: Some([class, code, gate, words].map(str::to_owned)),
        gates: Vec::new(),
        trail: Trail::default(),
        artifact: None,
    }
}

fn compile(vector: &Value, name: &str) -> Result<Option<Compiled>, PolicyError> {
    let files = member(vector, "files").as_object().unwrap();
    let find = |name: &str| {
        files
            .get(name)?
            .as_text()
            .map(|text| text.as_bytes().to_vec())
    };
    let Some(bytes) = find(name) else {
        return Ok(None);
    };
    let chain = Chain::resolve(name, &bytes, &find)?;
    if member(member(vector, "engine"), "strict_mode") == &Value::Bool(true) {
        chain.strict()?;
    }
    Compiled::new(&chain, Compatibility::Aigc03).map(Some)
}

fn run(vector: &Value) -> Outcome {
    let invocation = match Invocation::from_value(member(vector, "invocation"), true) {
        Ok(invocation) => invocation,
        Err(error) => {
            return early(
                "InvocationValidationError",
                "INVOCATION_VALIDATION_ERROR",
                &error.message,
            );
        }
    };
    let policy = match compile(vector, invocation.policy_file.as_deref().unwrap()) {
        Ok(Some(policy)) => policy,
        Ok(None) => {
            return early(
                "PolicyLoadError",
                "POLICY_LOAD_ERROR",
                "Policy file does not exist",
            );
        }
        Err(error) => {
            let code = error.fault.code();
            return early(error_class(code).unwrap(), code, &error.message);
        }
    };
    let risk = member(member(vector, "engine"), "risk_config").as_object();
    let risk = risk.map(|risk| Risk::from_value(risk).unwrap());
    let evaluation = evaluate(&policy, &invocation, risk.as_ref(), Part::Whole);
    let redaction = Redaction::new(&[]).unwrap();
    let failure = evaluation.failure.map(|mut failure| {
        let redacted = redaction.apply(&failure.message);
        failure.message = redacted.text;
        failure.redacted = redacted.found;
        failure
    });
    let enforced = Enforced {
        policy_file: invocation.policy_file.as_deref().unwrap(),
        policy_version: &policy.own().plain.version,
        invocation: &invocation,
        trail: &evaluation.trail,
        failure: failure.as_ref(),
        seconds: 1_700_000_000,
    };
    let artifact = Some(enforced.artifact(ArtifactVersion::V12));
    let error = failure.map(|failure| {
        let class = error_class(&failure.code).unwrap().to_owned();
        [class, failure.code, failure.gate, failure.message]
    });
    Outcome {
        artifact,
        error,
        gates: evaluation.trail.gates.clone(),
        trail: evaluation.trail,
    }
}

/// What AIGC's artifact tells of a run that passed.
fn metadata_is(trail: &Trail, metadata: &Value, id: &str) {
    assert_eq!(
        trail.preconditions,
        texts(member(metadata, "preconditions_satisfied")),
        "{id}"
    );
    assert_eq!(
        trail.postconditions,
        texts(member(metadata, "postconditions_satisfied")),
        "{id}"
    );
    let schema = if trail.output_fits == Some(true) {
        "passed"
    } else {
        "skipped"
    };
    assert_eq!(schema, text(metadata, "schema_validation"), "{id}");
    assert_eq!(
        trail.tools,
        texts(member(
            member(metadata, "tool_constraints"),
            "tools_checked"
        )),
        "{id}"
    );
    let mut conditions = Object::default();
    for (name, truth) in &trail.conditions {
        conditions.set(name, Value::Bool(*truth));
    }
    assert_eq!(
        &Value::Object(conditions),
        member(metadata, "conditions_resolved"),
        "{id}"
    );
    let guards = member(metadata, "guards_evaluated").as_array().unwrap();
    let guards: Vec<_> = guards
        .iter()
        .map(|guard| {
            (
                text(guard, "condition"),
                member(guard, "matched") == &Value::Bool(true),
            )
        })
        .collect();
    let ours: Vec<_> = trail
        .guards
        .iter()
        .map(|guard| (&*guard.condition, guard.matched))
        .collect();
    assert_eq!(ours, guards, "{id}");
}

fn risk_is(trail: &Trail, scoring: &Value, id: &str) {
    let float = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        other => panic!("{other:?}"),
    };
    let risk = trail.risk.as_ref().expect(id);
    assert_eq!(
        risk.score.to_bits(),
        float(member(scoring, "score")).to_bits(),
        "{id}"
    );
    assert_eq!(
        risk.threshold.to_bits(),
        float(member(scoring, "threshold")).to_bits(),
        "{id}"
    );
    assert_eq!(risk.mode, text(scoring, "mode"), "{id}");
    assert_eq!(
        &Value::Bool(risk.exceeded),
        member(scoring, "exceeded"),
        "{id}"
    );
    for (ours, theirs) in risk
        .basis
        .iter()
        .zip(member(scoring, "basis").as_array().unwrap())
    {
        assert_eq!(ours.name, text(theirs, "name"), "{id}");
        assert_eq!(
            &Value::Bool(ours.triggered),
            member(theirs, "triggered"),
            "{id}"
        );
    }
}

#[test]
fn enforcement_comes_to_what_aigc_says() {
    let file = document(include_str!("../../../tests/data/aigc/aigc_enforce.json"));
    let vectors = member(&file, "vectors").as_array().unwrap();
    let mut written = 0;
    for vector in vectors {
        let (id, expected) = (text(vector, "id"), member(vector, "expected"));
        let outcome = run(vector);
        let words = |name: &str| {
            member(expected, name)
                .as_text()
                .map(|text| text.replace("<DIR>/", ""))
        };
        let theirs = words("exception").map(|class| {
            [
                class,
                words("code").unwrap(),
                words("failure_gate").unwrap(),
                words("failure_reason").unwrap(),
            ]
        });
        assert_eq!(outcome.error, theirs, "{id}");
        assert_eq!(
            outcome.gates,
            texts(member(expected, "gates_evaluated")),
            "{id}"
        );
        let metadata = member(member(expected, "artifact"), "metadata");
        if theirs.is_none() {
            metadata_is(&outcome.trail, metadata, id);
        }
        if let scoring @ Value::Object(_) = member(metadata, "risk_scoring") {
            risk_is(&outcome.trail, scoring, id);
        }
        if let Some(mut artifact) = outcome.artifact {
            // Whoever ran it signed it.
            let signature = member(member(expected, "artifact"), "signature");
            artifact.set("signature", signature.clone());
            let ours = String::from_utf8(artifact.aigc_bytes()).unwrap();
            let digest = Digest::of(ours.as_bytes()).to_string();
            let theirs = text(expected, "artifact_canonical_sha256");
            assert_eq!(digest, theirs, "{id}: {ours}");
            written += 1;
        }
    }
    assert_eq!(vectors.len(), 57);
    assert!(written >= 30, "{written}");
}

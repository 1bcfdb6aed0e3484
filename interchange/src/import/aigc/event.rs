//! An artifact as an event of the conventions: one enforcement is one decision.

use indelible_compliance::conventions::Decision;
use indelible_proto::v1::{Digest, Event, event::Payload};
use jiff::Timestamp;

use crate::{
    hex,
    import::{
        checked::source,
        conventions::{name, put, put_amount, put_text, reference},
        map_error::MapError,
        python::{Object, Value},
    },
};

/// What verdicts and sources call the system.
pub const SYSTEM: &str = "aigc";

/// One artifact. Its id is the digest of its canonical form, so that a second import of it is a repeat.
pub(super) fn event(
    artifact: &Object,
    json: &[u8],
    digest: &str,
    system: &str,
) -> Result<Event, MapError> {
    let result = artifact.required_text("enforcement_result")?;
    if !matches!(result, "PASS" | "FAIL") {
        let problem = format!("{result:?} is neither PASS nor FAIL");
        return Err(MapError::invalid("enforcement_result", problem));
    }
    let empty = Object::default();
    let metadata = artifact.object("metadata")?.unwrap_or(&empty);
    let context = artifact.object("context")?.unwrap_or(&empty);
    let provider = artifact.required_text("model_provider")?;
    let model = artifact.required_text("model_identifier")?;
    let policy = artifact.required_text("policy_file")?;
    let session = context.of("session_id").and_then(Value::scalar_text);
    let mut event = Event {
        id: digest.to_owned(),
        source: source(SYSTEM),
        r#type: Decision::TYPE.to_owned(),
        subject: name(Some(policy)),
        time: time(artifact)?,
        datacontenttype: "application/json".to_owned(),
        correlation_id: reference(session.as_deref()),
        digests: digests(artifact)?,
        payload: Some(Payload::Plaintext(json.to_vec().into())),
        ..Event::default()
    };
    for (fact, value) in [
        ("system", Some(system)),
        ("model", Some(model)),
        ("model_provider", Some(provider)),
        ("policy", Some(policy)),
        ("policy_version", artifact.text("policy_version")?),
        ("agent", Some(artifact.required_text("role")?)),
        ("session", session.as_deref()),
        (
            "result",
            Some(if result == "PASS" { "pass" } else { "fail" }),
        ),
        ("failed_gate", artifact.text("failure_gate")?),
        ("failure_reason", artifact.text("failure_reason")?),
        ("imported_from", Some(SYSTEM)),
        ("imported_version", artifact.text("audit_schema_version")?),
        ("chain_id", artifact.text("chain_id")?),
    ] {
        put_text(&mut event, fact, value);
    }
    // On a failure the score stands in the metadata alone.
    let scoring = metadata.object("risk_scoring")?.unwrap_or(&empty);
    let score = artifact.of("risk_score").or_else(|| scoring.of("score"));
    put_amount(&mut event, "risk_score", score);
    put(&mut event, "chain_index", artifact.of("chain_index"));
    put(
        &mut event,
        "enforcement_mode",
        metadata.of("enforcement_mode"),
    );
    if let Some(Value::Array(failures)) = artifact.of("failures") {
        let count = Value::Integer(failures.len().to_string());
        put(&mut event, "failures", Some(&count));
        if let Some(Value::Object(first)) = failures.first() {
            put(&mut event, "failure_code", first.of("code"));
        }
    }
    Ok(event)
}

/// Seconds since 1970 as RFC 3339.
fn time(artifact: &Object) -> Result<String, MapError> {
    let seconds = artifact
        .unsigned("timestamp")?
        .ok_or_else(|| MapError::missing("timestamp"))?;
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(|time| time.to_string())
        .ok_or_else(|| MapError::invalid("timestamp", "it is too large for a date"))
}

/// The checksums of input and output, which stay with their owner.
fn digests(artifact: &Object) -> Result<Vec<Digest>, MapError> {
    let mut digests = Vec::new();
    for (component, field) in [("input", "input_checksum"), ("output", "output_checksum")] {
        let value = hex::decode(artifact.required_text(field)?)
            .filter(|value| value.len() == 32)
            .ok_or_else(|| MapError::wrong_type(field, "a SHA-256 in hexadecimal"))?;
        digests.push(Digest {
            component: component.to_owned(),
            algorithm: "sha256".to_owned(),
            value,
        });
    }
    Ok(digests)
}

//! The signature of one artifact: over all of it, or over what it was before it was chained.

use crate::import::{
    aigc::chain::CHAIN_FIELDS,
    checked::{Code, Finding, Keyring},
    map_error::MapError,
    python::{Form, Object, Value},
};

/// What is to be said of an artifact's signature; nothing if it verifies over the whole.
pub(super) fn check(artifact: &Object, keys: &Keyring) -> Result<Option<Finding>, MapError> {
    let Some(signature) = artifact.text("signature")? else {
        let metadata = artifact.object("metadata")?;
        let failed_early = metadata.and_then(|metadata| metadata.of("pre_pipeline_failure"));
        let code = match failed_early {
            None | Some(Value::Boolean(false)) => Code::Unsigned,
            Some(_) => Code::UnsignedPrePipeline,
        };
        return Ok(Some(Finding::new(code)));
    };
    if keys.is_empty() {
        return Ok(Some(Finding::new(Code::NoKey)));
    }
    let verifies = |without: &[&str]| {
        let signed = artifact.canonical(Form::Whole, without);
        keys.all().any(|key| key.authenticate(&signed) == signature)
    };
    if verifies(&["signature"]) {
        return Ok(None);
    }
    let before_chained: Vec<&str> = CHAIN_FIELDS.iter().copied().chain(["signature"]).collect();
    let code = if artifact.of("chain_id").is_some() && verifies(&before_chained) {
        Code::SignedThenChained
    } else {
        Code::SignatureInvalid
    };
    Ok(Some(Finding::new(code)))
}

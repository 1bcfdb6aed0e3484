//! The policies of a binding, compiled from the documents that are registered.

use indelible_evidence::FieldViolation;
use indelible_governance::{
    digest::Digest,
    evaluate::Bound,
    policy::{
        Compatibility,
        aegis::AegisPolicy,
        aigc::{Chain, Compiled},
        binding::Binding,
        gate::GatePolicy,
    },
    redact::Redaction,
};

use crate::state::{govern_error::GovernError, governed::Rules};

/// Compiles the policies of a binding from the documents that are registered.
pub(super) fn compile(binding: &Binding, rules: &Rules) -> Result<Bound, GovernError> {
    let aigc = binding
        .aigc
        .map(|digest| compile_aigc(binding, rules, digest));
    let gate = binding.gate.map(|digest| {
        let (name, bytes) = own_document(rules, &digest)?;
        Ok::<_, GovernError>(GatePolicy::read(&name, bytes)?)
    });
    let aegis = binding.aegis.map(|digest| {
        let (name, bytes) = own_document(rules, &digest)?;
        let policy = AegisPolicy::read(&name, bytes, binding.compatibility)?;
        Ok::<_, GovernError>(policy)
    });
    let redaction = Redaction::new(&binding.redaction).map_err(|error| {
        GovernError::Field(FieldViolation {
            field: "redaction".into(),
            problem: error.to_string(),
        })
    })?;
    Ok(Bound {
        sequence: 0,
        aigc: aigc.transpose()?,
        gate: gate.transpose()?,
        aegis: aegis.transpose()?,
        risk: None,
        redaction,
        shadow: binding.shadow,
    })
}

fn compile_aigc(binding: &Binding, rules: &Rules, digest: Digest) -> Result<Compiled, GovernError> {
    let registered = rules.policies.get(&digest);
    let documents = &registered
        .ok_or(GovernError::PolicyUnknown)?
        .policy
        .documents;
    let (name, bytes) = own_document(rules, &digest)?;
    // Names were pinned to digests when the policy was registered.
    let find = |base: &str| {
        let (_, digest) = documents.iter().find(|(name, _)| name == base)?;
        rules.documents.get(digest).map(|bytes| bytes.to_vec())
    };
    let chain = Chain::resolve(&name, bytes, &find)?;
    if chain.digest() != digest {
        return Err(GovernError::Unusable {
            reason: format!("the documents of the policy {digest} make another one"),
        });
    }
    if binding.strict_mode && binding.compatibility == Compatibility::Aigc03 {
        chain.strict()?;
    } else if binding.strict_mode {
        return Err(GovernError::Field(FieldViolation {
            field: "strict_mode".into(),
            problem: "is AIGC's own, and needs the compatibility aigc-0.3".into(),
        }));
    }
    Ok(Compiled::new(&chain, binding.compatibility)?)
}

fn own_document<'a>(rules: &'a Rules, policy: &Digest) -> Result<(String, &'a [u8]), GovernError> {
    let registered = rules.policies.get(policy);
    let documents = &registered
        .ok_or(GovernError::PolicyUnknown)?
        .policy
        .documents;
    let own = documents.first().and_then(|(name, digest)| {
        let bytes = rules.documents.get(digest)?;
        Some((name.clone(), &bytes[..]))
    });
    own.ok_or(GovernError::PolicyUnknown)
}

impl Rules {
    /// The policies of a binding, compiled anew.
    ///
    /// # Errors
    /// If a policy is not registered, or does not compile.
    pub fn compile(&self, binding: &Binding) -> Result<Bound, GovernError> {
        compile(binding, self)
    }
}

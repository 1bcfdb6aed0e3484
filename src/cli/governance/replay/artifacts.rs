//! `indelible policy artifacts`: AIGC's audit artifacts out of the decisions of a bundle.

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc};

use clap::Args;
use indelible_evidence::verify::Trust;
use indelible_governance::{
    artifact::{ArtifactVersion, Enforced, chained, signed_bytes, whole_trail},
    claim::{Failure, Verdict, trail::Trail},
    evaluate::was_output_judged,
    json::{Object, Value},
    record::{Completion, Decision, Entry},
    request::Invocation,
};
use indelible_interchange::import::checked::{HmacKey, Keyring};
use indelible_ledger::{BindingInForce, Rules};

use super::{bundle, key, recorded::read, requests::Requests};
use crate::cli::{error::CliError, import::checked::add_key, session::Session};

const SECOND_NS: u64 = 1_000_000_000;

/// Write AIGC's audit artifacts of what a bundle's decisions allowed and refused; needs no daemon
///
/// One artifact a line, in AIGC's canonical form, of each act under a policy of AIGC's kind whose request is given, and whose
/// output is, if it was completed. The bundle is verified first, and the digests in its records show that requests and outputs
/// are those that were judged. What a rule beside AIGC's refused is a `custom_gate_violation`. Acts that were escalated,
/// released or not completed have no artifact.
///
/// Ends with 0 only if every act that AIGC would have written one of is there.
#[derive(Debug, Args)]
pub(crate) struct Artifacts {
    /// The bundle: a .tar or .tar.zst file of the whole ledger
    bundle: PathBuf,
    /// A file with the ledger's key, as `indelible ledger key` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Requests, one JSON object a line: `request`, `salt`, `output` and `output_tools`, as `replay --requests` takes them
    #[arg(long, value_name = "FILE")]
    requests: PathBuf,
    /// The version of the artifacts
    #[arg(long, value_name = "VERSION", default_value = "1.4", value_parser = ["1.2", "1.3", "1.4"])]
    schema_version: String,
    /// Put them into one chain of this id. AIGC does not verify what is both in a chain and signed
    #[arg(long, value_name = "ID", conflicts_with = "hmac_key_file")]
    chain_id: Option<String>,
    /// Sign them with the HMAC key in this file
    #[arg(long, value_name = "FILE")]
    hmac_key_file: Option<PathBuf>,
}

impl Artifacts {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let trust = Trust::in_key(key(&self.key)?);
        let requests = Requests::read(&self.requests)?;
        let governed = bundle::read(&self.bundle, &trust)?;
        let wrong = |problem: String| CliError::Input {
            name: self.bundle.display().to_string(),
            problem,
        };
        let version = ArtifactVersion::parse(&self.schema_version);
        let version = version.ok_or_else(|| wrong("there is no such version".to_owned()))?;
        let mut writing = Writing {
            requests: &requests,
            version,
            chain: self.chain_id.map(|id| (id, 0, None)),
            keys: Keyring::default(),
            open: HashMap::new(),
            counts: Counts::default(),
        };
        if let Some(path) = &self.hmac_key_file {
            add_key(&mut writing.keys, path, 0, 0, false)?;
        }
        let mut rules = Rules::default();
        for record in &governed.records {
            let entry = read(&mut rules, record, governed.begins.is_some()).map_err(wrong)?;
            let (sequence, seconds) = (record.position.sequence, record.position.time / SECOND_NS);
            let artifact = match &entry {
                Some(Entry::Decision(decision)) => {
                    writing.decided(sequence, seconds, decision, &rules)
                }
                Some(Entry::Completion(completion)) => writing.completed(seconds, completion),
                Some(Entry::Released { decision }) => {
                    writing.open.remove(decision);
                    None
                }
                _ => None,
            };
            if let Some(artifact) = artifact {
                let line = writing.placed(artifact).aigc_bytes();
                session.output.line(String::from_utf8_lossy(&line))?;
            }
        }
        let lacks = governed.not_there.is_some() || governed.begins.is_some();
        writing.counts.open = writing.open.len();
        session.output.remark(&writing.counts);
        match lacks || writing.counts.lacking > 0 {
            false => Ok(()),
            true => Err(CliError::Unanswered {
                what: self.bundle.display().to_string(),
            }),
        }
    }
}

/// How many there were.
#[derive(Default)]
struct Counts {
    written: u64,
    /// The request or the output is not given.
    lacking: u64,
    escalated: u64,
    open: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            written,
            lacking,
            escalated,
            open,
        } = self;
        write!(
            f,
            "{written} artifacts; not written: {lacking} whose request or output was not given, {escalated} escalated, {open} not completed"
        )
    }
}

/// An act that is allowed, until it is completed; its request, if that is given.
struct Act {
    decision: Decision,
    binding: Arc<BindingInForce>,
}

/// A chain's id, the place of its next artifact, and the checksum of the last one.
type Chain = (String, u64, Option<String>);

struct Writing<'a> {
    requests: &'a Requests,
    version: ArtifactVersion,
    chain: Option<Chain>,
    keys: Keyring,
    open: HashMap<u64, Act>,
    counts: Counts,
}

impl Writing<'_> {
    fn decided(
        &mut self,
        sequence: u64,
        seconds: u64,
        decision: &Decision,
        rules: &Rules,
    ) -> Option<Object> {
        let binding = decision.binding().filter(|_| !decision.shadow)?;
        let mut bindings = rules.bindings.values();
        let binding = bindings.find(|one| one.bound.sequence == binding);
        let Some(binding) = binding else {
            // It may be of AIGC's kind, and lies before what the bundle has.
            self.counts.lacking += 1;
            return None;
        };
        binding.bound.aigc.as_ref()?;
        let act = Act {
            decision: decision.clone(),
            binding: Arc::clone(binding),
        };
        match decision.verdict {
            Verdict::Escalate => {
                self.counts.escalated += 1;
                None
            }
            Verdict::Allow | Verdict::Warn if !was_output_judged(decision) => {
                self.open.insert(sequence, act);
                None
            }
            Verdict::Allow | Verdict::Warn | Verdict::Deny => {
                let invocation = self
                    .requests
                    .of(decision)
                    .and_then(|(one, _)| one.invocation);
                self.artifact(
                    &act,
                    invocation,
                    (&decision.trail, decision.failure.as_ref(), seconds),
                )
            }
        }
    }

    fn completed(&mut self, seconds: u64, completion: &Completion) -> Option<Object> {
        let act = self.open.remove(&completion.decision)?;
        let trail = whole_trail(&act.decision.trail, completion.trail.as_ref());
        let invocation = self.with_output(&act.decision, completion);
        let failure = completion.failure.as_ref();
        self.artifact(&act, invocation, (&trail, failure, seconds))
    }

    /// The invocation of a decision with what came out, if both are given and are what the records have digests of.
    fn with_output(&self, decision: &Decision, completion: &Completion) -> Option<Invocation> {
        let (request, salt) = self.requests.of(decision)?;
        let mut invocation = request.invocation?;
        let name = (decision.act.source.clone(), decision.act.id.clone());
        match (completion.output, self.requests.1.get(&name)) {
            (Some(digest), Some(output)) if output.digest(&salt) == digest => {
                let Value::Object(content) = &output.content else {
                    return None;
                };
                invocation.output = Some(content.clone());
                Some(invocation)
            }
            // Nobody showed any: AIGC's checksum is that of nothing.
            (None, _) if completion.failure.is_some() => Some(invocation),
            _ => None,
        }
    }

    fn artifact(
        &mut self,
        act: &Act,
        invocation: Option<Invocation>,
        (trail, failure, seconds): (&Trail, Option<&Failure>, u64),
    ) -> Option<Object> {
        let policy = act.binding.bound.aigc.as_ref()?;
        let Some(invocation) = invocation else {
            self.counts.lacking += 1;
            return None;
        };
        self.counts.written += 1;
        let own = policy.documents.first().map(|(name, _)| name.as_str());
        let named = invocation.policy_file.as_deref().or(own);
        let enforced = Enforced {
            policy_file: named.unwrap_or_default(),
            policy_version: &policy.own().plain.version,
            invocation: &invocation,
            trail,
            failure,
            seconds,
        };
        Some(enforced.artifact(self.version))
    }

    /// An artifact in its place in the chain, or signed, as it is wanted.
    fn placed(&mut self, mut artifact: Object) -> Object {
        if let Some((id, index, previous)) = &mut self.chain {
            let (own, checksum) = chained(artifact, id, *index, previous.as_deref());
            *index += 1;
            *previous = Some(checksum);
            return own;
        }
        if let Some(key) = self.keys.first() {
            let signature = signature(key, &artifact);
            artifact.set("signature", Value::Text(signature));
        }
        artifact
    }
}

fn signature(key: &HmacKey, artifact: &Object) -> String {
    key.authenticate(&signed_bytes(artifact))
}

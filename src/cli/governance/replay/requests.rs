//! What was asked, as those who asked kept it: the ledger has digests alone.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use indelible_governance::{
    ASKED_SEMANTICS,
    claim::Proposal,
    digest::Digest,
    evaluate::{Output, propose},
    json::Value,
    record::Decision,
    request::Request,
    state::code,
};
use indelible_interchange::hex;
use indelible_ledger::{ALREADY_DECIDED, Rules};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cli::{
    error::CliError,
    governance::request::{self, RequestFile},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    request: RequestFile,
    salt: String,
    /// What came out of the act.
    output: Option<Box<RawValue>>,
    /// The tools that the output asked to call.
    #[serde(default)]
    output_tools: Vec<String>,
}

/// A request that no decision was made on, as far as was read.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Unmatched {
    pub(super) source: String,
    pub(super) id: String,
}

/// Requests by their source and id, and what came out of some.
#[derive(Debug, Default)]
pub(super) struct Requests(
    pub(super) HashMap<(String, String), (Request, Vec<u8>)>,
    pub(super) HashMap<(String, String), Output>,
);

impl Requests {
    /// Reads requests, one a line.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let text = fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
        let (mut all, mut outputs) = (HashMap::new(), HashMap::new());
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |problem: String| CliError::Input {
                name: format!("{}, line {number}", path.display()),
                problem,
            };
            let line: Line =
                serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            let salt = hex::decode(&line.salt)
                .ok_or_else(|| wrong("the salt is not hexadecimal".to_owned()))?;
            let request = line.request.into_request(String::new()).map_err(wrong)?;
            let request = request::asked(&request).map_err(wrong)?;
            let name = (request.source.clone(), request.id.clone());
            if let Some(output) = line.output {
                let content = request::value(output.get().as_bytes()).map_err(wrong)?;
                let output = Output {
                    content: content.unwrap_or(Value::Null),
                    tools: line.output_tools,
                };
                outputs.insert(name.clone(), output);
            }
            all.insert(name, (request, salt.to_vec()));
        }
        Ok(Self(all, outputs))
    }

    /// The request of a decision, if it is here. Who called, and for which agent where the request does not say, the decision
    /// says; the digest of all of it is in the record, so nothing else passes for it.
    pub(super) fn of(&self, decision: &Decision) -> Option<(Request, Vec<u8>)> {
        let act = &decision.act;
        let (request, salt) = self.0.get(&(act.source.clone(), act.id.clone()))?;
        let mut request = request.clone();
        request.principal.clone_from(&act.principal);
        if request.agent.is_empty() {
            request.agent.clone_from(&act.agent);
        }
        let digest: Digest = request.digest(salt);
        (digest == act.request).then(|| (request, salt.clone()))
    }
}

impl Requests {
    /// Those that are not among the requests of these sources and ids, in their order.
    pub(super) fn but(&self, asked: &HashSet<(String, String)>) -> Vec<Unmatched> {
        let mut left: Vec<_> = self
            .0
            .keys()
            .filter(|name| !asked.contains(*name))
            .collect();
        left.sort_unstable();
        let unmatched = |(source, id): &(String, String)| Unmatched {
            source: source.clone(),
            id: id.clone(),
        };
        left.into_iter().map(unmatched).collect()
    }

    /// What a request comes to under the binding that governed it, if it is at hand.
    pub(super) fn proposal(&self, rules: &Rules, decision: &Decision) -> Option<Proposal> {
        let (request, salt) = self.of(decision)?;
        // Nothing of the request: the identity was another's, or the clock was behind.
        let failure = decision.failure.as_ref();
        let is_of_daemon = failure.is_some_and(|failure| {
            [ALREADY_DECIDED, code::CLOCK_UNTRUSTED].contains(&failure.code.as_str())
        });
        if is_of_daemon {
            return None;
        }
        let binding = decision.binding();
        let mut bindings = rules.bindings.values();
        let bound = bindings.find(|one| Some(one.bound.sequence) == binding);
        // A binding that was replaced while the decision was on its way is not there any more.
        if binding.is_some() && bound.is_none() {
            return None;
        }
        let mut proposal = propose(bound.map(|one| &one.bound), &request, &salt);
        if decision.semantics < ASKED_SEMANTICS {
            proposal.act.digest = request.act_digest(&proposal.policies);
        }
        // Whoever waited used the approval that was granted meanwhile, and not one that the request names.
        proposal.approval = decision.approval;
        Some(proposal)
    }
}

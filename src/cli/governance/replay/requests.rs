//! What was asked, as those who asked kept it: the ledger has digests alone.

use std::{collections::HashMap, fs, path::Path};

use indelible_governance::{digest::Digest, record::Decision, request::Request};
use indelible_interchange::hex;
use serde::Deserialize;

use crate::cli::{
    error::CliError,
    governance::request::{self, RequestFile},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    request: RequestFile,
    salt: String,
}

/// Requests by their source and id.
#[derive(Debug, Default)]
pub(super) struct Requests(pub(super) HashMap<(String, String), (Request, Vec<u8>)>);

impl Requests {
    /// Reads requests, one a line.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let text = fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
        let mut all = HashMap::new();
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
            all.insert(name, (request, salt.to_vec()));
        }
        Ok(Self(all))
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

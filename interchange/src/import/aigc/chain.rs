//! One chain of artifacts: index, link and checksum of each.

use sha2::{Digest as _, Sha256};

use crate::{
    hex,
    import::{
        checked::{Code, Finding},
        map_error::MapError,
        python::{Form, Object, Value},
    },
};

/// The members that chaining adds.
pub(super) const CHAIN_FIELDS: [&str; 4] = [
    "chain_id",
    "chain_index",
    "previous_audit_checksum",
    "checksum",
];

/// Where a chain stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    last: Option<Last>,
    has_checksums: bool,
}

#[derive(Debug, Clone)]
struct Last {
    index: u64,
    checksum: String,
    timestamp: Option<u64>,
}

impl Chain {
    /// Takes in the next artifact that names this chain.
    pub(super) fn follow(&mut self, artifact: &Object) -> Result<Vec<Finding>, MapError> {
        let index = artifact
            .unsigned("chain_index")?
            .ok_or_else(|| MapError::missing("chain_index"))?;
        let previous = artifact.text("previous_audit_checksum")?;
        let timestamp = artifact.unsigned("timestamp")?;
        let (checksum, mut findings) = self.checksum(artifact)?;
        match &self.last {
            None if index == 0 && previous.is_none() => {}
            None if index == 0 => {
                let detail = "index 0 has no predecessor, but this artifact names one";
                findings.push(Finding::about(Code::LinkBroken, detail));
            }
            None => {
                let detail = format!("its chain begins here with index {index}");
                findings.push(Finding::about(Code::HeadMissing, detail));
            }
            Some(last) => {
                let expected = last.index.saturating_add(1);
                if index != expected {
                    let detail = format!("its index is {index}, but {expected} comes next");
                    findings.push(Finding::about(Code::IndexWrong, detail));
                }
                if previous.is_none() {
                    findings.push(Finding::new(Code::SecondRoot));
                } else if previous != Some(&last.checksum) {
                    findings.push(Finding::new(Code::LinkBroken));
                }
                if timestamp < last.timestamp {
                    findings.push(Finding::new(Code::TimeBack));
                }
            }
        }
        self.last = Some(Last {
            index,
            checksum,
            timestamp,
        });
        Ok(findings)
    }

    /// The checksum that the next one must name, and what is wrong with it.
    fn checksum(&mut self, artifact: &Object) -> Result<(String, Vec<Finding>), MapError> {
        let Some(claimed) = artifact.text("checksum")? else {
            let code = if self.has_checksums {
                Code::ChecksumMissing
            } else {
                Code::LegacyChecksum
            };
            // Its own system hashes such an artifact as it is.
            return Ok((digest(artifact, &[]), vec![Finding::new(code)]));
        };
        self.has_checksums = true;
        let findings = if digest(artifact, &["checksum"]) == claimed {
            Vec::new()
        } else if digest(&unsigned(artifact), &["checksum"]) == claimed {
            vec![Finding::new(Code::ChainedThenSigned)]
        } else {
            let detail = "its checksum differs";
            vec![Finding::about(Code::ContentAltered, detail)]
        };
        Ok((claimed.to_owned(), findings))
    }
}

fn digest(artifact: &Object, without: &[&str]) -> String {
    hex::encode(&Sha256::digest(artifact.canonical(Form::Whole, without)))
}

/// An artifact with its signature set to null: the form that a chain is made over, if signing came last.
fn unsigned(artifact: &Object) -> Object {
    let mut artifact = artifact.clone();
    artifact.set("signature", Value::Null);
    artifact
}

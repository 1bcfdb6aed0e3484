//! AIGC's audit artifacts, versions 1.2 to 1.4, each checked against its own checksum, chain and signature.
//!
//! Its own verifier takes an artifact without a checksum for a legacy one, and does not let signing and chaining be
//! combined. Here the first is found, and the order shows the second.

mod chain;
mod event;
mod signature;

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use self::chain::{CHAIN_FIELDS, Chain};
pub use self::event::SYSTEM;
use crate::{
    hex,
    import::{
        checked::{Checker, Code, Examined, Finding, KeyFit, Keyring, Known, Seen, Spot, flag},
        map_error::MapError,
        python::{Form, Object},
    },
};

/// The versions of the artifact that are understood.
const VERSIONS: [&str; 3] = ["1.2", "1.3", "1.4"];

/// Chains that are followed at once.
const CHAINS_MAX: usize = 1_000_000;

/// Checks and maps artifacts.
pub struct Aigc {
    keys: Keyring,
    governed: String,
    chains: HashMap<String, Chain>,
    seen: Seen,
}

impl Aigc {
    /// An importer with the keys that signatures are checked with; without any, nothing is called verified. The
    /// artifacts do not name the AI system whose decisions they are, so it is named here.
    #[must_use]
    pub fn new(keys: Keyring, governed: String) -> Self {
        Self {
            keys,
            governed,
            chains: HashMap::new(),
            seen: Seen::default(),
        }
    }

    fn place(&mut self, artifact: &Object) -> Result<Vec<Finding>, MapError> {
        let Some(chain_id) = artifact.text("chain_id")? else {
            if let Some(field) = CHAIN_FIELDS
                .iter()
                .find(|field| artifact.of(field).is_some())
            {
                let problem = "it is present, but chain_id is missing";
                return Err(MapError::invalid(*field, problem));
            }
            return Ok(Vec::new());
        };
        if !self.chains.contains_key(chain_id) && self.chains.len() >= CHAINS_MAX {
            let problem = format!("more than {CHAINS_MAX} chains in one import");
            return Err(MapError::invalid("chain_id", problem));
        }
        self.chains
            .entry(chain_id.to_owned())
            .or_default()
            .follow(artifact)
    }
}

impl Checker for Aigc {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn examine(&mut self, json: &[u8], spot: Spot) -> Result<Examined, MapError> {
        let artifact = Object::parse(json)?;
        let version = artifact.required_text("audit_schema_version")?;
        if !VERSIONS.contains(&version) {
            let problem = format!(
                "{version:?} is unknown; {} are understood",
                VERSIONS.join(", ")
            );
            return Err(MapError::invalid("audit_schema_version", problem));
        }
        let canonical = artifact.canonical(Form::Whole, &[]);
        let digest = hex::encode(&Sha256::digest(&canonical));
        let mut event = event::event(&artifact, json, &digest, &self.governed)?;
        let mut findings = Vec::new();
        match self.seen.meet(&digest, &canonical, spot) {
            Known::Same(first) if first.file == spot.file => {
                let detail = format!("the first one in line {}", first.line);
                findings.push(Finding::about(Code::Duplicate, detail));
                return Ok(Examined {
                    findings,
                    key: KeyFit::NotAsked,
                    event: None,
                });
            }
            Known::Same(_) => {
                return Ok(Examined {
                    findings,
                    key: KeyFit::NotAsked,
                    event: None,
                });
            }
            // Its id is the digest of its content, so that there is no other content under it.
            Known::New | Known::Other(_) => {}
        }
        findings.extend(self.place(&artifact)?);
        let signature = signature::check(&artifact, &self.keys)?;
        let key = KeyFit::of(signature.as_slice(), Code::SignatureInvalid);
        findings.extend(signature);
        flag(&mut event, &findings, &hex::encode(&Sha256::digest(json)));
        Ok(Examined {
            findings,
            key,
            event: Some(event),
        })
    }

    fn afresh(&self) -> Box<dyn Checker> {
        Box::new(Self::new(self.keys.clone(), self.governed.clone()))
    }
}

#[cfg(test)]
mod tests;

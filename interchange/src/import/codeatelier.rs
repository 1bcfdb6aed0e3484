//! Code Atelier's audit rows, each checked against its own HMAC, chain, key rotation and signature.
//!
//! Its own verifiers leave open what lies outside the HMAC (order, signature, status) and what is not there any more.
//! Here the one is checked, and of the other it is said that it can't be answered.

mod chain;
mod content;
mod event;
mod rotation;
mod row;
mod signing;

use sha2::{Digest as _, Sha256};

pub use self::event::SYSTEM;
pub use self::signing::{SigningKeyError, SigningKeys};
use self::{chain::Chains, content::Models, rotation::Rotations, row::Row};
use crate::{
    hex,
    import::{
        checked::{Checker, Code, Examined, Finding, KeyFit, Keyring, Known, Seen, Spot, flag},
        map_error::MapError,
    },
};

/// The shortest secret that Code Atelier itself accepts.
pub const SECRET_BYTES_MIN: usize = 32;

/// The fewest different bytes of a secret that Code Atelier itself accepts.
pub const SECRET_DISTINCT_BYTES_MIN: usize = 8;

/// Checks and maps rows.
pub struct CodeAtelier {
    keys: Keyring,
    signing_keys: SigningKeys,
    rotations: Rotations,
    models: Models,
    chains: Chains,
    seen: Seen,
}

impl CodeAtelier {
    /// An importer with the secrets of the HMACs and the public keys of the signatures. Without a secret, nothing is
    /// called verified, and no HMAC is called broken.
    #[must_use]
    pub fn new(keys: Keyring, signing_keys: SigningKeys) -> Self {
        Self {
            keys,
            signing_keys,
            rotations: Rotations::default(),
            models: Models::default(),
            chains: Chains::default(),
            seen: Seen::default(),
        }
    }
}

impl Checker for CodeAtelier {
    fn system(&self) -> &'static str {
        SYSTEM
    }

    fn surveys(&self) -> bool {
        true
    }

    fn survey(&mut self, json: &[u8]) {
        // What is no row is told when it is examined.
        if let Ok(row) = Row::parse(json) {
            self.rotations.survey(&row, &self.keys);
            self.models.survey(&row);
        }
    }

    fn examine(&mut self, json: &[u8], spot: Spot) -> Result<Examined, MapError> {
        let row = Row::parse(json)?;
        let mut event = event::event(&row, json)?;
        let digest = hex::encode(&Sha256::digest(json));
        let mut findings = Vec::new();
        match self.seen.meet(&row.event_id, &row.whole(), spot) {
            Known::New => {}
            Known::Same(first) => {
                if first.file == spot.file {
                    let detail = format!("the first one in line {}", first.line);
                    findings.push(Finding::about(Code::Duplicate, detail));
                }
                return Ok(Examined {
                    findings,
                    key: KeyFit::NotAsked,
                    event: None,
                });
            }
            Known::Other(first) => {
                let place = if first.file == spot.file {
                    format!("in line {}", first.line)
                } else {
                    format!("in file {}, line {}", first.file + 1, first.line)
                };
                findings.push(Finding::about(Code::IdConflict, place));
                flag(&mut event, &findings, &digest);
                return Ok(Examined {
                    findings,
                    key: KeyFit::NotAsked,
                    event: Some(event),
                });
            }
        }
        let ordinal = self.rotations.place(&row);
        let (keys, rotations) = (&self.keys, &mut self.rotations);
        let content = content::check(&row, ordinal, keys, rotations, &self.models);
        let key = KeyFit::of(&content, Code::ContentAltered);
        findings.extend(content);
        findings.extend(self.chains.follow(&row));
        findings.extend(signing::check(&row, &self.signing_keys));
        flag(&mut event, &findings, &digest);
        Ok(Examined {
            findings,
            key,
            event: Some(event),
        })
    }

    fn afresh(&self) -> Box<dyn Checker> {
        Box::new(Self {
            rotations: self.rotations.afresh(),
            models: self.models.clone(),
            ..Self::new(self.keys.clone(), self.signing_keys.clone())
        })
    }
}

#[cfg(test)]
mod tests;

//! `indelible consistency`: the proof that a ledger has only grown.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use clap::Args;
use indelible_evidence::{hash::TreeHash, tree::verify_consistency};
use indelible_proto::v1::{GetConsistencyProofRequest, GetConsistencyProofResponse};
use serde::Serialize;

use crate::cli::{
    error::{CliError, Verified},
    session::Session,
    ui::table::{Table, yes_or_no},
};

/// Get the proof that the records at one size are a prefix of those at another, and check it
///
/// The roots are the daemon's word: compare them with checkpoints that you have kept.
#[derive(Debug, Args)]
pub(crate) struct Consistency {
    /// Name or origin
    ledger: String,
    /// The smaller size
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
    /// The larger size [default: that of the published checkpoint]
    to: Option<u64>,
}

impl Consistency {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let request = session.connection.request(GetConsistencyProofRequest {
            ledger: self.ledger.clone(),
            from_size: self.from,
            to_size: self.to.unwrap_or(0),
        });
        let proof = client.get_consistency_proof(request).await?.into_inner();
        let consistent = holds(self.from, &proof)?;
        let encode = |hash: &Bytes| BASE64.encode(hash);
        session.output.answer(&Proof {
            from_size: self.from,
            from_root_hash: encode(&proof.from_root_hash),
            to_size: proof.to_size,
            to_root_hash: encode(&proof.to_root_hash),
            hashes: proof.hashes.iter().map(encode).collect(),
            consistent,
        })?;
        if consistent {
            return Ok(());
        }
        Err(CliError::NotIntact {
            what: format!("{} from {} to {}", self.ledger, self.from, proof.to_size),
            findings: "the proof does not lead from one root to the other".to_owned(),
            of: Verified::Store,
        })
    }
}

/// The proof, and whether it leads from one root to the other.
#[derive(Serialize)]
struct Proof {
    from_size: u64,
    from_root_hash: String,
    to_size: u64,
    to_root_hash: String,
    hashes: Vec<String>,
    consistent: bool,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row(format!("root at {}", self.from_size), &self.from_root_hash)
            .row(format!("root at {}", self.to_size), &self.to_root_hash);
        for hash in &self.hashes {
            table.row("hash", hash);
        }
        table.row("consistent", yes_or_no(self.consistent));
        table.fmt(f)
    }
}

fn holds(from_size: u64, proof: &GetConsistencyProofResponse) -> Result<bool, CliError> {
    let hash = |bytes: &Bytes| {
        TreeHash::try_from(bytes.as_ref()).map_err(|_| CliError::Answer("a hash is not 32 bytes"))
    };
    let hashes = proof
        .hashes
        .iter()
        .map(hash)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(verify_consistency(
        from_size,
        proof.to_size,
        &hash(&proof.from_root_hash)?,
        &hash(&proof.to_root_hash)?,
        &hashes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_is_another_is_noticed() {
        let mut proof = GetConsistencyProofResponse {
            hashes: Vec::new(),
            from_root_hash: vec![1; 32].into(),
            to_root_hash: vec![1; 32].into(),
            to_size: 5,
        };
        assert!(
            holds(5, &proof).expect("hashes"),
            "a size is consistent with itself"
        );
        proof.to_root_hash = vec![2; 32].into();
        assert!(!holds(5, &proof).expect("hashes"));
        proof.to_root_hash = vec![2; 31].into();
        assert!(holds(5, &proof).is_err());
    }
}

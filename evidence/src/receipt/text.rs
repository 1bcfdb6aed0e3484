//! A receipt as text: a C2SP `tlog-proof`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, parse_decimal};
use crate::hash::TreeHash;
use crate::limits::{PROOF_HASHES_MAX, RECEIPT_BYTES_MAX};
use crate::note::SignedNote;

use super::extra::Extra;
use super::{Receipt, ReceiptError};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

impl Receipt {
    /// Parses a receipt. Printing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let refused = |problem| ReceiptError::Text { problem };
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(refused("is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| refused("is not UTF-8"))?;
        // No line of the proof is empty, so the first empty line is where the checkpoint begins.
        let (proof, checkpoint) = text
            .split_once("\n\n")
            .ok_or(refused("has no checkpoint"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(refused("does not begin as a tlog-proof of version 1"));
        }
        let extra = lines
            .next()
            .and_then(|line| line.strip_prefix("extra "))
            .ok_or(refused("has no extra line"))?;
        let extra = STANDARD
            .decode(extra)
            .map_err(|_| refused("has an extra line that is not canonical base64"))?;
        let extra = Extra::decode(&extra)?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(refused("has no index line with a canonical decimal number"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(refused("has more hashes than any proof needs"));
            }
            let hash = STANDARD
                .decode(line)
                .ok()
                .and_then(|hash| TreeHash::try_from(hash.as_slice()).ok())
                .ok_or(refused(
                    "has a hash that is not the canonical base64 of 32 bytes",
                ))?;
            hashes.push(hash);
        }
        let checkpoint = SignedNote::parse(checkpoint.as_bytes())?;
        Checkpoint::parse_text(&checkpoint.text).map_err(ReceiptError::CheckpointForm)?;
        Ok(Self {
            previous: extra.previous,
            certificate: extra.certificate.map(<[u8]>::to_vec),
            genesis: extra.genesis.map(<[u8]>::to_vec),
            identities: extra
                .identities
                .iter()
                .map(|header| header.to_vec())
                .collect(),
            index,
            proof: hashes,
            checkpoint,
        })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = Extra {
            previous: self.previous,
            certificate: self.certificate.as_deref(),
            genesis: self.genesis.as_deref(),
            identities: self.identities.iter().map(Vec::as_slice).collect(),
        };
        let extra = STANDARD.encode(extra.encode());
        writeln!(
            formatter,
            "{FIRST_LINE}\nextra {extra}\nindex {}",
            self.index
        )?;
        for hash in &self.proof {
            writeln!(formatter, "{}", STANDARD.encode(hash.as_bytes()))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

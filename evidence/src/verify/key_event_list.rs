//! What the file of key events lists, in little space.

use crate::verdict::{Finding, FindingCode};

use super::held::Neighbourhood;
use super::unit::KeyEventDigest;

/// How many key events are kept one by one, so that the first that differs can be named. Those beyond it are held
/// to one digest over all of them.
const NAMED_MAX: usize = 65_536;

/// Key events in a row, remembered in little space.
#[derive(Debug, Default)]
pub(super) struct KeyEventList {
    count: u64,
    named: Vec<(u64, KeyEventDigest)>,
    all: blake3::Hasher,
}

impl KeyEventList {
    pub(super) fn push(&mut self, sequence: u64, digest: &KeyEventDigest) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push((sequence, *digest));
        }
        self.all.update(&sequence.to_be_bytes());
        self.all.update(digest);
    }

    /// What is wrong if the file has `self` and the records have `records`.
    pub(super) fn difference(&self, records: &Self) -> Option<Finding> {
        if self.count == records.count && self.all.finalize() == records.all.finalize() {
            return None;
        }
        let pairs = self.named.iter().zip(&records.named);
        let first = pairs
            .clone()
            .find(|(file, record)| file != record)
            .map(|(file, record)| file.0.min(record.0));
        let shorter = || {
            let longer = if self.named.len() > records.named.len() {
                &self.named
            } else {
                &records.named
            };
            longer
                .get(self.named.len().min(records.named.len()))
                .map(|event| event.0)
        };
        let detail = format!(
            "the file of key events lists {} key events and the records hold {}, but the two lists differ",
            self.count, records.count
        );
        let sequence = first.or_else(shorter);
        Some(Finding {
            code: FindingCode::KeyEventsMismatch,
            sequence,
            detail,
        })
    }
}

/// What the file of key events says.
#[derive(Debug)]
pub(super) struct KeyEvents {
    /// Those among the bundle's records.
    pub(super) in_bundle: KeyEventList,
    /// Those next to the places where the bundle has headers of others.
    pub(super) near: Neighbourhood,
}

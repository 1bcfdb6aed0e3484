//! The chain of each session: links, order and time; and the one link that a rotation's marker makes across sessions.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::import::{
    checked::{Code, Finding},
    codeatelier::row::Row,
};

/// HMACs that are remembered, to distinguish a fork from a gap: 16 bytes each.
const REMEMBERED_MAX: usize = 8_000_000;

/// Where the chains stand.
#[derive(Debug, Default)]
pub(super) struct Chains {
    sessions: HashMap<String, Last>,
    /// HMACs of the rows so far, and those that another row continues from within its session.
    met: HashSet<u64>,
    continued: HashSet<u64>,
    newest: Option<(u64, String)>,
}

#[derive(Debug)]
struct Last {
    hmac: String,
    chain_seq: Option<u64>,
    time: Timestamp,
}

impl Chains {
    /// Takes in the next row, and says what is wrong with its place.
    pub(super) fn follow(&mut self, row: &Row) -> Vec<Finding> {
        let mut findings = Vec::new();
        if row.is_rotation() {
            findings.extend(self.across(row));
        } else {
            self.within(row, &mut findings);
        }
        self.sequence(row, &mut findings);
        if self.met.len() < REMEMBERED_MAX {
            self.met.insert(short(&row.hmac));
        }
        findings
    }

    /// The link within a session.
    fn within(&mut self, row: &Row, findings: &mut Vec<Finding>) {
        let last = self.sessions.get(&row.session_id);
        let mut is_fork = false;
        match (last, &row.prev_hash) {
            (None, None) => {}
            (None, Some(_)) => findings.push(Finding::new(Code::HeadMissing)),
            (Some(_), None) => findings.push(Finding::new(Code::SecondRoot)),
            (Some(last), Some(previous)) if *previous == last.hmac => {}
            (Some(_), Some(previous)) => {
                is_fork = self.continued.contains(&short(previous));
                let code = if is_fork {
                    Code::Fork
                } else {
                    Code::LinkBroken
                };
                findings.push(Finding::new(code));
            }
        }
        if let Some(last) = last {
            if let (Some(before), Some(now)) = (last.chain_seq, row.chain_seq)
                && now <= before
            {
                let detail = format!("chain_seq {now} comes after {before}");
                findings.push(Finding::about(Code::OrderWrong, detail));
            }
            if row.time < last.time {
                findings.push(Finding::new(Code::TimeBack));
            }
        }
        if is_fork {
            // The branch that came first stays the one that is followed.
            return;
        }
        if let Some(previous) = &row.prev_hash
            && self.continued.len() < REMEMBERED_MAX
        {
            self.continued.insert(short(previous));
        }
        let last = Last {
            hmac: row.hmac.clone(),
            chain_seq: row.chain_seq,
            time: row.time,
        };
        self.sessions.insert(row.session_id.clone(), last);
    }

    /// The link of a rotation's marker, which continues from the newest row of all sessions.
    fn across(&self, row: &Row) -> Option<Finding> {
        let previous = row.prev_hash.as_ref()?;
        let follows = |(seq, _): &&(u64, String)| row.chain_seq == Some(seq + 1);
        if let Some((_, hmac)) = self.newest.as_ref().filter(follows) {
            let detail =
                "the marker of a rotation must continue from the newest row of all sessions";
            return (hmac != previous).then(|| Finding::about(Code::LinkBroken, detail));
        }
        (!self.met.contains(&short(previous))).then(|| Finding::new(Code::HeadMissing))
    }

    fn sequence(&mut self, row: &Row, findings: &mut Vec<Finding>) {
        let Some(seq) = row.chain_seq else {
            return;
        };
        if let Some((newest, _)) = &self.newest {
            if seq <= *newest {
                return;
            }
            if seq > newest + 1 {
                let detail = format!("{} between {newest} and {seq}", seq - newest - 1);
                findings.push(Finding::about(Code::SequenceGap, detail));
            }
        }
        self.newest = Some((seq, row.hmac.clone()));
    }
}

fn short(hmac: &str) -> u64 {
    let hash = blake3::hash(hmac.as_bytes());
    let mut head = [0; 8];
    head.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(head)
}

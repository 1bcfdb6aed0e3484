//! The end of a verification: what the judge took in becomes a verdict.

use crate::verdict::{Answer, Finding, FindingCode, FindingList, Verdict};

use super::identities::Identities;
use super::judge::Judge;
use super::missing::{ALL_RECORDS, ITS_END, holds_unless};
use super::outside::{Outside, Seen};
use super::report::Report;
use super::scope::{ScopeGround, ScopeView};

impl Judge {
    /// Reaches the verdict. All units must have been taken in.
    pub fn finish(mut self) -> Report {
        let (tree_is_signed, wanted) = self.finish_records();
        if tree_is_signed {
            let unproven = std::mem::take(&mut self.unproven);
            self.custody_findings.append(unproven);
            self.scope.iter_mut().for_each(ScopeView::prove);
        }
        self.facts.certificates = self.custody.certificates();
        self.facts.keys.count(self.erasures.records(), &self.tally);
        if self.head.is_none() || self.custody_forgotten {
            // Nobody vouches for the key events that were read.
            self.custody_findings = FindingList::default();
        }
        let complete = self.sound && !self.stopped;
        let size = self.manifest.size();
        if complete {
            let found = &mut self.custody_findings;
            let custody = std::mem::take(&mut self.custody);
            custody.finish(size, |finding| found.push(finding));
        }
        let unknown = UnknownKeys::of(&self.identities);
        let head = self.head.as_ref();
        let root_at = |at: u64| match head {
            Some(head) if at == size => Some(head.checkpoint.root),
            None if at == size => None,
            _ => self.log.root_at(at),
        };
        let known = self.trust.known_head.as_ref();
        let seen = Seen {
            known_root: known.and_then(|known| root_at(known.checkpoint().size)),
            known_head_spoilt: self.known_head_spoilt,
            identities: &self.identities,
            complete,
            wanted,
        };
        let outside = Outside::of(&self.trust, head, &seen);
        let unanchored = outside.unanchored.filter(|_| complete);
        let unread = (!complete).then(|| wanted.to_owned());
        let missing = unread.into_iter().chain(unanchored);
        let missing: Vec<String> = missing.chain(unknown.any.clone()).collect();
        let ground = ScopeGround {
            signed: head.is_some(),
            stopped: self.stopped,
            complete,
            missing: &missing,
            identities: &self.identities,
        };
        let scoped = self.scope.take().map(|scope| {
            let root = root_at(scope.size);
            scope.finish(root, &ground)
        });
        let stopped = self.stopped;
        let verdict = Verdict {
            integrity: self.integrity.into_answer(|| match stopped {
                true => Answer::unanswerable(ALL_RECORDS),
                false => Answer::Holds,
            }),
            completeness: outside.completeness,
            freshness: outside.freshness,
            custody: self.custody_findings.into_answer(|| holds_unless(missing)),
        };
        Report {
            verdict: unknown.limit(verdict),
            bundle: self.facts,
            freshness: outside.facts,
            scoped,
        }
    }

    /// Joins what was read to a tree. Gives whether it is the one that the checkpoint names, if nothing kept all of it from
    /// being read, and what is missing if something did.
    fn finish_records(&mut self) -> (bool, &'static str) {
        if !self.stopped {
            self.finish_range();
            return (self.finish_tree(), ALL_RECORDS);
        }
        if !self.only_trailed {
            return (false, ALL_RECORDS);
        }
        self.sound = true;
        self.finish_range();
        let all_there = self.sound && self.is_tree_signed() && self.head.is_some();
        self.sound = false;
        (false, if all_there { ITS_END } else { ALL_RECORDS })
    }

    /// Joins a range to what follows it.
    fn finish_range(&mut self) {
        let Some(range) = self.range.take() else {
            return;
        };
        let to = self.manifest.to();
        if let Some(after) = range.after {
            if after.previous != *self.log.chain() {
                let detail = "the chain hash before it is not that of the range's last record";
                self.found(Finding::of_record(
                    FindingCode::NeighbourMismatch,
                    to,
                    detail,
                ));
            }
            if after.time < self.succession.time() {
                let detail = "its time is less than that of the range's last record";
                self.found(Finding::of_record(FindingCode::TimeDecreased, to, detail));
            }
        }
        for (node, root) in range.right {
            self.log.push_subtree(node, root);
        }
    }

    /// Holds the tree against the checkpoint, and the key events against the list of them. Gives whether the tree is
    /// the one that the checkpoint names.
    fn finish_tree(&mut self) -> bool {
        let is_signed = self.is_tree_signed();
        if !is_signed {
            let root = self.log.root();
            let detail = format!(
                "the tree of the records has the root {root}, which is not the root that the checkpoint signs"
            );
            self.found(Finding::new(FindingCode::RootMismatch, detail));
        }
        let listed = self.key_events.take();
        if let Some(finding) =
            listed.and_then(|listed| listed.in_bundle.difference(&self.key_events_seen))
        {
            self.found(finding);
            // What custody was asked of is then not what the ledger has.
            self.forget_custody();
        }
        is_signed
    }

    fn is_tree_signed(&self) -> bool {
        self.log.size() == self.manifest.size() && self.claimed_root == Some(self.log.root())
    }
}

/// Keys of identities that are of types which this version does not know.
struct UnknownKeys {
    /// What is missing for custody.
    any: Option<String>,
    /// What is missing for every question, since nothing after the identity can be held against a key.
    first: Option<String>,
}

impl UnknownKeys {
    fn of(identities: &Identities) -> Self {
        let all: Vec<String> = identities
            .unknown_types()
            .map(|key| {
                format!(
                    "type {:#04x}, which record {} introduces",
                    key.signature_type, key.sequence
                )
            })
            .collect();
        let missing = |keys: String| format!("a verifier that knows identity keys of {keys}");
        let first = identities.unknown_first().map(|key| {
            missing(format!(
                "type {:#04x}, which record {} introduces as the first key of an identity",
                key.signature_type, key.sequence
            ))
        });
        Self {
            any: (!all.is_empty()).then(|| missing(all.join(", and of "))),
            first,
        }
    }

    /// Nothing holds that only such a key could show.
    fn limit(&self, verdict: Verdict) -> Verdict {
        let Some(missing) = &self.first else {
            return verdict;
        };
        let limited = |answer: Answer| match answer {
            Answer::Broken(_) => answer,
            Answer::Holds | Answer::Unanswerable(_) => Answer::unanswerable(missing.clone()),
        };
        Verdict {
            integrity: limited(verdict.integrity),
            completeness: limited(verdict.completeness),
            freshness: limited(verdict.freshness),
            custody: limited(verdict.custody),
        }
    }
}

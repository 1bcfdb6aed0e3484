//! The questions that only knowledge from outside a bundle can answer: completeness and freshness.

use crate::checkpoint::verify_cosignature;
use crate::hash::TreeHash;
use crate::policy::Policy;
use crate::verdict::{Answer, Finding, FindingCode, FindingList};

use super::head::Head;
use super::identities::Identities;
use super::known_head::KnownHead;
use super::report::{FreshnessFacts, WitnessFacts, Word};
use super::trust::{CLOCK_SKEW_SECONDS_MAX, Trust};

/// What was seen of the ledger.
pub(super) struct Seen<'a> {
    /// The root of this tree at the known head's size.
    pub(super) known_root: Option<TreeHash>,
    /// The epoch one of whose lines on the known head does not verify.
    pub(super) known_head_spoilt: Option<u64>,
    /// Who the ledger's identity was at which size.
    pub(super) identities: &'a Identities,
    /// Whether the records were all read, and are those that the checkpoint signs.
    pub(super) complete: bool,
    /// What is missing if they are not.
    pub(super) wanted: &'static str,
}

/// The two answers.
pub(super) struct Outside {
    pub(super) completeness: Answer,
    pub(super) freshness: Answer,
    pub(super) facts: FreshnessFacts,
    /// What custody lacks: after a rotation only somebody outside can tell that this is the ledger's own.
    pub(super) unanchored: Option<String>,
}

impl Outside {
    pub(super) fn of(trust: &Trust, head: Option<&Head>, seen: &Seen<'_>) -> Self {
        let Some(head) = head else {
            let missing =
                || Answer::unanswerable("a checkpoint that verifies under the pinned key");
            return Self {
                completeness: missing(),
                freshness: missing(),
                facts: FreshnessFacts::default(),
                unanchored: None,
            };
        };
        let times = cosigned(trust.policy.as_ref(), head, seen);
        let completeness = completeness(trust, head, seen, &times);
        let (freshness, facts) = freshness(trust, head, &times);
        let unanchored = unanchored(trust, head, seen, &times);
        Self {
            completeness,
            freshness,
            facts,
            unanchored,
        }
    }
}

/// When each witness of the policy cosigned the checkpoint, where that verifies and the witness counts.
fn cosigned(policy: Option<&Policy>, head: &Head, seen: &Seen<'_>) -> Vec<Option<u64>> {
    let witnesses = policy.into_iter().flat_map(|policy| policy.witnesses());
    let cosignatures = witnesses.map(|witness| {
        // The ledger's own keys vouch for nothing.
        let key = witness.key.as_ref()?;
        let is_own = seen.identities.is_own(key.public_key());
        let time = verify_cosignature(&head.note, key).ok().flatten();
        time.filter(|_| !is_own)
    });
    cosignatures.collect()
}

/// What is missing for custody after a rotation; a size follows.
pub const HEAD_WANTED: &str = "a known or witnessed head at or past size";

/// What is missing for custody, if anything is. A thief of an old identity key can forge a rotation and all that
/// follows it, so a ledger's own word is not enough from then on.
fn unanchored(
    trust: &Trust,
    head: &Head,
    seen: &Seen<'_>,
    times: &[Option<u64>],
) -> Option<String> {
    if let Some(known) = &trust.known_head
        && let Err(missing) = known.check(seen.identities, seen.known_head_spoilt)
    {
        return Some(missing);
    }
    if seen.identities.rotations() == 0 {
        return None;
    }
    // The first size that the newest identity signs.
    let least = seen.identities.introduced(head.checkpoint.size) + 1;
    let known = trust.known_head.as_ref().map(KnownHead::checkpoint);
    let known = known.filter(|known| known.size >= least && seen.known_root == Some(known.root));
    if known.is_some() || witnessed(trust, times).is_ok() {
        return None;
    }
    Some(format!("{HEAD_WANTED} {least}"))
}

/// Whether a quorum of the policy's witnesses cosigned the checkpoint, or else what is missing.
fn witnessed(trust: &Trust, times: &[Option<u64>]) -> Result<(), &'static str> {
    let policy = trust
        .policy
        .as_ref()
        .ok_or("a policy that names witnesses")?;
    if !policy.requires_witnesses() {
        Err("a policy whose quorum needs a witness")
    } else if !is_listed(policy, trust) {
        Err(NOT_LISTED)
    } else if !policy.quorum_met(|witness| times[witness].is_some()) {
        Err("cosignatures on the checkpoint by a quorum of the policy's witnesses")
    } else {
        Ok(())
    }
}

/// What a policy for other ledgers lacks.
const NOT_LISTED: &str = "a policy that lists this ledger";

/// Whether a policy speaks for this ledger.
fn is_listed(policy: &Policy, trust: &Trust) -> bool {
    policy.speaks_of(&trust.key)
}

fn completeness(trust: &Trust, head: &Head, seen: &Seen<'_>, times: &[Option<u64>]) -> Answer {
    let (mut found, mut missing) = (FindingList::default(), Vec::new());
    if trust.known_head.is_none() && trust.policy.is_none() {
        missing.push("a known head, or a policy that names witnesses".to_owned());
    }
    if let Some(known) = &trust.known_head {
        hold_known_head(known, head, seen, &mut found, &mut missing);
    }
    // Beside a known head a quorum that asks for no witness changes nothing.
    let asks = |policy: &Policy| policy.requires_witnesses() || trust.known_head.is_none();
    if trust.policy.as_ref().is_some_and(asks) {
        missing.extend(witnessed(trust, times).err().map(str::to_owned));
    }
    if !seen.complete {
        missing.push(seen.wanted.to_owned());
    }
    found.into_answer(|| {
        if missing.is_empty() {
            Answer::Holds
        } else {
            Answer::Unanswerable(missing)
        }
    })
}

fn hold_known_head(
    known: &KnownHead,
    head: &Head,
    seen: &Seen<'_>,
    found: &mut FindingList,
    missing: &mut Vec<String>,
) {
    if let Err(why) = known.check(seen.identities, seen.known_head_spoilt) {
        missing.push(why);
        return;
    }
    let (known, size) = (known.checkpoint(), head.checkpoint.size);
    if known.size > size {
        let detail = format!(
            "the known head has {} records, but the bundle's checkpoint has only {size}",
            known.size
        );
        found.push(Finding::new(FindingCode::KnownHeadLarger, detail));
        return;
    }
    match seen.known_root {
        // At its own size the checkpoint speaks for itself, whatever the records are.
        Some(root) if root != known.root && (seen.complete || known.size == size) => {
            let detail = format!(
                "at size {} the known head has a different root: {}",
                known.size, known.root
            );
            found.push(Finding::new(FindingCode::KnownHeadDiffers, detail));
        }
        Some(_) => {}
        None => missing.push(format!(
            "a proof that leads from the known head at size {} to the checkpoint",
            known.size
        )),
    }
}

fn freshness(trust: &Trust, head: &Head, times: &[Option<u64>]) -> (Answer, FreshnessFacts) {
    let policy = trust
        .policy
        .as_ref()
        .filter(|policy| policy.requires_witnesses());
    let witnesses = policy
        .iter()
        .flat_map(|policy| policy.witnesses())
        .zip(times);
    let witnesses = witnesses.filter_map(|(witness, time)| {
        time.map(|time| WitnessFacts {
            name: witness.name.clone(),
            time,
        })
    });
    let mut facts = FreshnessFacts {
        operator_time: head.identity_time,
        witnesses: witnesses.collect(),
        quorum_met: policy.map(|_| witnessed(trust, times).is_ok()),
        time: None,
        age_seconds: None,
    };
    let mut missing = Vec::new();
    facts.time = match policy {
        Some(policy) if !is_listed(policy, trust) => None,
        Some(policy) => quorum_time(policy, times).map(|time| (time, Word::Witnesses)),
        None => head.identity_time.map(|time| (time, Word::Operator)),
    };
    let Some((time, _)) = facts.time else {
        missing.push(match policy {
            Some(policy) if !is_listed(policy, trust) => NOT_LISTED.to_owned(),
            Some(_) => {
                "cosignatures on the checkpoint by a quorum of the policy's witnesses".to_owned()
            }
            None => "a timestamped line on the checkpoint".to_owned(),
        });
        return (Answer::Unanswerable(missing), facts);
    };
    let age = trust.now.map(|now| i128::from(now) - i128::from(time));
    facts.age_seconds = age.and_then(|age| i64::try_from(age).ok());
    if trust.now.is_none() {
        missing.push("the time now".to_owned());
    }
    if trust.age_seconds_max.is_none() {
        missing.push("the greatest age that counts as fresh".to_owned());
    }
    let (Some(age), Some(age_max)) = (age, trust.age_seconds_max) else {
        return (Answer::Unanswerable(missing), facts);
    };
    let mut found = FindingList::default();
    if age > i128::from(age_max) {
        let detail = format!("the checkpoint is {age} s old, at most {age_max} s are allowed");
        found.push(Finding::new(FindingCode::TooOld, detail));
    } else if age < -i128::from(CLOCK_SKEW_SECONDS_MAX) {
        let detail = format!(
            "the checkpoint's time lies {} s ahead of the time now, at most {CLOCK_SKEW_SECONDS_MAX} s are allowed",
            -age
        );
        found.push(Finding::new(FindingCode::FromFuture, detail));
    }
    (found.into_answer(|| Answer::Holds), facts)
}

/// The newest time at which, on their own word, a quorum had seen the checkpoint.
fn quorum_time(policy: &Policy, times: &[Option<u64>]) -> Option<u64> {
    let mut candidates: Vec<u64> = times.iter().flatten().copied().collect();
    candidates.sort_unstable();
    let quorum_since =
        |since: u64| policy.quorum_met(|witness| times[witness].is_some_and(|time| time >= since));
    candidates
        .into_iter()
        .rev()
        .find(|&since| quorum_since(since))
}

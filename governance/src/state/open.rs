//! Decisions that are not completed: their reservations, and what becomes of these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    claim::{AccountKey, Claim, OnExpiry, Unit, attempt::Attempt},
    day::{DAY_NS, SECOND_NS},
    digest::Digest,
    limits::RESERVATION_SECONDS_DEFAULT,
    money::NanoUsd,
    record::{Decision, Outcome, Used},
    state::{accounts::Accounts, clockwork::Clockwork},
};

/// For how long what expired may be corrected where its period never turns: 31 days.
const CORRECTABLE_NS: u64 = 31 * DAY_NS;

/// A part of a budget that is set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reservation {
    pub(super) account: AccountKey,
    pub(super) slice: u64,
    pub(super) amount: u64,
    pub(super) on_expiry: OnExpiry,
}

/// An attempt at an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retried {
    pub(super) attempt: Attempt,
    /// The digest of what all attempts have in common.
    pub(super) act: Digest,
}

/// A decision that is not completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) agent: String,
    pub(super) session: Option<String>,
    pub(super) decided: u64,
    /// When it expires.
    pub(super) expires: u64,
    /// Whether it has: what came of it is unknown.
    pub(super) expired: bool,
    pub(super) reservations: Vec<Reservation>,
    // Left out where there is nothing, so that states of before keep their bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retried: Option<Retried>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OpenDecisions {
    pub(super) decisions: BTreeMap<u64, Open>,
    #[serde(skip)]
    due: Clockwork<u64>,
}

impl OpenDecisions {
    pub(super) fn len(&self) -> usize {
        self.decisions.len()
    }

    /// Takes up a decision that is allowed.
    pub(super) fn begin(
        &mut self,
        sequence: u64,
        time: u64,
        decision: &Decision,
        accounts: &mut Accounts,
    ) {
        let mut reservations = Vec::new();
        let mut seconds = None;
        for judged in &decision.claims {
            let (Claim::Reserve(reserve), Outcome::Granted) = (&judged.claim, judged.outcome)
            else {
                continue;
            };
            let slice = reserve.account.period.slice(time);
            accounts.change(&reserve.account, slice, |used| {
                used.pending = used.pending.saturating_add(reserve.amount);
            });
            seconds = seconds.max(Some(reserve.seconds));
            reservations.push(Reservation {
                account: reserve.account.clone(),
                slice,
                amount: reserve.amount,
                on_expiry: reserve.on_expiry,
            });
        }
        let seconds = seconds.unwrap_or(RESERVATION_SECONDS_DEFAULT);
        let expires = time.saturating_add(seconds.saturating_mul(SECOND_NS));
        self.due.set(&sequence, expires);
        let open = Open {
            agent: decision.act.agent.clone(),
            session: decision.act.session.clone(),
            decided: time,
            expires,
            expired: false,
            reservations,
            retried: decision.attempt.map(|attempt| Retried {
                attempt,
                act: decision.act.retried_digest(&decision.policies),
            }),
        };
        self.decisions.insert(sequence, open);
    }

    /// Posts or gives back what has expired, and forgets what nothing can correct any more.
    pub(super) fn advance(&mut self, now: u64, accounts: &mut Accounts) {
        while let Some((_, sequence)) = self.due.take(now) {
            let Some(open) = self.decisions.get_mut(&sequence) else {
                continue;
            };
            if open.expired || open.reservations.is_empty() {
                self.decisions.remove(&sequence);
                continue;
            }
            open.expired = true;
            for reservation in &open.reservations {
                expire(reservation, accounts);
            }
            let forgotten = forgotten(open);
            self.due.set(&sequence, forgotten);
        }
    }

    /// What of an account has expired at a time, though no record came since: what is posted of it, and what is given back.
    pub(super) fn expired(&self, key: &AccountKey, now: u64) -> (u64, u64) {
        let (mut posted, mut void) = (0_u64, 0_u64);
        let due = self
            .due
            .at(now)
            .filter_map(|sequence| self.decisions.get(sequence));
        for open in due.filter(|open| !open.expired) {
            let of_account = open.reservations.iter().filter(|part| part.account == *key);
            for part in of_account.filter(|part| key.period.counts(part.slice, now)) {
                match part.on_expiry {
                    OnExpiry::Post => posted = posted.saturating_add(part.amount),
                    OnExpiry::Void => void = void.saturating_add(part.amount),
                }
            }
        }
        (posted, void)
    }

    /// When the first pending reservation of an account expires, after a time.
    pub(super) fn next_expiry(&self, key: &AccountKey, now: u64) -> Option<u64> {
        let by_time = self
            .due
            .all()
            .filter_map(|sequence| self.decisions.get(sequence));
        let mut pending = by_time.filter(|open| !open.expired && open.expires > now);
        let is_of = |open: &&Open| open.reservations.iter().any(|part| part.account == *key);
        pending.find(is_of).map(|open| open.expires)
    }

    /// Ends a decision with what was used of each reservation; none: nothing ran.
    pub(super) fn end(
        &mut self,
        sequence: u64,
        used: Option<&Used>,
        now: u64,
        accounts: &mut Accounts,
    ) {
        let Some(open) = self.decisions.remove(&sequence) else {
            return;
        };
        self.due.clear(&sequence);
        for part in &open.reservations {
            // Of what has turned nothing is left to correct.
            if !part.account.period.counts(part.slice, now) {
                continue;
            }
            let actual = used.map_or(0, |used| actual(part, used));
            let was_posted = open.expired && part.on_expiry == OnExpiry::Post;
            accounts.change(&part.account, part.slice, |of_slice| {
                if was_posted {
                    of_slice.posted = of_slice.posted.saturating_sub(part.amount);
                } else if !open.expired {
                    of_slice.pending = of_slice.pending.saturating_sub(part.amount);
                }
                of_slice.posted = of_slice.posted.saturating_add(actual);
            });
        }
    }

    pub(super) fn rewind(&mut self) {
        for (sequence, open) in &self.decisions {
            let due = if open.expired {
                forgotten(open)
            } else {
                open.expires
            };
            self.due.set(sequence, due);
        }
    }
}

fn expire(reservation: &Reservation, accounts: &mut Accounts) {
    accounts.change(&reservation.account, reservation.slice, |used| {
        let amount = reservation.amount.min(used.pending);
        used.pending -= amount;
        if reservation.on_expiry == OnExpiry::Post {
            used.posted = used.posted.saturating_add(amount);
        }
    });
}

/// When nothing of it can be corrected any more.
fn forgotten(open: &Open) -> u64 {
    let turns = open.reservations.iter().map(|part| {
        let turns = part.account.period.turns(part.slice);
        turns.unwrap_or(u64::MAX)
    });
    let latest = open.expires.saturating_add(CORRECTABLE_NS);
    turns.max().unwrap_or(latest).min(latest).max(open.expires)
}

/// What was used of a reservation; what is not known is what was reserved.
pub(super) fn actual(part: &Reservation, used: &Used) -> u64 {
    let known = match part.account.unit {
        Unit::NanoUsd => used.cost.map(NanoUsd::nano),
        Unit::Tokens => used.tokens,
        Unit::Requests => None,
    };
    known.unwrap_or(part.amount)
}

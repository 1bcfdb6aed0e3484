//! Windows of calls, minutes of decisions, and the last acts of sessions.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    claim::{Claim, Of},
    day::SECOND_NS,
    digest::Digest,
    limits::{CYCLE_ACTIONS_KEPT, CYCLE_LENGTH_MAX},
    state::{clockwork::Clockwork, pairs},
};

/// Seconds that a rate looks back. The second that began them counts, too, so that no minute has more.
const MINUTE_SECONDS: u64 = 60;

/// What a window is of. Each rule has its own: under another rule, counting begins anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WindowKey {
    /// With the seconds and the calls of the rule.
    Calls(Of, u64, u32),
    /// With the decisions of the rule.
    Minute(Of, u32),
    /// With the seconds and the turns of the rule.
    Acts(String, u64, u32),
}

impl WindowKey {
    /// The window that a claim looks at, if it looks at one.
    pub(super) fn of(claim: &Claim, session: Option<&str>) -> Option<Self> {
        match (claim, session) {
            (Claim::Calls(calls), _) => Some(Self::Calls(
                calls.of.clone(),
                calls.window_seconds,
                calls.max_calls,
            )),
            (Claim::Rate { of, per_minute }, _) => Some(Self::Minute(of.clone(), *per_minute)),
            (Claim::Cycle(cycle), Some(session)) => Some(Self::Acts(
                session.to_owned(),
                cycle.window_seconds,
                cycle.max_turns,
            )),
            _ => None,
        }
    }

    /// For how many seconds a call counts, at the most.
    fn seconds(&self) -> u64 {
        match self {
            Self::Calls(_, seconds, _) | Self::Acts(_, seconds, _) => *seconds,
            Self::Minute(..) => MINUTE_SECONDS + 1,
        }
    }
}

/// What is in a window: times, or seconds with counts, or times with acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Window {
    Times(VecDeque<u64>),
    Seconds(VecDeque<(u64, u32)>),
    Acts(VecDeque<(u64, Digest)>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Windows {
    #[serde(with = "pairs")]
    windows: BTreeMap<WindowKey, Window>,
    #[serde(skip)]
    due: Clockwork<WindowKey>,
}

impl Windows {
    pub(super) fn len(&self) -> usize {
        self.windows.len()
    }

    pub(super) fn has(&self, key: &WindowKey) -> bool {
        self.windows.contains_key(key)
    }

    /// How many calls are in a window that ends now, without this one.
    pub(super) fn calls(&self, key: &WindowKey, now: u64) -> u64 {
        let from = now.saturating_sub(key.seconds().saturating_mul(SECOND_NS));
        match self.windows.get(key) {
            Some(Window::Times(times)) => times.iter().filter(|time| **time >= from).count() as u64,
            _ => 0,
        }
    }

    /// How many decisions are in the minute that ends now, without this one.
    pub(super) fn minute(&self, key: &WindowKey, now: u64) -> u64 {
        let from = (now / SECOND_NS).saturating_sub(MINUTE_SECONDS);
        match self.windows.get(key) {
            Some(Window::Seconds(seconds)) => {
                let within = seconds.iter().filter(|(second, _)| *second >= from);
                within.map(|(_, count)| u64::from(*count)).sum()
            }
            _ => 0,
        }
    }

    /// When the oldest second of a minute leaves it.
    pub(super) fn minute_has_room(&self, key: &WindowKey, now: u64) -> Option<u64> {
        match self.windows.get(key) {
            Some(Window::Seconds(seconds)) => {
                let (oldest, _) = seconds.front()?;
                let leaves = (oldest + MINUTE_SECONDS + 1).saturating_mul(SECOND_NS);
                Some(leaves.max(now))
            }
            _ => None,
        }
    }

    /// The most turns that the last acts of a session make, this act included, of any length of cycle.
    pub(super) fn turns(&self, key: &WindowKey, act: &Digest, now: u64) -> u64 {
        let from = now.saturating_sub(key.seconds().saturating_mul(SECOND_NS));
        let mut acts = vec![*act];
        if let Some(Window::Acts(before)) = self.windows.get(key) {
            let within = before.iter().rev().take_while(|(time, _)| *time >= from);
            acts.extend(within.map(|(_, act)| *act));
        }
        acts.truncate(CYCLE_ACTIONS_KEPT);
        let turns_of = |length: usize| {
            let repeats = acts.iter().zip(&acts[length.min(acts.len())..]);
            let same = repeats.take_while(|(one, before)| one == before).count();
            // Full turns, the first of them included.
            (same / length + 1) as u64
        };
        (1..=CYCLE_LENGTH_MAX)
            .map(turns_of)
            .max()
            .unwrap_or_default()
    }

    /// Counts an attempt, allowed or denied, in the window that a claim is about.
    pub(super) fn count(&mut self, key: WindowKey, act: &Digest, now: u64) {
        let second = now / SECOND_NS;
        let from = now.saturating_sub(key.seconds().saturating_mul(SECOND_NS));
        let (kept, empty) = match &key {
            WindowKey::Calls(_, _, calls) => (*calls as usize + 1, Window::Times(VecDeque::new())),
            WindowKey::Minute(..) => (
                MINUTE_SECONDS as usize + 2,
                Window::Seconds(VecDeque::new()),
            ),
            WindowKey::Acts(..) => (CYCLE_ACTIONS_KEPT - 1, Window::Acts(VecDeque::new())),
        };
        match self.windows.entry(key.clone()).or_insert(empty) {
            Window::Times(times) => {
                times.push_back(now);
                while times.len() > kept || times.front().is_some_and(|time| *time < from) {
                    times.pop_front();
                }
            }
            Window::Seconds(seconds) => {
                match seconds.back_mut() {
                    Some((last, count)) if *last == second => *count = count.saturating_add(1),
                    _ => seconds.push_back((second, 1)),
                }
                let from = second.saturating_sub(MINUTE_SECONDS);
                while seconds.front().is_some_and(|(second, _)| *second < from) {
                    seconds.pop_front();
                }
            }
            Window::Acts(acts) => {
                acts.push_back((now, *act));
                while acts.len() > kept || acts.front().is_some_and(|(time, _)| *time < from) {
                    acts.pop_front();
                }
            }
        }
        self.due.set(&key, ends(now, key.seconds()));
    }

    /// Forgets windows in which nothing counts any more.
    pub(super) fn advance(&mut self, now: u64) {
        while let Some((_, key)) = self.due.take(now) {
            self.windows.remove(&key);
        }
    }

    pub(super) fn rewind(&mut self) {
        for (key, window) in &self.windows {
            let last = match window {
                Window::Times(times) => times.back().copied(),
                Window::Acts(acts) => acts.back().map(|(time, _)| *time),
                Window::Seconds(seconds) => seconds
                    .back()
                    .map(|(second, _)| second.saturating_mul(SECOND_NS)),
            };
            self.due
                .set(key, ends(last.unwrap_or_default(), key.seconds()));
        }
    }
}

/// When nothing of a window counts any more, if its last call was at a time: to the second, since of minutes no more is kept.
fn ends(last: u64, seconds: u64) -> u64 {
    let last = last - last % SECOND_NS;
    last.saturating_add((seconds + 1).saturating_mul(SECOND_NS))
}

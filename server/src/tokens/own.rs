//! The tokens in memory: no call looks at the store for them.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use indelible_access::{
    Binding, Caller, Presented, TokenRecord, TokenRefusal, TokenRights, limits::DAY_NS,
};
use indelible_compliance::time::shortest;
use tokio::sync::{Mutex, MutexGuard, watch};

use super::{
    refusal::OwnRefusal,
    room::{self, NoRoom, Size},
    uses::Uses,
};
use crate::limits::{
    OWN_TOKENS_ENDED_DAYS, OWN_TOKENS_MAX, OWN_TOKENS_OF_A_MAKER_DEFAULT, TOKEN_ENDS_SOON_SECONDS,
};

const SECOND_NS: u64 = 1_000_000_000;
const SOON_NS: u64 = TOKEN_ENDS_SOON_SECONDS * SECOND_NS;

/// All tokens of the daemon. Cheap to clone: all clones are of the same.
#[derive(Clone)]
pub(crate) struct OwnTokens(Arc<Shared>);

struct Shared {
    known: RwLock<Known>,
    /// Counts changes, for calls that last.
    changes: watch::Sender<u64>,
    /// One is made or revoked at a time, so that what is in memory is in the order of the records.
    changing: Mutex<()>,
    uses: Uses,
    days_max: u64,
    /// What one maker may have.
    share: Size,
    /// Whether the daemon asks some callers for nothing. Only then tokens count that such callers made.
    in_development: bool,
}

#[derive(Default)]
struct Known {
    /// The origin of the ledger whose records say this; none before these were read.
    origin: Option<String>,
    by_id: HashMap<Box<str>, Arc<OwnToken>>,
}

/// What records say.
pub(crate) struct Loaded {
    /// The origin of the ledger whose records they are.
    pub(super) origin: String,
    pub(super) tokens: Vec<OwnToken>,
}

/// One token.
#[derive(Debug)]
pub(crate) struct OwnToken {
    pub(crate) record: TokenRecord,
    pub(crate) rights: TokenRights,
    /// Of the record that made it.
    pub(crate) sequence: u64,
    revoked: OnceLock<Revoked>,
    /// The day of its last use and one more; 0, if it was never used.
    used: AtomicU64,
}

/// The record that revoked a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) sequence: u64,
    pub(crate) time: u64,
}

/// How many tokens there are, for operators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) valid: u64,
    /// Of these, those that expire soon, and were made for longer.
    pub(crate) end_soon: u64,
    /// The one that expires first: its principal, its name, and when.
    pub(crate) first: Option<(String, String, u64)>,
}

impl OwnToken {
    pub(crate) fn new(record: TokenRecord, rights: TokenRights, sequence: u64) -> Self {
        Self {
            record,
            rights,
            sequence,
            revoked: OnceLock::new(),
            used: AtomicU64::new(0),
        }
    }

    /// The id, without what every token's principal begins with.
    pub(crate) fn id(&self) -> &str {
        let text = self.record.principal.as_str();
        text.split_once(':').map_or(text, |(_, id)| id)
    }

    /// Ends it. Its first end counts.
    pub(super) fn revoke(&self, revoked: Revoked) {
        let _first = self.revoked.set(revoked);
    }

    /// The record that revoked it.
    pub(crate) fn revoked(&self) -> Option<Revoked> {
        self.revoked.get().copied()
    }

    /// Why it is refused now, whoever brings it.
    pub(crate) fn refused(&self, now: u64) -> Option<TokenRefusal> {
        match self.revoked() {
            Some(_) => Some(TokenRefusal::Revoked),
            None => self.record.refused(now),
        }
    }

    /// The day of its last use, counted from 1970.
    pub(crate) fn used_day(&self) -> Option<u64> {
        self.used.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Notes a use. True if it is the first of its day.
    pub(super) fn note_use(&self, day: u64) -> bool {
        self.used.fetch_max(day + 1, Ordering::Relaxed) < day + 1
    }

    /// Since when it is over.
    fn ended(&self, now: u64) -> Option<u64> {
        let revoked = self.revoked().map(|revoked| revoked.time);
        revoked.or_else(|| (now >= self.record.expires).then_some(self.record.expires))
    }
}

impl OwnTokens {
    /// No tokens yet: none is accepted before the records are read. A new one is valid for `days_max` days at most.
    pub(crate) fn new(in_development: bool, days_max: u64) -> Self {
        Self::shared(in_development, days_max, OWN_TOKENS_OF_A_MAKER_DEFAULT)
    }

    /// The same, of which one maker may have so many at once.
    pub(crate) fn shared(in_development: bool, days_max: u64, tokens_per_maker: u64) -> Self {
        Self(Arc::new(Shared {
            known: RwLock::default(),
            changes: watch::channel(0).0,
            changing: Mutex::new(()),
            uses: Uses::default(),
            days_max,
            share: Size::of_a_maker(tokens_per_maker),
            in_development,
        }))
    }

    /// For how many days a new token is valid at most.
    pub(crate) fn days_max(&self) -> u64 {
        self.0.days_max
    }

    /// The origin of the ledger whose records were read.
    pub(crate) fn origin(&self) -> Option<String> {
        self.known().origin.clone()
    }

    /// Puts in force what records say, in the place of all from before. Those who watch are told.
    pub(crate) fn take(&self, loaded: Loaded, now: u64) {
        let tokens = loaded.tokens.into_iter().map(Arc::new);
        let by_id: HashMap<Box<str>, _> = tokens.map(|token| (token.id().into(), token)).collect();
        let before = {
            let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
            known.origin = Some(loaded.origin);
            std::mem::replace(&mut known.by_id, by_id)
        };
        // Of another ledger, whose records count no more.
        for token in before.into_values() {
            token.revoke(Revoked {
                sequence: 0,
                time: now,
            });
        }
        self.changed();
    }

    /// Whom a text makes the caller. It takes as long where there is no such token.
    pub(crate) fn admit(
        &self,
        text: &str,
        now: u64,
    ) -> Result<(Caller, Arc<OwnToken>), OwnRefusal> {
        let presented = Presented::parse(text)?;
        let token = {
            let known = self.known();
            known.origin.as_ref().ok_or(OwnRefusal::NotRead)?;
            known.by_id.get(presented.id()).cloned()
        };
        let record = token.as_ref().map(|token| &token.record);
        let admitted = TokenRecord::admit(record, &presented, now);
        let Some(token) = token else {
            admitted?;
            return Err(TokenRefusal::Unknown.into());
        };
        // Known to be the bearer's by now, who may learn more, also of one that has expired as well.
        match (token.revoked(), admitted) {
            (_, Err(TokenRefusal::Unknown)) => Err(TokenRefusal::Unknown.into()),
            (Some(_), _) => Err(TokenRefusal::Revoked.into()),
            (None, admitted) => {
                let caller = admitted?;
                self.check_maker(&token)?;
                self.note_use(&token, now);
                Ok((caller, token))
            }
        }
    }

    /// What nobody in particular made counts only where nobody is asked anyhow.
    fn check_maker(&self, token: &OwnToken) -> Result<(), TokenRefusal> {
        match token.record.is_of_development() && !self.0.in_development {
            true => Err(TokenRefusal::OfDevelopment),
            false => Ok(()),
        }
    }

    /// Notes that a token is used, by the day.
    pub(crate) fn note_use(&self, token: &OwnToken, now: u64) {
        let day = now / DAY_NS;
        if token.note_use(day) {
            self.0.uses.note(token.id(), day);
        }
    }

    /// Which tokens were used on which days, of those that are not on record yet.
    pub(crate) fn uses_to_record(&self) -> Option<Result<bytes::Bytes, String>> {
        let days = || {
            let known = self.known();
            let used = |token: &Arc<OwnToken>| Some((token.id().to_owned(), token.used_day()?));
            known.by_id.values().filter_map(used).collect()
        };
        self.0.uses.take(days)
    }

    /// The token of an id.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<OwnToken>> {
        self.known().by_id.get(id).cloned()
    }

    /// All that are known, in the order of their records.
    pub(crate) fn all(&self) -> Vec<Arc<OwnToken>> {
        let mut all: Vec<_> = self.known().by_id.values().cloned().collect();
        all.sort_unstable_by_key(|token| token.sequence);
        all
    }

    /// What a table has of those that are valid.
    pub(crate) fn bindings(&self, now: u64) -> Vec<Binding> {
        let known = self.known();
        let valid = known.by_id.values();
        let valid = valid.filter(|token| token.refused(now).is_none());
        valid.flat_map(|token| token.record.bindings()).collect()
    }

    /// How many there are.
    pub(crate) fn counts(&self, now: u64) -> Counts {
        let mut counts = Counts::default();
        let soon = now.saturating_add(SOON_NS);
        for token in self.known().by_id.values() {
            if token.refused(now).is_some() {
                continue;
            }
            counts.valid += 1;
            let expires = token.record.expires;
            // One that was made for less time than that is renewed by whoever made it so.
            let is_short = expires.saturating_sub(token.record.made) <= SOON_NS;
            if expires > soon || is_short {
                continue;
            }
            counts.end_soon += 1;
            let is_first = |(_, _, first): &(String, String, u64)| expires < *first;
            if counts.first.as_ref().is_none_or(is_first) {
                let principal = token.record.principal.to_string();
                counts.first = Some((principal, token.record.name.clone(), expires));
            }
        }
        counts
    }

    /// What operators should know of those that expire soon: how many there are, and which is the first.
    pub(crate) fn ends_soon(&self, now: u64) -> Option<String> {
        let counts = self.counts(now);
        let (token, name, expires) = counts.first?;
        Some(format!(
            "of the daemon's own tokens {} expire within {} days, the first is {token} ({name}) at {}; make new ones in \
             their place (indelible token create)",
            counts.end_soon,
            SOON_NS / DAY_NS,
            shortest(expires)
        ))
    }

    /// Waits until nobody else makes or revokes one.
    pub(crate) async fn changing(&self) -> MutexGuard<'_, ()> {
        self.0.changing.lock().await
    }

    /// Whether there is room for another one.
    ///
    /// # Errors
    /// If its maker has as many as one maker may have, or all together have.
    pub(crate) fn room(
        &self,
        wanted: &TokenRecord,
        administers_the_store: bool,
        now: u64,
    ) -> Result<(), NoRoom> {
        let known = self.known();
        let valid = known.by_id.values();
        let valid = valid.filter(|token| token.refused(now).is_none());
        let whose = (wanted.makers.as_slice(), administers_the_store);
        let grants = wanted.grants.len();
        room::check(
            valid.map(|token| &token.record),
            whose,
            grants,
            self.0.share,
        )
    }

    /// Puts one in force whose record is durable.
    pub(crate) fn add(&self, token: OwnToken, now: u64) -> Arc<OwnToken> {
        let token = Arc::new(token);
        {
            let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
            let by_id = &mut known.by_id;
            by_id.insert(token.id().into(), Arc::clone(&token));
            tidy(by_id, now);
        }
        self.changed();
        token
    }

    /// Ends one whose revocation is durable. Whoever calls with it is refused when this returns.
    pub(crate) fn revoke(&self, token: &OwnToken, revoked: Revoked) {
        token.revoke(revoked);
        self.changed();
    }

    /// Tells of each change from now on.
    pub(crate) fn watched(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    fn changed(&self) {
        self.0.changes.send_modify(|changes| *changes += 1);
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what ended long ago, and of the rest that ended the oldest, beyond as many as there may be.
pub(super) fn tidy<T: std::borrow::Borrow<OwnToken>>(by_id: &mut HashMap<Box<str>, T>, now: u64) {
    let kept = OWN_TOKENS_ENDED_DAYS * DAY_NS;
    let is_kept = |token: &OwnToken| {
        let ended = token.ended(now);
        ended.is_none_or(|ended| now.saturating_sub(ended) <= kept)
    };
    by_id.retain(|_, token| is_kept((*token).borrow()));
    let ended = by_id.values().filter_map(|token| {
        let token: &OwnToken = token.borrow();
        token.ended(now)
    });
    let mut ended: Vec<_> = ended.collect();
    if ended.len() > OWN_TOKENS_MAX {
        ended.sort_unstable_by(|one, other| other.cmp(one));
        let oldest = ended[OWN_TOKENS_MAX];
        by_id.retain(|_, token| {
            let token: &OwnToken = (*token).borrow();
            token.ended(now).is_none_or(|ended| ended > oldest)
        });
    }
}

#[cfg(test)]
mod tests;

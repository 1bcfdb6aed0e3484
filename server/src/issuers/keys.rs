//! The keys of all issuers: in force, fetched again, and what is done while they can't be.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use indelible_access::{Issuer, JwtError, KeySet, Verified, may_fetch_keys};
use indelible_compliance::time::Second;
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use super::fetch;
use crate::{
    config::{TrustedIssuer, WhereKeys},
    limits::{
        ISSUER_FILE_SECONDS, ISSUER_KEY_WAIT_SECONDS_MAX, ISSUER_KEYS_RETRY_SECONDS,
        ISSUER_KEYS_SECONDS,
    },
};

const SECOND_NS: u64 = 1_000_000_000;

/// Issuers, each with its keys as they are at one moment.
pub(crate) type Trusted = Arc<Vec<(Issuer, KeySet)>>;

/// All issuers that are believed.
#[derive(Clone)]
pub(crate) struct Issuers {
    all: Arc<Vec<Source>>,
    /// Those who watch are told when keys have changed, and not when the same were fetched again.
    current: watch::Sender<Trusted>,
}

/// One issuer, and how fetching its keys goes.
struct Source {
    configured: TrustedIssuer,
    /// Rings when its keys are wanted before their time.
    wanted: Notify,
    asked: Mutex<Asked>,
    /// Counts attempts that have ended, for those who wait for one.
    attempts: watch::Sender<u64>,
    /// Why the last attempt failed.
    problem: Mutex<Option<String>>,
}

/// Attempts because of tokens whose key is not known.
#[derive(Default)]
struct Asked {
    last: Option<u64>,
    is_under_way: bool,
}

impl Issuers {
    /// Issuers whose keys are not fetched yet: until then no token of theirs is accepted.
    pub(crate) fn new(configured: &[TrustedIssuer]) -> Self {
        let unknown = |one: &TrustedIssuer| (one.issuer.clone(), KeySet::unknown());
        let (current, _) = watch::channel(Arc::new(configured.iter().map(unknown).collect()));
        let all = configured.iter().cloned().map(Source::new);
        Self {
            all: Arc::new(all.collect()),
            current,
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The issuers and their keys as they are now.
    pub(crate) fn trusted(&self) -> Trusted {
        Arc::clone(&self.current.borrow())
    }

    /// The same, and a sign when keys change.
    pub(crate) fn watched(&self) -> watch::Receiver<Trusted> {
        self.current.subscribe()
    }

    /// Whom a token speaks for. If its key is not known, it may be new, so that the keys are fetched; however many ask, at
    /// most once a minute, and each waits a short time only.
    pub(crate) async fn verify(&self, token: &str) -> Result<Verified, JwtError> {
        let refused = match Issuer::verify(&self.trusted(), token, now()) {
            Err(JwtError::KeyUnknown { issuer }) => issuer,
            decided => return decided,
        };
        let source = &self.all[refused];
        let mut attempts = source.attempts.subscribe();
        if source.is_asked(now()) {
            let patience = Duration::from_secs(ISSUER_KEY_WAIT_SECONDS_MAX);
            // If it did not come in time, the same is found out below.
            let _late = timeout(patience, attempts.changed()).await;
        }
        Issuer::verify(&self.trusted(), token, now())
    }

    /// What an operator should know of keys that could not be fetched, for each issuer.
    pub(crate) fn problems(&self) -> Vec<String> {
        let now = now();
        let trusted = self.trusted();
        let sources = self.all.iter().zip(trusted.iter());
        let told = sources.filter_map(|(source, (issuer, keys))| {
            let problem = lock(&source.problem).clone()?;
            let (name, stale) = (issuer.name(), issuer.stale_from(keys));
            Some(match now >= stale {
                true => format!("tokens of {name} are refused, because its keys are too old or were never fetched: {problem}"),
                false => format!(
                    "the keys of {name} in force are those from before, and its tokens are refused from {} on: {problem}",
                    Second(stale / SECOND_NS)
                ),
            })
        });
        told.collect()
    }

    /// How long ago the keys were fetched that were fetched first, in seconds; of keys that never were, since 1970.
    pub(crate) fn oldest_seconds(&self) -> Option<u64> {
        let now = now();
        let age =
            |keys: &KeySet| now.saturating_sub(keys.fetched().unwrap_or_default()) / SECOND_NS;
        self.trusted().iter().map(|(_, keys)| age(keys)).max()
    }

    /// Fetches the keys of all issuers, again and again.
    pub(crate) fn keep(&self) {
        for place in 0..self.all.len() {
            let issuers = self.clone();
            tokio::spawn(async move { issuers.keep_one(place).await });
        }
    }

    async fn keep_one(&self, place: usize) {
        let source = &self.all[place];
        loop {
            let is_fetched = self.fetch(place).await;
            tokio::select! {
                () = sleep(source.pause(is_fetched)) => {}
                () = source.wanted.notified() => {}
            }
        }
    }

    /// Fetches the keys of one issuer, and takes them if they can be used. Whether that was so.
    async fn fetch(&self, place: usize) -> bool {
        let source = &self.all[place];
        let begun = now();
        let text = fetch::keys(&source.configured.keys).await;
        let taken = text
            .map_err(|error| error.to_string())
            .and_then(|text| KeySet::parse(&text, begun).map_err(|error| error.to_string()));
        let is_fetched = taken.is_ok();
        let name = source.configured.issuer.name();
        match taken {
            Ok(keys) => {
                if self.take(place, keys) {
                    tracing::info!(issuer = name, "took the keys of an issuer");
                }
                *lock(&source.problem) = None;
            }
            Err(problem) => {
                let before = lock(&source.problem).replace(problem.clone());
                if before.as_ref() != Some(&problem) {
                    tracing::warn!(
                        issuer = name,
                        problem,
                        "kept the keys of an issuer that are in force"
                    );
                }
            }
        }
        lock(&source.asked).is_under_way = false;
        source.attempts.send_modify(|attempts| *attempts += 1);
        is_fetched
    }

    /// Puts keys in force. Whether they are others than before.
    fn take(&self, place: usize, keys: KeySet) -> bool {
        self.current.send_if_modified(|current| {
            let mut all = Vec::clone(current);
            let is_new = !all[place].1.is_same_as(&keys);
            all[place].1 = keys;
            *current = Arc::new(all);
            is_new
        })
    }
}

impl Source {
    fn new(configured: TrustedIssuer) -> Self {
        Self {
            configured,
            wanted: Notify::new(),
            asked: Mutex::default(),
            attempts: watch::channel(0).0,
            problem: Mutex::default(),
        }
    }

    /// Asks for the keys before their time, unless that was done a short while ago. Whether an attempt is to be waited for.
    fn is_asked(&self, now: u64) -> bool {
        let mut asked = lock(&self.asked);
        if !asked.is_under_way && may_fetch_keys(asked.last, now) {
            *asked = Asked {
                last: Some(now),
                is_under_way: true,
            };
            self.wanted.notify_one();
        }
        asked.is_under_way
    }

    /// When the keys are fetched again. Where they may not become old, sooner, so that one failure does no harm.
    fn pause(&self, is_fetched: bool) -> Duration {
        let seconds = match (&self.configured.keys, is_fetched) {
            (WhereKeys::File(_), _) => ISSUER_FILE_SECONDS,
            (WhereKeys::Url { .. }, true) => ISSUER_KEYS_SECONDS,
            (WhereKeys::Url { .. }, false) => ISSUER_KEYS_RETRY_SECONDS,
        };
        let often = Duration::from_secs(self.configured.stale_seconds) / 4;
        Duration::from_secs(seconds).min(often)
    }
}

/// Nanoseconds since 1970 UTC.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What probes over HTTP are told: one word, which is nothing that a stranger could use, so that the address may be anywhere.
//!
//! `/livez` asks whether the process answers, `/startupz` whether recovery is done, `/readyz` whether calls are served. A
//! daemon of which one ledger can't be appended to is ready: the others go on, and a balancer that took the daemon away
//! would make the fault larger. The word says it.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use hyper::StatusCode;
use indelible_ledger::{Availability, Engine};
use tokio::sync::watch;

use crate::http::Answer;

/// How long a word is told before it is looked up again, so that nobody can have all ledgers looked at without end.
const WORD_KEPT: Duration = Duration::from_secs(1);

/// What a probe is told. The later is told where several are so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// None of what follows.
    Serving,
    /// A ledger takes no appends, such as for lack of space.
    ReadOnly,
    /// A ledger is in quarantine or has stopped.
    Quarantined,
    /// The provider of the keys can't be reached, so that nothing is recorded.
    KeysAway,
    /// Calls in progress end, and no new ones are taken.
    Draining,
    /// The store is being opened.
    Starting,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::ReadOnly => "read-only",
            Self::Quarantined => "quarantined",
            Self::KeysAway => "keys-away",
            Self::Draining => "draining",
            Self::Starting => "starting",
        }
    }

    /// Answers a request for a path.
    pub(crate) fn answer(self, path: &str) -> Answer {
        let is_good = match path {
            "/livez" => true,
            "/readyz" => self < Self::Draining,
            "/startupz" => self < Self::Starting,
            _ => return Answer::line(StatusCode::NOT_FOUND, "only /livez, /readyz and /startupz"),
        };
        let status = match is_good {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        Answer::line(status, self.text())
    }
}

/// Finds the word.
#[derive(Clone)]
pub(crate) struct Probes {
    engine: Arc<OnceLock<Engine>>,
    draining: watch::Receiver<bool>,
    kept: Arc<Mutex<Option<(Instant, Word)>>>,
}

impl Probes {
    /// Of the engine, once it is there.
    pub(crate) fn new(engine: Arc<OnceLock<Engine>>, draining: watch::Receiver<bool>) -> Self {
        Self {
            engine,
            draining,
            kept: Arc::default(),
        }
    }

    /// The word for now.
    pub(crate) fn word(&self) -> Word {
        let Some(engine) = self.engine.get() else {
            return Word::Starting;
        };
        if *self.draining.borrow() {
            return Word::Draining;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match *kept {
            Some((since, word)) if since.elapsed() < WORD_KEPT => word,
            _ => {
                let word = of(engine);
                *kept = Some((Instant::now(), word));
                word
            }
        }
    }
}

fn of(engine: &Engine) -> Word {
    let status = engine.status();
    if status.keys_away.is_some() {
        return Word::KeysAway;
    }
    let words = status.ledgers.iter().map(|ledger| match ledger.state {
        Availability::Open | Availability::Closed => Word::Serving,
        Availability::ReadOnly => Word::ReadOnly,
        Availability::Stopped | Availability::Quarantined => Word::Quarantined,
    });
    words.max().unwrap_or(Word::Serving)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_answers_for_itself_and_says_one_word() {
        for (word, ready, started) in [
            (Word::Serving, 200, 200),
            (Word::ReadOnly, 200, 200),
            (Word::Quarantined, 200, 200),
            (Word::KeysAway, 200, 200),
            (Word::Draining, 503, 200),
            (Word::Starting, 503, 503),
        ] {
            for (path, status) in [("/livez", 200), ("/readyz", ready), ("/startupz", started)] {
                let answer = word.answer(path);
                assert_eq!(answer.status.as_u16(), status, "{word:?} {path}");
                assert_eq!(answer.body.trim_end(), word.text());
            }
            assert_eq!(word.answer("/metrics").status, StatusCode::NOT_FOUND);
        }
    }
}

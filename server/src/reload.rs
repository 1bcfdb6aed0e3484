//! Takes anew what can change while the daemon runs when the configuration file changes: all of it together, and only if
//! the daemon could start with the file.

use std::{fs, io::Read as _, time::Duration};

use sha2::{Digest as _, Sha256};

use crate::{
    config::Config,
    limits::{CONFIG_FILE_SECONDS, REFUSED_FILE_BYTES_MAX},
    named_files::check_named_files,
    rpc::{Gate, Loaded},
    tls::Keeper,
    watched::{Hangup, Looks, Problem},
};

/// Keeps in force what the configuration file says of access.
pub(crate) struct Reload {
    /// What the daemon began with.
    began: Config,
    /// Why the file as it is now is not in force.
    problem: Problem,
}

impl Reload {
    /// For a daemon that began with this configuration; none, if it has no file.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        config.file.as_ref().map(|_| Self {
            began: config.clone(),
            problem: Problem::default(),
        })
    }

    /// Why the file as it is now is not in force, now and later.
    pub(crate) fn problem(&self) -> Problem {
        self.problem.clone()
    }

    /// Looks at the file every few seconds, and at once on SIGHUP. Never ends. `loaded` is what the daemon began with.
    pub(crate) async fn keep(self, gate: Gate, tls: Option<Keeper>, mut loaded: Loaded) {
        let mut hangup = Hangup::expected();
        // The file may have changed since the daemon read it, so the first look reads it again.
        let mut taken = None;
        loop {
            let asked = hangup
                .within(Duration::from_secs(CONFIG_FILE_SECONDS))
                .await;
            let looks = Some(self.began.file.as_deref().and_then(Looks::of));
            // What was wrong may have been put right in a file that this one names.
            if asked || looks != taken || self.problem.get().is_some() {
                self.take(&gate, tls.as_ref(), &mut loaded, asked);
                taken = looks;
            }
        }
    }

    /// The file as it is now, if a daemon could start with it and with the files that it names anew.
    fn wanted(&self) -> Result<Config, String> {
        let wanted = self.began.again().map_err(|error| told(&error))?;
        check_named_files(&wanted, Some(&self.began)).map_err(|error| told(&error))?;
        Ok(wanted)
    }

    /// SHA-256 of the file as it is now, also if it is not valid; none if it can't be read, or is not a file.
    fn digest(&self) -> Option<[u8; 32]> {
        let path = self.began.file.as_ref()?;
        if !fs::metadata(path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(path).ok()?;
        file.take(REFUSED_FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .ok()?;
        let is_whole = bytes.len() as u64 <= REFUSED_FILE_BYTES_MAX;
        is_whole.then(|| Sha256::digest(&bytes).into())
    }

    fn take(&self, gate: &Gate, tls: Option<&Keeper>, loaded: &mut Loaded, asked: bool) {
        let problem = match self.wanted() {
            Ok(wanted) => {
                let bindings = wanted.access.bindings.len();
                let now = loaded.taking(&wanted);
                let is_new = !now.is_as(loaded);
                let waits_for_restart = now.waiting();
                gate.audit().took(&now);
                if is_new {
                    gate.audit().reloaded(now.clone());
                    *loaded = now;
                }
                if let Some(tls) = tls {
                    tls.revoke(wanted.access.revoked_client_keys.clone());
                }
                gate.take(wanted.access);
                if is_new || asked || self.problem.get().is_some() {
                    tracing::info!(
                        bindings,
                        is_new,
                        waits_for_restart,
                        "took bindings and rates"
                    );
                }
                None
            }
            Err(problem) => {
                if asked || self.problem.get().as_ref() != Some(&problem) {
                    tracing::warn!(problem, "kept the bindings and rates that are in force");
                    // What is wrong may be words of the file, so only which file it was goes on record.
                    gate.audit().not_taken(self.digest());
                }
                Some(problem)
            }
        };
        self.problem.set(problem);
    }
}

/// An error with all that led to it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors tell their cause themselves.
        let reason = error.to_string();
        if !text.contains(&reason) {
            text.push_str(&format!(": {reason}"));
        }
        cause = error.source();
    }
    text
}

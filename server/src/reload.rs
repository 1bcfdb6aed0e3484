//! Takes bindings and rates anew when the configuration file changes: all of them together, and only if all are valid.

use std::{path::PathBuf, time::Duration};

use crate::{
    config::Access,
    limits::CONFIG_FILE_SECONDS,
    rpc::{Gate, Loaded},
    watched::{Hangup, Looks, Problem},
};

/// Keeps in force what the configuration file says of access.
pub(crate) struct Reload {
    file: PathBuf,
    /// Why the file as it is now is not in force.
    problem: Problem,
}

impl Reload {
    /// For a daemon that began with this file.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            problem: Problem::default(),
        }
    }

    /// Why the file as it is now is not in force, now and later.
    pub(crate) fn problem(&self) -> Problem {
        self.problem.clone()
    }

    /// Looks at the file every few seconds, and at once on SIGHUP. Never ends. `in_force` is what the daemon began with.
    pub(crate) async fn keep(self, gate: Gate, access: Access, loaded: Loaded) {
        let mut in_force = (access, loaded);
        let mut hangup = Hangup::expected();
        // The file may have changed since the daemon read it, so the first look reads it again.
        let mut taken = None;
        loop {
            let asked = hangup
                .within(Duration::from_secs(CONFIG_FILE_SECONDS))
                .await;
            let looks = Some(Looks::of(&self.file));
            if asked || looks != taken {
                self.take(&gate, &mut in_force, asked);
                taken = looks;
            }
        }
    }

    fn take(&self, gate: &Gate, (in_force, loaded): &mut (Access, Loaded), asked: bool) {
        let problem = match Access::read(&self.file) {
            Ok((access, digest)) => {
                let is_new = access != *in_force;
                if is_new {
                    *loaded = loaded.with_access(&access, digest);
                    gate.audit().reloaded(loaded.clone());
                    gate.take(access.clone());
                    *in_force = access;
                }
                if is_new || asked || self.problem.get().is_some() {
                    let bindings = in_force.bindings.len();
                    tracing::info!(bindings, is_new, "took bindings and rates");
                }
                None
            }
            Err(error) => {
                let problem = told(&error);
                tracing::warn!(problem, "kept the bindings and rates that are in force");
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
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

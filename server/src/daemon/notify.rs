//! What the service manager is told (sd_notify(3)): when the daemon serves, when it ends, and that it is alive.

use std::{
    env, io,
    os::linux::net::SocketAddrExt as _,
    os::unix::net::{SocketAddr, UnixDatagram},
    time::Duration,
};

const SOCKET_VARIABLE: &str = "NOTIFY_SOCKET";
const WATCHDOG_VARIABLE: &str = "WATCHDOG_USEC";
const WATCHDOG_PROCESS_VARIABLE: &str = "WATCHDOG_PID";

/// A service manager that listens, or none.
#[derive(Clone, Default)]
pub(super) struct Manager(Option<std::sync::Arc<UnixDatagram>>);

impl Manager {
    /// The one that the environment names. What can't be reached is none: a daemon serves all the same, and the manager
    /// ends it when it hears nothing.
    fn of_environment() -> Self {
        let Some(name) = env::var_os(SOCKET_VARIABLE) else {
            return Self::default();
        };
        match connected(&name.to_string_lossy()) {
            Ok(socket) => Self(Some(socket.into())),
            Err(error) => {
                tracing::warn!(%error, "the service manager can't be told anything");
                Self::default()
            }
        }
    }

    /// The one that the environment names, which is told that calls are served from now on, and then again and again that
    /// the daemon is alive.
    pub(super) fn told_ready() -> Self {
        let manager = Self::of_environment();
        manager.tell("READY=1\nSTATUS=serving");
        tokio::spawn(manager.clone().keep_alive());
        manager
    }

    /// Calls in progress end, and then the daemon.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=draining");
    }

    /// Says that the daemon is alive, twice as often as the manager wants to hear it. It runs on the threads that serve
    /// calls, so that it says nothing where they hang. Ends at once if nobody wants to hear it.
    async fn keep_alive(self) {
        let Some(every) = watchdog(|name| env::var(name).ok()).filter(|_| self.0.is_some()) else {
            return;
        };
        let mut ticks = tokio::time::interval(every / 2);
        loop {
            ticks.tick().await;
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, words: &str) {
        if let Some(socket) = &self.0 {
            // A manager that reads nothing ends the daemon by its own rules.
            let _unheard = socket.send(words.as_bytes());
        }
    }
}

/// A name that begins with `@` is one of the abstract namespace.
fn connected(name: &str) -> io::Result<UnixDatagram> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How long the manager waits for a sign of life of this process.
fn watchdog(variable: impl Fn(&str) -> Option<String>) -> Option<Duration> {
    let process = variable(WATCHDOG_PROCESS_VARIABLE);
    if process.is_some_and(|process| process != std::process::id().to_string()) {
        return None;
    }
    let micros: u64 = variable(WATCHDOG_VARIABLE)?.parse().ok()?;
    (micros > 1).then(|| Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watchdog_is_that_of_this_process() {
        let of = |micros: Option<&str>, process: Option<&str>| {
            watchdog(|name| match name {
                WATCHDOG_VARIABLE => micros.map(str::to_owned),
                _ => process.map(str::to_owned),
            })
        };
        let own = std::process::id().to_string();
        assert_eq!(of(None, None), None);
        assert_eq!(of(Some("30000000"), None), Some(Duration::from_secs(30)));
        assert_eq!(
            of(Some("30000000"), Some(&own)),
            Some(Duration::from_secs(30))
        );
        assert_eq!(of(Some("30000000"), Some("1")), None);
        assert_eq!(of(Some("never"), Some(&own)), None);
        assert_eq!(of(Some("0"), Some(&own)), None);
    }
}

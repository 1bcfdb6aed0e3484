//! Connections by how they came in.

use indelible_meters::{Counter, Level, Present};

/// How a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over a Unix socket.
    Unix,
    /// Over TCP with TLS.
    Tls,
    /// Over TCP without TLS, from this machine.
    Tcp,
}

impl Way {
    const ALL: [Self; 3] = [Self::Unix, Self::Tls, Self::Tcp];

    /// Its name in metrics.
    fn name(self) -> &'static str {
        match self {
            Self::Unix => "unix",
            Self::Tls => "tls",
            Self::Tcp => "tcp",
        }
    }
}

static OPEN: [Level; Way::ALL.len()] = [const { Level::new() }; Way::ALL.len()];
static OPENED: [Counter; Way::ALL.len()] = [const { Counter::new() }; Way::ALL.len()];

/// Counts a connection that was let in, until what is returned is dropped.
pub(crate) fn connected(way: Way) -> Present<'static> {
    OPENED[way as usize].one();
    OPEN[way as usize].enter()
}

/// For each way how many are open, and how many were let in since the start.
pub(crate) fn connections() -> impl Iterator<Item = (&'static str, u64, u64)> {
    Way::ALL.into_iter().map(|way| {
        let place = way as usize;
        (way.name(), OPEN[place].get(), OPENED[place].get())
    })
}

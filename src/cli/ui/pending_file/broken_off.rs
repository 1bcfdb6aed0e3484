//! What a command leaves behind that somebody breaks off: nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell says of a process that a signal has ended is this much more than the signal's number.
const ENDED_BY_SIGNAL: i32 = 128;

/// Files that are not complete; none before the first, from when on signals are watched for.
static INCOMPLETE: Mutex<Option<Vec<PathBuf>>> = Mutex::new(None);

/// From now on a signal that ends the process takes this file away first. It could have what nobody but its owner may read, and
/// nobody would know of it.
pub(super) fn remove_when_broken_off(path: &Path) {
    let mut incomplete = incomplete();
    if incomplete.is_none() {
        // Without a thread, a file stays behind as it did before.
        let (watches, begun) = mpsc::channel();
        let _thread = thread::Builder::new()
            .name("broken-off".into())
            .spawn(|| watch(watches));
        // A signal that came before would still end the process at once. An error says that nobody watches.
        let _watched = begun.recv();
    }
    incomplete.get_or_insert_default().push(path.to_owned());
}

/// The file has got its name, or is gone.
pub(super) fn keep(path: &Path) {
    if let Some(incomplete) = incomplete().as_mut() {
        incomplete.retain(|other| other != path);
    }
}

fn incomplete() -> MutexGuard<'static, Option<Vec<PathBuf>>> {
    INCOMPLETE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a signal that ends a process, on a thread of its own: the command itself may be waiting for something else.
/// Says through `watches` that it has begun.
fn watch(watches: mpsc::Sender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    let Ok(runtime) = runtime else {
        return;
    };
    let number = runtime.block_on(async {
        let ends = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        let mut signals: Vec<(Signal, i32)> = Vec::new();
        for kind in ends {
            signals.extend(
                signal(kind)
                    .ok()
                    .map(|signal| (signal, kind.as_raw_value())),
            );
        }
        let _begun = watches.send(());
        std::future::poll_fn(|context| {
            let mut polled = signals.iter_mut();
            match polled.find_map(|(signal, number)| {
                signal.poll_recv(context).is_ready().then_some(*number)
            }) {
                Some(number) => std::task::Poll::Ready(number),
                None => std::task::Poll::Pending,
            }
        })
        .await
    });
    // Held to the end: nothing is begun any more.
    let incomplete = incomplete();
    for path in incomplete.iter().flatten() {
        let _gone = fs::remove_file(path);
    }
    #[expect(
        clippy::exit,
        reason = "a process that a signal ends does not go back to what it was doing"
    )]
    process::exit(ENDED_BY_SIGNAL + number);
}

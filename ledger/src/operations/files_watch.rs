//! Watching the files: whether the data directory and the anchor lie where they were opened, whether the anchor's volume
//! has room, and whether the operating system refused the store something.
//!
//! The committer asks for the first two before each acknowledgement; this loop asks for ledgers that rest.

use std::{path::Path, sync::Arc, time::Duration};

use indelible_store::{
    Cause,
    anchor::Anchor,
    disk::{disk_free, may_write_in, volume},
};
use tracing::{error, info, warn};

use crate::{
    core::Core,
    state::{
        bell::Stop,
        limits::{SHORTAGE_TOLD, WATCH_INTERVAL},
        notice::NoticeCode,
        steps::{Next, Steps},
    },
};

/// What the notices are about.
const DATA_DIRECTORY: &str = "data directory";
const ANCHOR: &str = "anchor";
const ANCHOR_ROOM: &str = "room of the anchor";
const ANCHOR_DIRECTORY: &str = "directory of the anchor";
const DATA_READ_ONLY: &str = "data directory and its mount";
const ANCHOR_READ_ONLY: &str = "anchor and its mount";

/// The loop that watches the files.
pub(crate) struct FilesWatch {
    core: Arc<Core>,
    stop: Stop,
    /// How often each cause had been met when it looked last, and when it was met last.
    met: [(u64, Option<Duration>); Cause::ALL.len()],
}

impl FilesWatch {
    pub(crate) fn new(core: &Arc<Core>, stop: Stop) -> Self {
        Self {
            core: Arc::clone(core),
            stop,
            met: Cause::counts().map(|count| (count, None)),
        }
    }

    /// A data directory that was taken away stops everything: what is written there is lost.
    fn data_directory(&self) {
        let core = &*self.core;
        if let Err(error) = core.store.check_place() {
            let reason = error.to_string();
            if core
                .troubles
                .put(DATA_DIRECTORY, NoticeCode::StorageFailed, reason.clone())
            {
                error!(reason, "the data directory is not what it was");
            }
            if !core.halt.is_stopped() {
                core.halt.stop(&reason);
            }
        }
    }

    fn anchor(&self) {
        let core = &*self.core;
        if core.halt.is_stopped() {
            self.put_anchor_back();
            return;
        }
        if let Err(reason) = core.anchor.keep_in_place() {
            core.troubles
                .put(ANCHOR, NoticeCode::StorageFailed, reason.clone());
            core.halt.stop(&reason);
        }
    }

    /// After a stop, the anchor must be there for the restart that ends it: without it all ledgers would go into quarantine.
    fn put_anchor_back(&self) {
        let core = &*self.core;
        let reason = match core.anchor.put_back() {
            Ok(false) => return,
            Ok(true) => {
                core.troubles.clear(ANCHOR);
                "the anchor was missing, and could not be written anew for a while; it is there again, with all that was acknowledged: \
                 restart the daemon"
                    .to_owned()
            }
            Err(reason) => {
                core.troubles
                    .put(ANCHOR, NoticeCode::StorageFailed, reason.clone());
                reason
            }
        };
        core.halt.give_reason(&reason);
    }

    /// Tells of a volume that is mounted read-only, before a write fails on it.
    fn read_only_volumes(&self) {
        let options = &self.core.options;
        let anchor = options.anchor.as_deref().and_then(Path::parent);
        for (about, what, place) in [
            (DATA_READ_ONLY, DATA_DIRECTORY, options.data.as_deref()),
            (ANCHOR_READ_ONLY, ANCHOR, anchor),
        ] {
            let Some(Ok(found)) = place.map(volume) else {
                continue;
            };
            if !found.is_read_only {
                if self.core.troubles.clear(about) {
                    info!("the volume of the {what} is read-write again");
                }
                continue;
            }
            let detail = format!(
                "the {what} is on a volume that is mounted read-only, so ledgers take no appends. Find out why (the kernel's log \
                 tells), and mount it read-write; ledgers take appends again then, unless a write has failed on it before, \
                 after which a restart is needed"
            );
            let code = NoticeCode::StorageFailed;
            if self.core.troubles.put(about, code, detail) {
                warn!("the {what} is on a volume that is read-only");
            }
        }
    }

    /// Tells of a directory in which the anchor could not be written anew, before it has to be. What is wrong with the volume
    /// is told as that.
    fn directory_of_the_anchor(&self) {
        let options = &self.core.options;
        let Some(directory) = options.anchor.as_deref().and_then(Path::parent) else {
            return;
        };
        let is_read_only = volume(directory).is_ok_and(|found| found.is_read_only);
        match may_write_in(directory) {
            Ok(false) if !is_read_only => {}
            Ok(_) => {
                if self.core.troubles.clear(ANCHOR_DIRECTORY) {
                    info!("the directory of the anchor can be written to again");
                }
                return;
            }
            // That it is not there is for whoever looks for the anchor.
            Err(_) => return,
        }
        let goes_on = !self.core.halt.is_stopped() && self.core.anchor.is_there();
        let detail = format!(
            "the daemon's user may not write to {}, the directory of the anchor. {} Give that user the directory (chown, and \
             ReadWritePaths= of a unit)",
            directory.display(),
            match goes_on {
                true => {
                    "Appends go on. But if somebody takes the anchor away, it can't be written anew, and all ledgers stop."
                }
                false => "So the anchor can't be written there.",
            }
        );
        let code = NoticeCode::AnchorDirectoryUnwritable;
        if self.core.troubles.put(ANCHOR_DIRECTORY, code, detail) {
            warn!("the daemon's user may not write to the directory of the anchor");
        }
    }

    /// Tells of what the operating system refused since the last look. A shortage passes; a device that failed, or a
    /// volume that became read-only, is told until a restart.
    fn refusals(&mut self) {
        let now = self.core.environment.elapsed();
        let counts = Cause::counts();
        for ((cause, count), (before, last)) in
            Cause::ALL.into_iter().zip(counts).zip(&mut self.met)
        {
            if count > *before {
                (*before, *last) = (count, Some(now));
            }
            let Some(since) = *last else { continue };
            let passes = cause.is_shortage() || cause == Cause::Full;
            let code = match passes {
                true => NoticeCode::ResourcesExhausted,
                false => NoticeCode::StorageFailed,
            };
            let troubles = &self.core.troubles;
            if passes && now.saturating_sub(since) > SHORTAGE_TOLD {
                *last = None;
                troubles.clear(cause.name());
            } else if troubles.put(cause.name(), code, format!("{cause} [{}]", cause.name())) {
                error!(
                    cause = cause.name(),
                    "the operating system refused the store something: {cause}"
                );
            }
        }
    }
}

impl Steps for FilesWatch {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            if self.core.halt.is_stopped() {
                self.put_anchor_back();
            }
            return Next::Ended;
        }
        self.data_directory();
        self.anchor();
        room_of_the_anchor(&self.core);
        self.read_only_volumes();
        self.directory_of_the_anchor();
        self.refusals();
        Next::PausesUntil(self.core.environment.elapsed() + WATCH_INTERVAL)
    }
}

/// Tells whether the anchor's volume has room for its next step. Without it, the anchor takes no more than so many ledgers.
pub(crate) fn room_of_the_anchor(core: &Core) {
    let anchor = core.options.anchor.as_ref();
    let Some(volume) = anchor.and_then(|anchor| anchor.parent()) else {
        return;
    };
    let Ok(free) = disk_free(volume) else { return };
    let left = core.anchor.room_left();
    if free >= Anchor::STEP_BYTES {
        if core.troubles.clear(ANCHOR_ROOM) {
            info!(free, "the anchor's volume has room again");
        }
        return;
    }
    let detail = format!(
        "the volume of the anchor {} is full: {free} bytes are free. {left} more ledgers have room in the anchor; after them \
         none can be created. Ledgers that are there take appends. Make room on that volume",
        core.anchor.place()
    );
    let code = NoticeCode::ResourcesExhausted;
    if core.troubles.put(ANCHOR_ROOM, code, detail) {
        warn!(
            free,
            left, "the anchor's volume is full: soon no ledger can be created"
        );
    }
}

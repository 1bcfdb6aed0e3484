//! Purging: making sure that no file holds deleted or overwritten data.
//!
//! - Memory that is not written out may hold old bytes: it is written out,
//!   which also frees the logs.
//! - Tables may hold them: these are written again.
//! - The manifest names the first and last key of each table: it is written
//!   again after the tables.
//! - At last the old files must be gone from the directory, which an open
//!   reader can delay.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::time::Duration;

use rocksdb::{DEFAULT_COLUMN_FAMILY_NAME, ReadOptions, WriteBatch};

use super::salvage::files;
use super::tables::{Span, broken_off, join};
use super::{RocksStore, engine_error, keys};
use crate::contracts::{LedgerId, OnPurge, PurgeProgress, PurgeScope, Purged};
use crate::error::Result;

/// Between two looks at files that are still there.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// After so many looks the engine is made to tidy up once more.
const LOOKS_BEFORE_A_NUDGE: u32 = 50;

/// After so many looks, ten seconds, people are told.
const LOOKS_BEFORE_A_WARNING: u32 = 500;

impl RocksStore {
    pub(super) fn purge_files(
        &self,
        scopes: &[PurgeScope],
        progress: OnPurge<'_>,
    ) -> Result<Purged> {
        self.writer.lock().check()?;
        let _turn = self.rewriting();
        // It holds what is to go. Whoever copies it begins again with another.
        self.directory.remove_cut()?;
        go_on(progress(PurgeProgress::WritingOut))?;
        let mut gone = self.file_names(|name| name.ends_with(".log"))?;
        self.flush_all()?;

        let forgotten = self.forgotten_indexes(scopes)?;
        let families = [
            (DEFAULT_COLUMN_FAMILY_NAME, vec![Span::everything()]),
            (keys::KEYS, vec![Span::everything()]),
            (keys::RECORDS, record_spans(scopes)),
            (keys::INDEX, self.posting_spans(scopes, &forgotten)?),
            (keys::PROJECTIONS, state_spans(scopes)),
        ];
        let mut total_bytes = 0;
        for (family, spans) in &families {
            let tables = self.tables_with(family, spans)?;
            total_bytes += tables.iter().map(|table| table.size as u64).sum::<u64>();
        }
        let mut done_bytes = 0;
        go_on(progress(PurgeProgress::Rewriting {
            done_bytes,
            total_bytes,
        }))?;
        for (family, spans) in &families {
            let old = self.rewrite_tables(family, spans, &mut |bytes| {
                done_bytes += bytes;
                progress(PurgeProgress::Rewriting {
                    done_bytes,
                    total_bytes: total_bytes.max(done_bytes),
                })
            })?;
            gone.extend(
                old.iter()
                    .map(|name| name.trim_start_matches('/').to_owned()),
            );
        }

        gone.extend(self.file_names(|name| name.starts_with("MANIFEST-"))?);
        self.with_new_manifest(|| self.mark_purged(&forgotten))?;
        self.wait_until_gone(gone, progress)?;
        Ok(Purged {
            rewritten_bytes: done_bytes,
            evidence: self.directory.evidence(self.generation)?,
        })
    }

    /// Those of the ledgers whose index was forgotten since the last purge.
    fn forgotten_indexes(&self, scopes: &[PurgeScope]) -> Result<HashSet<LedgerId>> {
        let mut forgotten = HashSet::new();
        for scope in scopes {
            let mark = self
                .db
                .get_pinned(keys::of_ledger(keys::INDEX_FORGOTTEN, scope.ledger))
                .map_err(engine_error::on("read the catalog"))?;
            if mark.is_some() {
                forgotten.insert(scope.ledger);
            }
        }
        Ok(forgotten)
    }

    pub(super) fn posting_spans(
        &self,
        scopes: &[PurgeScope],
        forgotten: &HashSet<LedgerId>,
    ) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for scope in scopes {
            if forgotten.contains(&scope.ledger) {
                let (from, to) = keys::range_of(scope.ledger);
                spans.push(Span::new(from, to));
                continue;
            }
            for posting in &scope.postings {
                let mut sequences = posting.sequences.iter().copied();
                let Some(first) = sequences.next() else {
                    continue;
                };
                let last = sequences.last().unwrap_or(first);
                let key = |sequence| keys::posting(scope.ledger, &posting.term, sequence);
                spans.push(Span::new(self.index_key_before(&key(first))?, key(last)));
            }
        }
        Ok(join(spans))
    }

    /// The last key of the index up to this one. A posting block that was
    /// removed, or that began at a number that was, lay after it.
    fn index_key_before(&self, key: &[u8]) -> Result<Vec<u8>> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        let mut iterator = self
            .db
            .raw_iterator_cf_opt(self.family(keys::INDEX), options);
        iterator.seek_for_prev(key);
        iterator
            .status()
            .map_err(engine_error::on("read the index"))?;
        Ok(iterator.key().unwrap_or_default().to_vec())
    }

    /// Notes down that a purge got this far, in a table of its own, so that
    /// the engine writes to its manifest.
    fn mark_purged(&self, forgotten: &HashSet<LedgerId>) -> Result<()> {
        let purges = self
            .db
            .get_pinned(keys::PURGES)
            .map_err(engine_error::on("read the catalog"))?;
        let purges = purges.and_then(|bytes| bytes.as_ref().try_into().ok());
        let purges = purges.map_or(0, u64::from_be_bytes);
        let mut batch = WriteBatch::default();
        batch.put(keys::PURGES, purges.wrapping_add(1).to_be_bytes());
        for ledger in forgotten {
            batch.delete(keys::of_ledger(keys::INDEX_FORGOTTEN, *ledger));
        }
        self.write_synced(&mut self.writer.lock(), batch, "note a purge")?;
        self.flush_catalog()
    }

    fn flush_catalog(&self) -> Result<()> {
        self.db
            .flush_cf(self.family(DEFAULT_COLUMN_FAMILY_NAME))
            .map_err(engine_error::on("write the catalog out"))
    }

    /// Waits until these files have left the engine's directory. An empty log
    /// is the engine's newest, if nothing was written since it began it.
    fn wait_until_gone(&self, gone: HashSet<String>, progress: OnPurge<'_>) -> Result<()> {
        for look in 1_u32.. {
            let left = self.file_names(|name| gone.contains(name))?;
            if left.is_empty() {
                break;
            }
            go_on(progress(PurgeProgress::WaitingForFiles {
                files: left.len(),
            }))?;
            if look == LOOKS_BEFORE_A_WARNING {
                tracing::warn!(files = ?left, "a purge waits for files that are still open");
            }
            if look.is_multiple_of(LOOKS_BEFORE_A_NUDGE) {
                self.with_new_manifest(|| self.mark_purged(&HashSet::new()))?;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// The names of the engine's files that are wanted, and not empty.
    fn file_names(&self, wanted: impl Fn(&str) -> bool) -> Result<HashSet<String>> {
        let mut names = HashSet::new();
        for (name, path) in files(&self.directory.store(self.generation))? {
            let is_empty = || std::fs::metadata(&path).map_or(true, |file| file.len() == 0);
            if wanted(&name) && !is_empty() {
                names.insert(name);
            }
        }
        Ok(names)
    }
}

fn record_spans(scopes: &[PurgeScope]) -> Vec<Span> {
    let spans = scopes.iter().flat_map(|scope| {
        let key = |sequence| keys::record(scope.ledger, sequence);
        let sequences = scope.sequences.iter();
        sequences.map(move |&sequence| Span::new(key(sequence), key(sequence)))
    });
    join(spans.collect())
}

/// All states of the ledgers: those that were forgotten began anywhere, and there are few.
fn state_spans(scopes: &[PurgeScope]) -> Vec<Span> {
    let spans = scopes.iter().map(|scope| {
        let key = |sequence| keys::record(scope.ledger, sequence);
        Span::new(key(0), key(u64::MAX))
    });
    join(spans.collect())
}

fn go_on(answer: ControlFlow<()>) -> Result<()> {
    match answer {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(broken_off()),
    }
}

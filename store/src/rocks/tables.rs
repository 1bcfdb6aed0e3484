//! Tables: which of them hold a span of keys, and writing those anew so that
//! nothing deleted or overwritten stays in them.

use std::collections::HashSet;
use std::ops::ControlFlow;

use rocksdb::{BottommostLevelCompaction, CompactOptions, LiveFile, ReadOptions};

use super::{RocksStore, engine_error};
use crate::error::{Result, StoreError};

/// How often tables that are still there are written again again. A key may
/// have been in memory the first time.
const ATTEMPTS: usize = 3;

/// Keys of one column family, from one to another, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
}

impl Span {
    pub(super) fn new(from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
        }
    }

    /// More than all keys.
    pub(super) fn everything() -> Self {
        Self::new([], [0xff; 512])
    }

    fn meets(&self, table: &LiveFile) -> bool {
        let starts = table.start_key.as_ref().is_none_or(|key| *key <= self.to);
        let ends = table.end_key.as_ref().is_none_or(|key| *key >= self.from);
        starts && ends
    }
}

/// Sorts spans and joins those that touch.
pub(super) fn join(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by(|a, b| a.from.cmp(&b.from));
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut().filter(|last| span.from <= last.to) {
            Some(last) => last.to = span.to.max(std::mem::take(&mut last.to)),
            None => joined.push(span),
        }
    }
    joined
}

/// Told of each step the bytes that it wrote anew.
pub(super) type OnRewritten<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

impl RocksStore {
    /// The tables of a column family that may hold keys of these spans.
    pub(super) fn tables_with(&self, family: &str, spans: &[Span]) -> Result<Vec<LiveFile>> {
        let mut tables = self
            .db
            .live_files()
            .map_err(engine_error::on("list the tables"))?;
        tables.retain(|table| {
            let next = spans
                .partition_point(|span| table.start_key.as_ref().is_some_and(|key| span.to < *key));
            let met = spans.get(next).is_some_and(|span| span.meets(table));
            table.column_family_name == family && met
        });
        Ok(tables)
    }

    /// Writes every table anew that holds keys of these spans, which are
    /// sorted and apart, so that of each key only the newest value is in any
    /// table. Goes on from one bottommost table to the next, so that the
    /// engine's own work gets its turn in between. Gives the names of the
    /// tables that are done with, and may be on disk for a moment still.
    pub(super) fn rewrite_tables(
        &self,
        family: &str,
        spans: &[Span],
        done: OnRewritten<'_>,
    ) -> Result<HashSet<String>> {
        let mut gone = HashSet::new();
        let mut rest = spans;
        while let Some(first) = rest.first() {
            let tables = self.tables_with(family, std::slice::from_ref(first))?;
            let bottom = tables.iter().max_by_key(|table| table.level);
            let end = bottom.and_then(|table| table.end_key.as_ref());
            // All spans that begin within the same bottommost table go along.
            let along = rest.partition_point(|span| end.is_some_and(|end| span.from <= *end));
            let (group, after) = rest.split_at(along.max(1));
            rest = after;
            if bottom.is_none() {
                continue;
            }
            let bytes = self.rewrite_group(family, group, &mut gone)?;
            if done(bytes).is_break() {
                return Err(broken_off());
            }
        }
        Ok(gone)
    }

    fn rewrite_group(
        &self,
        family: &str,
        group: &[Span],
        gone: &mut HashSet<String>,
    ) -> Result<u64> {
        let mut bytes = 0;
        let mut left = 0;
        for _ in 0..ATTEMPTS {
            let before = self.tables_with(family, group)?;
            self.compact_span(family, group)?;
            let after = self.tables_with(family, group)?;
            let names: HashSet<&String> = after.iter().map(|table| &table.name).collect();
            let (stayed, went): (Vec<_>, Vec<_>) = before
                .into_iter()
                .partition(|table| names.contains(&table.name));
            bytes += went.iter().map(|table| table.size as u64).sum::<u64>();
            // The engine passes over the uppermost levels as long as no table
            // there holds a key of the span, though one may begin before it
            // and end after it. With a level that it took up it took them all.
            let top = went.iter().map(|table| table.level).min();
            let held = match top {
                Some(top) => stayed.iter().any(|table| table.level >= top),
                None => !stayed.is_empty() && self.holds_any(family, group)?,
            };
            gone.extend(went.into_iter().map(|table| table.name));
            if !held {
                return Ok(bytes);
            }
            left = stayed.len();
        }
        Err(StoreError::NotPurged {
            reason: format!("the engine did not rewrite {left} tables of {family}"),
        })
    }

    /// Merges all that is between the first span's start and the last one's
    /// end down to the bottommost level, and that level too.
    fn compact_span(&self, family: &str, group: &[Span]) -> Result<()> {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            return Ok(());
        };
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::ForceOptimized);
        // Else a merge that runs already may carry old values past this one.
        options.set_exclusive_manual_compaction(true);
        self.db.compact_range_cf_opt(
            self.family(family),
            Some(&first.from),
            Some(&last.to),
            &options,
        );
        self.check_background()
    }

    /// Whether any of the spans holds a key.
    fn holds_any(&self, family: &str, group: &[Span]) -> Result<bool> {
        for span in group {
            let mut options = ReadOptions::default();
            options.fill_cache(false);
            let mut iterator = self.db.raw_iterator_cf_opt(self.family(family), options);
            iterator.seek(&span.from);
            iterator
                .status()
                .map_err(engine_error::on("look into the tables"))?;
            if iterator.key().is_some_and(|key| *key <= span.to[..]) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

pub(super) fn broken_off() -> StoreError {
    StoreError::NotPurged {
        reason: "it was broken off".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_are_joined() {
        let span = |from: &[u8], to: &[u8]| Span::new(from, to);
        let spans = vec![
            span(b"m", b"n"),
            span(b"a", b"c"),
            span(b"b", b"b"),
            span(b"c", b"d"),
            span(b"e", b"e"),
        ];
        let joined = join(spans);
        assert_eq!(
            joined,
            [span(b"a", b"d"), span(b"e", b"e"), span(b"m", b"n")]
        );
    }
}

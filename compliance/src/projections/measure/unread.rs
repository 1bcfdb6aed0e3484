//! What a measure may be off by: what could not be read, and what leaves out what decides.

use serde::Serialize;

/// What could not be read of what a measure is taken of. The type of an event is in its header, so it is known which
/// family a body that can't be read belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Records that can't be read, don't fit their type or leave out the fact that decides. Each may count once.
    pub once: u64,
    /// Records that can't be read and may each change how any number of others count.
    pub many: u64,
    /// Records that can't be read and may each show that one less counts: an answer before the one that counts, a
    /// second use.
    pub over: u64,
    /// Records that can't be read and may each make any number of others count, and keep none from counting: a halt
    /// before acts.
    pub more: u64,
    /// Records that can't be read and may each keep any number of others from counting, and make none count: the
    /// decision that overrides name.
    pub fewer: u64,
    /// Of those that may count once, so many can be read and leave out what decides.
    pub unsaid: u64,
    /// How many records can't be read, where that is not what the numbers of effects come to: one may have several.
    pub events: Option<u64>,
    /// Whether the range begins after record 0, and what stood open before it is not known.
    pub before: bool,
    /// Whether the range begins after record 0, and what was recorded before it may clear what speaks against a clause:
    /// a registration before a use, a decision before its override.
    pub earlier: bool,
}

impl Unread {
    /// So many may each count once.
    pub fn once(once: u64) -> Self {
        Self {
            once,
            ..Self::default()
        }
    }

    /// So many may each change any number of others.
    pub fn many(self, many: u64) -> Self {
        Self { many, ..self }
    }

    /// So many may each show that one less counts.
    pub fn over(self, over: u64) -> Self {
        Self { over, ..self }
    }

    /// So many may each make any number of others count.
    pub fn more(self, more: u64) -> Self {
        Self { more, ..self }
    }

    /// So many may each keep any number of others from counting.
    pub fn fewer(self, fewer: u64) -> Self {
        Self { fewer, ..self }
    }

    /// What was recorded before the range may clear what counts, if this holds.
    pub fn earlier(self, earlier: bool) -> Self {
        Self { earlier, ..self }
    }

    /// So many of those that may count once can be read, and leave out what decides.
    pub fn unsaid(self, unsaid: u64) -> Self {
        Self { unsaid, ..self }
    }

    /// So many more may each count once: they can be read, and what decides is not kept of them.
    pub fn or_undecided(self, undecided: u64) -> Self {
        Self {
            once: self.once.saturating_add(undecided),
            unsaid: self.unsaid.saturating_add(undecided),
            ..self
        }
    }

    /// All of this comes of so many records that can't be read: one of them may have several effects.
    pub fn of_events(self, events: u64) -> Self {
        Self {
            events: Some(events),
            ..self
        }
    }

    /// How many records can't be read, and it rests on: records, not what each of them may change.
    pub fn count(&self) -> u64 {
        let one = self.once.saturating_sub(self.unsaid);
        let any = self.many.saturating_add(self.more);
        let effects = one.saturating_add(self.over).saturating_add(any);
        self.events
            .unwrap_or_else(|| effects.saturating_add(self.fewer))
    }

    /// How many records may change it: those that can't be read, and those that leave out what decides.
    pub fn open(&self) -> u64 {
        self.count().saturating_add(self.unsaid)
    }

    /// What stood open before the range counts, and is not known if this holds.
    pub fn before(self, before: bool) -> Self {
        Self { before, ..self }
    }
}

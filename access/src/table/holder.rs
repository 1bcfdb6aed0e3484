//! What one principal or group holds, by place. A name is looked up as it stands and with each of its beginnings that has
//! the length of some prefix, so what it costs depends on the name and not on how many places there are.

use std::ops::Range;

use hashbrown::HashTable;

use crate::{
    action::{Action, ActionSet},
    binding::Binding,
    hash::Hash,
    limits::LEDGER_NAME_BYTES_MAX,
    reach::{Reach, is_of_the_store},
    role::Role,
    sources::SourcePattern,
};

/// What applies in one place.
#[derive(Debug)]
pub(crate) struct Held {
    /// What may be done. Appending is among it if that is so for every source.
    pub(crate) actions: ActionSet,
    /// The sources whose events may be appended, if not all.
    pub(crate) sources: Box<[SourcePattern]>,
}

/// One principal or group.
#[derive(Debug)]
pub(crate) struct Holder {
    name: Box<str>,
    bindings: Range<usize>,
    anywhere: ActionSet,
    store: Held,
    ledgers: HashTable<Place>,
    prefixes: HashTable<Place>,
    lengths: Lengths,
}

/// A ledger or a prefix.
#[derive(Debug)]
struct Place {
    text: Box<[u8]>,
    held: Held,
}

/// Which lengths prefixes have.
#[derive(Debug, Default)]
struct Lengths(u128);

// One bit for each, and one for the empty prefix.
const _: () = assert!(LEDGER_NAME_BYTES_MAX < u128::BITS as usize);

impl Holder {
    /// Of the bindings of one principal, which are not none. `first` is the place of the first among all.
    pub(super) fn new(bindings: &[Binding], first: usize) -> Self {
        let mut sorted: Vec<&Binding> = bindings.iter().collect();
        sorted.sort_by(|one, other| one.reach.cmp(&other.reach));
        let mut holder = Self {
            name: bindings[0].principal.as_str().into(),
            bindings: first..first + bindings.len(),
            anywhere: ActionSet::EMPTY,
            store: Held::of(&[]),
            ledgers: HashTable::new(),
            prefixes: HashTable::new(),
            lengths: Lengths::default(),
        };
        for run in sorted.chunk_by(|one, other| one.reach == other.reach) {
            for bound in run {
                holder.anywhere = holder.anywhere.and(bound.role.actions());
            }
            let held = Held::of(run);
            match &run[0].reach {
                Reach::Store => holder.store = held,
                Reach::Ledger(name) => insert(&mut holder.ledgers, name, held),
                Reach::Prefix(prefix) => {
                    holder.lengths.add(prefix.len());
                    insert(&mut holder.prefixes, prefix, held);
                }
            }
        }
        holder
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Which of all bindings are this holder's.
    pub(super) fn bindings(&self) -> Range<usize> {
        self.bindings.clone()
    }

    /// What may be done in some place, if only for some sources.
    pub(super) fn anywhere(&self) -> ActionSet {
        self.anywhere
    }

    /// What holds on the store, and so on every ledger.
    pub(crate) fn on_the_store(&self) -> &Held {
        &self.store
    }

    /// What holds on every ledger of clients besides, if something does.
    pub(crate) fn on_every_ledger(&self) -> Option<&Held> {
        find(&self.prefixes, b"", Hash::NEW)
    }

    /// What holds on a ledger besides, place by place.
    pub(crate) fn on_ledger<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Held> {
        let (bytes, first) = (name.as_bytes(), self.lengths.first(name));
        let mut next = first;
        let (mut hashed, mut hash) = (0, Hash::NEW);
        let prefixes = std::iter::from_fn(move || {
            while let Some(length) = next {
                hash = hash.with(&bytes[hashed..length]);
                hashed = length;
                next = self.lengths.after(length, bytes.len());
                if let Some(held) = find(&self.prefixes, &bytes[..length], hash) {
                    return Some(held);
                }
            }
            None
        });
        let ledger = match self.ledgers.is_empty() {
            true => None,
            false => find(&self.ledgers, bytes, Hash::NEW.with(bytes)),
        };
        ledger.into_iter().chain(prefixes)
    }
}

impl Held {
    fn of(bindings: &[&Binding]) -> Self {
        let (mut all, mut sources) = (ActionSet::EMPTY, Vec::new());
        for bound in bindings {
            let of_some = bound.role == Role::Writer && !bound.sources.is_empty();
            let mut actions = bound.role.actions();
            if of_some {
                sources.extend(bound.sources.iter().cloned());
                actions = actions.without(ActionSet::of(&[Action::Append]));
            }
            all = all.and(actions);
        }
        Self {
            actions: all,
            sources: sources.into(),
        }
    }
}

impl Lengths {
    fn add(&mut self, length: usize) {
        self.0 |= 1 << length;
    }

    /// The least, for a name. The empty prefix does not mean the store's own ledgers.
    fn first(&self, name: &str) -> Option<usize> {
        match self.0 & 1 == 1 && !is_of_the_store(name) {
            true => Some(0),
            false => self.after(0, name.len()),
        }
    }

    /// The next after one, of those that a name of so many bytes may begin with.
    fn after(&self, length: usize, bytes: usize) -> Option<usize> {
        let longer = self.0 >> length >> 1;
        let next = length + 1 + longer.trailing_zeros() as usize;
        (longer != 0 && next <= bytes).then_some(next)
    }
}

fn insert(places: &mut HashTable<Place>, text: &str, held: Held) {
    let hash = |place: &Place| Hash::NEW.with(&place.text).finish();
    let text = text.as_bytes().into();
    let place = Place { text, held };
    places.insert_unique(hash(&place), place, hash);
}

fn find<'a>(places: &'a HashTable<Place>, text: &[u8], hash: Hash) -> Option<&'a Held> {
    let place = places.find(hash.finish(), |place| *place.text == *text)?;
    Some(&place.held)
}

#[cfg(test)]
mod tests;

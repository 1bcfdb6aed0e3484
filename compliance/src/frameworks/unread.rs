//! What nothing reads: events whose bodies are closed, or whose facts don't fit, by the family that their headers name.
//!
//! A type stands in the header, which is never sealed or erased. So it is known of which family an unread event is, and
//! not what it says. Whatever a count says of a family, so many events more may say.

use std::collections::BTreeMap;

use crate::{
    conventions::{Reading, SPECS},
    projections::record::Record,
};

/// Which bodies a measure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// None: what it says stands in headers.
    Headers,
    /// Those of events whose types begin so.
    Families(&'static [&'static str]),
    /// Any event's may change it.
    AnyBody,
}

impl Reads {
    /// Whether it rests on the bodies of a family.
    pub(super) fn has(self, family: &str) -> bool {
        match self {
            Self::Headers => false,
            Self::Families(prefixes) => prefixes.iter().any(|prefix| family.starts_with(prefix)),
            Self::AnyBody => true,
        }
    }
}

/// The family of a type that the conventions know, in this version or another: the type without its version.
pub(super) fn family(event_type: &str) -> Option<&'static str> {
    let stem = |known: &'static str| known.rfind('.').map(|dot| &known[..=dot]);
    let mut stems = SPECS.iter().filter_map(|spec| stem(spec.event_type));
    let is_version = |rest: &str| {
        let number = rest.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    stems.find(|stem| event_type.strip_prefix(stem).is_some_and(is_version))
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Of all types, known or not.
    all: u64,
    /// By family. There are as many as the conventions have.
    families: BTreeMap<&'static str, u64>,
}

impl Unread {
    /// Takes in the next record.
    pub fn see(&mut self, record: &Record<'_>) {
        let Some(event) = &record.event else { return };
        let family = match event.reading {
            Reading::Known(_) => return,
            Reading::Closed | Reading::Misfit(_) => family(event.header.event_type),
            // A version that this build does not know says nothing to its folds.
            Reading::Other => match family(event.header.event_type) {
                None => return,
                known => known,
            },
        };
        self.all += 1;
        if let Some(family) = family {
            *self.families.entry(family).or_default() += 1;
        }
    }

    /// Takes in what the records after these came to.
    pub fn absorb(&mut self, later: Self) {
        self.all += later.all;
        for (family, count) in later.families {
            *self.families.entry(family).or_default() += count;
        }
    }

    /// How many of the bodies that a measure rests on were not read.
    pub fn of(&self, reads: Reads) -> u64 {
        if reads == Reads::AnyBody {
            return self.all;
        }
        let read = self.families.iter().filter(|(family, _)| reads.has(family));
        read.map(|(_, count)| count).sum()
    }
}

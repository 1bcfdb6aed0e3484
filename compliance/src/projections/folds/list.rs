//! All projections as one: what the list is made into.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::projections::{pieces::Absorb, record::Record};

/// Which fold, over how many records, and what came of it: enough to say that two ran alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// Of its state.
    pub digest: Digest,
    /// The fold.
    pub name: String,
    /// How many records it took in.
    pub records: u64,
    /// Its version.
    pub version: u32,
}

/// SHA-256 of a state's canonical JSON, as hexadecimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

impl Digest {
    pub(super) fn of(state: &str) -> Self {
        let digest = sha2::Sha256::digest(state.as_bytes());
        Self(HEXLOWER.encode(&digest))
    }
}

/// A stored state that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The bytes are not a stored state.
    #[error("the state does not decode")]
    Malformed(#[from] serde_json::Error),
    /// It is one of other folds, or of other versions of them; fold again from the records.
    #[error("the state belongs to the folds {found}, not to {expected}")]
    OtherFolds {
        /// The folds that it is of.
        found: String,
        /// The folds of this build.
        expected: String,
    },
}

/// The run of records that a state is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) ends: Option<(u64, u64)>,
    pub(super) records: u64,
}

impl Run {
    pub(super) fn see(&mut self, record: &Record<'_>) {
        let sequence = record.sequence();
        self.records += 1;
        self.ends = Some((self.ends.map_or(sequence, |(first, _)| first), sequence));
    }
}

impl Absorb for Run {
    fn absorb(&mut self, later: Self) {
        self.records += later.records;
        self.ends = match (self.ends, later.ends) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (ends, None) | (None, ends) => ends,
        };
    }
}

/// The canonical JSON of a state, in one pass: states are written with their members in order, which the tests hold
/// against [`crate::canonical`], and hold nothing that JSON can't.
pub(super) fn canonical_of(state: &impl Serialize) -> String {
    serde_json::to_string(state).unwrap_or_default()
}

/// A state with the names and versions of its folds, as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored<S> {
    pub(super) folds: String,
    pub(super) state: S,
}

impl<S: Serialize> Stored<S> {
    pub(super) fn encode(&self) -> String {
        canonical_of(self)
    }
}

/// Makes the list of folds: an enum of their names, and a state of all of them.
macro_rules! folds {
    ($($name:ident = $module:ident::$state:ident,)*) => {
        /// The folds by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FoldName {
            $(
                #[doc = concat!("`", stringify!($module), "`")]
                $name,
            )*
        }

        impl FoldName {
            /// All of them, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The fold that is called so.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|fold| fold.as_str() == name)
            }

            /// What it is called.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => <$module::$state as $crate::projections::fold::Fold>::NAME,)*
                }
            }

            /// Version of its meaning.
            pub fn version(self) -> u32 {
                match self {
                    $(Self::$name => <$module::$state as $crate::projections::fold::Fold>::VERSION,)*
                }
            }

            /// The oldest version that mappings may still name.
            pub fn oldest_version(self) -> u32 {
                match self {
                    $(Self::$name => <$module::$state as $crate::projections::fold::Fold>::OLDEST,)*
                }
            }
        }

        /// The states of all folds over one run of records.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct Projections {
            #[serde(rename = "_run")]
            run: list::Run,
            $($module: $module::$state,)*
        }

        impl $crate::projections::pieces::Absorb for Projections {
            fn absorb(&mut self, later: Self) {
                $crate::projections::pieces::Absorb::absorb(&mut self.run, later.run);
                $($crate::projections::pieces::Absorb::absorb(&mut self.$module, later.$module);)*
            }
        }

        impl Projections {
            /// Takes in the next record.
            pub fn record(&mut self, record: &$crate::projections::record::Record<'_>) {
                self.run.see(record);
                $($crate::projections::fold::Fold::record(&mut self.$module, record);)*
            }

            /// Takes in what became of the payload of an event.
            pub fn payload(
                &mut self,
                record: &$crate::projections::record::Record<'_>,
                state: $crate::projections::record::PayloadState,
            ) {
                $($crate::projections::fold::Fold::payload(&mut self.$module, record, state);)*
            }

            /// Takes in what a record of the daemon's own gate says.
            pub fn governed(&mut self, record: &$crate::gate::Governed<'_>) {
                $($crate::projections::fold::Fold::governed(&mut self.$module, record);)*
            }

            /// The range ends at this time, whatever was recorded last. It is for measures and tables alone; no record may
            /// follow.
            pub fn reach(&mut self, time: u64) {
                $($crate::projections::fold::Fold::reach(&mut self.$module, time);)*
            }

            /// Something came before the range, though it begins with record 0: another ledger, which this one succeeds. It
            /// is for measures and tables alone.
            pub fn begin_late(&mut self) {
                $(
                    if let Some(range) = $crate::projections::fold::Fold::range(&mut self.$module) {
                        range.begin_late();
                    }
                )*
            }

            /// How many records they took in.
            pub fn records(&self) -> u64 {
                self.run.records
            }

            /// The sequence numbers of the first and the last record; none if there was none.
            pub fn ends(&self) -> Option<(u64, u64)> {
                self.run.ends
            }

            /// What all of them say in single values.
            pub fn measures(&self) -> $crate::projections::measure::Measures {
                let mut measures = $crate::projections::measure::Measures::default();
                $($crate::projections::fold::Fold::measures(&self.$module, &mut measures);)*
                measures
            }

            /// What one of them says in rows.
            pub fn tables(&self, fold: FoldName) -> Vec<$crate::projections::table::Table> {
                match fold {
                    $(FoldName::$name => $crate::projections::fold::Fold::tables(&self.$module),)*
                }
            }

            /// The table of this name, `decisions.by_model`.
            pub fn table(&self, name: &str) -> Option<$crate::projections::table::Table> {
                let (fold, _) = name.split_once('.')?;
                let tables = self.tables(FoldName::parse(fold)?);
                tables.into_iter().find(|table| table.name == name)
            }

            /// The canonical JSON of one state.
            pub fn state(&self, fold: FoldName) -> String {
                match fold {
                    $(FoldName::$name => list::canonical_of(&self.$module),)*
                }
            }

            /// Name, version, records and digest of one.
            pub fn folded(&self, fold: FoldName) -> Folded {
                Folded {
                    name: fold.as_str().to_owned(),
                    version: fold.version(),
                    records: self.run.records,
                    digest: Digest::of(&self.state(fold)),
                }
            }

            /// The names and versions of all folds, `records 1, decisions 1, …`: what a stored state is of.
            pub fn folds() -> String {
                let names = FoldName::ALL.iter();
                let names: Vec<_> = names.map(|fold| format!("{} {}", fold.as_str(), fold.version())).collect();
                names.join(", ")
            }

            /// The states as they are stored: canonical JSON, with the folds' names and versions.
            pub fn encode(&self) -> String {
                list::Stored { folds: Self::folds(), state: self }.encode()
            }

            /// Whether bytes begin as stored states of these folds do.
            pub fn are_encoded_in(bytes: &[u8]) -> bool {
                let folds = list::canonical_of(&Self::folds());
                let rest = bytes.strip_prefix(b"{\"folds\":");
                rest.is_some_and(|rest| rest.starts_with(folds.as_bytes()))
            }

            /// Reads stored states back; those of other folds, or of other versions of them, are refused.
            pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
                #[derive(serde::Deserialize)]
                struct Names {
                    folds: String,
                }
                let expected = Self::folds();
                let Names { folds: found } = serde_json::from_slice(bytes)?;
                if found != expected {
                    return Err(StateError::OtherFolds { found, expected });
                }
                let stored: list::Stored<Self> = serde_json::from_slice(bytes)?;
                Ok(stored.state)
            }
        }
    };
}
pub(super) use folds;

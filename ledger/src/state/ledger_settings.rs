//! What a ledger does with its records. The chain says it; until it does, the descriptor in the catalogue decides,
//! which is the operator's word.

use indelible_evidence::key_event::{Encryption, Settings};

use crate::state::descriptor::Descriptor;

/// The settings that a descriptor stands for.
pub(crate) fn of_descriptor(descriptor: &Descriptor) -> Settings {
    Settings {
        encryption: encryption(descriptor.encrypts_all),
        access_trail: descriptor.access_trail,
        conventions: descriptor.checks_events,
        signed_sources: Vec::new(),
        retention: Vec::new(),
    }
}

/// Which records are encrypted, from whether all are.
pub(crate) fn encryption(all: bool) -> Encryption {
    if all {
        Encryption::All
    } else {
        Encryption::Subjects
    }
}

/// How a descriptor differs from the settings in the chain, in words; none if it does not.
pub(crate) fn difference(descriptor: &Descriptor, chain: &Settings) -> Option<String> {
    let stored = of_descriptor(descriptor);
    let word = |all| match all {
        Encryption::All => "all",
        Encryption::Subjects => "subjects",
    };
    let mut differing = Vec::new();
    if stored.encryption != chain.encryption {
        let (there, here) = (word(stored.encryption), word(chain.encryption));
        differing.push(format!(
            "encryption is {there} in the catalogue and {here} in the chain"
        ));
    }
    for (name, there, here) in [
        ("access_trail", stored.access_trail, chain.access_trail),
        ("conventions", stored.conventions, chain.conventions),
    ] {
        if there != here {
            differing.push(format!(
                "{name} is {there} in the catalogue and {here} in the chain"
            ));
        }
    }
    (!differing.is_empty()).then(|| differing.join("; "))
}

/// Settings as bits, so that whoever appends or reads need not wait for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switches {
    pub(crate) encrypts_all: bool,
    pub(crate) access_trail: bool,
    pub(crate) checks_events: bool,
}

impl Switches {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            encrypts_all: settings.encryption == Encryption::All,
            access_trail: settings.access_trail,
            checks_events: settings.conventions,
        }
    }

    pub(crate) fn to_bits(self) -> u8 {
        u8::from(self.encrypts_all)
            | u8::from(self.access_trail) << 1
            | u8::from(self.checks_events) << 2
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self {
            encrypts_all: bits & 1 != 0,
            access_trail: bits & 2 != 0,
            checks_events: bits & 4 != 0,
        }
    }
}

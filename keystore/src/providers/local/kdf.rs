//! How expensive it is to try a passphrase: argon2id and its parameters.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::error::KeyError;

pub(crate) const DERIVED_BYTES: usize = 32;

const MEMORY_KIB_MIN: u32 = 19 * 1_024;
const MEMORY_KIB_MAX: u32 = 4 * 1_024 * 1_024;
const PASSES_MIN: u32 = 2;
const PASSES_MAX: u32 = 64;
const LANES_MAX: u32 = 16;
const STORED_MEMORY_KIB_MIN: u32 = 8 * LANES_MAX;

/// Parameters of argon2id (RFC 9106, version 0x13). The default is 64 MiB, three passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfParameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for KdfParameters {
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1_024,
            passes: 3,
            lanes: 1,
        }
    }
}

impl KdfParameters {
    /// Parameters for new KEKs: memory from 19 MiB to 4 GiB, 2 to 64 passes, 1 to 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyError> {
        check("memory_kib", memory_kib, MEMORY_KIB_MIN, MEMORY_KIB_MAX)?;
        check("passes", passes, PASSES_MIN, PASSES_MAX)?;
        check("lanes", lanes, 1, LANES_MAX)?;
        Ok(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    /// Parameters that take well under a millisecond and protect nothing. For tests only:
    /// no configuration leads here.
    pub fn weak_for_tests() -> Self {
        Self {
            memory_kib: STORED_MEMORY_KIB_MIN,
            passes: 1,
            lanes: 1,
        }
    }

    /// Memory, in KiB.
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Lanes.
    pub fn lanes(&self) -> u32 {
        self.lanes
    }

    /// Whether the parameters are below what [`Self::new`] accepts.
    pub fn is_weak(&self) -> bool {
        self.memory_kib < MEMORY_KIB_MIN || self.passes < PASSES_MIN
    }

    /// Takes stored parameters, which may be weak but never so large that opening
    /// a forged record takes the machine down.
    pub(crate) fn from_stored(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyError> {
        check(
            "memory_kib",
            memory_kib,
            STORED_MEMORY_KIB_MIN,
            MEMORY_KIB_MAX,
        )?;
        check("passes", passes, 1, PASSES_MAX)?;
        check("lanes", lanes, 1, LANES_MAX)?;
        Ok(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    /// Derives 32 bytes from a passphrase; the memory it used is wiped.
    pub(crate) fn derive(
        &self,
        passphrase: &[u8],
        salt: &[u8; 32],
    ) -> Result<Zeroizing<[u8; DERIVED_BYTES]>, KeyError> {
        let failed = || KeyError::DerivationFailed {
            memory_kib: self.memory_kib,
        };
        let parameters = Params::new(
            self.memory_kib,
            self.passes,
            self.lanes,
            Some(DERIVED_BYTES),
        )
        .map_err(|_| failed())?;
        let mut blocks = Vec::new();
        blocks
            .try_reserve_exact(parameters.block_count())
            .map_err(|_| failed())?;
        blocks.resize(parameters.block_count(), Block::default());
        let mut blocks = Zeroizing::new(blocks);
        let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into_with_memory(
                passphrase,
                salt,
                derived.as_mut_slice(),
                blocks.as_mut_slice(),
            )
            .map_err(|_| failed())?;
        Ok(derived)
    }
}

fn check(name: &'static str, found: u32, least: u32, most: u32) -> Result<(), KeyError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(KeyError::ParameterRange {
            name,
            found,
            least,
            most,
        })
    }
}

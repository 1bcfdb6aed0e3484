//! Reading a mapping: its form first, then what it means.

use sha2::{Digest, Sha256};

use super::{
    check,
    error::{MappingError, Problem, without_place},
    file::{MAPPING_BYTES_MAX, MappingFile},
    framework::Framework,
};
use crate::projections::catalogue::Catalogue;

impl Framework {
    /// Reads and checks a mapping. `name` is the file's, for messages.
    pub fn read(name: &str, text: &str, catalogue: &Catalogue) -> Result<Self, MappingError> {
        let problem = |problem| MappingError {
            file: name.to_owned(),
            line: None,
            problem,
        };
        if text.len() > MAPPING_BYTES_MAX {
            return Err(problem(Problem::TooLong { found: text.len() }));
        }
        let file: MappingFile = serde_saphyr::from_str(text).map_err(|error| MappingError {
            file: name.to_owned(),
            line: error.location().map(|location| location.line()),
            problem: Problem::Form(without_place(&error)),
        })?;
        let digest = Sha256::digest(text.as_bytes()).into();
        check::checked(file, digest, catalogue).map_err(|(line, problem)| MappingError {
            file: name.to_owned(),
            line: Some(line),
            problem,
        })
    }
}

//! Reading a mapping: its form first, then what it means.

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{
    check,
    error::{MappingError, Problem, without_place},
    file::{MAPPING_BYTES_MAX, MappingFile},
    framework::Framework,
    shipped::Shipped,
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
        let file: MappingFile = parsed(name, text)?;
        let digest = Sha256::digest(text.as_bytes()).into();
        check::checked(file, digest, catalogue).map_err(|(line, problem)| MappingError {
            file: name.to_owned(),
            line: Some(line),
            problem,
        })
    }
}

impl Shipped {
    /// The mapping's document as JSON, which is YAML, too: the same mapping.
    ///
    /// # Errors
    /// If it is not YAML.
    pub fn document(&self) -> Result<serde_json::Value, MappingError> {
        parsed(self.file, self.text)
    }
}

fn parsed<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, MappingError> {
    serde_saphyr::from_str(text).map_err(|error| MappingError {
        file: name.to_owned(),
        line: error.location().map(|location| location.line()),
        problem: Problem::Form(without_place(&error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::SHIPPED;

    #[test]
    fn a_mapping_as_json_is_the_same_mapping() {
        let catalogue = Catalogue::of_this_build();
        for shipped in SHIPPED {
            let framework = shipped.read(&catalogue).expect("a mapping");
            let document = shipped.document().expect("a document");
            let json = serde_json::to_string(&document).expect("JSON");
            let mut again = Framework::read(shipped.file, &json, &catalogue).expect("a mapping");
            again.digest = framework.digest;
            assert_eq!(again, framework, "{}", shipped.file);
        }
    }
}

//! What a report to be compared says of itself: what it is of, and what it was asked. Rows are counted and not kept, so that
//! a report of any size that is read takes little memory.

use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use indelible_compliance::frameworks::{Framework as Mapping, shipped};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::data::left_out::left_out;
use indelible_compliance::reports::{
    BodyCounts, FrontMatter, LedgerFacts, Lost, REPORT_FORMAT, RangeFacts, RecordedAhead,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, SeqAccess, Visitor},
};

use crate::{failure::Failure, report::read_mapping, trusted::unusable};

/// A report is text with rows; none of a sane size is larger.
const REPORT_BYTES_MAX: u64 = 256 << 20;
/// No text in a report is longer: not even an attribute of a record is.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// By its beginning a file is told from a report.
const BEGINNING_BYTES: u64 = 64;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How the JSON of an envelope begins: canonical, or as other programs write it.
const ENVELOPES: [&[u8]; 3] = [b"{\"payload\"", b"{\"payloadType\"", b"{\"signatures\""];
/// No mapping has more clauses.
const CLAUSES_MAX: usize = 4_096;

/// What a report says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Claim {
    format: String,
    pub(crate) id: String,
    /// What its maker says, which no bundle can tell.
    #[serde(default)]
    pub(crate) front_matter: Option<FrontMatter>,
    /// What it says of recorded times after that of the checkpoint, which a later bundle can't tell.
    #[serde(default)]
    pub(crate) recorded_ahead: Option<RecordedAhead>,
    /// Which records its maker knows to be lost, which no bundle can tell.
    #[serde(default)]
    pub(crate) lost: Option<Lost>,
    pub(crate) ledger: LedgerFacts,
    pub(crate) range: RangeFacts,
    evidence: Evidence,
    pub(crate) framework: Framework,
    clauses: Clauses,
    tables: Tables,
}

#[derive(Debug, Deserialize)]
struct Evidence {
    bodies: BodyCounts,
}

/// The mapping that it names.
#[derive(Debug, Deserialize)]
pub(crate) struct Framework {
    pub(crate) id: String,
    pub(crate) version: u32,
    /// The clauses that it says it leaves out.
    #[serde(default)]
    pub(crate) left_out: Vec<String>,
}

impl Claim {
    /// Reads it from a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| unusable(path, error))?;
        let bytes = file
            .metadata()
            .map_err(|error| unusable(path, error))?
            .len();
        if bytes > REPORT_BYTES_MAX {
            return Err(unusable(
                path,
                format!("longer than {REPORT_BYTES_MAX} bytes"),
            ));
        }
        let file = Texts::new(file.take(REPORT_BYTES_MAX));
        let claim: Self =
            serde_json::from_reader(BufReader::new(file)).map_err(|error| refused(path, &error))?;
        if claim.format != REPORT_FORMAT {
            let problem = format!(
                "the report's format is {:?}; this program reads {REPORT_FORMAT:?}",
                claim.format
            );
            return Err(unusable(path, problem));
        }
        Ok(claim)
    }

    /// The mapping that it names, or the one that was given.
    pub(crate) fn mapping(&self, given: Option<&Path>) -> Result<Mapping, Failure> {
        let catalogue = Catalogue::of_this_build();
        if let Some(path) = given {
            return read_mapping(path, &catalogue);
        }
        let named = &self.framework;
        let found = shipped(&named.id, Some(named.version)).map_err(|error| {
            Failure::Usage(format!(
                "{error}; --framework FILE gives another one. If nobody has such a mapping, the report was changed there"
            ))
        })?;
        found
            .read(&catalogue)
            .map_err(|error| Failure::Usage(error.to_string()))
    }

    /// What it says of the events' bodies.
    pub(crate) fn bodies(&self) -> &BodyCounts {
        &self.evidence.bodies
    }

    /// The clauses that it is on.
    pub(crate) fn clauses(&self) -> &[String] {
        &self.clauses.0
    }

    /// That each clause of the mapping is one that it is on, or that it says it leaves out; otherwise what is wrong.
    pub(crate) fn names_each_clause(
        &self,
        framework: &indelible_compliance::frameworks::Framework,
    ) -> Result<(), String> {
        let on: Vec<_> = self.clauses().iter().map(String::as_str).collect();
        let missing = left_out(framework, &on);
        let said = &self.framework.left_out;
        let untold = missing.iter().find(|clause| !said.contains(clause));
        let not_so = said.iter().find(|clause| !missing.contains(clause));
        match (untold, not_so) {
            (Some(clause), _) => Err(format!(
                "clause {clause} of its mapping is neither in it nor among those that it says it leaves out"
            )),
            (_, Some(clause)) => Err(format!(
                "it says that it leaves out clause {clause}, and no such clause is missing"
            )),
            (None, None) => Ok(()),
        }
    }

    /// Whether it has rows.
    pub(crate) fn has_tables(&self) -> bool {
        self.tables.0
    }
}

/// The report is not one that any evidence gives.
pub(crate) fn changed(path: &Path, problem: &dyn fmt::Display) -> Failure {
    Failure::Broken(changed_words(path, problem))
}

/// The same in words.
pub(crate) fn changed_words(path: &Path, problem: &dyn fmt::Display) -> String {
    format!(
        "{}: the report was changed, or a program of another version made it: {problem}",
        path.display()
    )
}

/// Why what stands in a file is not read as a report. What says that it is one of this form was changed.
fn refused(path: &Path, error: &serde_json::Error) -> Failure {
    #[derive(Deserialize)]
    struct Named {
        format: String,
    }

    let mut beginning = Vec::new();
    let file = || File::open(path).map(|file| file.take(REPORT_BYTES_MAX));
    if let Ok(file) = file() {
        let _ = file.take(BEGINNING_BYTES).read_to_end(&mut beginning);
    }
    if beginning.starts_with(BYTE_ORDER_MARK) {
        let problem = "a byte order mark stands before the report, and its bytes must be those that were made: get the file \
                       again, or take off its first 3 bytes (tail -c +4)";
        return unusable(path, problem);
    }
    if ENVELOPES.iter().any(|begins| beginning.starts_with(begins)) {
        let problem = "this is a DSSE envelope around a report, not the report: take it out with jq -r .payload ENVELOPE | \
                       base64 -d | jq -cj .predicate > report.json. That does not verify the envelope's signature";
        return unusable(path, problem);
    }
    let named = file().map(|file| {
        let named: Result<Named, _> = serde_json::from_reader(BufReader::new(Texts::new(file)));
        named
    });
    match named {
        Ok(Ok(named)) if named.format == REPORT_FORMAT => changed(path, error),
        _ => unusable(path, format!("not the JSON of a report: {error}")),
    }
}

/// The ids of clauses.
#[derive(Debug)]
struct Clauses(Vec<String>);

impl<'de> Deserialize<'de> for Clauses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Clause {
            id: String,
        }

        struct Ids;

        impl<'de> Visitor<'de> for Ids {
            type Value = Clauses;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("clauses")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut clauses: A) -> Result<Clauses, A::Error> {
                let mut ids = Vec::new();
                while let Some(Clause { id }) = clauses.next_element()? {
                    if ids.len() == CLAUSES_MAX {
                        return Err(A::Error::custom(format_args!(
                            "more than {CLAUSES_MAX} clauses"
                        )));
                    }
                    ids.push(id);
                }
                Ok(Clauses(ids))
            }
        }

        deserializer.deserialize_seq(Ids)
    }
}

/// Whether there is a table.
#[derive(Debug)]
struct Tables(bool);

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tables;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("tables")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut tables: A) -> Result<Tables, A::Error> {
                let mut any = false;
                while let Some(IgnoredAny) = tables.next_element()? {
                    any = true;
                }
                Ok(Tables(any))
            }
        }

        deserializer.deserialize_seq(Any)
    }
}

/// A reader of JSON that refuses a text of endless length, which whoever parses it would keep.
struct Texts<R> {
    inner: R,
    within: bool,
    escaped: bool,
    length: usize,
}

impl<R> Texts<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            within: false,
            escaped: false,
            length: 0,
        }
    }

    fn see(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.within => self.escaped = true,
            b'"' => self.within = !self.within,
            _ => {}
        }
        // Numbers and words count like texts, and whatever ends one begins anew.
        match byte {
            b',' | b':' | b'[' | b']' | b'{' | b'}' if !self.within => self.length = 0,
            _ => self.length += 1,
        }
    }
}

impl<R: Read> Read for Texts<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        for byte in &out[..count] {
            self.see(*byte);
            if self.length > TEXT_BYTES_MAX {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("a text in it is longer than {TEXT_BYTES_MAX} bytes"),
                ));
            }
        }
        Ok(count)
    }
}

/// The first byte in which a file differs from a text; none if they are the same.
pub(crate) fn differs_at(path: &Path, text: &[u8]) -> Result<Option<usize>, Failure> {
    let failed = |error: io::Error| unusable(path, error);
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let (mut buffer, mut at) = ([0; 1 << 14], 0);
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        let rest = &text[at..];
        let read = &buffer[..count];
        let same = read.iter().zip(rest).take_while(|(a, b)| a == b).count();
        at += same;
        match count {
            0 if rest.is_empty() => return Ok(None),
            0 => return Ok(Some(at)),
            _ if same < count => return Ok(Some(at)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_endless_length_is_refused_and_long_lists_are_not() {
        let read = |text: &str| {
            let mut texts = Texts::new(text.as_bytes());
            texts.read_to_end(&mut Vec::new())
        };
        let long = "x".repeat(TEXT_BYTES_MAX);
        assert!(read(&format!("[\"{}\"]", &long[2..])).is_ok());
        assert!(read(&format!("[\"{long}\"]")).is_err());
        assert!(read(&format!("[{long}1]")).is_err());
        assert!(read(&format!("[\"\\\"{long}\"]")).is_err());
        assert!(read(&format!("[{}]", "\"a\",".repeat(TEXT_BYTES_MAX))).is_ok());
    }

    #[test]
    fn the_first_byte_that_differs_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let text = vec![7; 100_000];
        for (written, at) in [
            (text.clone(), None),
            (text[..50_000].to_vec(), Some(50_000)),
            ([&text[..], &[7]].concat(), Some(100_000)),
            (
                [&text[..70_000], &[8], &text[70_001..]].concat(),
                Some(70_000),
            ),
        ] {
            std::fs::write(&path, written).unwrap();
            assert_eq!(differs_at(&path, &text).unwrap(), at);
        }
    }
}

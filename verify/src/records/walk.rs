//! Two passes over a bundle. The first verifies it, on all cores, and tells how many records are wanted. The second shows
//! them, in order: with one reader at the bodies and another at the payloads, which lie apart, so that a record is shown
//! whole and no more than a unit of each is in memory.

use std::collections::VecDeque;
use std::path::Path;

use indelible_compliance::reports::TimesSeen;
use indelible_compliance::survey::parallel;
use indelible_evidence::bundle::FileSource;
use indelible_evidence::verdict::Conclusion;
use indelible_evidence::verify::{
    Begun, Checked, Cutter, Judge, Report, SeenRecord, Trust, Unit, begin, check_unit_seeing,
    see_payloads,
};
use indelible_evidence::{ChainHasher, Commitment, Header};
use sha2::{Digest as _, Sha256};

use super::choice::{Choice, Fit};
use super::record::{ShownPayload, ShownRecord};
use crate::event_times::see_time;
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::later_identity;
use crate::other_ledger::refuse_bundle;
use crate::progress::Progress;

/// What the first pass came to.
pub(super) struct Verified {
    pub(super) report: Report,
    pub(super) found: Found,
    pub(super) event_times: Option<TimesSeen>,
}

/// How many records are wanted, and what the second pass must read to show the same ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// How many are wanted.
    pub(super) wanted: u64,
    /// How many more might be, but can't be read.
    pub(super) unknown: u64,
    /// A digest of all headers up to the end of the unit that holds the last wanted record. Headers commit to bodies and
    /// payloads, so what has the same digest is what was verified.
    headers: [u8; 32],
    /// The same of all headers so far.
    so_far: [u8; 32],
}

/// What one unit came to.
struct Looked {
    headers: Option<[u8; 32]>,
    wanted: u64,
    unknown: u64,
    times: Option<TimesSeen>,
}

impl Found {
    /// Takes in the next unit.
    fn absorb(&mut self, unit: &Looked) {
        let Some(headers) = unit.headers else {
            return;
        };
        let chained = Sha256::new_with_prefix(self.so_far).chain_update(headers);
        self.so_far = chained.finalize().into();
        self.unknown += unit.unknown;
        if unit.wanted > 0 {
            self.wanted += unit.wanted;
            self.headers = self.so_far;
        }
    }
}

/// Checks a unit, and gives each of its records to `see`, with its header if it is wanted.
fn look(
    unit: Unit,
    choice: &Choice,
    see: &mut dyn FnMut(&SeenRecord<'_>, Option<&Header<'_>>),
) -> (Checked, Looked) {
    let mut looked = Looked {
        headers: None,
        wanted: 0,
        unknown: 0,
        times: None,
    };
    let mut headers = Sha256::new();
    let mut any = false;
    let checked = check_unit_seeing(unit, &mut |seen| {
        any = true;
        headers.update((seen.header.len() as u64).to_le_bytes());
        headers.update(seen.header);
        see_time(&seen, &mut looked.times);
        let header = Header::decode(seen.header).ok();
        let fit = header
            .as_ref()
            .map_or(Fit::Not, |header| choice.fit(header, &seen.body));
        looked.wanted += u64::from(fit == Fit::Wanted);
        looked.unknown += u64::from(fit == Fit::Unknown);
        see(&seen, header.as_ref().filter(|_| fit == Fit::Wanted));
    });
    looked.headers = any.then(|| headers.finalize().into());
    (checked, looked)
}

/// Verifies a bundle, and counts what is wanted of it.
pub(super) fn verify(path: &Path, trust: &Trust, choice: &Choice) -> Result<Verified, Failure> {
    let Input { source, mut rest } = input::open(path)?;
    let bar = Progress::watch(&rest.read, rest.bytes);
    let (mut found, mut event_times) = (Found::default(), None);
    let report = parallel::verify(
        source,
        trust,
        |unit| look(unit, choice, &mut |_, _| ()),
        |looked| {
            found.absorb(&looked);
            if let Some(times) = looked.times {
                TimesSeen::absorb(&mut event_times, times);
            }
        },
    );
    bar.end();
    rest.unpacked()?;
    let report = report?;
    refuse_bundle(path, &report, &trust.key)?;
    later_identity::refuse_bundle(path, &report, &trust.key)?;
    if !report
        .verdict
        .answers()
        .iter()
        .any(|(_, it)| it.is_broken())
    {
        rest.nothing_else()?;
    }
    Ok(Verified {
        report,
        found,
        event_times,
    })
}

/// Shows what is wanted, in order.
pub(super) fn show(
    path: &Path,
    trust: &Trust,
    choice: &Choice,
    verified: &Verified,
    show: &mut dyn FnMut(&ShownRecord) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some((mut cutter, judge)) = opened(path, trust)? else {
        return Ok(());
    };
    let Some((payloads, _)) = opened(path, trust)? else {
        return Ok(());
    };
    let mut payloads = Payloads {
        cutter: payloads,
        waiting: VecDeque::new(),
    };
    let is_broken = verified.report.verdict.conclusion(&[]) == Conclusion::Broken;
    let (mut chain, mut hasher) = (*judge.chain(), ChainHasher::new());
    let mut found = Found::default();
    while found.wanted < verified.found.wanted {
        let Some(unit) = cutter.next_unit()? else {
            return Err(changed());
        };
        if !unit.shows_records() {
            continue;
        }
        let mut records = Vec::new();
        let (_, looked) = look(unit, choice, &mut |seen, wanted| {
            chain = hasher.link(&chain, seen.header);
            if let Some(header) = wanted {
                let mut record = ShownRecord::new(header, seen);
                record.chain = (!is_broken).then_some(chain);
                records.push(record);
            }
        });
        found.absorb(&looked);
        for mut record in records {
            if let Some(event) = &mut record.event {
                let (payload, commitment) = payloads.of(record.sequence)?;
                event.give(payload, commitment);
            }
            record.findings = findings(&verified.report, record.sequence);
            show(&record)?;
        }
    }
    match found.headers == verified.found.headers {
        true => Ok(()),
        false => Err(changed()),
    }
}

/// A bundle whose chunks follow; none if it is broken before them.
fn opened(path: &Path, trust: &Trust) -> Result<Option<Opened>, Failure> {
    let input = input::open(path)?;
    Ok(match begin(input.source, trust)? {
        Begun::Ended(_) => None,
        Begun::Open { cutter, judge } => Some((cutter, judge)),
    })
}

/// A bundle that was begun, and what judges it.
type Opened = (Box<Chunks>, Box<Judge>);

/// What is left to be read of a bundle.
type Chunks = Cutter<Box<dyn FileSource + Send>>;

/// What the second pass found is not what the first one verified.
fn changed() -> Failure {
    Failure::Changed
}

/// What the verdict found of one record.
fn findings(report: &Report, sequence: u64) -> Vec<String> {
    let answers = report.verdict.answers();
    let findings = answers.iter().flat_map(|(_, answer)| answer.findings());
    let findings = findings.filter(|finding| finding.sequence == Some(sequence));
    findings
        .map(|finding| format!("{} [{}]", finding.detail, finding.code.as_str()))
        .collect()
}

/// The reader at the payloads.
struct Payloads {
    cutter: Box<Chunks>,
    /// Those of the unit at hand.
    waiting: VecDeque<(u64, ShownPayload, Option<Commitment>)>,
}

impl Payloads {
    /// The payload of one record; records are asked for in their order.
    fn of(&mut self, sequence: u64) -> Result<(ShownPayload, Option<Commitment>), Failure> {
        loop {
            match self.waiting.pop_front() {
                Some((of, ..)) if of < sequence => {}
                Some((of, payload, commitment)) if of == sequence => {
                    return Ok((payload, commitment));
                }
                Some(later) => {
                    self.waiting.push_front(later);
                    return Ok((ShownPayload::default(), None));
                }
                None => {
                    let Some(unit) = self.cutter.next_unit()? else {
                        return Ok((ShownPayload::default(), None));
                    };
                    see_payloads(&unit, sequence, &mut |of, seen| {
                        let (payload, commitment) = ShownPayload::of(&seen);
                        self.waiting.push_back((of, payload, commitment));
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indelible_evidence::VerifierKey;
    use std::path::PathBuf;

    /// The key of both bundles.
    const KEY: &str = "audit.example.com/gates/ba9876543210+3885b58e+AcxOYeBaaJs7domXBojptKwYhxM+V3sY4hPfMTqbnGjF";

    #[test]
    fn a_bundle_that_changes_between_the_passes_is_told() {
        let vectors: PathBuf = [
            env!("CARGO_MANIFEST_DIR"),
            "..",
            "tests",
            "vectors",
            "bundle",
        ]
        .iter()
        .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.tar");
        let put = |name: &str| std::fs::copy(vectors.join(name), &path).unwrap();
        let trust = Trust::in_key(VerifierKey::parse(KEY).unwrap());
        // A record that both bundles hold.
        let choice = Choice {
            records: vec![255],
            ..Choice::default()
        };
        put("good-whole-across-a-tile.tar");
        let verified = verify(&path, &trust, &choice).unwrap();
        let shown = |count: &mut u64| {
            super::show(&path, &trust, &choice, &verified, &mut |_| {
                *count += 1;
                Ok(())
            })
        };
        let mut count = 0;
        shown(&mut count).unwrap();
        assert_eq!(count, 1);
        put("good-range-middle.tar");
        let error = shown(&mut 0).unwrap_err();
        assert!(matches!(error, Failure::Changed), "{error}");
    }
}

//! The identities that a ledger has had, each with its verifier key, for tools that know nothing of rotations.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use indelible_compliance::reports::inert::{inert, inert_json, quoted};
use indelible_compliance::survey::parallel;
use indelible_compliance::time::shortest;
use indelible_evidence::verdict::{Answer, Conclusion};
use indelible_evidence::verify::{IdentityFacts, Report, check_unit};
use indelible_evidence::{SignatureType, VerifierKey};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Output, print};
use crate::trust_arguments::TrustArguments;
use crate::{input, later_identity, other_ledger, progress};

/// Prints the identities of a ledger, oldest first, with the verifier key of each. The newest one signs today's
/// checkpoints: it is what C2SP tools take. This program is given the first one, and follows the others by itself.
///
/// Exit codes are those of the verdict: without a known head or a witness, custody of a ledger whose identity was
/// replaced can't be answered (4), and the keys that are printed are the bundle's own word.
#[derive(Debug, Args)]
pub(crate) struct IdentitiesArguments {
    /// The bundle: a tar, a tar compressed with zstd, or the directory that it was unpacked to; - is standard input.
    bundle: PathBuf,
    #[command(flatten)]
    trust: TrustArguments,
    /// Print the verifier key of the newest one and nothing else.
    #[arg(long, conflicts_with = "output")]
    newest: bool,
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// An identity with its key.
struct Shown<'a> {
    facts: &'a IdentityFacts,
    vkey: Option<String>,
    is_newest: bool,
}

impl IdentitiesArguments {
    /// Verifies, prints, and gives the exit code.
    pub(crate) fn run(self) -> Result<u8, Failure> {
        let (trust, _) = self.trust.read()?;
        let mut input = input::open(&self.bundle)?;
        let bar = progress::Progress::watch(&input.rest.read, input.rest.bytes);
        let report = parallel::verify(input.source, &trust, |unit| (check_unit(unit), ()), |()| ());
        bar.end();
        input.rest.unpacked()?;
        let report = report?;
        other_ledger::refuse_bundle(&self.bundle, &report, &trust.key)?;
        later_identity::refuse_bundle(&self.bundle, &report, &trust.key)?;
        let code = match report.verdict.conclusion(&[]) {
            Conclusion::Broken => {
                return Err(Failure::Broken(
                    "the bundle is broken, so nothing shows which identities the ledger has had; the verdict says where"
                        .to_owned(),
                ));
            }
            Conclusion::Holds => 0,
            Conclusion::Unanswerable => 4,
        };
        input.rest.nothing_else()?;
        let shown = shown(&report)?;
        if self.newest {
            let newest = shown.last().and_then(|newest| newest.vkey.as_ref());
            let newest = newest.ok_or_else(|| {
                Failure::Missing(
                    "the newest identity has no key of a type that this program knows".to_owned(),
                )
            })?;
            print(format!("{newest}\n").as_bytes())?;
        } else {
            let printed = match self.output {
                Output::Text => text(&shown),
                Output::Json => in_json(&shown),
            };
            print(printed.as_bytes())?;
        }
        if let Answer::Unanswerable(missing) = &report.verdict.custody {
            let _ = writeln!(
                io::stderr(),
                "indelible-verify: only the bundle says so; custody can't be answered, for want of {}",
                missing.join(", ")
            );
        }
        Ok(code)
    }
}

/// The verifier keys of the identities that a ledger has had, as far as they are of a type that this program knows.
pub(crate) fn keys(report: &Report) -> Result<Vec<VerifierKey>, Failure> {
    let origin = &report.bundle.origin;
    let listed = report.bundle.keys.identities.listed().iter();
    let keys = listed.filter_map(|facts| facts.key);
    keys.map(|key| VerifierKey::new(origin, SignatureType::Ed25519, key))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Malformed(error.to_string()))
}

fn shown(report: &Report) -> Result<Vec<Shown<'_>>, Failure> {
    let identities = &report.bundle.keys.identities;
    let listed = identities.listed();
    if (listed.len() as u64) < identities.total() {
        return Err(Failure::Missing(format!(
            "the ledger has had {} identities, more than this program lists",
            identities.total()
        )));
    }
    let origin = &report.bundle.origin;
    let shown = listed.iter().enumerate().map(|(at, facts)| {
        let vkey = facts.key.map(|key| {
            let key = VerifierKey::new(origin, SignatureType::Ed25519, key);
            key.map_err(|error| Failure::Malformed(error.to_string()))
        });
        Ok(Shown {
            facts,
            vkey: vkey.transpose()?.map(|key| key.to_string()),
            is_newest: at + 1 == listed.len(),
        })
    });
    shown.collect()
}

fn text(identities: &[Shown<'_>]) -> String {
    let mut out = String::new();
    for identity in identities {
        let facts = identity.facts;
        let how = match (facts.sequence, facts.by_recovery) {
            (0, _) => "genesis names it",
            (_, true) => "the recovery key approved it",
            (_, false) => "the identity before approved it",
        };
        let newest = if identity.is_newest { ", newest" } else { "" };
        out += &format!(
            "record {}, {}, {how}{newest}\n",
            facts.sequence,
            shortest(facts.time)
        );
        if let Some(reason) = &facts.reason {
            out += &format!("  in the operator's words: {}\n", inert(&quoted(reason)));
        }
        let vkey = identity.vkey.as_deref();
        out += &format!(
            "  {}\n",
            vkey.unwrap_or("its key has a type that this program does not know")
        );
    }
    out
}

fn in_json(identities: &[Shown<'_>]) -> String {
    let identities = identities.iter().map(|identity| {
        json!({
            "sequence": identity.facts.sequence,
            "recorded_time": shortest(identity.facts.time),
            "verifier_key": identity.vkey,
            "by_recovery": identity.facts.by_recovery,
            "reason": identity.facts.reason,
            "newest": identity.is_newest,
        })
    });
    let identities = json!({ "identities": identities.collect::<Vec<_>>() });
    inert_json(format!("{identities:#}\n"))
}

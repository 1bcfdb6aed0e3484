//! `indelible policy compliance`: AIGC's export over its audit artifacts, or over what a gate decided, and whether chains and
//! signatures hold.

mod acts;
mod figures;
mod ledger;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::BufReader,
    path::PathBuf,
};

use clap::Args;
use indelible_interchange::import::{
    aigc::Aigc,
    checked::{Checker as _, Code, Examined, Keyring, Pieces, Spot, Verdict, Weight},
};
use serde_json::Value;

use self::{
    figures::{BROKEN, Figures, HOLDS, Lineage, NOT_CHECKED},
    ledger::{of_bundle, of_ledger},
};
use crate::cli::{error::CliError, import::checked::add_key, session::Session};

/// Count what AIGC's audit artifacts say, or what was decided under policies of its kind, as its compliance export does
///
/// A file holds artifacts, one a line or in an array; that needs no daemon. Besides AIGC's figures it says whether checksums,
/// chains and, with the key, signatures hold.
///
/// A ledger has decisions: an act under a policy of AIGC's kind that was denied, or of which the output was, counts as failed,
/// and one that was allowed and completed as passed. With `--key`, they are read out of a bundle, which is verified first,
/// without a daemon. Artifacts that were imported are no decisions, and do not count.
///
/// Ends with 1 if no artifact is valid, or one is not what was written.
#[derive(Debug, Args)]
pub(crate) struct Compliance {
    /// A file that is there, or otherwise the name or origin of a ledger
    what: PathBuf,
    /// The file is a bundle (.tar or .tar.zst) of the whole ledger with this key, as `indelible ledger key` writes it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["include_artifacts", "lineage", "keys", "ledger"]
    )]
    key: Option<PathBuf>,
    /// It is a ledger, also where a file has its name
    #[arg(long, conflicts_with_all = ["include_artifacts", "lineage", "keys"])]
    ledger: bool,
    /// Show the valid artifacts as well (with `--output json`)
    #[arg(long)]
    include_artifacts: bool,
    /// Say how the artifacts derive from one another (`provenance.derived_from_audit_checksums`)
    #[arg(long)]
    lineage: bool,
    /// File with the HMAC key of the signatures; may be given several times
    #[arg(long = "hmac-key-file", value_name = "FILE")]
    keys: Vec<PathBuf>,
}

impl Compliance {
    /// Whether it asks a daemon.
    pub(super) fn calls_a_daemon(&self) -> bool {
        self.key.is_none() && (self.ledger || !self.what.exists())
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let figures = match &self.key {
            Some(key) => of_bundle(&self.what, key)?,
            None if self.calls_a_daemon() => self.in_ledger(session).await?,
            None => {
                let mut keys = Keyring::default();
                for path in &self.keys {
                    add_key(&mut keys, path, 0, 0, false)?;
                }
                self.figures(Aigc::new(keys, "aigc".to_owned()))?
            }
        };
        session.output.answer(&figures)?;
        let is_broken = [figures.chain, figures.signatures].contains(&BROKEN);
        let problem = match figures.invalid_artifacts == figures.total_artifacts {
            true => "no artifact is valid",
            false if is_broken => "an artifact is not what was written, or one is missing",
            false => return Ok(()),
        };
        Err(CliError::NotAllowed(problem.to_owned()))
    }

    async fn in_ledger(&self, session: &mut Session) -> Result<Figures, CliError> {
        if self.include_artifacts || self.lineage || !self.keys.is_empty() {
            let what = self.what.display();
            return Err(CliError::Usage(format!(
                "{what} is no file that is there; --include-artifacts, --lineage and --hmac-key-file are for a file of artifacts, and a ledger has digests of what was decided"
            )));
        }
        of_ledger(session, &self.what.to_string_lossy()).await
    }

    fn figures(&self, mut checker: Aigc) -> Result<Figures, CliError> {
        let failed = |source| CliError::file(&self.what, source);
        let file = File::open(&self.what).map_err(failed)?;
        let mut counting = Counting::default();
        for piece in Pieces::new(BufReader::new(file)) {
            let piece = piece.map_err(failed)?;
            let line = piece.line;
            let record = piece.record.map_err(|error| error.to_string());
            let examined = record.and_then(|json| {
                let spot = Spot { file: 0, line };
                let examined = checker.examine(&json, spot);
                let examined = examined.map_err(|error| error.to_string())?;
                let artifact = serde_json::from_slice::<Value>(&json);
                Ok((examined, artifact.map_err(|error| error.to_string())?))
            });
            match examined {
                Ok((examined, artifact)) => counting.take(line, &examined, artifact),
                Err(problem) => counting.refuse(line, &problem),
            }
        }
        Ok(counting.figures(self.include_artifacts, self.lineage))
    }
}

#[derive(Default)]
struct Counting {
    figures: Figures,
    artifacts: Vec<Value>,
    in_chains: u64,
    chain_is_broken: bool,
    unsigned: bool,
    signature_is_broken: bool,
}

/// What AIGC calls a failure has a gate and a reason.
fn is_valid(artifact: &Value) -> bool {
    let has_text = |name: &str| artifact[name].as_str().is_some_and(|text| !text.is_empty());
    let named = [
        "policy_file",
        "policy_version",
        "model_provider",
        "model_identifier",
        "role",
    ];
    let checksums = ["input_checksum", "output_checksum"];
    let is_of_form = named.iter().chain(&checksums).all(|name| has_text(name))
        && artifact["failures"].is_array()
        && artifact["context"].is_object()
        && artifact["metadata"].is_object()
        && artifact["timestamp"].is_u64();
    match artifact["enforcement_result"].as_str() {
        Some("PASS") => is_of_form && artifact["failure_gate"].is_null(),
        Some("FAIL") => is_of_form && has_text("failure_gate") && has_text("failure_reason"),
        _ => false,
    }
}

impl Counting {
    fn refuse(&mut self, line: u64, problem: &str) {
        self.figures.total_artifacts += 1;
        self.figures.invalid_artifacts += 1;
        let finding = format!("line {line}: {problem}");
        self.figures.findings.push(finding);
    }

    fn take(&mut self, line: u64, examined: &Examined, artifact: Value) {
        if !is_valid(&artifact) {
            return self.refuse(line, "it is not of the form of an audit artifact");
        }
        // What is in no chain has no place there: that it is in the file twice is only said.
        let is_chained = artifact["chain_id"].is_string();
        for finding in &examined.findings {
            let is_of_signature = matches!(
                finding.code,
                Code::SignatureInvalid | Code::SignatureStripped
            );
            match (finding.code.weight(), is_of_signature) {
                (Weight::Broken | Weight::Forged, true) => self.signature_is_broken = true,
                (Weight::Forged, false) => self.chain_is_broken = true,
                (Weight::Broken, false) => self.chain_is_broken |= is_chained,
                (Weight::Open, _) => self.unsigned = true,
                (Weight::Note, _) => {}
            }
            if finding.code.weight() > Weight::Open {
                self.figures
                    .findings
                    .push(format!("line {line}: {}", finding.code.says()));
            }
        }
        self.unsigned |= examined.standing() != Verdict::Verified;
        self.in_chains += u64::from(is_chained);
        let figures = &mut self.figures;
        figures.total_artifacts += 1;
        let policy = artifact["policy_file"].as_str().unwrap_or_default();
        *figures.policies.entry(policy.to_owned()).or_default() += 1;
        match artifact["failure_gate"].as_str() {
            None => figures.pass_count += 1,
            Some(gate) => {
                figures.fail_count += 1;
                *figures
                    .failure_gates_summary
                    .entry(gate.to_owned())
                    .or_default() += 1;
            }
        }
        self.artifacts.push(artifact);
    }

    fn figures(self, include_artifacts: bool, with_lineage: bool) -> Figures {
        let mut figures = self.figures;
        let valid = figures.rate();
        figures.chain = match (self.chain_is_broken, self.in_chains) {
            (true, _) => BROKEN,
            (false, 0) => NOT_CHECKED,
            (false, _) => HOLDS,
        };
        figures.signatures = match (self.signature_is_broken, self.unsigned || valid == 0) {
            (true, _) => BROKEN,
            (false, true) => NOT_CHECKED,
            (false, false) => HOLDS,
        };
        figures.lineage = with_lineage.then(|| lineage(&self.artifacts));
        figures.artifacts = include_artifacts.then_some(self.artifacts);
        figures
    }
}

fn lineage(artifacts: &[Value]) -> Lineage {
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for artifact in artifacts {
        let Some(own) = artifact["checksum"].as_str() else {
            continue;
        };
        let derived = artifact["provenance"]["derived_from_audit_checksums"].as_array();
        let derived = derived.into_iter().flatten();
        let derived = derived.filter_map(|from| from.as_str().map(str::to_owned));
        parents.insert(own.to_owned(), derived.collect());
    }
    let named: BTreeSet<_> = parents.values().flatten().cloned().collect();
    let mut found = Lineage::default();
    for (own, from) in &parents {
        if from.is_empty() {
            found.roots.push(own.clone());
        }
        if !named.contains(own) {
            found.leaves.push(own.clone());
        }
        if from.iter().any(|from| !parents.contains_key(from)) {
            found.orphans.push(own.clone());
        }
    }
    found.has_cycle = has_cycle(&parents);
    found
}

/// Takes away what derives from nothing that is left, again and again: what remains derives from itself.
fn has_cycle(parents: &BTreeMap<String, Vec<String>>) -> bool {
    let mut left: BTreeSet<&String> = parents.keys().collect();
    loop {
        let free = |own: &&String| !parents[*own].iter().any(|from| left.contains(from));
        let gone: Vec<_> = left.iter().copied().filter(free).collect();
        if gone.is_empty() {
            return !left.is_empty();
        }
        for own in gone {
            left.remove(own);
        }
    }
}

#[cfg(test)]
mod tests;

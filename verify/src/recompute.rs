//! Reports, compared with what a bundle gives.

use std::path::{Path, PathBuf};

use indelible_compliance::frameworks::{Framework, shipped};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::difference::{Difference, difference};
use indelible_compliance::reports::inert::{inert, inert_json, inert_lines};
use indelible_compliance::reports::{AnswerName, Asked, AskedFacts, Report, Whose};
use indelible_compliance::survey::Question;
use indelible_compliance::time::typed;
use indelible_evidence::VerifierKey;
use indelible_evidence::verify::Report as Verification;

use crate::claim::{Claim, differs_at};
use crate::failure::Failure;
use crate::output::{Output, print};
use crate::rendered::{FormCompared, Rendered};
use crate::report::{assessed, head, look, read_mapping};
use crate::trusted::{read_trusted, unusable};

/// A report up to this is read as a whole, which shows whether and where it was changed. Of a larger one only the first
/// byte that differs is told: whoever keeps a whole report needs many times its size.
const WHOLE_BYTES_MAX: usize = 2 << 20;

/// A report to compare with a bundle.
#[derive(Debug)]
pub(crate) struct Claimed {
    path: PathBuf,
    claim: Box<Claim>,
    /// All of it, unless it is large.
    json: Option<Vec<u8>>,
    /// Why no evidence gives it as it stands, if that shows without one.
    changed: Option<String>,
    /// Other forms of it.
    forms: Vec<Rendered>,
    framework: Box<Framework>,
}

impl Claimed {
    /// Reads a report, the mapping that it names (one that comes with this program, or a file), and other forms of the
    /// report.
    pub(crate) fn read(
        path: &Path,
        mapping: Option<&Path>,
        forms: &[PathBuf],
    ) -> Result<Self, Failure> {
        let is_large = std::fs::metadata(path)
            .map_err(|error| unusable(path, error))?
            .len()
            > WHOLE_BYTES_MAX as u64;
        let json = match is_large {
            true => None,
            false => Some(read_trusted(path, WHOLE_BYTES_MAX)?),
        };
        let claim = Claim::read(path)?;
        // It says that it is a report of this form, so whatever else is wrong with it was changed.
        let read = json.as_deref().map(Report::from_json);
        let changed = read.and_then(|read| read.err().map(|error| error.to_string()));
        let forms = forms.iter().map(|path| Rendered::read(path));
        let catalogue = Catalogue::of_this_build();
        let framework = match mapping {
            Some(path) => read_mapping(path, &catalogue)?,
            None => {
                let named = &claim.framework;
                shipped(&named.id, Some(named.version))
                    .map_err(|error| {
                        Failure::Usage(format!("{error}; --framework FILE gives another one"))
                    })?
                    .read(&catalogue)
                    .map_err(|error| Failure::Usage(error.to_string()))?
            }
        };
        Ok(Self {
            path: path.to_owned(),
            claim: Box::new(claim),
            json,
            changed,
            forms: forms.collect::<Result<_, _>>()?,
            framework: Box::new(framework),
        })
    }

    /// Recomputes the report, prints whether it is the same, and gives the exit code.
    pub(crate) fn check(
        &self,
        bundle: &Path,
        key: &VerifierKey,
        output: Output,
    ) -> Result<u8, Failure> {
        let compared = match self.compare(bundle, key) {
            Ok(compared) => compared,
            Err(failure @ (Failure::Broken(_) | Failure::Missing(_))) => {
                return self.not_made(&failure, output);
            }
            Err(failure) => return Err(failure),
        };
        let same = compared.difference == Difference::Identical;
        let all_same = same && compared.forms.iter().all(|form| form.same);
        let shown = match output {
            Output::Text => self.told_changed() + &compared.text(),
            Output::Json => {
                let (parts, omitted) = match &compared.difference {
                    Difference::In { parts, omitted } => (&parts[..], *omitted),
                    _ => (&[][..], 0),
                };
                let value = serde_json::json!({
                    "report": self.claim.id,
                    "identical": same,
                    "changed": self.changed,
                    "difference": (!same).then(|| compared.difference.to_string()),
                    "differences": parts,
                    "differences_omitted": omitted,
                    "forms": compared.forms,
                    "since": compared.since,
                    "front_matter_not_compared": self.claim.front_matter.is_some(),
                    "recorded_ahead_same": compared.is_ahead_as_claimed,
                    "checkpoint_sizes": [self.claim.ledger.checkpoint_size, compared.size],
                });
                inert_json(format!("{value}\n"))
            }
        };
        print(shown.as_bytes())?;
        Ok(u8::from(!all_same))
    }

    /// Why no evidence gives it, for people.
    fn told_changed(&self) -> String {
        let changed = self.changed.as_ref();
        changed.map_or_else(String::new, |problem| {
            format!(
                "report         {}\n",
                inert(&changed_words(&self.path, problem))
            )
        })
    }

    /// Says why this bundle can't tell.
    fn not_made(&self, failure: &Failure, output: Output) -> Result<u8, Failure> {
        let shown = match output {
            Output::Text => format!(
                "{}report         can't be recomputed: {}\n",
                self.told_changed(),
                inert(&failure.to_string())
            ),
            Output::Json => {
                let value = serde_json::json!({
                    "report": self.claim.id,
                    "identical": null,
                    "changed": self.changed,
                    "problem": failure.to_string(),
                });
                inert_json(format!("{value}\n"))
            }
        };
        print(shown.as_bytes())?;
        Ok(match self.changed {
            Some(_) => 1,
            None => failure.exit_code(),
        })
    }

    /// Makes the report as of the checkpoint that it names, which may be older than the bundle's.
    fn compare(&self, bundle: &Path, key: &VerifierKey) -> Result<Compared, Failure> {
        let claimed = &*self.claim;
        let size = head(bundle, key)?.checkpoint().size;
        let of = claimed.ledger.checkpoint_size;
        let question = Question {
            asked: asked(&claimed.range.asked).map_err(|error| changed(&self.path, &error))?,
            whose: match claimed.range.imported_alone {
                true => Whose::OtherSystems,
                false => Whose::Clients,
            },
            view: claimed.range.view,
            with_tables: claimed.has_tables(),
            as_of: (of != size).then_some(of),
        };
        // What it was asked and the clauses that it is on are its own words: where they can't be, somebody changed them.
        let by_change = |failure| match failure {
            Failure::Usage(problem) => changed(&self.path, &problem),
            other => other,
        };
        let (subject, verification) = look(bundle, key, question).map_err(by_change)?;
        let made = assessed(&self.framework, claimed.clauses(), &subject);
        let mut made = made.map_err(by_change)?;
        drop(subject);
        // What its maker says stands in no bundle: it is taken as it is given, and told to be so.
        made.front_matter.clone_from(&claimed.front_matter);
        // The checkpoint that it was made under may be another one, which was signed at another time.
        let recorded_ahead = made.recorded_ahead.take();
        made.recorded_ahead.clone_from(&claimed.recorded_ahead);
        let json = made
            .to_json()
            .map_err(|error| Failure::Malformed(error.to_string()))?;
        let difference = match &self.json {
            Some(claimed) => difference(claimed, &json),
            None => match differs_at(&self.path, &json)? {
                Some(offset) => Difference::AtByte { offset },
                None => Difference::Identical,
            },
        };
        let since = match difference {
            Difference::Identical => Vec::new(),
            _ => reasons(claimed, &made, &verification),
        };
        let forms = self.forms.iter();
        let forms = forms.map(|form| form.compare(&made, &verification));
        Ok(Compared {
            forms: forms.collect::<Result<_, _>>()?,
            difference,
            since,
            of,
            size,
            has_front_matter: claimed.front_matter.is_some(),
            is_ahead_as_claimed: recorded_ahead == claimed.recorded_ahead,
        })
    }
}

/// The report is not one that any evidence gives.
fn changed(path: &Path, problem: &dyn std::fmt::Display) -> Failure {
    Failure::Broken(changed_words(path, problem))
}

fn changed_words(path: &Path, problem: &dyn std::fmt::Display) -> String {
    format!(
        "{}: the report was changed, or a program of another version made it: {problem}",
        path.display()
    )
}

/// What recomputing a report came to.
struct Compared {
    difference: Difference,
    /// What comparing its other forms came to.
    forms: Vec<FormCompared>,
    /// What may make them differ, in the order of what it weighs.
    since: Vec<String>,
    /// The size of the checkpoint that the report names, and of the bundle's.
    of: u64,
    size: u64,
    /// Whether the report says something on its maker's word.
    has_front_matter: bool,
    /// Whether the report says the same as the bundle of recorded times after that of the checkpoint.
    is_ahead_as_claimed: bool,
}

impl Compared {
    fn text(&self) -> String {
        let mut shown = format!(
            "report         {}\n",
            inert_lines(&self.difference.to_string())
        );
        if self.has_front_matter {
            shown += "               but for operator, system, period, made by and made for: the word of whoever made \
                      the report, which no bundle shows\n";
        }
        if !self.is_ahead_as_claimed {
            shown += "               but for recorded times after that of the checkpoint, of which this bundle, whose \
                      checkpoint may be another one, shows something else\n";
        }
        if self.difference == Difference::Identical {
            if self.of != self.size {
                shown += &format!(
                    "               as of size {}, the older checkpoint that the report names\n",
                    self.of
                );
            }
        }
        for reason in &self.since {
            shown += &format!("  differs, since {}\n", inert(reason));
        }
        for form in &self.forms {
            shown += &form.text();
        }
        shown
    }
}

/// What is known of why a report and the one that the bundle gives are not the same. None of it excuses a difference:
/// a report that was changed and records that were erased since may come together.
fn reasons(claimed: &Claim, made: &Report, verification: &Verification) -> Vec<String> {
    let (of, root) = (&made.ledger.checkpoint_size, &made.ledger.checkpoint_root);
    if claimed.ledger.origin != made.ledger.origin {
        return vec!["it belongs to another ledger".to_owned()];
    }
    if claimed.ledger.checkpoint_root != *root {
        return vec![format!(
            "at size {of} these records have the root {root}, but the report names {}: it belongs to another history",
            claimed.ledger.checkpoint_root
        )];
    }
    let answers = [&made.evidence.integrity, &made.evidence.custody];
    if answers
        .iter()
        .any(|answer| answer.answer == AnswerName::Broken)
    {
        return vec!["this bundle is broken: its verdict says where".to_owned()];
    }
    let mut reasons = Vec::new();
    if let Some(scoped) = &verification.scoped {
        if let Some(revoked) = scoped.revoked_since {
            reasons.push(format!(
                "the identity that signed at size {of} was revoked at size {revoked}, so its signature there is void"
            ));
        }
        if let Some(by) = scoped.erased_since.by {
            let records = match scoped.erased_since.records {
                1 => "1 of its records was".to_owned(),
                records => format!("{records} of its records were"),
            };
            reasons.push(format!(
                "{records} erased after it, by the erasure that record {by} states with its ground; only a bundle from \
                 before the erasure shows whether that is the only difference"
            ));
        }
    }
    let (then, now) = (*claimed.bodies(), made.evidence.bodies);
    if then.open + then.sealed == now.open + now.sealed && then.open != now.open {
        reasons.push(format!(
            "{} of its bodies were read, but {} can be read in this bundle: the bundle discloses other keys \
             (--decrypt)",
            then.open, now.open
        ));
    }
    reasons
}

/// What a report says that was asked for.
fn asked(facts: &AskedFacts) -> Result<Asked, String> {
    let time = |text: &Option<String>| text.as_deref().map(typed).transpose();
    Ok(match facts {
        AskedFacts::Whole {} => Asked::Whole,
        AskedFacts::Records { from, to } => Asked::Records {
            from: *from,
            to: *to,
        },
        AskedFacts::Period { from, to } => Asked::Period {
            from: time(from)?,
            to: time(to)?,
        },
        AskedFacts::EventPeriod { records, from, to } => Asked::EventPeriod {
            records: records.as_ref().map(|records| (records.from, records.to)),
            from: time(from)?,
            to: time(to)?,
        },
    })
}

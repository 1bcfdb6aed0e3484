//! Reports, compared with what a bundle gives.

use std::path::{Path, PathBuf};

use indelible_compliance::frameworks::Framework;
use indelible_compliance::reports::counted;
use indelible_compliance::reports::difference::{Difference, Part, difference};
use indelible_compliance::reports::inert::{inert, inert_json, inert_lines};
use indelible_compliance::reports::{Asked, AskedFacts, Report, Subject, Whose};
use indelible_compliance::survey::Question;
use indelible_compliance::time::typed;
use indelible_evidence::{Checkpoint, VerifierKey};

use crate::claim::{Claim, changed, changed_words, differs_at};
use crate::failure::Failure;
use crate::output::Output;
use crate::reasons::reasons;
use crate::rendered::{FormCompared, Rendered};
use crate::report::{assessed, head, look};
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
        let framework = claim.mapping(mapping);
        if let Ok(framework) = &framework {
            claim
                .names_each_clause(framework)
                .map_err(|problem| changed(path, &problem))?;
        }
        // It says that it is a report of this form, so whatever else is wrong with it was changed.
        let read = json.as_deref().map(Report::from_json);
        let changed = read.and_then(|read| read.err().map(|error| error.to_string()));
        let forms = forms.iter().map(|path| Rendered::read(path));
        let framework = framework?;
        Ok(Self {
            path: path.to_owned(),
            claim: Box::new(claim),
            json,
            changed,
            forms: forms.collect::<Result<_, _>>()?,
            framework: Box::new(framework),
        })
    }

    /// Recomputes the report, and gives what is said of it and the exit code.
    pub(crate) fn check(
        &self,
        bundle: &Path,
        key: &VerifierKey,
        output: Output,
    ) -> Result<(String, u8), Failure> {
        let compared = match self.compare(bundle, key) {
            Ok(compared) => compared,
            Err(failure @ (Failure::Broken(_) | Failure::Missing(_))) => {
                return Ok(self.not_made(&failure, output));
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
                    "lost_not_compared": self.claim.lost.is_some(),
                    "recorded_ahead_same": compared.is_ahead_as_claimed,
                    "checkpoint_sizes": [self.claim.ledger.checkpoint_size, compared.size],
                });
                inert_json(format!("{value}\n"))
            }
        };
        Ok((shown, u8::from(!all_same)))
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
    fn not_made(&self, failure: &Failure, output: Output) -> (String, u8) {
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
        let code = match self.changed {
            Some(_) => 1,
            None => failure.exit_code(),
        };
        (shown, code)
    }

    /// Makes the report as of the checkpoint that it names, which may be older than the bundle's.
    fn compare(&self, bundle: &Path, key: &VerifierKey) -> Result<Compared, Failure> {
        let claimed = &*self.claim;
        let head = head(bundle, key)?;
        let head = head.checkpoint();
        let (size, of) = (head.size, claimed.ledger.checkpoint_size);
        if claimed.ledger.origin != head.origin.as_str() {
            return Ok(Compared::of_another_ledger(claimed, head));
        }
        if of > size {
            return Err(Failure::Missing(larger(of, size)));
        }
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
        let (mut subject, verification) = look(bundle, key, question).map_err(by_change)?;
        let shown = subject.recorded_ahead.clone();
        let is_ahead_told = self.takes_what_is_ahead(&mut subject, of == size)?;
        if claimed.lost.is_some_and(|lost| !lost.is_valid()) {
            return Err(changed(&self.path, &"it names no records as lost"));
        }
        subject.lost = claimed.lost;
        let made = assessed(&self.framework, claimed.clauses(), &subject);
        let mut made = made.map_err(by_change)?;
        drop(subject);
        // What its maker says stands in no bundle: it is taken as it is given, and told to be so.
        made.front_matter.clone_from(&claimed.front_matter);
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
            has_lost: claimed.lost.is_some(),
            is_ahead_as_claimed: shown == claimed.recorded_ahead,
            is_ahead_told,
        })
    }

    /// Takes what the report says of recorded times after that of its checkpoint for what it is made again of, where this
    /// bundle can't tell; whether it can. At its own size the bundle's checkpoint tells, unless both say that there are
    /// such times and name checkpoints that were signed at other times.
    fn takes_what_is_ahead(
        &self,
        subject: &mut Subject,
        is_own_size: bool,
    ) -> Result<bool, Failure> {
        let claimed = &self.claim.recorded_ahead;
        let is_signed_otherwise = match (&subject.recorded_ahead, claimed) {
            (Some(shown), Some(claimed)) => shown.signed != claimed.signed,
            _ => false,
        };
        if is_own_size && !is_signed_otherwise {
            return Ok(true);
        }
        let last = subject.times.map(|(_, last)| last);
        let (from, to) = (subject.from, subject.to);
        if claimed
            .as_ref()
            .is_some_and(|claimed| !claimed.may_be_of(from, to, last))
        {
            let problem = "no checkpoint over these records gives what it says of recorded times after its own";
            return Err(changed(&self.path, &problem));
        }
        subject.recorded_ahead.clone_from(claimed);
        Ok(false)
    }
}

/// Why evidence that is smaller than a report says it is of can't give the report.
fn larger(of: u64, size: u64) -> String {
    format!(
        "the report says that it is of a ledger of {}, and this evidence has only {size}: it claims a larger ledger than \
         this evidence shows. Either the evidence was exported before the report was made, or the report was changed. Get a \
         bundle that reaches size {of} from the operator; if there is none, rely on nothing that the report says",
        counted(of, "record", "records"),
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
    /// Whether it says that records are lost.
    has_lost: bool,
    /// Whether the report says the same as the bundle of recorded times after that of the checkpoint.
    is_ahead_as_claimed: bool,
    /// Whether the bundle can tell that: its checkpoint is the report's own.
    is_ahead_told: bool,
}

impl Compared {
    /// Nothing of a bundle of another ledger says anything of this report.
    fn of_another_ledger(claimed: &Claim, head: &Checkpoint) -> Self {
        let shown = |origin: &str| Some(serde_json::Value::from(origin).to_string());
        Self {
            difference: Difference::In {
                parts: vec![Part {
                    pointer: "/ledger/origin".to_owned(),
                    belongs_to: String::new(),
                    first: shown(&claimed.ledger.origin),
                    second: shown(head.origin.as_str()),
                }],
                omitted: 0,
            },
            forms: Vec::new(),
            since: vec!["it belongs to another ledger".to_owned()],
            of: claimed.ledger.checkpoint_size,
            size: head.size,
            has_front_matter: claimed.front_matter.is_some(),
            has_lost: claimed.lost.is_some(),
            is_ahead_as_claimed: true,
            is_ahead_told: true,
        }
    }

    fn text(&self) -> String {
        let mut shown = format!(
            "report         {}\n",
            inert_lines(&self.difference.to_string())
        );
        if self.has_front_matter {
            shown += "               but for operator, system, period, made by and made for: the word of whoever made \
                      the report, which no bundle shows\n";
        }
        if self.has_lost {
            shown += "               but for the records that it says are lost: the word of the daemon that made it\n";
        }
        if !self.is_ahead_as_claimed && !self.is_ahead_told {
            shown += "               but for recorded times after that of its checkpoint, and what hangs on them: this bundle \
                      has another checkpoint, which shows something else, and can't tell\n";
        }
        if self.difference == Difference::Identical && self.of != self.size {
            shown += &format!(
                "               as of size {}, the older checkpoint that the report names\n",
                self.of
            );
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

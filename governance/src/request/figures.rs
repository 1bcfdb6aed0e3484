//! The figures of a proposal that a policy of AEGIS' kind sees: every field of AEGIS' `PCWContext`.

use crate::{
    json::{Object, Value},
    limits::{PROPOSAL_SUMMARY_CHARS_MAX, QUALITY_SUBSCORES_MAX},
    real::Real,
    request::metric::Metric,
};

/// How far what is proposed has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It is planned.
    Plan,
    /// It is about to be committed.
    Commit,
    /// It is at work.
    Work,
}

/// How much it can touch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much: a human must decide.
    High,
    /// Everything: a human must decide.
    Critical,
}

/// A utility, as whoever asks estimates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utility {
    /// Its mean.
    pub mean: Real,
    /// Its standard deviation.
    pub sd: Real,
}

/// A check of one score against one threshold: AEGIS' `quick_risk_check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuickRisk {
    /// The score.
    pub risk_score: Real,
    /// It must be less than this.
    pub threshold: Real,
}

/// The figures of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// How far it has come.
    pub phase: Phase,
    /// What it is, in words.
    pub proposal_summary: String,
    /// How much it can touch.
    pub estimated_impact: Impact,
    /// The risk as it is.
    pub risk_baseline: Real,
    /// The risk as it would be.
    pub risk_proposed: Real,
    /// The profit as it is.
    pub profit_baseline: Real,
    /// The profit as it would be.
    pub profit_proposed: Real,
    /// How new it is.
    pub novelty_score: Real,
    /// How simple it is: the greater, the simpler.
    pub complexity_score: Real,
    /// How good it is.
    pub quality_score: Real,
    /// How good in each respect.
    pub quality_subscores: Vec<Real>,
    /// What it is worth, if anybody estimated it.
    pub utility: Option<Utility>,
    /// Whether whoever asks wants a human to decide.
    pub requires_human_approval: bool,
    /// Whether time presses.
    pub time_sensitive: bool,
    /// Whether it can be taken back.
    pub reversible: bool,
}

/// Why a value has no such figures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FiguresError {
    /// Which member.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

const MEMBERS: [&str; 20] = [
    "agent_id",
    "session_id",
    "phase",
    "proposal_summary",
    "estimated_impact",
    "risk_baseline",
    "risk_proposed",
    "profit_baseline",
    "profit_proposed",
    "novelty_score",
    "complexity_score",
    "quality_score",
    "quality_subscores",
    "utility_result",
    "requires_human_approval",
    "time_sensitive",
    "reversible",
    "metadata",
    "shadow_mode",
    "drift_baseline_data",
];

const SHARE: (f64, f64) = (0.0, 1.0);
const ANY: (f64, f64) = (f64::MIN, f64::MAX);

impl Figures {
    /// Takes the figures from a value. What is left out has the published default. `agent` and `session` are the request's.
    ///
    /// # Errors
    ///
    /// The first member that is missing, unknown, of another kind or out of its range.
    pub fn from_value(
        value: &Value,
        agent: &str,
        session: Option<&str>,
    ) -> Result<Self, FiguresError> {
        let object = value
            .as_object()
            .ok_or_else(|| wrong("aegis", "must be an object"))?;
        let members = Members(object);
        members.are_known(&MEMBERS)?;
        members.names("agent_id", Some(agent))?;
        members.names("session_id", session)?;
        if members.truth("shadow_mode", false)? {
            let problem = "is for the binding to say: bind the policy with shadow";
            return Err(wrong("shadow_mode", problem));
        }
        if object.get("drift_baseline_data").is_some() {
            let problem = "is not taken from requests: register a baseline for the policy";
            return Err(wrong("drift_baseline_data", problem));
        }
        if !matches!(object.get("metadata"), None | Some(Value::Object(_))) {
            return Err(wrong("metadata", "must be an object"));
        }
        let phases = [
            ("plan", Phase::Plan),
            ("commit", Phase::Commit),
            ("work", Phase::Work),
        ];
        let impacts = [
            ("low", Impact::Low),
            ("medium", Impact::Medium),
            ("high", Impact::High),
            ("critical", Impact::Critical),
        ];
        Ok(Self {
            phase: members.choice("phase", &phases)?.unwrap_or(Phase::Plan),
            proposal_summary: members.summary()?,
            estimated_impact: members
                .choice("estimated_impact", &impacts)?
                .unwrap_or(Impact::Medium),
            risk_baseline: members.number("risk_baseline", 0.0, SHARE)?,
            risk_proposed: members.number("risk_proposed", 0.0, SHARE)?,
            profit_baseline: members.number("profit_baseline", 0.0, ANY)?,
            profit_proposed: members.number("profit_proposed", 0.0, ANY)?,
            novelty_score: members.number("novelty_score", 0.5, SHARE)?,
            complexity_score: members.number("complexity_score", 0.5, SHARE)?,
            quality_score: members.number("quality_score", 0.7, SHARE)?,
            quality_subscores: members.subscores()?,
            utility: members.utility()?,
            requires_human_approval: members.truth("requires_human_approval", false)?,
            time_sensitive: members.truth("time_sensitive", false)?,
            reversible: members.truth("reversible", true)?,
        })
    }

    /// The figure that can drift.
    pub fn metric(&self, metric: Metric) -> Real {
        match metric {
            Metric::RiskProposed => self.risk_proposed,
            Metric::ProfitProposed => self.profit_proposed,
            Metric::NoveltyScore => self.novelty_score,
            Metric::ComplexityScore => self.complexity_score,
            Metric::QualityScore => self.quality_score,
        }
    }
}

impl QuickRisk {
    /// The check that a value asks for, if it asks for one: `{"quick_risk_check": {"risk_score": …, "threshold": …}}`.
    ///
    /// # Errors
    ///
    /// A member that is missing, unknown or out of its range.
    pub fn from_value(value: &Value) -> Result<Option<Self>, FiguresError> {
        const NAME: &str = "quick_risk_check";

        let Some(object) = value
            .as_object()
            .filter(|object| object.get(NAME).is_some())
        else {
            return Ok(None);
        };
        Members(object).are_known(&[NAME])?;
        let check = object.get(NAME).and_then(Value::as_object);
        let check = Members(check.ok_or_else(|| wrong(NAME, "must be an object"))?);
        check.are_known(&["risk_score", "threshold"])?;
        Ok(Some(Self {
            risk_score: check.needed("risk_score", SHARE)?,
            threshold: check.needed("threshold", SHARE)?,
        }))
    }
}

fn wrong(field: &str, problem: impl Into<String>) -> FiguresError {
    FiguresError {
        field: field.to_owned(),
        problem: problem.into(),
    }
}

struct Members<'a>(&'a Object);

impl Members<'_> {
    fn are_known(&self, known: &[&str]) -> Result<(), FiguresError> {
        let mut members = self.0.members();
        match members.find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(wrong(
                name,
                format!("is not known here; there are {}", known.join(", ")),
            )),
        }
    }

    /// A name, which must be the request's own.
    fn names(&self, field: &str, own: Option<&str>) -> Result<(), FiguresError> {
        match self.0.get(field) {
            None => Ok(()),
            Some(Value::Text(name)) if Some(name.as_str()) == own => Ok(()),
            Some(_) => Err(wrong(field, "is another than the request's own")),
        }
    }

    fn number(&self, field: &str, default: f64, limits: (f64, f64)) -> Result<Real, FiguresError> {
        match self.0.get(field) {
            None => Ok(Real::nearest(default)),
            Some(value) => number(field, value, limits),
        }
    }

    fn needed(&self, field: &str, limits: (f64, f64)) -> Result<Real, FiguresError> {
        let value = self.0.get(field);
        number(
            field,
            value.ok_or_else(|| wrong(field, "is missing"))?,
            limits,
        )
    }

    fn truth(&self, field: &str, default: bool) -> Result<bool, FiguresError> {
        match self.0.get(field) {
            None => Ok(default),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(_) => Err(wrong(field, "must be true or false")),
        }
    }

    fn choice<T: Copy>(&self, field: &str, known: &[(&str, T)]) -> Result<Option<T>, FiguresError> {
        let Some(value) = self.0.get(field) else {
            return Ok(None);
        };
        let found = known.iter().find(|(name, _)| value.as_text() == Some(name));
        match found {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                Err(wrong(field, format!("must be one of {}", names.join(", "))))
            }
        }
    }

    fn summary(&self) -> Result<String, FiguresError> {
        let field = "proposal_summary";
        let text = self.0.get(field).and_then(Value::as_text);
        let fits = text
            .filter(|text| !text.is_empty() && text.chars().count() <= PROPOSAL_SUMMARY_CHARS_MAX);
        let problem = format!("must be text of 1 to {PROPOSAL_SUMMARY_CHARS_MAX} characters");
        fits.map(str::to_owned).ok_or_else(|| wrong(field, problem))
    }

    fn subscores(&self) -> Result<Vec<Real>, FiguresError> {
        let field = "quality_subscores";
        let Some(value) = self.0.get(field) else {
            return Ok(vec![Real::nearest(0.7); 3]);
        };
        let elements = value.as_array();
        let elements = elements.filter(|elements| elements.len() <= QUALITY_SUBSCORES_MAX);
        let problem = format!("must be a list of at most {QUALITY_SUBSCORES_MAX} numbers");
        let elements = elements.ok_or_else(|| wrong(field, problem))?;
        let score = |value: &Value| number(field, value, SHARE);
        elements.iter().map(score).collect()
    }

    fn utility(&self) -> Result<Option<Utility>, FiguresError> {
        let field = "utility_result";
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => {
                let members = Members(object);
                members.are_known(&["mean", "sd"])?;
                Ok(Some(Utility {
                    mean: members.needed("mean", ANY)?,
                    sd: members.needed("sd", (0.0, f64::MAX))?,
                }))
            }
            Some(_) => Err(wrong(field, "must be an object of mean and sd")),
        }
    }
}

fn number(field: &str, value: &Value, (min, max): (f64, f64)) -> Result<Real, FiguresError> {
    let number = match value {
        Value::Number(number) => Real::new(number.as_f64()),
        _ => None,
    };
    let number = number.filter(|number| (min..=max).contains(&number.get()));
    number.ok_or_else(|| match min == f64::MIN {
        true => wrong(field, "must be a finite number"),
        false if max == f64::MAX => wrong(field, format!("must be a finite number from {min} on")),
        false => wrong(field, format!("must be a number from {min} to {max}")),
    })
}

#[cfg(test)]
mod tests;

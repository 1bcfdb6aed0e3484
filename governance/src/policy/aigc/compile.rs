//! The compiled form, which a request is held against.

use std::{borrow::Cow, sync::OnceLock};

use crate::{
    digest::Digest,
    expression::Expression,
    json::{Object, Value},
    limits::{POLICY_GUARDS_MAX, POLICY_KEPT_GUARDS_MAX},
    policy::{
        Compatibility, PolicyError, PolicyFault,
        aigc::{
            chain::Chain,
            effective::{Effective, Misfit},
            merge::guarded,
            window::Window,
        },
    },
};

/// A condition that is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its name, which is that of the context's member.
    pub name: String,
    /// Whether it must have a value.
    pub required: bool,
    /// The value that it has where the context says none.
    pub default: Option<bool>,
}

/// What is merged in where a condition is true.
#[derive(Debug, Clone)]
pub struct Guard {
    /// The condition as it is written.
    pub source: String,
    /// The condition; or why it is none, which the mode of AIGC finds when it evaluates it.
    pub(crate) expression: Result<Expression, String>,
    pub(super) then: Object,
}

/// One level of a chain.
#[derive(Debug)]
pub struct Layer {
    pub(super) policy: Object,
    /// The conditions, in the order in which they are written.
    pub conditions: Vec<Condition>,
    /// The guards, in the order in which they are written.
    pub guards: Vec<Guard>,
    /// What it holds without its guards.
    pub plain: Effective,
    /// What it holds with those that match, one for each combination, made when it is first needed.
    kept: Vec<OnceLock<Result<Effective, String>>>,
}

/// A policy in its compiled form.
#[derive(Debug)]
pub struct Compiled {
    /// The digest of the composed policy.
    pub digest: Digest,
    /// The name and the digest of each document: the policy, then what it extends.
    pub documents: Vec<(String, Digest)>,
    /// Whose rules hold.
    pub compatibility: Compatibility,
    /// The days on which it is in force.
    pub window: Window,
    /// What decides: the last base first, the policy itself last. Under `aigc-0.3`, the policy alone.
    pub layers: Vec<Layer>,
}

impl Compiled {
    /// Compiles a chain.
    ///
    /// # Errors
    ///
    /// Guards, conditions or schemas that can't be held.
    pub fn new(chain: &Chain, compatibility: Compatibility) -> Result<Self, PolicyError> {
        let levels = match compatibility {
            Compatibility::Default | Compatibility::Aegis => &chain.levels[..],
            Compatibility::Aigc03 => &chain.levels[chain.levels.len() - 1..],
        };
        let layers = levels
            .iter()
            .map(|policy| layer(chain, policy, compatibility));
        let documents = chain.documents().iter();
        Ok(Self {
            digest: chain.digest(),
            documents: documents
                .map(|document| (document.name.clone(), document.digest))
                .collect(),
            compatibility,
            window: chain.window,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// Whether any level or guard says something of outputs. Under `aigc-0.3` the risk is judged with the output, too, by
    /// the policy's block or the binding's own.
    pub fn judges_output(&self, has_risk: bool) -> bool {
        let is_judged = |block: &Object| {
            let of_output = ["output_schema", "post_conditions"].map(|key| block.get(key));
            of_output.iter().any(Option::is_some)
        };
        let says = |layer: &Layer| {
            let mut guards = layer.guards.iter();
            is_judged(&layer.policy) || guards.any(|guard| is_judged(&guard.then))
        };
        let is_late = self.compatibility == Compatibility::Aigc03;
        let risk = is_late && (has_risk || self.own().plain.risk.is_some());
        risk || self.layers.iter().any(says)
    }

    /// The policy itself.
    pub fn own(&self) -> &Layer {
        // Of a chain there is one level at least.
        &self.layers[self.layers.len() - 1]
    }
}

impl Layer {
    /// What it holds with the guards that match, as bits in their order.
    ///
    /// # Errors
    ///
    /// What the guards say does not fit the policy's form.
    pub fn guarded(&self, matched: u64) -> Result<Cow<'_, Effective>, String> {
        if matched == 0 {
            return Ok(Cow::Borrowed(&self.plain));
        }
        let kept = usize::try_from(matched)
            .ok()
            .and_then(|place| self.kept.get(place));
        match kept {
            None => self.merged(matched).map(Cow::Owned),
            Some(kept) => match kept.get_or_init(|| self.merged(matched)) {
                Ok(effective) => Ok(Cow::Borrowed(effective)),
                Err(problem) => Err(problem.clone()),
            },
        }
    }

    fn merged(&self, matched: u64) -> Result<Effective, String> {
        let policy = with_guards(&self.policy, &self.guards, matched);
        Effective::new(&policy).map_err(|misfit| misfit.to_string())
    }
}

fn with_guards(policy: &Object, guards: &[Guard], matched: u64) -> Object {
    let matching = (0..).zip(guards).filter(|(at, _)| matched >> at & 1 == 1);
    guarded(policy, matching.map(|(_, guard)| &guard.then))
}

fn layer(
    chain: &Chain,
    policy: &Object,
    compatibility: Compatibility,
) -> Result<Layer, PolicyError> {
    let document = chain.document();
    let conditions = conditions(policy);
    let guards = guards(chain, policy, compatibility)?;
    let is_ours = compatibility.only_restricts();
    for (at, guard) in guards.iter().enumerate().filter(|_| is_ours) {
        let Ok(expression) = &guard.expression else {
            continue;
        };
        let is_declared = |name: &&str| conditions.iter().any(|condition| condition.name == **name);
        if let Some(name) = expression
            .conditions()
            .iter()
            .find(|name| !is_declared(name))
        {
            let path = [
                "guards".to_owned(),
                at.to_string(),
                "when".to_owned(),
                "condition".to_owned(),
            ];
            let message =
                format!("the guard names the condition {name}, which the policy does not declare");
            return Err(document.error(PolicyFault::UnknownCondition, &path, message));
        }
    }
    let plain = Effective::new(policy).map_err(|misfit| misfit_error(chain, &misfit, None))?;
    if is_ours {
        for matched in singles_and_pairs(guards.len()) {
            let merged = with_guards(policy, &guards, matched);
            let at = matched.trailing_zeros();
            Effective::new(&merged).map_err(|misfit| misfit_error(chain, &misfit, Some(at)))?;
        }
    }
    let kept = match guards.len() {
        0 => 0,
        few if few <= POLICY_KEPT_GUARDS_MAX => 1 << few,
        _ => 0,
    };
    Ok(Layer {
        policy: policy.clone(),
        conditions,
        guards,
        plain,
        kept: std::iter::repeat_with(OnceLock::new).take(kept).collect(),
    })
}

/// Each guard alone, and each two together: what is appended of two fits if it does of any.
fn singles_and_pairs(guards: usize) -> impl Iterator<Item = u64> {
    (0..guards).flat_map(move |one| (one..guards).map(move |other| 1 << one | 1 << other))
}

fn misfit_error(chain: &Chain, misfit: &Misfit, guard: Option<u32>) -> PolicyError {
    let document = chain.document();
    let (fault, mut path) = match misfit {
        Misfit::Form { path, .. } => (PolicyFault::Shape, path.clone()),
        Misfit::OutputSchema(error) => {
            let steps = error.path().split('.').skip(1).map(str::to_owned);
            (
                PolicyFault::OutputSchema,
                std::iter::once("output_schema".to_owned())
                    .chain(steps)
                    .collect(),
            )
        }
        Misfit::Precondition { name, .. } => {
            let path = ["pre_conditions", "required", name].map(str::to_owned);
            (PolicyFault::PreconditionSchema, path.to_vec())
        }
    };
    let fault = match (guard, fault) {
        (Some(_), PolicyFault::Shape) => PolicyFault::GuardType,
        (_, fault) => fault,
    };
    if let Some(guard) = guard {
        path = ["guards".to_owned(), guard.to_string(), "then".to_owned()]
            .into_iter()
            .chain(path)
            .collect();
    }
    let message = match guard {
        None => misfit.to_string(),
        Some(_) => format!("what the guard says does not fit the policy: {misfit}"),
    };
    document.error(fault, &path, message)
}

fn conditions(policy: &Object) -> Vec<Condition> {
    let block = policy.get("conditions").and_then(Value::as_object);
    let truth = |condition: &Object, name: &str| match condition.get(name) {
        Some(Value::Bool(truth)) => Some(*truth),
        _ => None,
    };
    let declared = block.into_iter().flat_map(Object::members);
    let declared = declared.filter_map(|(name, condition)| {
        let condition = condition.as_object()?;
        Some(Condition {
            name: name.to_owned(),
            required: truth(condition, "required").unwrap_or_default(),
            default: truth(condition, "default"),
        })
    });
    declared.collect()
}

fn guards(
    chain: &Chain,
    policy: &Object,
    compatibility: Compatibility,
) -> Result<Vec<Guard>, PolicyError> {
    let document = chain.document();
    let written = policy
        .get("guards")
        .and_then(Value::as_array)
        .unwrap_or_default();
    if written.len() > POLICY_GUARDS_MAX {
        let message =
            format!("a policy may have {POLICY_GUARDS_MAX} guards, those of its bases included");
        return Err(document.error(PolicyFault::TooMany, &["guards".to_owned()], message));
    }
    let guard = |(at, guard): (usize, &Value)| {
        let guard = guard.as_object();
        let when =
            guard.and_then(|guard| guard.get("when")?.as_object()?.get("condition")?.as_text());
        let source = when.unwrap_or_default();
        let expression = Expression::parse(source).map_err(|error| error.to_string());
        if let (Err(problem), true) = (&expression, compatibility.only_restricts()) {
            let path = [
                "guards".to_owned(),
                at.to_string(),
                "when".to_owned(),
                "condition".to_owned(),
            ];
            return Err(document.error(PolicyFault::Guard, &path, problem));
        }
        let then = guard.and_then(|guard| guard.get("then")?.as_object());
        Ok(Guard {
            source: source.to_owned(),
            expression,
            then: then.cloned().unwrap_or_default(),
        })
    };
    written.iter().enumerate().map(guard).collect()
}

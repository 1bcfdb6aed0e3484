//! What a policy holds of a request once its guards are merged in.

use crate::{
    json::{Number, Object, Value},
    policy::aigc::risk::Risk,
    schema::{Schema, SchemaError},
};

/// Roles above which `broad_roles` is triggered.
const BROAD_ROLES: usize = 3;
/// Tools above which `high_tool_count` is triggered.
const MANY_TOOLS: usize = 5;

/// What must hold of a member of the context.
#[derive(Debug, Clone)]
pub struct Precondition {
    /// Its name.
    pub name: String,
    /// What must hold.
    pub check: PreconditionCheck,
}

/// What must hold of a member of the context.
#[derive(Debug, Clone)]
pub enum PreconditionCheck {
    /// It is there, and neither null, false, zero nor empty.
    Truthy,
    /// It is there, and this schema holds.
    Schema(Schema),
}

/// How often a tool may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLimit {
    /// The tool.
    pub name: String,
    /// How often; none: as often as one likes.
    pub max_calls: Option<u64>,
}

/// What a policy holds of a request.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The version that it says it has.
    pub version: String,
    /// The roles that may ask.
    pub roles: Vec<String>,
    /// What must hold of the context, sorted by name.
    pub preconditions: Vec<Precondition>,
    /// What must hold of the output besides its schema.
    pub postconditions: Vec<String>,
    /// The tools that may be called; none: that is not looked at.
    pub tools: Option<Vec<ToolLimit>>,
    /// What the output must be.
    pub output_schema: Option<Schema>,
    /// Its risk block.
    pub risk: Option<Risk>,
    /// The built-in conditions of risk factors that hold of it.
    pub(crate) triggered: Vec<&'static str>,
}

/// Why a policy can't be held: what its guards say does not fit its form, or a schema is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A key with a value of another form.
    Form {
        path: Vec<String>,
        expected: &'static str,
    },
    /// The output schema.
    OutputSchema(SchemaError),
    /// A precondition's schema.
    Precondition { name: String, error: SchemaError },
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form { path, expected } => {
                write!(formatter, "{} is not {expected}", path.join("."))
            }
            Self::OutputSchema(error) => write!(formatter, "output_schema: {error}"),
            Self::Precondition { name, error } => write!(formatter, "precondition {name}: {error}"),
        }
    }
}

impl Effective {
    /// Takes what a policy says.
    pub(crate) fn new(policy: &Object) -> Result<Self, Misfit> {
        let roles = texts(policy.get("roles"), &["roles"])?;
        let pre = block(policy, "pre_conditions")?;
        let preconditions = preconditions(pre.and_then(|pre| pre.get("required")))?;
        let post = block(policy, "post_conditions")?;
        let postconditions = post.and_then(|post| post.get("required"));
        let tools = block(policy, "tools")?;
        let tools = tools
            .map(|tools| tool_limits(tools.get("allowed_tools")))
            .transpose()?;
        let output_schema = policy.get("output_schema");
        let output_schema = output_schema.map(Schema::new).transpose();
        let risk = block(policy, "risk")?;
        let risk = risk
            .map(|risk| Risk::from_value(risk).ok_or_else(|| misfit(&["risk"], "a risk block")));
        let guards = policy.get("guards").and_then(Value::as_array);
        let mut effective = Self {
            version: policy
                .get("policy_version")
                .and_then(Value::as_text)
                .unwrap_or("unknown")
                .to_owned(),
            roles,
            preconditions,
            postconditions: texts(postconditions, &["post_conditions", "required"])?,
            tools,
            output_schema: output_schema.map_err(Misfit::OutputSchema)?,
            risk: risk.transpose()?,
            triggered: Vec::new(),
        };
        effective.triggered = effective.conditions(guards.is_none_or(<[Value]>::is_empty));
        Ok(effective)
    }

    fn conditions(&self, has_no_guards: bool) -> Vec<&'static str> {
        let tools = self.tools.as_ref().map_or(0, Vec::len);
        let all = [
            ("no_output_schema", self.output_schema.is_none()),
            ("broad_roles", self.roles.len() > BROAD_ROLES),
            ("no_preconditions", self.preconditions.is_empty()),
            ("high_tool_count", tools > MANY_TOOLS),
            ("missing_guards", has_no_guards),
        ];
        let triggered = all.into_iter().filter(|(_, holds)| *holds);
        triggered.map(|(name, _)| name).collect()
    }
}

fn misfit(path: &[&str], expected: &'static str) -> Misfit {
    let path = path.iter().map(|step| (*step).to_owned()).collect();
    Misfit::Form { path, expected }
}

fn block<'a>(policy: &'a Object, name: &str) -> Result<Option<&'a Object>, Misfit> {
    match policy.get(name) {
        None => Ok(None),
        Some(Value::Object(block)) => Ok(Some(block)),
        Some(_) => Err(misfit(&[name], "a mapping")),
    }
}

fn texts(value: Option<&Value>, path: &[&str]) -> Result<Vec<String>, Misfit> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let text = |value: &Value| value.as_text().map(str::to_owned);
    let texts = value
        .as_array()
        .and_then(|values| values.iter().map(text).collect());
    texts.ok_or_else(|| misfit(path, "a list of text"))
}

fn preconditions(required: Option<&Value>) -> Result<Vec<Precondition>, Misfit> {
    let path = ["pre_conditions", "required"];
    let truthy = |name: String| Precondition {
        name,
        check: PreconditionCheck::Truthy,
    };
    let mut found = match required {
        Some(Value::Object(required)) => required
            .members()
            .map(typed)
            .collect::<Result<Vec<_>, _>>()?,
        list => texts(list, &path)?.into_iter().map(truthy).collect(),
    };
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn typed((name, constraints): (&str, &Value)) -> Result<Precondition, Misfit> {
    let Value::Object(constraints) = constraints else {
        return Err(misfit(&["pre_conditions", "required", name], "a mapping"));
    };
    let is_any = constraints.get("type").and_then(Value::as_text) == Some("any");
    let check = match is_any || constraints.is_empty() {
        true => PreconditionCheck::Truthy,
        false => {
            let schema = Schema::new(&Value::Object(constraints.clone()));
            let wrong = |error| Misfit::Precondition {
                name: name.to_owned(),
                error,
            };
            PreconditionCheck::Schema(schema.map_err(wrong)?)
        }
    };
    let name = name.to_owned();
    Ok(Precondition { name, check })
}

fn tool_limits(tools: Option<&Value>) -> Result<Vec<ToolLimit>, Misfit> {
    let path = ["tools", "allowed_tools"];
    let Some(tools) = tools else {
        return Ok(Vec::new());
    };
    let limit = |tool: &Value| {
        let tool = tool.as_object()?;
        let max_calls = match tool.get("max_calls") {
            None => None,
            Some(Value::Number(Number::Float(float))) if float.fract() == 0.0 && *float >= 1.0 => {
                Some(*float as u64)
            }
            Some(Value::Number(number)) => Some(number.as_u64()?),
            Some(_) => return None,
        };
        let name = tool.get("name")?.as_text()?.to_owned();
        Some(ToolLimit { name, max_calls })
    };
    let limits = tools
        .as_array()
        .and_then(|tools| tools.iter().map(limit).collect());
    limits.ok_or_else(|| misfit(&path, "a list of tools"))
}

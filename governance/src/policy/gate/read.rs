//! From a document to a policy.

use std::collections::BTreeSet;

use crate::{
    claim::{LoopAction, OnExpiry, Unit},
    day::Period,
    digest::Digest,
    limits::{
        APPROVAL_SECONDS_DEFAULT, APPROVAL_SECONDS_MAX, BUDGET_REQUESTS_MAX, BUDGET_TOKENS_MAX,
        GATE_RULES_MAX, LOOP_CALLS_MAX, LOOP_WINDOW_SECONDS_MAX, RATE_PER_MINUTE_MAX,
        RESERVATION_SECONDS_DEFAULT, RESERVATION_SECONDS_MAX, ROLLING_SECONDS_MAX,
        SCOPE_ENTRIES_MAX, SESSION_SECONDS_MAX, UNRESPONSIVE_SECONDS_DEFAULT,
    },
    money::{NanoUsd, Price, PriceTable},
    policy::{
        PolicyError,
        fields::{Fields, document},
        gate::{Approvals, Budget, Counted, GatePolicy, LoopRule, RateRule, Scope},
    },
    yaml::Node,
};

const KEYS: &[&str] = &[
    "version",
    "description",
    "scope",
    "budgets",
    "session_seconds",
    "default_max_tokens",
    "loops",
    "rates",
    "approvals",
    "presence",
    "prices",
];

impl GatePolicy {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, PolicyError> {
        let node = document(name, bytes)?;
        let fields = Fields::new(name, &node, KEYS)?;
        let _text = fields.text("description")?;
        Ok(Self {
            digest: Digest::of(bytes),
            version: fields.required("version")?.to_owned(),
            scope: fields
                .member("scope")
                .map(|node| scope(name, node))
                .transpose()?,
            budgets: budgets(&fields)?,
            session_seconds: fields.count("session_seconds", SESSION_SECONDS_MAX)?,
            default_max_tokens: fields.count("default_max_tokens", BUDGET_TOKENS_MAX)?,
            loops: once(&fields, "loops", loops(&fields)?)?,
            rates: once(&fields, "rates", rates(&fields)?)?,
            approvals: fields
                .member("approvals")
                .map(|node| approvals(name, node))
                .transpose()?,
            present_within_seconds: fields
                .member("presence")
                .map(|node| presence(name, node))
                .transpose()?,
            prices: prices(&fields)?,
        })
    }
}

/// Two equal rules would count every call twice.
fn once<T: PartialEq>(
    fields: &Fields<'_>,
    key: &str,
    rules: Vec<T>,
) -> Result<Vec<T>, PolicyError> {
    let mut places = rules.iter().enumerate();
    match places.any(|(at, rule)| rules[..at].contains(rule)) {
        false => Ok(rules),
        true => {
            let node = fields.member(key).unwrap_or(fields.node);
            Err(fields.wrong(node, format!("{key} has two equal rules")))
        }
    }
}

fn scope(document: &str, node: &Node) -> Result<Scope, PolicyError> {
    let keys = [
        "allowed_tools",
        "allowed_apis",
        "hidden_tools",
        "allowed_models",
    ];
    let fields = Fields::new(document, node, &keys)?;
    let apis = fields.names("allowed_apis", SCOPE_ENTRIES_MAX)?;
    let scope = Scope::new(
        fields.names("allowed_tools", SCOPE_ENTRIES_MAX)?,
        &apis,
        fields.names("hidden_tools", SCOPE_ENTRIES_MAX)?,
        fields.names("allowed_models", SCOPE_ENTRIES_MAX)?,
    );
    scope.map_err(|api| {
        let node = fields.member("allowed_apis").unwrap_or(node);
        fields.wrong(
            node,
            format!(
                "{api:?} is not a method and an address, such as `GET https://example.com/v1/*`"
            ),
        )
    })
}

/// Whom a rule may count for.
const COUNTED: [(&str, Counted); 8] = [
    ("agent", Counted::Agent),
    ("session", Counted::Session),
    ("principal", Counted::Principal),
    ("model", Counted::Model),
    ("tool", Counted::Tool),
    ("session_tool", Counted::SessionTool),
    ("agent_tool", Counted::AgentTool),
    ("act", Counted::Act),
];

fn counted(fields: &Fields<'_>, allowed: &[&str]) -> Result<Counted, PolicyError> {
    let by = fields.required("by")?;
    if let Some(label) = by.strip_prefix("label:")
        && !label.is_empty()
        && allowed.contains(&"label:NAME")
    {
        return Ok(Counted::Label(label.to_owned()));
    }
    let found = COUNTED
        .iter()
        .find(|(name, _)| *name == by && allowed.contains(name));
    let node = fields.member("by").unwrap_or(fields.node);
    let wrong = || fields.wrong(node, format!("by must be one of {}", allowed.join(", ")));
    found.map(|(_, counted)| counted.clone()).ok_or_else(wrong)
}

fn budgets(fields: &Fields<'_>) -> Result<Vec<Budget>, PolicyError> {
    let mut names = BTreeSet::new();
    let mut budgets = Vec::new();
    for node in fields.list("budgets", GATE_RULES_MAX)? {
        let budget = budget(fields.document, node)?;
        if !names.insert(budget.name.clone()) {
            return Err(fields.wrong(
                node,
                format!("there are two budgets of the name {:?}", budget.name),
            ));
        }
        budgets.push(budget);
    }
    Ok(budgets)
}

fn budget(document: &str, node: &Node) -> Result<Budget, PolicyError> {
    let keys = [
        "name",
        "by",
        "usd",
        "tokens",
        "requests",
        "period",
        "rolling_seconds",
        "on_expiry",
        "reserve_seconds",
    ];
    let fields = Fields::new(document, node, &keys)?;
    let caps = [
        fields.usd("usd")?.map(|cap| (Unit::NanoUsd, cap.nano())),
        fields
            .integer("tokens", 0, BUDGET_TOKENS_MAX)?
            .map(|cap| (Unit::Tokens, cap)),
        fields
            .integer("requests", 0, BUDGET_REQUESTS_MAX)?
            .map(|cap| (Unit::Requests, cap)),
    ];
    let mut caps = caps.into_iter().flatten();
    let (Some((unit, cap)), None) = (caps.next(), caps.next()) else {
        return Err(fields.wrong(node, "a budget has one cap: usd, tokens or requests"));
    };
    let periods = [
        ("hour", Period::Hour),
        ("day", Period::Day),
        ("week", Period::Week),
        ("month", Period::Month),
        ("session", Period::Session),
    ];
    let rolling = fields.count("rolling_seconds", ROLLING_SECONDS_MAX)?;
    let period = match (fields.choice("period", &periods)?, rolling) {
        (Some(_), Some(_)) => {
            return Err(fields.wrong(node, "a budget has a period or rolling_seconds, not both"));
        }
        (None, Some(seconds)) => Period::Rolling { seconds },
        (period, None) => period.unwrap_or(Period::Day),
    };
    let allowed = ["agent", "session", "principal", "model", "label:NAME"];
    let by = counted(&fields, &allowed)?;
    if period == Period::Session && by != Counted::Session {
        return Err(fields.wrong(
            node,
            "only a budget by session counts for the life of a session",
        ));
    }
    let expiries = [("post", OnExpiry::Post), ("void", OnExpiry::Void)];
    let seconds = fields.count("reserve_seconds", RESERVATION_SECONDS_MAX)?;
    Ok(Budget {
        name: fields.required("name")?.to_owned(),
        by,
        unit,
        cap,
        period,
        on_expiry: fields.choice("on_expiry", &expiries)?.unwrap_or_default(),
        seconds: seconds.unwrap_or(RESERVATION_SECONDS_DEFAULT),
    })
}

fn loops(fields: &Fields<'_>) -> Result<Vec<LoopRule>, PolicyError> {
    let rules = fields.list("loops", GATE_RULES_MAX)?.iter();
    let rule = |node| {
        let fields = Fields::new(
            fields.document,
            node,
            &["by", "window_seconds", "max_calls", "action"],
        )?;
        let by = match fields.text("by")? {
            Some("cycle") => None,
            _ => Some(counted(
                &fields,
                &["session_tool", "agent_tool", "agent", "session", "act"],
            )?),
        };
        let actions = [
            ("warn", LoopAction::Warn),
            ("deny", LoopAction::Deny),
            ("escalate", LoopAction::Escalate),
            ("halt", LoopAction::Halt),
        ];
        let max_calls = fields.integer("max_calls", 2, u64::from(LOOP_CALLS_MAX))?;
        Ok(LoopRule {
            by,
            window_seconds: fields
                .count("window_seconds", LOOP_WINDOW_SECONDS_MAX)?
                .unwrap_or(60),
            max_calls: max_calls.map_or(5, |calls| calls as u32),
            action: fields.choice("action", &actions)?.unwrap_or_default(),
        })
    };
    rules.map(rule).collect()
}

fn rates(fields: &Fields<'_>) -> Result<Vec<RateRule>, PolicyError> {
    let rules = fields.list("rates", GATE_RULES_MAX)?.iter();
    let rule = |node| {
        let fields = Fields::new(fields.document, node, &["by", "per_minute"])?;
        let per_minute = fields.count("per_minute", u64::from(RATE_PER_MINUTE_MAX))?;
        let missing = || fields.wrong(node, "per_minute is missing");
        Ok(RateRule {
            by: counted(&fields, &["agent", "principal", "tool"])?,
            per_minute: per_minute.ok_or_else(missing)? as u32,
        })
    };
    rules.map(rule).collect()
}

fn approvals(document: &str, node: &Node) -> Result<Approvals, PolicyError> {
    let fields = Fields::new(document, node, &["acts", "people", "seconds", "low_risk"])?;
    let people = fields.count("people", 2)?;
    let seconds = fields.count("seconds", APPROVAL_SECONDS_MAX)?;
    Ok(Approvals {
        acts: fields.names("acts", SCOPE_ENTRIES_MAX)?,
        people: if people == Some(2) { 2 } else { 1 },
        seconds: seconds.unwrap_or(APPROVAL_SECONDS_DEFAULT),
        low_risk: fields.names("low_risk", SCOPE_ENTRIES_MAX)?,
    })
}

fn presence(document: &str, node: &Node) -> Result<u64, PolicyError> {
    let fields = Fields::new(document, node, &["unresponsive_after_seconds"])?;
    let seconds = fields.count("unresponsive_after_seconds", SESSION_SECONDS_MAX)?;
    Ok(seconds.unwrap_or(UNRESPONSIVE_SECONDS_DEFAULT))
}

fn prices(fields: &Fields<'_>) -> Result<PriceTable, PolicyError> {
    let mut prices = Vec::new();
    let mut models = BTreeSet::new();
    for node in fields.list("prices", SCOPE_ENTRIES_MAX)? {
        let keys = ["model", "input_usd_per_million", "output_usd_per_million"];
        let fields = Fields::new(fields.document, node, &keys)?;
        let price = |key: &str| -> Result<NanoUsd, PolicyError> {
            let missing = || fields.wrong(node, format!("{key} is missing"));
            fields.usd(key)?.ok_or_else(missing)
        };
        let model = fields.required("model")?.to_owned();
        if !models.insert(model.clone()) {
            return Err(fields.wrong(node, format!("the model {model:?} has two prices")));
        }
        prices.push(Price {
            model,
            input_per_million: price("input_usd_per_million")?,
            output_per_million: price("output_usd_per_million")?,
        });
    }
    Ok(PriceTable::new(prices))
}

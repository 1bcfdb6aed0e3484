//! What is asked: by whom, for what, and what a policy must see of it.

mod figures;
mod invocation;
mod metric;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    json::{Object, Value},
    limits::GOVERNED_NAME_BYTES_MAX,
    money::NanoUsd,
};

pub use figures::{Figures, FiguresError, Impact, Phase, QuickRisk, Utility};
pub use invocation::{Invocation, InvocationError};
pub use metric::Metric;

/// What digests are of.
const ACT: &str = "indelible 2026 governed act v1";
const ASKED: &str = "indelible 2026 governed act v2";
const REQUEST: &str = "indelible 2026 governed request v1";

/// What kind of act is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A call of a model.
    ModelCall,
    /// A call of a tool.
    ToolCall,
    /// A proposal that others decide on.
    Proposal,
    /// Anything else that has a name.
    Named,
}

impl ActionKind {
    /// The name in requests and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModelCall => "model_call",
            Self::ToolCall => "tool_call",
            Self::Proposal => "proposal",
            Self::Named => "named",
        }
    }
}

/// The act.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Of what kind.
    pub kind: ActionKind,
    /// Its name: of a tool call the tool's, of a model call the model's.
    pub name: String,
    /// The interface that it calls, as `METHOD URL`.
    pub api: Option<String>,
    /// Everything else that decides what is done.
    pub arguments: Value,
}

/// What the act will use, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Tokens that are sent to a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens that a model may write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Money, if the caller knows; otherwise the price table says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<NanoUsd>,
}

/// A request for a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who tells it, as events have it.
    pub source: String,
    /// Its id at the source: the same pair is the same decision for ever.
    pub id: String,
    /// Who calls, as the transport found out.
    pub principal: String,
    /// Which agent acts.
    pub agent: String,
    /// In which session.
    pub session: Option<String>,
    /// What for.
    pub action: Action,
    /// What an AIGC policy sees.
    pub invocation: Option<Invocation>,
    /// What it will use.
    pub estimate: Estimate,
    /// The approval that it was granted, by the sequence number of its record.
    pub approval: Option<u64>,
    /// The override that it was granted, by the sequence number of its record.
    pub overriding: Option<u64>,
    /// What a policy of AEGIS' kind sees: the members of its `PCWContext`, or a quick check. It is looked at when it is held
    /// against the policy, so that what is wrong with it is a denial on record.
    pub aegis: Option<Value>,
    /// The first attempt at an output that did not fit its schema, by the sequence number of its decision.
    pub retry_of: Option<u64>,
    /// Further names under which budgets may count.
    pub labels: BTreeMap<String, String>,
    /// A part of it that could not be read, in the place of what it would have been.
    pub malformed: Option<Malformed>,
}

/// A part of a request that could not be read: it is a denial, on record without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Which.
    pub field: &'static str,
    /// What is wrong, without anything that stood in it.
    pub problem: String,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl Malformed {
    /// The code of the denial.
    pub fn code(&self) -> &'static str {
        match self.field {
            "invocation_json" => "INVOCATION_VALIDATION_ERROR",
            _ => "MALFORMED_REQUEST",
        }
    }
}

/// Why a request is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A name that can't be one.
    #[error("{field} must have 1 to {GOVERNED_NAME_BYTES_MAX} bytes and no control characters")]
    Name {
        /// Which.
        field: &'static str,
    },
}

impl Request {
    /// Checks the names.
    ///
    /// # Errors
    ///
    /// The first that can't be one.
    pub fn check(&self) -> Result<(), RequestError> {
        let mut names = vec![
            ("source", &self.source),
            ("id", &self.id),
            ("principal", &self.principal),
            ("agent", &self.agent),
            ("action", &self.action.name),
        ];
        names.extend(self.session.iter().map(|session| ("session", session)));
        for (key, value) in &self.labels {
            names.extend([("label", key), ("label", value)]);
        }
        let is_name = |name: &str| {
            (1..=GOVERNED_NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
        };
        let wrong = names.into_iter().find(|(_, name)| !is_name(name));
        match wrong {
            Some((field, _)) => Err(RequestError::Name { field }),
            None => Ok(()),
        }
    }

    /// The digest of exactly what is asked for under exactly these policies, whoever asks and whenever: of the act, of what it
    /// will use at the most, and of what an AIGC policy sees but the output. What an approval or an override is bound to.
    pub fn asked_digest(&self, policies: &[Digest]) -> Digest {
        let act = self.act_digest(policies);
        let Estimate {
            input_tokens,
            output_tokens,
            cost,
        } = self.estimate;
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let estimate = [
            number(input_tokens),
            number(output_tokens),
            number(cost.map(NanoUsd::nano)),
        ]
        .map(Option::unwrap_or_default);
        let invocation = self.invocation.as_ref().map(Invocation::before_output);
        let invocation = invocation.map(|invocation| invocation.to_value().aigc_bytes());
        let mut parts = vec![&act.as_bytes()[..]];
        parts.extend(estimate.iter().map(|number| number.as_bytes()));
        parts.extend(invocation.as_deref());
        Digest::of_parts(ASKED, &parts)
    }

    /// The digest of what is done, under these policies: by what loops are counted, and what approvals were bound to under
    /// version 1 of the rules.
    pub fn act_digest(&self, policies: &[Digest]) -> Digest {
        let arguments = self.action.arguments.aigc_bytes();
        let mut parts: Vec<&[u8]> = vec![
            self.agent.as_bytes(),
            self.action.kind.name().as_bytes(),
            self.action.name.as_bytes(),
            self.action.api.as_deref().unwrap_or_default().as_bytes(),
            &arguments,
        ];
        // Other figures are another act to whoever grants or signs it.
        let figures = self.aegis.as_ref().map(Value::aigc_bytes);
        if let Some(figures) = &figures {
            parts.extend([&b"aegis"[..], figures]);
        }
        parts.extend(policies.iter().map(|policy| &policy.as_bytes()[..]));
        Digest::of_parts(ACT, &parts)
    }

    /// The digest of everything that is asked, under a salt that the caller keeps: so that what can be guessed can't be
    /// found out from it.
    pub fn digest(&self, salt: &[u8]) -> Digest {
        Digest::of_parts(REQUEST, &[salt, &self.to_value().aigc_bytes()])
    }

    /// Whether it names a model, and which: that of the invocation, or of a model call.
    pub fn model(&self) -> Option<&str> {
        let of_invocation = self.invocation.as_ref();
        let of_invocation = of_invocation.map(|invocation| invocation.model_identifier.as_str());
        let of_action =
            (self.action.kind == ActionKind::ModelCall).then_some(self.action.name.as_str());
        of_action.or(of_invocation)
    }

    /// All of it as one value.
    pub fn to_value(&self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let optional = |value: Option<Value>| value.unwrap_or(Value::Null);
        let number = |number: Option<u64>| optional(number.map(Value::unsigned));
        let mut labels = Object::default();
        for (key, value) in &self.labels {
            labels.set(key, text(value));
        }
        let mut all = Object::default();
        for (name, value) in [
            ("source", text(&self.source)),
            ("id", text(&self.id)),
            ("principal", text(&self.principal)),
            ("agent", text(&self.agent)),
            ("session", optional(self.session.as_deref().map(text))),
            ("kind", text(self.action.kind.name())),
            ("action", text(&self.action.name)),
            ("api", optional(self.action.api.as_deref().map(text))),
            ("arguments", self.action.arguments.clone()),
            (
                "invocation",
                optional(self.invocation.as_ref().map(Invocation::to_value)),
            ),
            ("input_tokens", number(self.estimate.input_tokens)),
            ("output_tokens", number(self.estimate.output_tokens)),
            (
                "cost_nano_usd",
                number(self.estimate.cost.map(NanoUsd::nano)),
            ),
            ("approval", number(self.approval)),
            ("labels", Value::Object(labels)),
        ] {
            all.set(name, value);
        }
        // Only where they are there, so that requests of before keep their digests.
        if let Some(figures) = &self.aegis {
            all.set("aegis", figures.clone());
        }
        if let Some(malformed) = &self.malformed {
            let mut part = Object::default();
            part.set("field", text(malformed.field));
            part.set("sha256", text(&malformed.digest.to_string()));
            all.set("malformed", Value::Object(part));
        }
        if let Some(overriding) = self.overriding {
            all.set("override", Value::unsigned(overriding));
        }
        if let Some(first) = self.retry_of {
            all.set("retry_of", Value::unsigned(first));
        }
        Value::Object(all)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn request(id: &str, agent: &str) -> Request {
        Request {
            source: "/agents".to_owned(),
            id: id.to_owned(),
            principal: format!("spiffe://example.com/{agent}"),
            agent: agent.to_owned(),
            session: Some("s-1".to_owned()),
            action: Action {
                kind: ActionKind::ToolCall,
                name: "search".to_owned(),
                api: None,
                arguments: Value::Null,
            },
            invocation: None,
            estimate: Estimate::default(),
            approval: None,
            overriding: None,
            retry_of: None,
            malformed: None,
            aegis: None,
            labels: BTreeMap::new(),
        }
    }

    #[test]
    fn an_act_is_another_with_other_arguments_agents_or_policies() {
        let policies = [Digest::of(b"p")];
        let one = request("1", "a");
        let act = one.act_digest(&policies);
        let again = Request {
            id: "2".to_owned(),
            session: None,
            ..one.clone()
        };
        assert_eq!(again.act_digest(&policies), act);
        assert_ne!(request("1", "b").act_digest(&policies), act);
        assert_ne!(one.act_digest(&[]), act);
        let mut changed = one;
        changed.action.arguments = Value::unsigned(820_000);
        assert_ne!(changed.act_digest(&policies), act);
    }

    #[test]
    fn what_is_asked_for_is_another_at_another_cost_or_with_another_invocation() {
        let policies = [Digest::of(b"p")];
        let invocation = |input: &str, calls: &str| {
            let text = format!(
                r#"{{"model_provider":"x","model_identifier":"m","role":"r","input":{input},"context":{{}},"tool_calls":{calls}}}"#
            );
            Invocation::parse(text.as_bytes(), false).unwrap()
        };
        let mut one = request("1", "a");
        one.estimate.cost = Some(NanoUsd::from_nano(10_000_000));
        one.invocation = Some(invocation("{}", r#"[{"name": "pay", "amount": 120}]"#));
        let asked = one.asked_digest(&policies);
        let mut again = one.clone();
        again.id = "2".to_owned();
        let mut said = again.invocation.clone().unwrap();
        said.output = Some(Object::default());
        again.invocation = Some(said);
        assert_eq!(again.asked_digest(&policies), asked);
        let mut dearer = one.clone();
        dearer.estimate.cost = Some(NanoUsd::from_nano(900_000_000_000));
        let mut longer = one.clone();
        longer.estimate.output_tokens = Some(1);
        let mut other_input = one.clone();
        other_input.invocation = Some(invocation(
            r#"{"a": 1}"#,
            r#"[{"name": "pay", "amount": 120}]"#,
        ));
        let mut other_call = one.clone();
        other_call.invocation = Some(invocation("{}", r#"[{"name": "pay", "amount": 120000}]"#));
        for other in [dearer, longer, other_input, other_call] {
            assert_ne!(other.asked_digest(&policies), asked);
            assert_eq!(other.act_digest(&policies), one.act_digest(&policies));
        }
    }

    #[test]
    fn a_name_is_neither_empty_nor_long_nor_of_control_characters() {
        assert_eq!(request("1", "a").check(), Ok(()));
        for wrong in ["", "a\nb", &"x".repeat(257)] {
            let request = request("1", wrong);
            assert!(request.check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_request_is_the_same_under_the_same_salt_only() {
        let one = request("1", "a");
        assert_eq!(one.digest(b"salt"), one.clone().digest(b"salt"));
        assert_ne!(one.digest(b"salt"), one.digest(b"other"));
        assert_ne!(one.digest(b"salt"), request("2", "a").digest(b"salt"));
    }
}

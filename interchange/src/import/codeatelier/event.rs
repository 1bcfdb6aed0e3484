//! A row as an event of the conventions. A row that lacks what its convention asks for keeps its kind as a fact and
//! gets no meaning that it does not have.

use indelible_compliance::conventions::{
    AgentHalted, ApprovalDenied, ApprovalGranted, ApprovalRequested, Oversight, Performance,
    ToolCall, Violation,
};
use indelible_proto::v1::{Digest, Event, event::Payload};

use crate::{
    hex,
    import::{
        checked::source,
        codeatelier::row::Row,
        conventions::{name, put, put_text, reference},
        facts::{boolean_fact, text_fact, uint_fact},
        map_error::MapError,
        python::{Object, Value},
    },
};

/// What verdicts and sources call the system.
pub const SYSTEM: &str = "codeatelier";

/// The type of a row that no convention speaks of.
pub(super) const ROW_TYPE: &str = "codeatelier.row.v1";

/// One row. Its id is the row's own, so that a second import of it is a repeat.
pub(super) fn event(row: &Row, json: &[u8]) -> Result<Event, MapError> {
    let mut event = Event {
        id: row.event_id.clone(),
        source: source(SYSTEM),
        r#type: ROW_TYPE.to_owned(),
        time: row.created_at.clone(),
        datacontenttype: "application/json".to_owned(),
        actor: name(Some(&row.agent_id)),
        correlation_id: reference(Some(&row.session_id)),
        causation_id: reference(row.parent_event_id.as_deref()),
        payload: Some(Payload::Plaintext(json.to_vec().into())),
        ..Event::default()
    };
    for (fact, value) in [
        ("imported_from", Some(SYSTEM)),
        ("imported_kind", Some(row.kind.as_str())),
        ("agent", Some(row.agent_id.as_str())),
        ("session", Some(row.session_id.as_str())),
        ("model", row.model.as_deref()),
        ("claimed_signature_status", row.signature_status.as_deref()),
    ] {
        put_text(&mut event, fact, value);
    }
    if let Some(seq) = row.chain_seq.filter(|seq| i64::try_from(*seq).is_ok()) {
        event.facts.insert("chain_seq".to_owned(), uint_fact(seq));
    }
    for (component, hash) in [("input", &row.input_hash), ("output", &row.output_hash)] {
        add_digest(&mut event, component, hash.as_deref());
    }
    convention(row, &mut event);
    Ok(event)
}

/// Gives an event the type and the facts of its convention, if it has all that the convention asks for.
fn convention(row: &Row, event: &mut Event) {
    let metadata = Metadata(&row.metadata);
    let mut facts: Vec<(&str, Option<&Value>)> = Vec::new();
    let event_type = match row.kind.as_str() {
        "llm.result" | "llm.error" => {
            let failed = row.kind == "llm.error";
            event.facts.insert("error".to_owned(), boolean_fact(failed));
            event.facts.insert("system".to_owned(), text_fact(SYSTEM));
            facts.push(("error_kind", metadata.of("error_type")));
            facts.push(("latency_ms", metadata.unsigned("latency_ms")));
            let usage = row.metadata.object("token_usage").ok().flatten();
            facts.push(("tokens", usage.and_then(|usage| usage.of("total_tokens"))));
            Some(Performance::TYPE)
        }
        "tool.call" => metadata.text("tool").map(|tool| {
            facts.push(("tool", Some(tool)));
            event.facts.insert("result".to_owned(), text_fact("ok"));
            ToolCall::TYPE
        }),
        "scope.violation" => {
            facts.push(("tool", metadata.text("tool")));
            facts.push(("api", metadata.text("api")));
            Some(violation(event, "scope", true))
        }
        "budget.exceeded" => {
            facts.push(("cap", metadata.text("cap")));
            facts.push(("used", metadata.of("used")));
            facts.push(("limit", metadata.of("limit")));
            Some(violation(event, "budget", true))
        }
        // The report of its own system counts `loop.violation`, which nothing writes.
        "loop.detected" | "loop.violation" => {
            let raises = metadata.of("action") == Some(&Value::Text("raise".to_owned()));
            facts.push(("tool", metadata.text("tool_name")));
            facts.push(("calls", metadata.of("count")));
            facts.push(("max_calls", metadata.of("max_calls")));
            facts.push(("window_seconds", metadata.of("window_seconds")));
            Some(violation(event, "loop", raises))
        }
        "contract.pre_violation" | "contract.post_violation" => {
            facts.push(("tool", metadata.text("tool")));
            facts.push(("check", metadata.text("check")));
            Some(violation(
                event,
                "contract",
                row.kind == "contract.pre_violation",
            ))
        }
        _ => by_human(row, event, &mut facts),
    };
    for (fact, value) in facts {
        put(event, fact, value);
    }
    if let Some(event_type) = event_type {
        event_type.clone_into(&mut event.r#type);
    }
}

/// What humans were asked and did: its type and its facts.
fn by_human<'a>(
    row: &'a Row,
    event: &mut Event,
    facts: &mut Vec<(&str, Option<&'a Value>)>,
) -> Option<&'static str> {
    let metadata = Metadata(&row.metadata);
    match row.kind.as_str() {
        "approval.requested" => metadata.text("request_id").map(|request| {
            facts.push(("approval_id", Some(request)));
            facts.push(("action", metadata.text("approval_kind")));
            let hash = row.metadata.text("action_hash").ok().flatten();
            add_digest(event, "action", hash);
            ApprovalRequested::TYPE
        }),
        "approval.granted" | "approval.granted.batch" | "approval.denied" => {
            // Who decided is known only where the console did: without a name, it shows no human's decision.
            let reviewer = ["granted_by", "approved_by", "denied_by"];
            let reviewer = reviewer.iter().find_map(|field| metadata.text(field));
            metadata
                .text("request_id")
                .zip(reviewer)
                .map(|(request, reviewer)| {
                    facts.push(("approval_id", Some(request)));
                    facts.push(("reviewer", Some(reviewer)));
                    if row.kind == "approval.denied" {
                        ApprovalDenied::TYPE
                    } else {
                        ApprovalGranted::TYPE
                    }
                })
        }
        "gates.escalated" => metadata.text("by_user_id").map(|reviewer| {
            facts.push(("reviewer", Some(reviewer)));
            facts.push(("approval_id", metadata.text("request_id")));
            let intervention = text_fact("escalate");
            event.facts.insert("intervention".to_owned(), intervention);
            Oversight::TYPE
        }),
        "agent.halted" => metadata.text("halted_by").map(|by| {
            facts.push(("by", Some(by)));
            facts.push(("reason", metadata.text("reason")));
            event.facts.insert("by_kind".to_owned(), text_fact("human"));
            AgentHalted::TYPE
        }),
        _ => None,
    }
}

fn violation(event: &mut Event, kind: &str, prevented: bool) -> &'static str {
    event.facts.insert("kind".to_owned(), text_fact(kind));
    event
        .facts
        .insert("prevented".to_owned(), boolean_fact(prevented));
    Violation::TYPE
}

struct Metadata<'a>(&'a Object);

impl<'a> Metadata<'a> {
    fn of(&self, field: &str) -> Option<&'a Value> {
        self.0.of(field)
    }

    /// A member that is text, and not empty.
    fn text(&self, field: &str) -> Option<&'a Value> {
        self.of(field)
            .filter(|value| matches!(value, Value::Text(text) if !text.is_empty()))
    }

    /// A member that is an unsigned integer.
    fn unsigned(&self, field: &str) -> Option<&'a Value> {
        self.of(field)
            .filter(|value| matches!(value, Value::Integer(digits) if !digits.starts_with('-')))
    }
}

/// A hash that stays with its owner, where it is a SHA-256; other text is a fact.
fn add_digest(event: &mut Event, component: &str, hash: Option<&str>) {
    let Some(hash) = hash else {
        return;
    };
    match hex::decode(hash).filter(|value| value.len() == 32) {
        Some(value) => event.digests.push(Digest {
            component: component.to_owned(),
            algorithm: "sha256".to_owned(),
            value,
        }),
        None => put_text(event, &format!("{component}_hash"), Some(hash)),
    }
}

//! A request for a decision, as a file has it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::Path,
};

use indelible_governance::{
    digest::Digest,
    json::{self, Limits, Value},
    limits::{INVOCATION_BYTES_MAX, INVOCATION_NESTING_LEVELS_MAX},
    money::NanoUsd,
    request::{Action, ActionKind, Estimate, Invocation, Request},
};
use indelible_proto::v1::{AgentApproval, DecideRequest};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cli::error::CliError;

/// Bytes of a request's file.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// One JSON object. What stands in `arguments`, `invocation` and `aegis` is sent as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFile {
    source: String,
    id: String,
    #[serde(default)]
    agent: String,
    #[serde(default)]
    session: String,
    kind: String,
    action: String,
    #[serde(default)]
    api: String,
    arguments: Option<Box<RawValue>>,
    invocation: Option<Box<RawValue>>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    /// Dollars, in their digits.
    cost_usd: Option<String>,
    approval: Option<u64>,
    #[serde(rename = "override")]
    overriding: Option<u64>,
    retry_of: Option<u64>,
    /// The figures that a policy of AEGIS' kind sees.
    aegis: Option<Box<RawValue>>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

impl RequestFile {
    /// The request, about a ledger.
    ///
    /// # Errors
    ///
    /// An amount that is none.
    pub(super) fn into_request(self, ledger: String) -> Result<DecideRequest, String> {
        let raw = |json: Option<Box<RawValue>>| {
            let text = json.map(|json| json.get().to_owned());
            text.unwrap_or_default().into_bytes().into()
        };
        Ok(DecideRequest {
            ledger,
            source: self.source,
            id: self.id,
            agent: self.agent,
            session: self.session,
            kind: self.kind,
            action: self.action,
            api: self.api,
            arguments_json: raw(self.arguments),
            invocation_json: raw(self.invocation),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_nano_usd: self.cost_usd.as_deref().map(nano_usd).transpose()?,
            approval: self.approval.unwrap_or_default(),
            r#override: self.overriding.unwrap_or_default(),
            retry_of: self.retry_of.unwrap_or_default(),
            aegis_json: raw(self.aegis),
            labels: self.labels,
            wait_seconds: 0,
        })
    }
}

/// The request of a file; `-` is standard input.
///
/// # Errors
///
/// If it can't be read, or is no request.
pub(super) fn read(path: &Path, ledger: String) -> Result<DecideRequest, CliError> {
    let bytes = content(path)?;
    let input = |problem: String| wrong(path, problem);
    let file: RequestFile =
        serde_json::from_slice(&bytes).map_err(|error| input(error.to_string()))?;
    file.into_request(ledger).map_err(input)
}

fn wrong(path: &Path, problem: String) -> CliError {
    CliError::Input {
        name: match path == Path::new("-") {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        },
        problem,
    }
}

/// The bytes of a file; `-` is standard input.
///
/// # Errors
///
/// If it can't be read, or is too long.
pub(super) fn content(path: &Path) -> Result<Vec<u8>, CliError> {
    let is_input = path == Path::new("-");
    let mut bytes = Vec::new();
    let read = match is_input {
        true => io::stdin().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes),
        false => fs::File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|source| CliError::file(path, source))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(wrong(
            path,
            format!("is longer than {FILE_BYTES_MAX} bytes"),
        ));
    }
    Ok(bytes)
}

/// Whether a request is exactly the act that an approval is for.
///
/// # Errors
///
/// If it is not.
pub(super) fn check_act(request: &DecideRequest, asked: &AgentApproval) -> Result<(), CliError> {
    let other = |what: &str| {
        let approval = asked.approval;
        CliError::Usage(format!(
            "{what} what the approval {approval} is for; nothing was granted"
        ))
    };
    if !request.agent.is_empty() && request.agent != asked.agent {
        return Err(other("the request is of another agent and so is not"));
    }
    let digest = act_digest(request, asked);
    match digest.is_some_and(|digest| digest.to_string() == asked.act_digest) {
        true => Ok(()),
        false => Err(other("the request in the file is not")),
    }
}

/// The digest of the act of a request, under the policies that an approval names.
fn act_digest(request: &DecideRequest, approval: &AgentApproval) -> Option<Digest> {
    let mut act = asked(request).ok()?;
    act.agent.clone_from(&approval.agent);
    let policies = approval.policies.iter().map(|text| Digest::parse(text));
    Some(act.asked_digest(&policies.collect::<Option<Vec<_>>>()?))
}

/// A request as it is judged, but for the principal, which the daemon knows.
///
/// # Errors
///
/// What the daemon would refuse.
pub(super) fn asked(request: &DecideRequest) -> Result<Request, String> {
    let kinds = [
        ActionKind::ModelCall,
        ActionKind::ToolCall,
        ActionKind::Proposal,
        ActionKind::Named,
    ];
    let kind = kinds.into_iter().find(|kind| kind.name() == request.kind);
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let arguments = value(&request.arguments_json)?.unwrap_or(Value::Null);
    let invocation = match request.invocation_json.is_empty() {
        true => None,
        false => {
            let invocation = Invocation::parse(&request.invocation_json, false);
            Some(invocation.map_err(|error| error.to_string())?)
        }
    };
    Ok(Request {
        source: request.source.clone(),
        id: request.id.clone(),
        principal: String::new(),
        agent: request.agent.clone(),
        session: given(&request.session),
        action: Action {
            kind: kind.ok_or("kind must be model_call, tool_call, proposal or named")?,
            name: request.action.clone(),
            api: given(&request.api),
            arguments,
        },
        invocation,
        estimate: Estimate {
            input_tokens: request.input_tokens,
            output_tokens: request.output_tokens,
            cost: request.cost_nano_usd.map(NanoUsd::from_nano),
        },
        approval: (request.approval > 0).then_some(request.approval),
        overriding: (request.r#override > 0).then_some(request.r#override),
        retry_of: (request.retry_of > 0).then_some(request.retry_of),
        aegis: value(&request.aegis_json)?,
        labels: request.labels.clone(),
        malformed: None,
    })
}

/// A value of JSON; none of nothing.
pub(super) fn value(json: &[u8]) -> Result<Option<Value>, String> {
    let limits = Limits {
        bytes: INVOCATION_BYTES_MAX,
        levels: INVOCATION_NESTING_LEVELS_MAX,
    };
    match json.is_empty() {
        true => Ok(None),
        false => json::read(json, limits)
            .map(Some)
            .map_err(|error| error.to_string()),
    }
}

/// Billionths of a dollar, from the digits of an amount.
pub(super) fn nano_usd(text: &str) -> Result<u64, String> {
    let amount = NanoUsd::parse_usd(text);
    amount
        .map(NanoUsd::nano)
        .map_err(|error| format!("{text:?} is no amount of dollars: {error}"))
}

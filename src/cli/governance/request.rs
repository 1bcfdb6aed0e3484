//! A request for a decision, as a file has it.

use std::collections::BTreeMap;

use indelible_proto::v1::DecideRequest;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One JSON object. What stands in `arguments` and `invocation` is sent as it is written.
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
            labels: self.labels,
        })
    }
}

/// Billionths of a dollar, from the digits of an amount.
pub(super) fn nano_usd(text: &str) -> Result<u64, String> {
    let amount = indelible_governance::money::NanoUsd::parse_usd(text);
    amount
        .map(indelible_governance::money::NanoUsd::nano)
        .map_err(|error| format!("{text:?} is no amount of dollars: {error}"))
}

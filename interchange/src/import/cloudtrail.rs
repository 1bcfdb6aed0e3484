//! AWS CloudTrail records as events. The record itself, byte for byte, is the payload.

use indelible_evidence::limits::{ATTRIBUTE_BYTES_MAX, ID_BYTES_MAX};
use indelible_proto::v1::{Event, FactValue, event::Payload};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::import::{
    facts::{boolean_fact, text_fact},
    json::{Members, not_json},
    map_error::MapError,
};

/// What every type that is made here begins with.
pub const TYPE_PREFIX: &str = "com.amazonaws.cloudtrail";

/// What every source that is made here begins with.
pub const SOURCE_PREFIX: &str = "aws:cloudtrail";

/// The parts of a record that the mapping reads. All else stays in the payload.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CloudTrailRecord {
    #[serde(rename = "eventID")]
    id: Option<String>,
    event_time: Option<String>,
    event_source: Option<String>,
    event_name: Option<String>,
    event_type: Option<String>,
    event_category: Option<String>,
    aws_region: Option<String>,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Option<String>,
    user_agent: Option<String>,
    error_code: Option<String>,
    #[serde(rename = "requestID")]
    request_id: Option<String>,
    #[serde(rename = "sharedEventID")]
    shared_event_id: Option<String>,
    vpc_endpoint_id: Option<String>,
    recipient_account_id: Option<String>,
    read_only: Option<bool>,
    management_event: Option<bool>,
    user_identity: Option<UserIdentity>,
    resources: Option<Vec<Resource>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(rename = "type")]
    kind: Option<String>,
    arn: Option<String>,
    invoked_by: Option<String>,
    principal_id: Option<String>,
    user_name: Option<String>,
    account_id: Option<String>,
    access_key_id: Option<String>,
    session_context: Option<SessionContext>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SessionContext {
    session_issuer: Option<SessionIssuer>,
    attributes: Option<SessionAttributes>,
}

#[derive(Deserialize)]
struct SessionIssuer {
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionAttributes {
    mfa_authenticated: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "ARN", alias = "arn")]
    arn: Option<String>,
}

/// The records of a document: of its `Records` array, if it has one, otherwise itself.
///
/// # Errors
///
/// When the document is not a JSON object, or `Records` is not an array.
pub fn records(document: &[u8]) -> Result<Vec<&[u8]>, MapError> {
    match Members::parse(document)?.take("Records") {
        None => Ok(vec![document]),
        Some(records) => Ok(serde_json::from_str::<Vec<&RawValue>>(records.get())
            .map_err(|_| MapError::wrong_type("Records", "an array"))?
            .into_iter()
            .map(|record| record.get().as_bytes())
            .collect()),
    }
}

/// One record as an event.
///
/// # Errors
///
/// When it is not a JSON object, a field is of another type than AWS documents, or it has no `eventID`.
pub fn event(record: &[u8]) -> Result<Event, MapError> {
    // Parsed for its refusals: a name that is there twice would mean one thing here and another to a later reader.
    Members::parse(record)?;
    let fields: CloudTrailRecord = serde_json::from_slice(record).map_err(not_json)?;
    let id = present(&fields.id).ok_or_else(|| MapError::missing("eventID"))?;
    let identity = fields.user_identity.as_ref();
    let facts = facts(&fields).into_iter();
    Ok(Event {
        id: id.to_owned(),
        source: source(&fields),
        r#type: event_type(&fields),
        subject: subject(&fields),
        time: fields.event_time.clone().unwrap_or_default(),
        datacontenttype: "application/json".to_owned(),
        actor: identity.and_then(actor).unwrap_or_default(),
        correlation_id: fitting(&fields.request_id, ATTRIBUTE_BYTES_MAX).unwrap_or_default(),
        facts: facts
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
        payload: Some(Payload::Plaintext(record.to_vec().into())),
        ..Event::default()
    })
}

/// `aws:cloudtrail/<account>/<event source>`. The account is the one that received the record, so that a record
/// that AWS delivers to two accounts is two events, tied together by their shared event id.
fn source(fields: &CloudTrailRecord) -> String {
    let mut source = SOURCE_PREFIX.to_owned();
    for part in [&fields.recipient_account_id, &fields.event_source] {
        source.push('/');
        source.push_str(present(part).unwrap_or("-"));
    }
    source
}

/// `com.amazonaws.cloudtrail.<service>.<event name>`: the words are AWS's own and name nobody, which they must
/// not, since types stay readable for ever.
fn event_type(fields: &CloudTrailRecord) -> String {
    let source = present(&fields.event_source);
    let service = source.map(|source| source.strip_suffix(".amazonaws.com").unwrap_or(source));
    let name = present(&fields.event_name).or(present(&fields.event_type));
    [Some(TYPE_PREFIX), service, name]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(".")
}

/// The first resource that has an ARN.
fn subject(fields: &CloudTrailRecord) -> String {
    let resources = fields.resources.iter().flatten();
    let mut arns = resources.filter_map(|resource| fitting(&resource.arn, ID_BYTES_MAX));
    arns.next().unwrap_or_default()
}

/// Who acted, by the best name that CloudTrail has.
fn actor(identity: &UserIdentity) -> Option<String> {
    [
        &identity.arn,
        &identity.invoked_by,
        &identity.principal_id,
        &identity.user_name,
        &identity.account_id,
        &identity.kind,
    ]
    .into_iter()
    .find_map(|name| fitting(name, ID_BYTES_MAX))
}

/// The facts, in the order of the documentation.
fn facts(fields: &CloudTrailRecord) -> [(&'static str, Option<FactValue>); 20] {
    let nobody = UserIdentity::default();
    let identity = fields.user_identity.as_ref().unwrap_or(&nobody);
    let session = identity.session_context.as_ref();
    let issuer = session.and_then(|session| session.session_issuer.as_ref());
    let attributes = session.and_then(|session| session.attributes.as_ref());
    let mfa = attributes.and_then(|attributes| attributes.mfa_authenticated.as_deref());
    [
        ("event_name", text(&fields.event_name)),
        ("event_source", text(&fields.event_source)),
        ("event_type", text(&fields.event_type)),
        ("event_category", text(&fields.event_category)),
        ("aws_region", text(&fields.aws_region)),
        ("recipient_account_id", text(&fields.recipient_account_id)),
        ("source_ip", text(&fields.source_ip_address)),
        ("user_agent", text(&fields.user_agent)),
        ("read_only", fields.read_only.map(boolean_fact)),
        (
            "management_event",
            fields.management_event.map(boolean_fact),
        ),
        ("error_code", text(&fields.error_code)),
        ("shared_event_id", text(&fields.shared_event_id)),
        ("vpc_endpoint_id", text(&fields.vpc_endpoint_id)),
        ("identity_type", text(&identity.kind)),
        ("invoked_by", text(&identity.invoked_by)),
        ("principal_id", text(&identity.principal_id)),
        ("user_name", text(&identity.user_name)),
        ("access_key_id", text(&identity.access_key_id)),
        (
            "session_issuer",
            issuer.and_then(|issuer| text(&issuer.arn)),
        ),
        (
            "mfa_authenticated",
            mfa.map(|authenticated| boolean_fact(authenticated == "true")),
        ),
    ]
}

/// Not absent, and not empty.
fn present(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// A name, if it fits: a name that is cut names something else.
fn fitting(text: &Option<String>, bytes_max: usize) -> Option<String> {
    present(text)
        .filter(|text| text.len() <= bytes_max && !text.chars().any(char::is_control))
        .map(str::to_owned)
}

/// A descriptive text as a fact. It is cut to what a fact holds and control characters become spaces; the payload
/// keeps it whole.
fn text(text: &Option<String>) -> Option<FactValue> {
    let text = present(text)?;
    let end = text.floor_char_boundary(ATTRIBUTE_BYTES_MAX);
    Some(text_fact(text[..end].replace(char::is_control, " ")))
}

#[cfg(test)]
mod tests;

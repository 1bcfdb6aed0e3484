//! AWS CloudTrail records as events. The record itself, byte for byte, is the payload.
//!
//! Only `eventID` must be what AWS documents. Any other field that is of another type feeds nothing: the record is
//! kept whole, and only what would have been made of that field is left out.

mod delivery;

use indelible_evidence::{
    attribute_text::is_time,
    limits::{ATTRIBUTE_BYTES_MAX, ID_BYTES_MAX},
};
use indelible_proto::v1::{Event, FactValue, event::Payload};
use serde_json::value::RawValue;

pub use self::delivery::{Delivered, records};
use crate::import::{
    facts::{boolean_fact, text_fact},
    json::Members,
    map_error::MapError,
    rules::Rules,
};

/// What every type that is made here begins with.
pub const TYPE_PREFIX: &str = "com.amazonaws.cloudtrail";

/// What every source that is made here begins with.
pub const SOURCE_PREFIX: &str = "aws:cloudtrail";

/// An object of a record; none of it is there where the record has something else in its place.
struct Object<'a>(Option<Members<'a>>);

impl<'a> Object<'a> {
    /// A member that is text, and not empty.
    fn text(&self, name: &str) -> Option<String> {
        let members = self.0.as_ref()?;
        let text = members.record().text(name, members.get(name)?);
        text.ok().flatten().filter(|text| !text.is_empty())
    }

    /// A member that is a truth value, or the text of one: what copies records through other systems often writes that.
    fn truth(&self, name: &str) -> Option<bool> {
        match self.0.as_ref()?.get(name)?.get() {
            "true" | "\"true\"" => Some(true),
            "false" | "\"false\"" => Some(false),
            _ => None,
        }
    }

    /// A member that is an object.
    fn object(&self, name: &str) -> Result<Self, MapError> {
        let Some(members) = &self.0 else {
            return Ok(Self(None));
        };
        let value = members.get(name).map(RawValue::get);
        let object = value.filter(|json| json.starts_with('{'));
        // A name that is there twice would mean one thing here and another to a later reader, here as well.
        let object = object.map(|json| Members::within(members.record(), json.as_bytes()));
        object.transpose().map(Self)
    }

    /// The objects of a member that is an array.
    fn objects(&self, name: &str) -> Vec<Self> {
        let elements = || {
            let members = self.0.as_ref()?;
            let list = members.get(name)?.get();
            let list: Vec<&'a RawValue> = serde_json::from_str(list).ok()?;
            let within =
                |json: &'a RawValue| Members::within(members.record(), json.get().as_bytes()).ok();
            Some(list.into_iter().map(|json| Self(within(json))).collect())
        };
        elements().unwrap_or_default()
    }
}

/// One record as an event.
///
/// # Errors
///
/// When it is not a JSON object, a name is there twice, or `eventID` is not text, or missing where the rules ask for it.
pub fn event(record: &[u8], rules: &Rules) -> Result<Event, MapError> {
    let mut members = Members::parse(record)?;
    let id = match members.take_filled_text("eventID")? {
        Some(id) => id,
        None => rules.id("eventID", record)?,
    };
    let fields = Object(Some(members));
    let identity = fields.object("userIdentity")?;
    let mut event = Event {
        id,
        source: source(&fields),
        r#type: event_type(&fields),
        subject: subject(&fields),
        datacontenttype: "application/json".to_owned(),
        actor: actor(&identity).unwrap_or_default(),
        correlation_id: fitting(fields.text("requestID"), ATTRIBUTE_BYTES_MAX).unwrap_or_default(),
        payload: Some(Payload::Plaintext(record.to_vec().into())),
        ..Event::default()
    };
    for (name, value) in facts(&fields, &identity)? {
        if let Some(value) = value {
            event.facts.insert(name.to_owned(), value);
        }
    }
    match fields.text("eventTime") {
        Some(time) if is_time(&time) => event.time = time,
        // What is not a time can't stand where times do.
        other => event
            .facts
            .extend(text(other).map(|fact| ("event_time".to_owned(), fact))),
    }
    Ok(event)
}

/// `aws:cloudtrail/<account>/<event source>`. The account is the one that received the record, so that a record
/// that AWS delivers to two accounts is two events, tied together by their shared event id.
fn source(fields: &Object<'_>) -> String {
    let mut source = SOURCE_PREFIX.to_owned();
    for name in ["recipientAccountId", "eventSource"] {
        source.push('/');
        source.push_str(fields.text(name).as_deref().unwrap_or("-"));
    }
    source
}

/// `com.amazonaws.cloudtrail.<service>.<event name>`: the words are AWS's own and name nobody, which they must
/// not, since types stay readable after every erasure.
fn event_type(fields: &Object<'_>) -> String {
    let source = fields.text("eventSource");
    let service = source.map(|source| match source.strip_suffix(".amazonaws.com") {
        Some(service) => service.to_owned(),
        None => source,
    });
    let name = fields
        .text("eventName")
        .or_else(|| fields.text("eventType"));
    [Some(TYPE_PREFIX.to_owned()), service, name]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(".")
}

/// The first resource that has an ARN.
fn subject(fields: &Object<'_>) -> String {
    let resources = fields.objects("resources");
    let mut arns = resources.iter().filter_map(|resource| {
        let arn = resource.text("ARN").or_else(|| resource.text("arn"));
        fitting(arn, ID_BYTES_MAX)
    });
    arns.next().unwrap_or_default()
}

/// Who acted, by the best name that CloudTrail has.
fn actor(identity: &Object<'_>) -> Option<String> {
    [
        "arn",
        "invokedBy",
        "principalId",
        "userName",
        "accountId",
        "type",
    ]
    .into_iter()
    .find_map(|name| fitting(identity.text(name), ID_BYTES_MAX))
}

type Fact = (&'static str, Option<FactValue>);

/// The facts, in the order of the documentation.
fn facts(fields: &Object<'_>, identity: &Object<'_>) -> Result<[Fact; 20], MapError> {
    let session = identity.object("sessionContext")?;
    let issuer = session.object("sessionIssuer")?;
    let attributes = session.object("attributes")?;
    let of = |object: &Object<'_>, name: &str| text(object.text(name));
    let truth = |object: &Object<'_>, name: &str| object.truth(name).map(boolean_fact);
    Ok([
        ("event_name", of(fields, "eventName")),
        ("event_source", of(fields, "eventSource")),
        ("event_type", of(fields, "eventType")),
        ("event_category", of(fields, "eventCategory")),
        ("aws_region", of(fields, "awsRegion")),
        ("recipient_account_id", of(fields, "recipientAccountId")),
        ("source_ip", of(fields, "sourceIPAddress")),
        ("user_agent", of(fields, "userAgent")),
        ("read_only", truth(fields, "readOnly")),
        ("management_event", truth(fields, "managementEvent")),
        ("error_code", of(fields, "errorCode")),
        ("shared_event_id", of(fields, "sharedEventID")),
        ("vpc_endpoint_id", of(fields, "vpcEndpointId")),
        ("identity_type", of(identity, "type")),
        ("invoked_by", of(identity, "invokedBy")),
        ("principal_id", of(identity, "principalId")),
        ("user_name", of(identity, "userName")),
        ("access_key_id", of(identity, "accessKeyId")),
        ("session_issuer", of(&issuer, "arn")),
        ("mfa_authenticated", truth(&attributes, "mfaAuthenticated")),
    ])
}

/// A name, if it fits: a name that is cut names something else.
fn fitting(text: Option<String>, bytes_max: usize) -> Option<String> {
    text.filter(|text| text.len() <= bytes_max && !text.chars().any(char::is_control))
}

/// A descriptive text as a fact. It is cut to what a fact holds and control characters become spaces; the payload
/// keeps it whole.
fn text(text: Option<String>) -> Option<FactValue> {
    let text = text?;
    let end = text.floor_char_boundary(ATTRIBUTE_BYTES_MAX);
    Some(text_fact(text[..end].replace(char::is_control, " ")))
}

#[cfg(test)]
mod tests;

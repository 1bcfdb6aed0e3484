//! Any call of the proto, made from its descriptor: bytes of a message, and the first answer or the refusal.

use std::{collections::BTreeMap, time::Duration};

use bytes::{Buf as _, BufMut as _};
use indelible_proto::{
    FILE_DESCRIPTOR_SET,
    v1::{
        AppendBatchRequest, AppendRequest, AppendStreamRequest, CreateTokenRequest,
        EndLedgerRequest, EraseDataSubjectRequest, ErrorReason, GetConsistencyProofRequest,
        GetReceiptRequest, GetRecordRequest, RequestApprovalRequest, RevokeSigningKeyRequest,
        SetRetentionRequest, SigningKeyKind, get_record_request, request_approval_request::Act,
    },
};
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

use crate::support::calls::{event, refusal, successor_of};

/// A stream that has nothing to say is waited for no longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// One method of the proto.
#[derive(Debug, Clone)]
pub(super) struct Method {
    pub(super) name: String,
    path: String,
    /// The field that names the ledger; none, if it is not about one.
    ledger: Option<u32>,
    /// The fields that are true or false.
    flags: Vec<(String, u32)>,
    /// What stands for a ledger in its requests, where that is not the ledger's name.
    stands_for: BTreeMap<String, String>,
    /// The action that it asks a second person for, where it does that.
    asks_for: Option<&'static str>,
}

/// Every method that the daemon serves, but health and reflection.
pub(super) fn methods() -> Vec<Method> {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let messages: Vec<_> = set
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .collect();
    let mut methods = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                let input = method.input_type().rsplit('.').next().unwrap();
                let input = messages.iter().find(|message| message.name() == input);
                methods.push(Method {
                    name: method.name().to_owned(),
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    ledger: ledger_of(input.unwrap(), method.name()),
                    flags: flags_of(input.unwrap()),
                    stands_for: BTreeMap::new(),
                    asks_for: None,
                });
            }
        }
    }
    methods
}

/// The field that names the ledger. A ledger that is to be is named by `name`.
fn ledger_of(message: &DescriptorProto, method: &str) -> Option<u32> {
    let wanted = match method {
        "CreateLedger" => "name",
        // A place, which may be a ledger; and a token of a ledger.
        "CreateToken" => "on",
        "RevokeToken" => "token_id",
        // A request about a ledger.
        "GetApprovalRequest" | "Approve" | "Decline" | "Withdraw" => "approval_id",
        _ => "ledger",
    };
    let field = message.field.iter().find(|field| field.name() == wanted)?;
    assert_eq!(field.r#type(), Type::String, "{method}");
    Some(u32::try_from(field.number()).unwrap())
}

fn flags_of(message: &DescriptorProto) -> Vec<(String, u32)> {
    let flags = message
        .field
        .iter()
        .filter(|field| field.r#type() == Type::Bool);
    flags
        .map(|field| {
            (
                field.name().to_owned(),
                u32::try_from(field.number()).unwrap(),
            )
        })
        .collect()
}

impl Method {
    /// Whether a call of it names a ledger.
    pub(super) fn names_a_ledger(&self) -> bool {
        self.ledger.is_some() || self.asks_for.is_some()
    }

    /// Names ledgers by tokens that are for them, or by requests about them, if that is what its own requests name.
    pub(super) fn by_others(
        &mut self,
        tokens: &BTreeMap<String, String>,
        requests: &BTreeMap<String, String>,
    ) {
        match self.name.as_str() {
            "RevokeToken" => self.stands_for = tokens.clone(),
            "GetApprovalRequest" | "Approve" | "Decline" | "Withdraw" => {
                self.stands_for = requests.clone();
            }
            _ => {}
        }
    }

    /// The same, as it asks a second person for this action.
    pub(super) fn asking_for(&self, action: &'static str) -> Self {
        Self {
            asks_for: Some(action),
            ..self.clone()
        }
    }

    /// Whether its request has such a field.
    pub(super) fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| name == flag)
    }

    /// Calls it, about a ledger if it is about one. An answer of a stream is its first message.
    pub(super) async fn call(
        &self,
        channel: &Channel,
        ledger: &str,
        flag: Option<&str>,
    ) -> Result<Vec<u8>, Status> {
        let answered = call(channel, &self.path, self.message(ledger, flag));
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answered) => answered,
            Err(_late) => panic!("{} did not answer", self.name),
        }
    }

    /// What is sent. Later fields of an encoded message are put together with earlier ones.
    fn message(&self, ledger: &str, flag: Option<&str>) -> Vec<u8> {
        if let Some(action) = self.asks_for {
            return asking(action, ledger);
        }
        let mut message = content(&self.name);
        if let Some(number) = self.ledger {
            let named = self.stands_for.get(ledger).map_or(ledger, String::as_str);
            prost::encoding::string::encode(number, &named.to_owned(), &mut message);
        }
        for (_, number) in self.flags.iter().filter(|(name, _)| Some(&**name) == flag) {
            prost::encoding::bool::encode(*number, &true, &mut message);
        }
        message
    }
}

/// A request for a second person.
fn asking(action: &str, ledger: &str) -> Vec<u8> {
    let ledger = ledger.to_owned();
    let act = match action {
        "erase" => Act::EraseDataSubject(EraseDataSubjectRequest {
            ledger,
            data_subject: "erika".into(),
            basis: "wish".into(),
            ..Default::default()
        }),
        "revoke-keys" => Act::RevokeSigningKey(RevokeSigningKeyRequest {
            ledger,
            kind: SigningKeyKind::Epoch.into(),
            public_key: vec![7; 32].into(),
            trusted_size: Some(1),
            ..Default::default()
        }),
        "create-successor" => Act::CreateSuccessor(successor_of(&ledger)),
        "close-ledger" => Act::EndLedger(EndLedgerRequest {
            ledger,
            bundle_size: 2,
            bundle_sha256: vec![7; 32].into(),
            ..Default::default()
        }),
        "change-retention" => Act::SetRetention(SetRetentionRequest {
            ledger,
            ..Default::default()
        }),
        "make-privileged-token" => Act::CreateToken(CreateTokenRequest {
            name: "a program".into(),
            roles: vec!["decryptor".into()],
            on: vec![ledger],
            ..Default::default()
        }),
        other => panic!("{other} has no message for asking"),
    };
    RequestApprovalRequest {
        act: Some(act),
        ..Default::default()
    }
    .encode_to_vec()
}

/// What a call is about beside its ledger, where it is about something: so that what is granted is done.
fn content(method: &str) -> Vec<u8> {
    match method {
        "Append" => AppendRequest {
            event: Some(event("one")),
            ..Default::default()
        }
        .encode_to_vec(),
        "AppendBatch" => AppendBatchRequest {
            events: vec![event("two")],
            ..Default::default()
        }
        .encode_to_vec(),
        "AppendStream" => AppendStreamRequest {
            events: vec![event("three")],
            ..Default::default()
        }
        .encode_to_vec(),
        "GetRecord" => GetRecordRequest {
            record: Some(get_record_request::Record::Sequence(0)),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetReceipt" => GetReceiptRequest {
            sequence: 0,
            wait_for_publication: true,
            ..Default::default()
        }
        .encode_to_vec(),
        "CreateToken" => CreateTokenRequest {
            name: "a program".into(),
            roles: vec!["reader".into()],
            ..Default::default()
        }
        .encode_to_vec(),
        "GetConsistencyProof" => GetConsistencyProofRequest {
            from_size: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        _ => Vec::new(),
    }
}

async fn call(channel: &Channel, path: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
    let mut grpc = Grpc::new(channel.clone());
    let ready = grpc.ready().await;
    ready.map_err(|error| Status::unavailable(error.to_string()))?;
    let request = Request::new(tokio_stream::once(message));
    let answers = grpc.streaming(request, path.parse().unwrap(), Raw).await?;
    let first = answers.into_inner().message().await?;
    Ok(first.unwrap_or_default())
}

/// Messages as bytes.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        Ok(Some(bytes.to_vec()))
    }
}

/// How a call ended, as far as access goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was let in, whatever came of it.
    LetIn,
    /// The caller may not do this.
    Denied,
    /// Nobody is known to call.
    Unknown,
}

impl Outcome {
    pub(super) fn of(answer: &Result<Vec<u8>, Status>) -> Self {
        let Err(status) = answer else {
            return Self::LetIn;
        };
        match refusal(status).1 {
            Some(ErrorReason::AccessDenied) => Self::Denied,
            Some(ErrorReason::CallerUnknown) => Self::Unknown,
            Some(ErrorReason::Internal | ErrorReason::MethodUnknown) | None => {
                panic!("neither let in nor refused: {status:?}")
            }
            Some(_) => Self::LetIn,
        }
    }
}

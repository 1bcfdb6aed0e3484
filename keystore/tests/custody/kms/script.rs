//! A server on loopback that speaks KMS's protocol and does whatever a test tells it.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The key that an honest answer is of.
pub(super) const ARN: &str =
    "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111";
/// Another key of the same service.
pub(super) const OTHER_ARN: &str =
    "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222";

/// What the server does with a request.
pub(super) enum Answer {
    /// Answers with success.
    Ok(Value),
    /// Answers with an error of KMS.
    Error(u16, &'static str),
    /// Answers with exactly this: status, further header lines, body.
    Raw(u16, String, String),
    /// Says nothing for a long time.
    Silence,
    /// Closes the connection.
    Close,
}

/// One request: the operation and its parameters.
pub(super) struct Request {
    pub(super) operation: String,
    pub(super) body: Value,
}

/// A running server; it ends when dropped.
pub(super) struct Script {
    address: std::net::SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl Script {
    /// Starts it. The function gets the honest service, to ask or to overrule it.
    pub(super) fn start(
        answer: impl Fn(&Honest, &Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (seen, stop) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let shared = Arc::new((Honest::default(), answer));
        let (log, stopped) = (seen.clone(), stop.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (shared, log, stopped) = (shared.clone(), log.clone(), stopped.clone());
                let Ok(stream) = stream else { continue };
                thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    log.lock().expect("the log").push(request.operation.clone());
                    respond(stream, (shared.1)(&shared.0, &request), &stopped);
                });
            }
        });
        Self {
            address,
            seen,
            stop,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The operations that were asked for since this was asked last.
    pub(super) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().expect("the log"))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // So that it looks.
        let _ = TcpStream::connect(self.address);
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line == "\r\n" {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => operation = value.trim_start_matches("TrentService.").to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        operation,
        body: serde_json::from_slice(&body).ok()?,
    })
}

fn respond(mut stream: TcpStream, answer: Answer, stopped: &AtomicBool) {
    let (status, headers, body) = match answer {
        Answer::Ok(body) => (200, String::new(), body.to_string()),
        Answer::Error(status, code) => {
            let body = json!({"__type": code, "message": "as it was told"});
            (status, String::new(), body.to_string())
        }
        Answer::Raw(status, headers, body) => (status, headers, body),
        Answer::Silence => {
            while !stopped.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(10));
            }
            return;
        }
        Answer::Close => return,
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Type: application/x-amz-json-1.1\r\n{headers}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
}

/// KMS as it should be, with as many keys as are named.
#[derive(Default)]
pub(super) struct Honest {
    sealed: Mutex<HashMap<String, (Value, Value, Value)>>,
}

impl Honest {
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let body = &request.body;
        match request.operation.as_str() {
            "DescribeKey" => Answer::Ok(described(body["KeyId"].as_str().expect("a key"))),
            "Encrypt" => {
                let blob = self.seal(
                    &body["KeyId"],
                    &body["EncryptionContext"],
                    &body["Plaintext"],
                );
                Answer::Ok(json!({"KeyId": body["KeyId"], "CiphertextBlob": blob}))
            }
            "Decrypt" => match self.open(&body["CiphertextBlob"], &body["EncryptionContext"]) {
                Some((key, _)) if key != body["KeyId"] => {
                    Answer::Error(400, "IncorrectKeyException")
                }
                Some((key, plaintext)) => Answer::Ok(json!({"KeyId": key, "Plaintext": plaintext})),
                None => Answer::Error(400, "InvalidCiphertextException"),
            },
            "ReEncrypt" => {
                let opened = self.open(&body["CiphertextBlob"], &body["SourceEncryptionContext"]);
                let Some((source, plaintext)) = opened else {
                    return Answer::Error(400, "InvalidCiphertextException");
                };
                let to = &body["DestinationKeyId"];
                let blob = self.seal(to, &body["DestinationEncryptionContext"], &plaintext);
                Answer::Ok(json!({"KeyId": to, "SourceKeyId": source, "CiphertextBlob": blob}))
            }
            other => panic!("nobody wrote {other}"),
        }
    }

    fn seal(&self, key: &Value, context: &Value, plaintext: &Value) -> String {
        let mut blob = [0; 48];
        getrandom::fill(&mut blob).expect("random bytes");
        let blob = STANDARD.encode(blob);
        let content = (key.clone(), context.clone(), plaintext.clone());
        self.sealed
            .lock()
            .expect("the keys")
            .insert(blob.clone(), content);
        blob
    }

    fn open(&self, blob: &Value, context: &Value) -> Option<(Value, Value)> {
        let sealed = self.sealed.lock().expect("the keys");
        let (key, sealed_for, plaintext) = sealed.get(blob.as_str()?)?;
        (sealed_for == context).then(|| (key.clone(), plaintext.clone()))
    }
}

/// The description of a symmetric key that can be used.
pub(super) fn described(arn: &str) -> Value {
    described_as(arn, "Enabled")
}

pub(super) fn described_as(arn: &str, state: &str) -> Value {
    json!({"KeyMetadata": {
        "Arn": arn,
        "KeyId": arn.rsplit('/').next(),
        "KeyState": state,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
    }})
}

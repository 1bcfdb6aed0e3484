//! What can be done in a bucket.

use std::sync::Arc;

use aws_smithy_types::date_time::{DateTime, Format};

use crate::{
    answer::Answer,
    checksum::{Checksum, of_bytes},
    error::{BucketError, BucketFault},
    limits::PIECE_BYTES,
    options::BucketOptions,
    request::{Request, header},
    service::Service,
    thread::RequestThread,
};

/// A bucket, under a prefix. Cheap to clone. Keys are what comes after the prefix.
#[derive(Clone)]
pub struct Bucket {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    thread: RequestThread,
    pub(crate) service: Arc<Service>,
    /// What it is called, for people.
    name: String,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bucket").field(&self.inner.name).finish()
    }
}

/// When something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whatever stands there.
    Always,
    /// If nothing stands there.
    IfAbsent,
    /// If what stands there has this tag.
    IfTag(String),
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is written, and has this tag.
    Written(String),
    /// The condition does not hold: nothing was written.
    Refused,
}

/// What a server says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its length.
    pub bytes: u64,
    /// What tells it from what stood there before.
    pub tag: String,
    /// The checksum of its bytes, if the server keeps one.
    pub checksum: Option<Checksum>,
    /// How many seconds ago it was written, by the server's own clock; none if the server does not say.
    pub age_seconds: Option<u64>,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What comes after the prefix.
    pub key: String,
    /// Its length.
    pub bytes: u64,
}

impl Bucket {
    /// A bucket. Nothing is said to the server yet.
    ///
    /// # Errors
    /// If the options can't be right, or no region is known.
    pub fn open(options: &BucketOptions) -> Result<Self, BucketError> {
        let name = options.to_string();
        let failed = |fault| BucketError {
            action: "use",
            object: name.clone(),
            fault,
        };
        let thread = RequestThread::start()
            .map_err(|_| failed(BucketFault::Options("no thread can be started".to_owned())))?;
        let own = options.clone();
        let made = thread.run(async move { Service::new(&own).await });
        let service = made.unwrap_or(Err(PANICKED)).map_err(failed)?;
        let service = Arc::new(service);
        let inner = Inner {
            thread,
            service,
            name: name.clone(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// What it is called: `s3://BUCKET/PREFIX`.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What an object is called, for people.
    pub fn shown(&self, key: &str) -> String {
        format!("{}/{key}", self.inner.name)
    }

    /// What a server says of an object; none if there is no such object.
    ///
    /// # Errors
    /// If it can't be asked.
    pub fn head(&self, key: &str) -> Result<Option<Head>, BucketError> {
        let mut answer = self.headed(key)?;
        if !answer.is_success() && answer.status != 404 {
            // An answer to HEAD has no body, which says why. If the credentials had ended, this finds new ones.
            self.piece(key, None, 0, 1)?;
            answer = self.headed(key)?;
        }
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            let fault = crate::error::fault("", answer.status, 1);
            return Err(self.failed("look at", key, fault));
        }
        let number = answer.header("content-length");
        let (Some(Ok(bytes)), Some(tag)) = (number.map(str::parse), answer.header("etag")) else {
            return Err(self.no_answer("look at", key));
        };
        Ok(Some(Head {
            bytes,
            tag: tag.to_owned(),
            checksum: answer.header(header::CHECKSUM).map(Checksum::said),
            age_seconds: age_seconds(&answer),
        }))
    }

    fn headed(&self, key: &str) -> Result<Answer, BucketError> {
        let request = self
            .request("HEAD", "look at", Some(key), &[])
            .with(header::CHECKSUM_MODE, "ENABLED");
        self.send(request, &[400, 403, 404])
    }

    /// Reads an object piece by piece; the length, or none if there is no such object. `each` gets every piece in its order,
    /// and may end it.
    ///
    /// # Errors
    /// If it can't be read, it changes meanwhile, or is longer than `bytes_max`; or what `each` says.
    pub fn read<E: From<BucketError>>(
        &self,
        key: &str,
        bytes_max: u64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Option<u64>, E> {
        let read = self.read_tagged(key, bytes_max, each)?;
        Ok(read.map(|(bytes, _)| bytes))
    }

    fn read_tagged<E: From<BucketError>>(
        &self,
        key: &str,
        bytes_max: u64,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Option<(u64, String)>, E> {
        let Some(head) = self.head(key)? else {
            // Not there, or the bucket is not: only an answer with a body tells the two apart.
            self.piece(key, None, 0, 1)?;
            return Ok(None);
        };
        let bytes = head.bytes.min(bytes_max);
        let mut from = 0;
        while from < bytes {
            let length = PIECE_BYTES.min(bytes - from);
            let Some(piece) = self.piece(key, Some(&head.tag), from, length)? else {
                return Err(self.changed(key).into());
            };
            if piece.len() as u64 != length {
                return Err(self.no_answer("read", key).into());
            }
            each(&piece)?;
            from += length;
        }
        Ok(Some((bytes, head.tag)))
    }

    /// A whole object of at most so many bytes; what is longer is cut. None if there is no such object.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn get(&self, key: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, BucketError> {
        let found = self.get_tagged(key, bytes_max)?;
        Ok(found.map(|(bytes, _)| bytes))
    }

    /// The same, with what tells it from whatever stands there at another time.
    ///
    /// # Errors
    /// If it can't be read, or changes meanwhile.
    pub fn get_tagged(
        &self,
        key: &str,
        bytes_max: u64,
    ) -> Result<Option<(Vec<u8>, String)>, BucketError> {
        let mut bytes = Vec::new();
        let found = self.read_tagged(key, bytes_max, &mut |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok::<_, BucketError>(())
        })?;
        Ok(found.map(|(_, tag)| (bytes, tag)))
    }

    fn piece(
        &self,
        key: &str,
        tag: Option<&str>,
        from: u64,
        length: u64,
    ) -> Result<Option<Vec<u8>>, BucketError> {
        let mut request = self
            .request("GET", "read", Some(key), &[])
            .with("range", format!("bytes={from}-{}", from + length - 1));
        if let Some(tag) = tag {
            request = request.with("if-match", tag);
        }
        let answer = self.send(request, &[404, 412, 416])?;
        match answer.status {
            404 if answer.code() == "NoSuchBucket" => {
                Err(self.failed("read", key, crate::error::fault("NoSuchBucket", 404, 1)))
            }
            404 | 416 => Ok(None),
            412 => Err(self.changed(key)),
            _ => Ok(Some(answer.body)),
        }
    }

    /// Writes an object whole, on a condition. What was not answered is looked at before it is called written or refused.
    ///
    /// # Errors
    /// If it can't be written, or it can't be known whether it was.
    pub fn put(&self, key: &str, body: Vec<u8>, condition: &Condition) -> Result<Put, BucketError> {
        let mut request = self
            .request("PUT", "write", Some(key), &[])
            .with(header::CHECKSUM, of_bytes(&body).to_string());
        request = match condition {
            Condition::Always => request,
            Condition::IfAbsent => request.with("if-none-match", "*"),
            Condition::IfTag(tag) => request.with("if-match", tag.clone()),
        };
        let known: &[u16] = match condition {
            Condition::Always => &[],
            Condition::IfAbsent | Condition::IfTag(_) => &[404, 409, 412],
        };
        let answer = self.send(request.body(body.clone()), known)?;
        match answer.status {
            404 if answer.code() == "NoSuchBucket" => {
                Err(self.failed("write", key, crate::error::fault("NoSuchBucket", 404, 1)))
            }
            // An earlier try may have written it, or somebody else something else.
            404 | 409 | 412 => {
                let is_own = answer.is_repeated || answer.status == 409;
                let stands = match is_own {
                    true => self.get_tagged(key, body.len() as u64 + 1)?,
                    false => None,
                };
                Ok(match stands {
                    Some((stands, tag)) if stands == body => Put::Written(tag),
                    _ => Put::Refused,
                })
            }
            _ => match answer.header("etag") {
                Some(tag) => Ok(Put::Written(tag.to_owned())),
                None => Err(self.no_answer("write", key)),
            },
        }
    }

    /// Removes an object, if it is there.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn remove(&self, key: &str) -> Result<(), BucketError> {
        let request = self.request("DELETE", "remove", Some(key), &[]);
        let answer = self.send(request, &[404])?;
        match answer.code().as_str() {
            "NoSuchBucket" => {
                Err(self.failed("remove", key, crate::error::fault("NoSuchBucket", 404, 1)))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn request(
        &self,
        method: &'static str,
        action: &'static str,
        key: Option<&str>,
        query: &[(&str, &str)],
    ) -> Request {
        Request {
            method,
            url: self.inner.service.address.url(key, query),
            headers: Vec::new(),
            body: Vec::new(),
            action,
            object: key.map_or_else(|| self.inner.name.clone(), |key| self.shown(key)),
        }
    }

    pub(crate) fn send(
        &self,
        request: Request,
        known: &'static [u16],
    ) -> Result<Answer, BucketError> {
        let service = Arc::clone(&self.inner.service);
        let (action, object) = (request.action, request.object.clone());
        let answer = self
            .inner
            .thread
            .run(async move { service.send(&request, known).await });
        answer.unwrap_or(Err(BucketError {
            action,
            object,
            fault: PANICKED,
        }))
    }

    pub(crate) fn failed(
        &self,
        action: &'static str,
        key: &str,
        fault: BucketFault,
    ) -> BucketError {
        BucketError {
            action,
            object: self.shown(key),
            fault,
        }
    }

    fn changed(&self, key: &str) -> BucketError {
        self.failed("read", key, BucketFault::Changed)
    }

    pub(crate) fn no_answer(&self, action: &'static str, key: &str) -> BucketError {
        let fault = BucketFault::Answer("its answer lacks something, or has too much of it");
        self.failed(action, key, fault)
    }
}

const PANICKED: BucketFault = BucketFault::Unreachable("the thread of requests panicked");

/// How long ago an object was written, by the server's own clock.
fn age_seconds(answer: &Answer) -> Option<u64> {
    let time = |name: &str| {
        let text = answer.header(name)?;
        let time = DateTime::from_str(text, Format::HttpDate).ok()?;
        Some(time.secs())
    };
    u64::try_from(time("date")? - time("last-modified")?).ok()
}

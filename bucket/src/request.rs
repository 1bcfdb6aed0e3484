//! One request, before it is signed.

/// The headers that S3 reads and answers with.
pub(crate) mod header {
    pub(crate) const CHECKSUM: &str = "x-amz-checksum-sha256";
    pub(crate) const CHECKSUM_ALGORITHM: &str = "x-amz-checksum-algorithm";
    pub(crate) const CHECKSUM_MODE: &str = "x-amz-checksum-mode";
    pub(crate) const BUCKET_REGION: &str = "x-amz-bucket-region";
}

/// What is asked of the server.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What it is for, and on what: for errors.
    pub(crate) action: &'static str,
    pub(crate) object: String,
}

impl Request {
    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Takes a body along.
    pub(crate) fn body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }
}

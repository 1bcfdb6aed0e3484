//! Writing an object of any length, piece by piece.

use std::fmt::Write as _;

use crate::{
    bucket::{Bucket, Condition},
    checksum::{Checksum, Pieces, of_bytes, piece_bytes},
    error::{BucketError, BucketFault},
    request::header,
};

impl Bucket {
    /// Writes an object of so many bytes, which `next` gives piece by piece: it is asked for exactly so many bytes each time,
    /// and may end it. The object is there as a whole or not at all. Returns the checksum of what was sent.
    ///
    /// # Errors
    /// If it can't be written; or what `next` says.
    pub fn upload<E: From<BucketError>>(
        &self,
        key: &str,
        bytes: u64,
        next: &mut dyn FnMut(u64) -> Result<Vec<u8>, E>,
    ) -> Result<Checksum, E> {
        let piece = piece_bytes(bytes);
        if bytes <= piece {
            let body = next(bytes)?;
            let checksum = of_bytes(&body);
            self.put(key, body, &Condition::Always)?;
            return Ok(checksum);
        }
        let upload = self.begin_upload(key)?;
        let sent = self.pieces(key, &upload, (bytes, piece), next);
        if sent.is_err() {
            // What it had sent lies there and costs money until somebody ends it; the next sweep tries again.
            let _ended = self.end_upload(key, &upload);
        }
        sent
    }

    fn begin_upload(&self, key: &str) -> Result<String, BucketError> {
        let request = self
            .request("POST", "write", Some(key), &[("uploads", "")])
            .with(header::CHECKSUM_ALGORITHM, "SHA256");
        let answer = self.send(request, &[])?;
        let upload = answer.text("InitiateMultipartUploadResult", "UploadId");
        upload
            .filter(|upload| !upload.is_empty())
            .ok_or_else(|| self.no_answer("write", key))
    }

    fn pieces<E: From<BucketError>>(
        &self,
        key: &str,
        upload: &str,
        (bytes, piece): (u64, u64),
        next: &mut dyn FnMut(u64) -> Result<Vec<u8>, E>,
    ) -> Result<Checksum, E> {
        let (mut sent, mut number) = (0, 0_u32);
        let (mut checksums, mut list) = (Pieces::default(), String::new());
        while sent < bytes {
            let body = next(piece.min(bytes - sent))?;
            sent += piece.min(bytes - sent);
            number += 1;
            let checksum = checksums.add(&body);
            let place = number.to_string();
            let query = [("partNumber", place.as_str()), ("uploadId", upload)];
            let request = self
                .request("PUT", "write", Some(key), &query)
                .with(header::CHECKSUM, checksum.to_string())
                .body(body);
            let answer = self.send(request, &[])?;
            let tag = answer.header("etag");
            let tag = tag.ok_or_else(|| self.no_answer("write", key))?;
            let tag = tag.replace('&', "&amp;").replace('<', "&lt;");
            // Writing to a text does not fail.
            let _written = write!(
                list,
                "<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag><ChecksumSHA256>{checksum}</ChecksumSHA256></Part>"
            );
        }
        self.complete(key, upload, &list)?;
        Ok(checksums.of_all())
    }

    fn complete(&self, key: &str, upload: &str, list: &str) -> Result<(), BucketError> {
        let body = format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{list}</CompleteMultipartUpload>"
        );
        let request = self
            .request("POST", "write", Some(key), &[("uploadId", upload)])
            .body(body.into_bytes());
        let answer = self.send(request, &[404])?;
        if answer.status == 404 && answer.is_repeated && self.head(key)?.is_some() {
            // An earlier try ended it, and was not answered. Whoever asked looks at what is there.
            return Ok(());
        }
        // A server that fails late has answered already that all is well.
        let code = answer.code();
        if answer.status == 404 || !code.is_empty() {
            let fault = match code.as_str() {
                "InternalError" => BucketFault::Failing(code),
                _ => crate::error::fault(&code, answer.status, 1),
            };
            return Err(self.failed("write", key, fault));
        }
        Ok(())
    }
}

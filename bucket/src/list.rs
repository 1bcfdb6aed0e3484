//! What is in a bucket: objects, and uploads that nobody ended.

use crate::{
    answer::{Entry, Next, Page},
    bucket::{Bucket, Stored},
    error::{BucketError, BucketFault},
    limits::LISTED_MAX,
};

impl Bucket {
    /// The objects whose keys begin so, in the order of their keys.
    ///
    /// # Errors
    /// If they can't be listed, or there are more than [`LISTED_MAX`].
    pub fn list(&self, beginning: &str) -> Result<Vec<Stored>, BucketError> {
        let listed = self.pages(beginning, Page::OBJECTS, true)?;
        Ok(self.stored(listed))
    }

    /// The first of them, as many as the server gives at once.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn list_some(&self, beginning: &str) -> Result<Vec<Stored>, BucketError> {
        let listed = self.pages(beginning, Page::OBJECTS, false)?;
        Ok(self.stored(listed))
    }

    fn stored(&self, listed: Vec<Entry>) -> Vec<Stored> {
        let address = &self.inner.service.address;
        let stored = listed.into_iter().filter_map(|entry| {
            Some(Stored {
                key: address.key(&entry.name)?.to_owned(),
                bytes: entry.bytes,
            })
        });
        stored.collect()
    }

    /// Ends every upload in pieces that was begun under keys that begin so, and that nobody ended. What it had sent is gone.
    ///
    /// # Errors
    /// If they can't be listed or ended.
    pub fn end_uploads(&self, beginning: &str) -> Result<(), BucketError> {
        for entry in self.pages(beginning, Page::UPLOADS, true)? {
            let Some(key) = self.inner.service.address.key(&entry.name) else {
                continue;
            };
            self.end_upload(key, &entry.upload)?;
        }
        Ok(())
    }

    pub(crate) fn end_upload(&self, key: &str, upload: &str) -> Result<(), BucketError> {
        let query = [("uploadId", upload)];
        let request = self.request("DELETE", "end an upload to", Some(key), &query);
        self.send(request, &[404]).map(drop)
    }

    fn pages(
        &self,
        beginning: &str,
        page: Page,
        all_of_them: bool,
    ) -> Result<Vec<Entry>, BucketError> {
        const ACTION: &str = "list";
        let prefix = self.inner.service.address.name(beginning);
        let (mut all, mut next) = (Vec::new(), Next::default());
        loop {
            let query: &[(&str, &str)] = match (page.is_of_objects(), next.key.as_str()) {
                (true, "") => &[("list-type", "2"), ("prefix", &prefix)],
                (true, token) => &[
                    ("continuation-token", token),
                    ("list-type", "2"),
                    ("prefix", &prefix),
                ],
                (false, key) => &[
                    ("key-marker", key),
                    ("prefix", &prefix),
                    ("upload-id-marker", &next.upload),
                    ("uploads", ""),
                ],
            };
            let request = self.request("GET", ACTION, None, query);
            let answer = self.send(request, &[404])?;
            if answer.status == 404 {
                let code = answer.code();
                return Err(self.failed(ACTION, beginning, crate::error::fault(&code, 404, 1)));
            }
            let (entries, more) = answer
                .page(page)
                .ok_or_else(|| self.no_answer(ACTION, beginning))?;
            all.extend(entries);
            if all.len() > LISTED_MAX {
                let fault = BucketFault::Answer("its list has no end");
                return Err(self.failed(ACTION, beginning, fault));
            }
            match more.filter(|_| all_of_them) {
                None => return Ok(all),
                Some(more)
                    if more.key.is_empty()
                        || more.key == next.key && more.upload == next.upload =>
                {
                    return Err(self.no_answer(ACTION, beginning));
                }
                Some(more) => next = more,
            }
        }
    }
}

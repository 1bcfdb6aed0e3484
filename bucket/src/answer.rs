//! What the server answers.

use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

/// An answer, read to its end.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether an earlier try of the same request may have been carried out, though it was not answered.
    pub(crate) is_repeated: bool,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }

    /// The code of an error in the body; empty if there is none.
    pub(crate) fn code(&self) -> String {
        let error = element(&self.body, |root| {
            let is_error = root.start_el().matches("Error");
            let mut code = String::new();
            while let Some(mut tag) = root.next_tag() {
                if is_error && tag.start_el().matches("Code") {
                    code = try_data(&mut tag)?.into_owned();
                }
            }
            Ok(code)
        });
        error.unwrap_or_default()
    }

    /// The text of an element right below the root, which has this name.
    pub(crate) fn text(&self, root_name: &str, wanted: &str) -> Option<String> {
        element(&self.body, |root| {
            let is_root = root.start_el().matches(root_name);
            let mut found = None;
            while let Some(mut tag) = root.next_tag() {
                if is_root && tag.start_el().matches(wanted) {
                    found = Some(try_data(&mut tag)?.into_owned());
                }
            }
            Ok(found)
        })?
    }

    /// A page of a list: each entry as the texts of its elements, and what the next page begins with, if there is one.
    pub(crate) fn page(&self, kind: Page) -> Option<(Vec<Entry>, Option<Next>)> {
        element(&self.body, |root| {
            if !root.start_el().matches(kind.root) {
                return Err(XmlDecodeError::custom("another document"));
            }
            let (mut entries, mut next, mut is_cut) = (Vec::new(), Next::default(), false);
            while let Some(mut tag) = root.next_tag() {
                let name = tag.start_el().local().to_owned();
                match name.as_str() {
                    _ if name == kind.entry => entries.push(entry(&mut tag)?),
                    "IsTruncated" => is_cut = try_data(&mut tag)? == "true",
                    "NextContinuationToken" | "NextKeyMarker" => {
                        next.key = try_data(&mut tag)?.into_owned();
                    }
                    "NextUploadIdMarker" => next.upload = try_data(&mut tag)?.into_owned(),
                    _ => {}
                }
            }
            Ok((entries, is_cut.then_some(next)))
        })
    }
}

/// Which list a page is of.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    root: &'static str,
    entry: &'static str,
}

impl Page {
    /// Objects.
    pub(crate) const OBJECTS: Self = Self {
        root: "ListBucketResult",
        entry: "Contents",
    };
    /// Uploads in pieces that were begun and not ended.
    pub(crate) const UPLOADS: Self = Self {
        root: "ListMultipartUploadsResult",
        entry: "Upload",
    };
}

impl Page {
    pub(crate) fn is_of_objects(self) -> bool {
        self.entry == Self::OBJECTS.entry
    }
}

/// An entry of a list.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) upload: String,
}

/// What the next page begins with.
#[derive(Debug, Default)]
pub(crate) struct Next {
    pub(crate) key: String,
    pub(crate) upload: String,
}

fn entry(tag: &mut ScopedDecoder<'_, '_>) -> Result<Entry, XmlDecodeError> {
    let mut entry = Entry::default();
    while let Some(mut part) = tag.next_tag() {
        let name = part.start_el().local().to_owned();
        match name.as_str() {
            "Key" => entry.name = try_data(&mut part)?.into_owned(),
            "UploadId" => entry.upload = try_data(&mut part)?.into_owned(),
            "Size" => {
                let bytes = try_data(&mut part)?.parse();
                entry.bytes = bytes.map_err(|_| XmlDecodeError::custom("no size"))?;
            }
            _ => {}
        }
    }
    Ok(entry)
}

/// Reads a document by its root; nothing if it is none.
fn element<T>(
    body: &[u8],
    read: impl FnOnce(&mut ScopedDecoder<'_, '_>) -> Result<T, XmlDecodeError>,
) -> Option<T> {
    let mut document = Document::try_from(body).ok()?;
    let mut root = document.root_element().ok()?;
    read(&mut root).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Answer {
        Answer {
            body: body.as_bytes().to_vec(),
            ..Answer::default()
        }
    }

    #[test]
    fn the_code_of_an_error_is_read_and_of_nothing_else() {
        let error =
            of("<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>x</Message></Error>");
        assert_eq!(error.code(), "SlowDown");
        for body in [
            "",
            "x",
            "<html><Code>SlowDown</Code></html>",
            "<Error><Code>",
        ] {
            assert_eq!(of(body).code(), "", "{body}");
        }
    }

    #[test]
    fn a_page_has_its_entries_and_says_where_the_next_begins() {
        let page = of(
            "<ListBucketResult xmlns=\"x\"><IsTruncated>true</IsTruncated>\
             <Contents><Key>a&amp;b</Key><Size>7</Size></Contents><Contents><Key>c</Key><Size>0</Size></Contents>\
             <NextContinuationToken>t</NextContinuationToken></ListBucketResult>",
        );
        let (entries, next) = page.page(Page::OBJECTS).unwrap();
        assert_eq!((entries[0].name.as_str(), entries[0].bytes), ("a&b", 7));
        assert_eq!((entries.len(), next.unwrap().key.as_str()), (2, "t"));
        assert!(page.page(Page::UPLOADS).is_none());
        assert!(of("<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>")
            .page(Page::OBJECTS)
            .is_none());
    }
}

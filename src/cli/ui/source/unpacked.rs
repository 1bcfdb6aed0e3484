//! What an input is packed with, seen from its first bytes, and what is read of it.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;

const BUFFER_BYTES: usize = 256 * 1024;

/// What the first bytes of an input show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Gzip,
    Zstd,
    Utf16,
    /// Packed with something that is not read, and the command that unpacks it.
    Foreign(&'static str, &'static str),
}

/// The first bytes of each form.
const FORMS: [(&[u8], Form); 11] = [
    (&[0x1f, 0x8b], Form::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Form::Zstd),
    (&[0xff, 0xfe], Form::Utf16),
    (&[0xfe, 0xff], Form::Utf16),
    // Without a mark: a bracket in two bytes.
    (b"{\0", Form::Utf16),
    (b"\0{", Form::Utf16),
    (b"[\0", Form::Utf16),
    (b"\0[", Form::Utf16),
    (b"PK\x03\x04", Form::Foreign("a zip archive", "unzip")),
    (b"\xfd7zXZ\0", Form::Foreign("packed with xz", "unxz")),
    (b"BZh", Form::Foreign("packed with bzip2", "bunzip2")),
];

/// The bytes of an input, unpacked.
///
/// # Errors
/// When they can't be read, or are of a form that is not read here.
pub(super) fn unpacked(mut raw: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut head = Vec::new();
    let form = form(&mut raw, &mut head)?;
    let raw = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(head).chain(raw));
    let unusable = |text: String| Err(io::Error::new(io::ErrorKind::InvalidData, text));
    match form {
        None => Ok(Box::new(raw)),
        Some(Form::Gzip) => {
            let unpacked = Members::new(raw);
            Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
        }
        Some(Form::Zstd) => {
            let unpacked = zstd::stream::read::Decoder::with_buffer(raw)?;
            Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
        }
        Some(Form::Utf16) => unusable(
            "it is UTF-16 or UTF-32, and UTF-8 is read: convert it with `iconv -f FORM -t UTF-8`, where FORM is UTF-16LE, UTF-16BE or \
             UTF-32LE, as whoever made it knows"
                .to_owned(),
        ),
        Some(Form::Foreign(what, command)) => {
            unusable(format!("it is {what}: unpack it first, with `{command}`"))
        }
    }
}

/// Reads only as many bytes as it takes to tell, since a terminal or a pipe may give no more for now.
fn form(raw: &mut dyn Read, head: &mut Vec<u8>) -> io::Result<Option<Form>> {
    loop {
        if let Some((_, form)) = FORMS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Ok(Some(*form));
        }
        if !FORMS.iter().any(|(magic, _)| magic.starts_with(head)) {
            return Ok(None);
        }
        let mut byte = [0];
        match raw.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => head.push(byte[0]),
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem),
        }
    }
}

/// The members of a gzip file, one behind the other. Zeros behind them are padding, as for `gzip` itself.
struct Members<R: BufRead> {
    member: Option<GzDecoder<R>>,
    /// Whether it is the first, and whether anything was read of it.
    first: bool,
    begun: bool,
}

impl<R: BufRead> Members<R> {
    fn new(raw: R) -> Self {
        Self {
            member: Some(GzDecoder::new(raw)),
            first: true,
            begun: false,
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = match member.read(into) {
                // Another member was taken for begun, and is none.
                Err(_) if !self.first && !self.begun => return Err(garbage()),
                read => read?,
            };
            self.begun = true;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let raw = self.member.take().map(GzDecoder::into_inner);
            if let Some(mut raw) = raw
                && another_follows(&mut raw)?
            {
                self.member = Some(GzDecoder::new(raw));
                (self.first, self.begun) = (false, false);
            }
        }
        Ok(0)
    }
}

fn another_follows(raw: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = raw.fill_buf()?;
        match bytes.first() {
            None => return Ok(false),
            Some(0x1f) => return Ok(true),
            Some(0) => {
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                raw.consume(zeros);
            }
            Some(_) => return Err(garbage()),
        }
    }
}

fn garbage() -> io::Error {
    let text = "bytes that are not gzip follow the packed data, all of which was read";
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Gives one byte at a time, as a slow pipe does.
    struct Slow(Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(1);
            self.0.read(&mut into[..most])
        }
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).expect("packed");
        packed.finish().expect("packed")
    }

    /// What is read, and the problem that ends it.
    fn read(bytes: &[u8]) -> (String, Option<String>) {
        let once = |raw: Box<dyn Read + Send>| {
            let mut text = String::new();
            let problem = match unpacked(raw) {
                Err(problem) => Some(problem.to_string()),
                Ok(mut reader) => loop {
                    let mut byte = [0; 1];
                    match reader.read(&mut byte) {
                        Ok(0) => break None,
                        Ok(_) => text.push(char::from(byte[0])),
                        Err(problem) => break Some(problem.to_string()),
                    }
                },
            };
            (text, problem)
        };
        let quick = once(Box::new(Cursor::new(bytes.to_vec())));
        assert_eq!(once(Box::new(Slow(Cursor::new(bytes.to_vec())))), quick);
        quick
    }

    #[test]
    fn members_and_padding_are_read_as_gzip_reads_them() {
        let (a, b) = (packed("a\n"), packed("b\n"));
        let zeros = vec![0; 1_024];
        for (bytes, text) in [
            (a.clone(), "a\n"),
            ([a.clone(), b.clone()].concat(), "a\nb\n"),
            ([a.clone(), zeros.clone()].concat(), "a\n"),
            ([a.clone(), zeros.clone(), b.clone()].concat(), "a\nb\n"),
            (b"plain".to_vec(), "plain"),
            (b"{".to_vec(), "{"),
            (Vec::new(), ""),
        ] {
            assert_eq!(read(&bytes), (text.to_owned(), None));
        }
        for tail in [b"tail".as_slice(), b"\0\0tail", &[0x1f, 0, 1]] {
            let (text, problem) = read(&[&a, tail].concat());
            assert_eq!(text, "a\n");
            assert!(
                problem.is_some_and(|problem| problem.contains("not gzip")),
                "{tail:?}"
            );
        }
        let (text, problem) = read(&a[..a.len() - 3]);
        assert!(
            problem.is_some() && !problem.is_some_and(|told| told.contains("not gzip")),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_read_is_named() {
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, name) in [
            ([&[0xff, 0xfe][..], &utf16].concat(), "UTF-16"),
            (utf16, "UTF-16"),
            (b"\xfe\xff\0{\0}".to_vec(), "UTF-16"),
            (b"PK\x03\x04 and more".to_vec(), "zip"),
            (b"\xfd7zXZ\0".to_vec(), "xz"),
            (b"BZh9".to_vec(), "bzip2"),
        ] {
            let (_, problem) = read(&bytes);
            assert!(
                problem.is_some_and(|problem| problem.contains(name)),
                "{name}"
            );
        }
    }
}

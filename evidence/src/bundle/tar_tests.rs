use super::*;

fn archive() -> Vec<u8> {
    let mut out = Vec::new();
    let mut tar = TarWriter::new(&mut out);
    tar.file("first", b"one").unwrap();
    tar.file("second/x001/234", &[7; 512]).unwrap();
    tar.file("third", b"").unwrap();
    assert_eq!(tar.finish().unwrap(), out.len() as u64);
    out
}

fn read_file(source: &mut TarSource<&[u8]>, name: &str) -> Result<Vec<u8>, ArchiveError> {
    let size = source.open(name)?;
    let mut content = Vec::new();
    let mut buffer = [0u8; 100];
    loop {
        match source.read(&mut buffer)? {
            0 => break,
            count => content.extend_from_slice(&buffer[..count]),
        }
    }
    assert_eq!(content.len() as u64, size);
    source.close()?;
    Ok(content)
}

fn read_all(bytes: &[u8]) -> Result<(), ArchiveError> {
    let mut source = TarSource::new(bytes);
    for (name, content) in [
        ("first", &b"one"[..]),
        ("second/x001/234", &[7; 512]),
        ("third", b""),
    ] {
        if read_file(&mut source, name)? != content {
            return Err(ArchiveError::Form {
                detail: "content".to_owned(),
            });
        }
    }
    source.finish()
}

#[test]
fn a_written_archive_reads_back() {
    read_all(&archive()).unwrap();
}

#[test]
fn every_flipped_bit_is_seen() {
    let archive = archive();
    for bit in 0..archive.len() * 8 {
        let mut flipped = archive.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(read_all(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn every_truncation_is_seen() {
    let archive = archive();
    for length in 0..archive.len() {
        assert!(read_all(&archive[..length]).is_err(), "length {length}");
    }
}

#[test]
fn trailing_bytes_are_seen_even_when_they_are_zero() {
    let mut longer = archive();
    longer.push(0);
    assert!(matches!(read_all(&longer), Err(ArchiveError::Trailing)));
}

#[test]
fn the_header_is_what_gnu_tar_writes_for_the_same_file() {
    let block = header("manifest", 0o1234).unwrap();
    assert_eq!(&block[..9], b"manifest\0");
    assert_eq!(&block[100..124], b"0000644\x000000000\x000000000\0");
    assert_eq!(&block[124..148], b"00000001234\x0000000000000\0");
    assert_eq!(&block[154..157], b"\0 0");
    assert_eq!(&block[257..265], b"ustar\x0000");
    let unsummed: u64 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| {
            if (148..156).contains(&at) {
                32
            } else {
                u64::from(byte)
            }
        })
        .sum();
    assert_eq!(&block[148..154], format!("{unsummed:06o}").as_bytes());
}

#[test]
fn names_and_sizes_without_a_place_are_refused() {
    assert!(header("", 0).is_none());
    assert!(header(&"n".repeat(101), 0).is_none());
    assert!(header(&"n".repeat(100), 0).is_some());
    assert!(header("n", 1 << 33).is_none());
}

#[test]
fn the_writer_refuses_a_file_that_is_not_of_its_size() {
    let mut tar = TarWriter::new(Vec::new());
    tar.begin("short", 4).unwrap();
    tar.content(b"abc").unwrap();
    assert!(tar.end().is_err());
    let mut tar = TarWriter::new(Vec::new());
    tar.begin("long", 2).unwrap();
    assert!(tar.content(b"abc").is_err());
}

//! A bundle taken apart and put together again.

/// Takes a tar apart into names and contents; it is one of ours, so its headers are not checked.
pub(crate) fn unpack(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut at) = (Vec::new(), 0);
    while tar[at] != 0 {
        let name = tar[at..at + 100].split(|&byte| byte == 0).next().unwrap();
        let size = std::str::from_utf8(&tar[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        files.push((
            String::from_utf8(name.to_vec()).unwrap(),
            tar[at + 512..at + 512 + size].to_vec(),
        ));
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// Puts a tar together.
pub(crate) fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut tar = indelible_evidence::bundle::TarWriter::new(&mut out);
    for (name, content) in files {
        tar.file(name, content).unwrap();
    }
    tar.finish().unwrap();
    out
}

/// Cuts a sequence of CBOR items apart.
pub(crate) fn items(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    use indelible_evidence::bundle::items::{Extent, extent};
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let Extent::Complete(length) = extent(bytes, 2 << 20) else {
            panic!("not a sequence of items")
        };
        items.push(bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    items
}

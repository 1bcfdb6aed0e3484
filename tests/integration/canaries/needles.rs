//! Things that are looked for in bytes.

use super::*;

/// Things that are looked for in bytes, by their first and by their last bytes.
pub(super) struct Needles {
    by_part: HashMap<[u8; NEEDLE_BYTES], usize>,
    /// For each three bytes, whether a part begins with them: most places are passed over for that.
    begins: Vec<bool>,
    pub(super) count: usize,
}

fn beginning(part: &[u8]) -> usize {
    usize::from(part[0]) << 16 | usize::from(part[1]) << 8 | usize::from(part[2])
}

impl Needles {
    /// It is found by its beginning or by its end, whichever a compressed table has left as it is.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for part in [bytes.first_chunk(), bytes.last_chunk()] {
            let part: &[u8; NEEDLE_BYTES] = part.unwrap();
            self.begins[beginning(part)] = true;
            self.by_part.insert(*part, self.count);
        }
        self.count += 1;
    }

    pub(super) fn of(things: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut needles = Self {
            by_part: HashMap::new(),
            begins: vec![false; 1 << 24],
            count: 0,
        };
        things
            .into_iter()
            .for_each(|thing| needles.add(thing.as_ref()));
        needles
    }

    pub(super) fn find_in(&self, bytes: &[u8], found: &mut HashSet<usize>) {
        for at in 0..bytes.len().saturating_sub(NEEDLE_BYTES - 1) {
            if self.begins[beginning(&bytes[at..at + 3])] {
                found.extend(self.by_part.get(&bytes[at..at + NEEDLE_BYTES]));
            }
        }
    }

    /// Which of them some file below a directory has.
    pub(super) fn in_files(&self, directory: &Path) -> HashSet<usize> {
        let mut found = HashSet::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(self.in_files(&path));
            } else {
                self.find_in(&fs::read(&path).unwrap(), &mut found);
            }
        }
        found
    }

    /// Which of them a process has in its memory. None where the system does not let it be read.
    pub(super) fn in_memory(&self, process: u32) -> Option<HashSet<usize>> {
        let maps = File::open(format!("/proc/{process}/maps")).ok()?;
        let memory = File::open(format!("/proc/{process}/mem")).ok()?;
        let (mut found, mut read) = (HashSet::new(), 0);
        for line in BufReader::new(maps).lines() {
            let line = line.ok()?;
            let mut words = line.split_ascii_whitespace();
            let (range, rights) = (words.next()?, words.next()?);
            if !rights.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-')?;
            let (from, to) = (
                u64::from_str_radix(from, 16).ok()?,
                u64::from_str_radix(to, 16).ok()?,
            );
            let mut bytes = vec![0; usize::try_from(to - from).ok()?];
            if memory.read_exact_at(&mut bytes, from).is_ok() {
                read += bytes.len();
                self.find_in(&bytes, &mut found);
            }
        }
        (read > 0).then_some(found)
    }
}

//! What the pages about the code promise, as far as a machine can judge it from names and text: no daemon, no network.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

mod crates;
mod documents;
mod environment;
mod facts;
mod files;
mod imports;
mod limits;
mod logs;
mod packages;
mod planting;
mod scripts;
mod seeds;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the source tree.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A text file, by its path from the root.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder, as paths from the root with `/`: none that are hidden or built.
fn files_below(folder: &str) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![Path::new(ROOT).join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if name.starts_with('.') || name == "target" || name == "node_modules" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(from_root(&path));
            }
        }
    }
    found.sort();
    found
}

fn from_root(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(ROOT).unwrap().into();
    path.to_str().unwrap().to_owned()
}

/// The Rust sources below a folder.
fn sources_below(folder: &str) -> Vec<String> {
    let mut files = files_below(folder);
    files.retain(|path| path.ends_with(".rs"));
    files
}

//! Where backups lie, as somebody names it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use indelible_bucket::BucketOptions;

/// A directory, or a bucket with a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A directory.
    Directory(PathBuf),
    /// A bucket of S3, or of a server that speaks its protocol.
    Bucket(Box<BucketOptions>),
}

impl Location {
    /// The directory, if it is one.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory(path) => Some(path),
            Self::Bucket(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Bucket(options) => options.fmt(f),
        }
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Location {
    /// A directory, as [`place_name`] writes it.
    fn from(path: &P) -> Self {
        Self::Directory(path.as_ref().components().collect())
    }
}

/// The name of a place as every part of the program writes it: without slashes at its end, nor more than one between two parts. A
/// place that is named with them is the same.
pub fn place_name(place: &str) -> String {
    match BucketOptions::is_address(place) {
        true => place.trim_end_matches('/').to_owned(),
        false => Path::new(place)
            .components()
            .collect::<PathBuf>()
            .display()
            .to_string(),
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_make_no_other_place() {
        for same in [
            "/mnt/backup",
            "/mnt/backup/",
            "/mnt/backup//",
            "/mnt//backup",
            "/mnt/./backup/.",
        ] {
            assert_eq!(place_name(same), "/mnt/backup", "{same}");
            assert_eq!(Location::from(same).to_string(), "/mnt/backup", "{same}");
        }
        assert_eq!(place_name("/"), "/");
        assert_eq!(place_name("s3://bucket/prefix/"), "s3://bucket/prefix");
        assert_ne!(place_name("/mnt/backup/.."), "/mnt");
    }
}

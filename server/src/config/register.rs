//! `[register]`: what of this machine's past is known outside of it.

use std::path::{Path, PathBuf};

use indelible_bucket::BucketOptions;
use serde::Deserialize;

use super::{
    error::ConfigError,
    paths::{absolute_path, outside},
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterFile {
    pub(super) bucket: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) region: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) credentials_file: Option<PathBuf>,
    pub(super) accept_loss: Option<bool>,
}

/// Where the register is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// The bucket, and the prefix below which it lies.
    pub bucket: BucketOptions,
    /// Whether a store that is behind it may use it.
    pub accepts_loss: bool,
}

/// Makes the register of its section; none where no bucket is named.
pub(super) fn check(file: RegisterFile, data: &Path) -> Result<Option<Register>, ConfigError> {
    let is_said = |text: &String| !text.is_empty();
    let endpoint = file.endpoint.filter(is_said);
    let region = file.region.filter(is_said);
    let profile = file.profile.filter(is_said);
    let credentials = file
        .credentials_file
        .filter(|path| !path.as_os_str().is_empty());
    let accepts_loss = file.accept_loss.unwrap_or_default();
    let Some(bucket) = file.bucket.filter(is_said) else {
        let is_of_bucket = endpoint.or(region).or(profile).is_some() || credentials.is_some();
        return match is_of_bucket || accepts_loss {
            true => Err(ConfigError::RegisterWithoutBucket),
            false => Ok(None),
        };
    };
    let wrong = |problem| ConfigError::RegisterBucket {
        bucket: bucket.clone(),
        problem,
    };
    let mut options = BucketOptions::parse(&bucket).map_err(wrong)?;
    options.endpoint = endpoint;
    options.region = region;
    options.profile = profile;
    if let Some(path) = credentials {
        let path = absolute_path("register credentials file", &path)?;
        outside(data, "register credentials file", &path)?;
        options.credentials_file = Some(path);
    }
    options.check().map_err(wrong)?;
    Ok(Some(Register {
        bucket: options,
        accepts_loss,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_is_in_a_bucket_or_there_is_none() {
        let data = Path::new("/srv/data");
        let file = |bucket: &str| RegisterFile {
            bucket: Some(bucket.into()),
            ..RegisterFile::default()
        };
        assert_eq!(check(file(""), data).unwrap(), None);
        let register = check(file("s3://registers/here"), data).unwrap().unwrap();
        assert_eq!(register.bucket.to_string(), "s3://registers/here");
        assert!(!register.accepts_loss);
        let refused = check(file("registers"), data);
        assert!(matches!(refused, Err(ConfigError::RegisterBucket { .. })));
        for alone in [
            RegisterFile {
                region: Some("eu-central-1".into()),
                ..RegisterFile::default()
            },
            RegisterFile {
                accept_loss: Some(true),
                ..RegisterFile::default()
            },
        ] {
            let refused = check(alone, data);
            assert!(matches!(refused, Err(ConfigError::RegisterWithoutBucket)));
        }
        let inside = RegisterFile {
            credentials_file: Some("/srv/data/register".into()),
            ..file("s3://registers")
        };
        let refused = check(inside, data);
        assert!(matches!(refused, Err(ConfigError::InsideData { .. })));
    }
}

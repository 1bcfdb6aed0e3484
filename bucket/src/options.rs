//! Which bucket, how to get there, and what of that can't be right.

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use crate::limits::{ATTEMPT_SECONDS, CONNECT_SECONDS, TRIES_MAX};

/// What an address of a bucket begins with.
const SCHEME: &str = "s3://";
const PREFIX_BYTES_MAX: usize = 512;

/// A bucket, the prefix of the names in it, and how to get there.
///
/// Credentials come from where AWS programs ordinarily find them: the environment, the profiles in `~/.aws` (with
/// `credential_process`), web identity, ECS and EKS containers, instance metadata; or from a file that is named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketOptions {
    /// The bucket.
    pub bucket: String,
    /// What all names begin with, without a slash at either end; it may be empty.
    pub prefix: String,
    /// The region; without it the one that the environment or a profile names.
    pub region: Option<String>,
    /// Another server than AWS's own, or a VPC or FIPS endpoint; without it the one that the environment or a profile names.
    /// The bucket is then part of the path. `http://` is refused unless its host is this machine.
    pub endpoint: Option<String>,
    /// The profile to take credentials from; `AWS_PROFILE` or `default` otherwise.
    pub profile: Option<String>,
    /// A file of credentials, in the place of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one try of a request may take.
    pub attempt_timeout: Duration,
    /// How often a request is tried.
    pub tries: u32,
}

/// What of an address can't be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressProblem {
    /// It is not of the form.
    #[error("it is not s3://BUCKET or s3://BUCKET/PREFIX")]
    Form,
    /// No bucket is called so.
    #[error(
        "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, and begins and ends with a letter or digit"
    )]
    Bucket,
    /// The prefix has other characters.
    #[error(
        "a prefix has letters, digits, dots, hyphens and underscores, in parts with a slash between them, and 512 bytes at most"
    )]
    Prefix,
    /// The endpoint is no URL of a server.
    #[error("the endpoint is not https://HOST[:PORT]")]
    Endpoint,
    /// What is backed up would go over a network in the clear.
    #[error(
        "an http:// endpoint must be on this machine: whatever is sent could be read and altered on its way"
    )]
    InTheClear,
    /// No region is called so.
    #[error("the region is not a region's name, such as eu-central-1")]
    Region,
}

impl BucketOptions {
    /// Whether a text is the address of a bucket, right or wrong.
    pub fn is_address(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Reads `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// What of it can't be right.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let rest = text.strip_prefix(SCHEME).ok_or(AddressProblem::Form)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let options = Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            region: None,
            endpoint: None,
            profile: None,
            credentials_file: None,
            connect_timeout: Duration::from_secs(CONNECT_SECONDS),
            attempt_timeout: Duration::from_secs(ATTEMPT_SECONDS),
            tries: TRIES_MAX,
        };
        options.check()?;
        Ok(options)
    }

    /// Finds what can't be right, before anything is sent.
    ///
    /// # Errors
    /// What it is.
    pub fn check(&self) -> Result<(), AddressProblem> {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let name = self.bucket.as_bytes();
        let plain = |byte: &u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        };
        if !(3..=63).contains(&name.len())
            || !name.iter().all(plain)
            || !ends(name.first())
            || !ends(name.last())
            || self.bucket.contains("..")
        {
            return Err(AddressProblem::Bucket);
        }
        if !self.prefix.is_empty() && !is_prefix(&self.prefix) {
            return Err(AddressProblem::Prefix);
        }
        if let Some(region) = &self.region
            && !is_region(region)
        {
            return Err(AddressProblem::Region);
        }
        self.endpoint.as_deref().map_or(Ok(()), judge)
    }
}

impl fmt::Display for BucketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.bucket)?;
        match self.prefix.as_str() {
            "" => Ok(()),
            prefix => write!(f, "/{prefix}"),
        }
    }
}

fn is_prefix(prefix: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(plain);
    prefix.len() <= PREFIX_BYTES_MAX && prefix.split('/').all(part)
}

/// Whether a text can be a region's name.
pub(crate) fn is_region(region: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !region.is_empty() && region.len() <= 64 && region.bytes().all(plain)
}

/// Judges an endpoint. Only plain authorities pass, so that no two readers of the URL can see two hosts in it.
pub(crate) fn judge(url: &str) -> Result<(), AddressProblem> {
    let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(AddressProblem::Endpoint),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if !authority.bytes().all(plain) {
        return Err(AddressProblem::Endpoint);
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(AddressProblem::Endpoint)?;
            match (port, port.strip_prefix(':')) {
                ("", _) => (host, None),
                (_, Some(port)) => (host, Some(port)),
                _ => return Err(AddressProblem::Endpoint),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if host.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(AddressProblem::Endpoint);
    }
    let address = host.parse::<IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match encrypted || is_here {
        true => Ok(()),
        false => Err(AddressProblem::InTheClear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        for (text, bucket, prefix) in [
            ("s3://backups", "backups", ""),
            ("s3://backups/", "backups", ""),
            ("s3://my.backups-1/a/b_c", "my.backups-1", "a/b_c"),
            ("s3://backups/a/", "backups", "a"),
        ] {
            let options = BucketOptions::parse(text).unwrap();
            assert_eq!(
                (options.bucket.as_str(), options.prefix.as_str()),
                (bucket, prefix)
            );
            assert_eq!(options.to_string(), text.trim_end_matches('/'));
        }
        for (text, problem) in [
            ("/srv/backups", AddressProblem::Form),
            ("s3:/backups", AddressProblem::Form),
            ("s3://", AddressProblem::Bucket),
            ("s3://ab", AddressProblem::Bucket),
            ("s3://Backups", AddressProblem::Bucket),
            ("s3://back..ups", AddressProblem::Bucket),
            ("s3://-backups", AddressProblem::Bucket),
            ("s3://user@backups", AddressProblem::Bucket),
            ("s3://backups/a//b", AddressProblem::Prefix),
            ("s3://backups/../b", AddressProblem::Prefix),
            ("s3://backups/a b", AddressProblem::Prefix),
            ("s3://backups/a?versions", AddressProblem::Prefix),
        ] {
            assert_eq!(BucketOptions::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn nothing_goes_over_a_network_in_the_clear() {
        for fit in [
            "https://s3.eu-central-1.amazonaws.com",
            "https://minio.example.com:9000/",
            "http://127.0.0.1:5055",
            "http://[::1]:5055/",
            "http://localhost:4566",
        ] {
            assert_eq!(judge(fit), Ok(()), "{fit}");
        }
        for unfit in [
            "http://s3.us-east-1.amazonaws.com",
            "http://localhost.example.com",
            "http://0.0.0.0:5055",
        ] {
            assert_eq!(judge(unfit), Err(AddressProblem::InTheClear), "{unfit}");
        }
        for unfit in [
            "http://127.0.0.1@example.com",
            "http://127.0.0.1:80@example.com",
            "https://example.com/path",
            "https://example.com?query",
            "https://example.com:port",
            "https://",
            "127.0.0.1:5055",
        ] {
            assert_eq!(judge(unfit), Err(AddressProblem::Endpoint), "{unfit}");
        }
    }
}

//! What is configured of a KMS key, and what of it can't be right.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use crate::{error::KekConfigError, provider::ProviderKind};

const KEY_BYTES_MAX: usize = 2_048;

/// Which key in AWS KMS, how to get there, and how long to wait.
///
/// Credentials come from where the AWS SDK ordinarily finds them: environment, profile (with
/// `credential_process`), web identity, ECS and EKS containers, instance metadata. Of the
/// environment and the profiles nothing else is used than credentials and, failing all else, the
/// region: an endpoint is only what stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKmsOptions {
    /// The key's ARN (best), its id, or an alias (`alias/NAME` or an alias's ARN). It is resolved
    /// once, to the ARN of a key: an alias that points elsewhere later changes nothing.
    pub key: String,
    /// The region; without it the one in the ARN, otherwise what the SDK finds.
    pub region: Option<String>,
    /// Another endpoint than the region's own: a VPC endpoint, a FIPS one, an emulator. `http://`
    /// is refused unless its host is this machine, for keys travel in the request.
    pub endpoint_url: Option<String>,
    /// The profile to take credentials from, `AWS_PROFILE` or `default` otherwise.
    pub profile: Option<String>,
    /// A file of credentials, in the place of `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
    /// Whether identity keys are made in KMS, where it has Ed25519. Otherwise their seeds are
    /// wrapped like every other key.
    pub native_identities: bool,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one try may take, with the connection.
    pub attempt_timeout: Duration,
    /// How long a call may take, with all its tries and the pauses between them.
    pub total_timeout: Duration,
}

impl AwsKmsOptions {
    /// The defaults for a key: the region's own endpoint, 2 s to connect, 3 s a try, 10 s in all.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            region: None,
            endpoint_url: None,
            profile: None,
            credentials_file: None,
            native_identities: true,
            connect_timeout: Duration::from_secs(2),
            attempt_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(10),
        }
    }

    /// Finds what can't be right, before anything is sent; returns the region if one is named.
    pub(crate) fn check(&self) -> Result<Option<String>, KekConfigError> {
        let wrong = |problem| {
            Err(KekConfigError::ProviderOptions {
                provider: ProviderKind::AwsKms,
                problem,
            })
        };
        let fit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !fit(&self.key) || self.key.len() > KEY_BYTES_MAX {
            return wrong("the key is not an ARN, id or alias");
        }
        let arn = match self.key.starts_with("arn:") {
            true => match Arn::parse(&self.key) {
                Some(arn) => Some(arn),
                None => return wrong("the key's ARN is not the ARN of a KMS key or alias"),
            },
            false => None,
        };
        if self.region.as_deref().is_some_and(|region| !fit(region)) {
            return wrong("the region is not a region name");
        }
        let region = match (arn, self.region.as_deref()) {
            (Some(arn), Some(region)) if arn.region != region => {
                return wrong("the region differs from the region in the key's ARN");
            }
            (Some(arn), _) => Some(arn.region.to_owned()),
            (None, region) => region.map(str::to_owned),
        };
        match self.endpoint_url.as_deref().map(Endpoint::judge) {
            Some(Endpoint::Malformed) => {
                return wrong("the endpoint is not https://HOST[:PORT]");
            }
            Some(Endpoint::InTheClear) => {
                return wrong(
                    "an http:// endpoint must be on this machine: keys travel in the request",
                );
            }
            Some(Endpoint::Fit) | None => {}
        }
        if self.connect_timeout.is_zero()
            || self.attempt_timeout < self.connect_timeout
            || self.total_timeout < self.attempt_timeout
        {
            return wrong(
                "the connect timeout must be above 0 and at most the attempt timeout, which must be at most the total \
                 timeout",
            );
        }
        Ok(region)
    }

    /// Whether an ARN that the service gave can be the configured key's.
    pub(crate) fn may_be(&self, arn: &str) -> bool {
        let Some(found) = Arn::parse(arn) else {
            return false;
        };
        let Some(found_id) = found.resource.strip_prefix("key/") else {
            return false;
        };
        match Arn::parse(&self.key) {
            Some(named) if named.resource.starts_with("key/") => self.key == arn,
            // An alias stands in the region and account of its key.
            Some(named) => named.region == found.region && named.account == found.account,
            None => self.key.starts_with("alias/") || self.key == found_id,
        }
    }
}

/// The parts of an ARN that matter here.
#[derive(Clone, Copy)]
struct Arn<'a> {
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("kms"), Some(region), Some(account)) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return None;
        };
        let resource = parts.next()?;
        let name = resource
            .strip_prefix("key/")
            .or_else(|| resource.strip_prefix("alias/"))?;
        let whole = [partition, region, account, name]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic()));
        whole.then_some(Self {
            region,
            account,
            resource,
        })
    }
}

/// What an endpoint's URL is.
enum Endpoint {
    Fit,
    InTheClear,
    Malformed,
}

impl Endpoint {
    /// Only plain authorities pass, so that no two readers of the URL can see two hosts in it.
    fn judge(url: &str) -> Self {
        let (encrypted, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (false, rest)
        } else {
            return Self::Malformed;
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(plain) {
            return Self::Malformed;
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((host, "")) => (host, None),
                Some((host, port)) if port.starts_with(':') => (host, Some(&port[1..])),
                _ => return Self::Malformed,
            },
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Self::Malformed;
        }
        let loopback = host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if encrypted || loopback {
            Self::Fit
        } else {
            Self::InTheClear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-central-1:123456789012:key/0123";

    fn problem(change: impl FnOnce(&mut AwsKmsOptions)) -> Option<&'static str> {
        let mut options = AwsKmsOptions::new(ARN);
        change(&mut options);
        match options.check() {
            Ok(_) => None,
            Err(KekConfigError::ProviderOptions { problem, .. }) => Some(problem),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_is_an_arn_an_id_or_an_alias() {
        for fit in [
            ARN,
            "0123",
            "mrk-0123",
            "alias/audit",
            "arn:aws-cn:kms:cn-north-1:1:alias/a/b",
        ] {
            assert_eq!(problem(|options| options.key = fit.into()), None, "{fit}");
        }
        for unfit in [
            "",
            "a b",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:eu:1:grant/1",
            "arn:aws:kms::1:key/1",
        ] {
            assert!(
                problem(|options| options.key = unfit.into()).is_some(),
                "{unfit:?}"
            );
        }
    }

    #[test]
    fn the_region_is_the_arns() {
        assert_eq!(
            AwsKmsOptions::new(ARN).check().expect("fit"),
            Some("eu-central-1".to_owned())
        );
        assert_eq!(AwsKmsOptions::new("alias/a").check().expect("fit"), None);
        assert!(problem(|options| options.region = Some("us-east-1".into())).is_some());
        assert_eq!(
            problem(|options| options.region = Some("eu-central-1".into())),
            None
        );
    }

    #[test]
    fn keys_never_leave_the_machine_in_the_clear() {
        let judge = |url: &str| problem(|options| options.endpoint_url = Some(url.into()));
        for fit in [
            "https://kms-fips.us-east-1.amazonaws.com",
            "https://vpce-1.kms.eu-central-1.vpce.amazonaws.com:443/",
            "http://127.0.0.1:5055",
            "http://127.9.9.9",
            "http://[::1]:5055/",
            "http://localhost:4566",
        ] {
            assert_eq!(judge(fit), None, "{fit}");
        }
        for unfit in [
            "http://kms.us-east-1.amazonaws.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://127.0.0.1\\@example.com",
            "http://127.0.0.1:80@example.com",
            "http://0.0.0.0:5055",
            "http://[::2]",
            "https://user:secret@example.com",
            "https://example.com/path",
            "https://example.com?query",
            "https://example.com:port",
            "https://",
            "ftp://127.0.0.1",
            "127.0.0.1:5055",
        ] {
            assert!(judge(unfit).is_some(), "{unfit}");
        }
    }

    #[test]
    fn timeouts_grow() {
        let changes: [fn(&mut AwsKmsOptions); 3] = [
            |options| options.connect_timeout = Duration::ZERO,
            |options| options.attempt_timeout = Duration::from_secs(1),
            |options| options.total_timeout = Duration::from_secs(2),
        ];
        for change in changes {
            assert!(problem(change).is_some());
        }
    }

    #[test]
    fn only_the_configured_key_is_pinned() {
        let may_be = |key: &str, arn: &str| AwsKmsOptions::new(key).may_be(arn);
        let other = "arn:aws:kms:eu-central-1:123456789012:key/4567";
        assert!(may_be(ARN, ARN) && !may_be(ARN, other));
        assert!(may_be("0123", ARN) && !may_be("0123", other));
        assert!(may_be("alias/a", ARN) && may_be("alias/a", other));
        let alias = "arn:aws:kms:eu-central-1:123456789012:alias/a";
        assert!(may_be(alias, ARN) && !may_be(alias, alias));
        assert!(!may_be(
            alias,
            "arn:aws:kms:eu-central-1:999999999999:key/0123"
        ));
        assert!(!may_be("alias/a", "0123"));
    }
}

//! Where an object of a bucket is, as requests name it.

use crate::options::BucketOptions;

/// The server, and what names the bucket there.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// Scheme, host and port, and the bucket where it is part of the path; without a slash at the end.
    base: String,
    prefix: String,
}

impl Address {
    /// In a region, at an endpoint if one is named. AWS has the bucket in the name of the host, but where that has a dot, which
    /// no certificate covers; other servers have it in the path.
    pub(crate) fn new(options: &BucketOptions, region: &str, endpoint: Option<&str>) -> Self {
        let bucket = &options.bucket;
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        let base = match endpoint {
            Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
            None if bucket.contains('.') => format!("https://s3.{region}.{suffix}/{bucket}"),
            None => format!("https://{bucket}.s3.{region}.{suffix}"),
        };
        let prefix = match options.prefix.as_str() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Self { base, prefix }
    }

    /// The whole name of an object whose name under the prefix this is.
    pub(crate) fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// What of a whole name comes after the prefix.
    pub(crate) fn key<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(&self.prefix)
    }

    /// The URL of an object, or of the bucket if there is no key.
    pub(crate) fn url(&self, key: Option<&str>, query: &[(&str, &str)]) -> String {
        let mut url = self.base.clone();
        url.push('/');
        if let Some(key) = key {
            url.push_str(&encoded(&self.name(key), b"/"));
        }
        for (place, (name, value)) in query.iter().enumerate() {
            url.push(if place == 0 { '?' } else { '&' });
            url.push_str(&format!("{name}={}", encoded(value, b"")));
        }
        url
    }
}

/// Escapes all that is not plain in a URL, but for `besides`.
fn encoded(text: &str, besides: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match plain || besides.contains(&byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_in_the_host_at_aws_and_in_the_path_elsewhere() {
        let url = |address: &str, region: &str, endpoint: Option<&str>| {
            let options = BucketOptions::parse(address).unwrap();
            Address::new(&options, region, endpoint).url(Some("format"), &[])
        };
        for (address, region, endpoint, expected) in [
            (
                "s3://backups/a",
                "eu-central-1",
                None,
                "https://backups.s3.eu-central-1.amazonaws.com/a/format",
            ),
            (
                "s3://my.backups",
                "eu-central-1",
                None,
                "https://s3.eu-central-1.amazonaws.com/my.backups/format",
            ),
            (
                "s3://backups",
                "cn-north-1",
                None,
                "https://backups.s3.cn-north-1.amazonaws.com.cn/format",
            ),
            (
                "s3://backups/a",
                "x",
                Some("http://[::1]:9000/"),
                "http://[::1]:9000/backups/a/format",
            ),
        ] {
            assert_eq!(url(address, region, endpoint), expected);
        }
    }

    #[test]
    fn a_query_is_escaped() {
        let options = BucketOptions::parse("s3://backups/a").unwrap();
        let address = Address::new(&options, "x", Some("http://localhost"));
        assert_eq!(
            address.url(None, &[("prefix", "a/ü"), ("continuation-token", "1+/=&x")]),
            "http://localhost/backups/?prefix=a%2F%C3%BC&continuation-token=1%2B%2F%3D%26x"
        );
        assert_eq!(address.key("a/objects/1"), Some("objects/1"));
        assert_eq!(address.key("b/objects/1"), None);
    }
}

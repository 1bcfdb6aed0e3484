//! Where traces go, and of which calls.

use std::net::IpAddr;

use tonic::codegen::http::Uri;

use super::{error::ConfigError, file};

/// Of how many calls in a million that is a whole.
const MILLION: f64 = 1_000_000.0;

/// Where traces go, and of which calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The collector's address.
    pub endpoint: String,
    /// Of a million calls whose callers say nothing of traces, so many are traced.
    pub per_million: u32,
}

impl Traces {
    /// Decides what the file means. Without an address nothing is traced.
    pub(super) fn check(file: file::Traces) -> Result<Option<Self>, ConfigError> {
        let Some(endpoint) = file.endpoint.filter(|endpoint| !endpoint.is_empty()) else {
            return Ok(None);
        };
        if let Err(problem) = check_endpoint(&endpoint) {
            return Err(ConfigError::TracesEndpoint { endpoint, problem });
        }
        let ratio = file.ratio.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&ratio) {
            return Err(ConfigError::TracesRatio {
                ratio: ratio.to_string(),
            });
        }
        Ok(Some(Self {
            endpoint,
            per_million: (ratio * MILLION).round() as u32,
        }))
    }
}

/// Over plain HTTP traces go to this machine alone.
fn check_endpoint(endpoint: &str) -> Result<(), &'static str> {
    let uri: Uri = endpoint.parse().map_err(|_| "it is not an address")?;
    let host = uri.host().ok_or("it names no host")?;
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") => {
            let host = host.trim_matches(['[', ']']);
            let is_here = host.parse().is_ok_and(|host: IpAddr| host.is_loopback());
            match is_here || host == "localhost" {
                true => Ok(()),
                false => Err("beyond this machine it must begin with https://"),
            }
        }
        _ => Err("it must begin with http:// or https://"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(endpoint: &str, ratio: Option<f64>) -> Result<Option<Traces>, ConfigError> {
        Traces::check(file::Traces {
            endpoint: Some(endpoint.to_owned()),
            ratio,
        })
    }

    #[test]
    fn traces_go_in_the_clear_to_this_machine_alone() {
        for good in [
            "http://127.0.0.1:4317",
            "http://[::1]:4317",
            "https://otel.example:4317",
        ] {
            assert!(checked(good, None).unwrap().is_some(), "{good}");
        }
        for bad in [
            "http://otel.example:4317",
            "http://10.0.0.1:4317",
            "grpc://x",
            "127.0.0.1:4317",
        ] {
            let error = checked(bad, None).unwrap_err().to_string();
            assert!(error.contains("traces.endpoint"), "{error}");
        }
        assert_eq!(checked("", Some(1.0)).unwrap(), None);
    }

    #[test]
    fn a_ratio_is_between_none_and_all() {
        let per_million =
            |ratio| checked("https://x", Some(ratio)).map(|it| it.unwrap().per_million);
        assert_eq!(per_million(0.25).unwrap(), 250_000);
        assert_eq!(per_million(1.0).unwrap(), 1_000_000);
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(per_million(bad).is_err(), "{bad}");
        }
    }
}

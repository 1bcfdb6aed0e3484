//! Issuers of tokens, as they were named.

use std::{net::IpAddr, path::PathBuf};

use indelible_access::{Algorithm, Issuer, IssuerTerms, limits::KEYS_STALE_SECONDS_MAX};
use tonic::codegen::http::Uri;

use super::{error::ConfigError, file, paths::absolute_path};
use crate::limits::ISSUERS_MAX;

/// By how much the clock of an issuer may differ, unless it is said otherwise.
const LEEWAY_SECONDS: u64 = 30;

/// An issuer whose tokens are believed, and where its keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// What is demanded of its tokens.
    pub issuer: Issuer,
    /// Where its keys are.
    pub keys: WhereKeys,
    /// For how long its keys are used without being fetched again.
    pub stale_seconds: u64,
}

/// Where the keys of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhereKeys {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url {
        /// The address.
        url: KeysUrl,
        /// Authorities that vouch for its host; the system's, if none are named.
        ca: Option<PathBuf>,
    },
}

/// An address of keys: `https`, or `http` to this machine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysUrl {
    /// Whether it is `https`.
    pub is_encrypted: bool,
    /// The host's name, or its address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Host and port as a request names them.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

impl KeysUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("keys_url {text:?} {what}");
        let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("needs a scheme and a host"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong("names a user: keys are public, so none is needed"));
        }
        let bare = authority.host();
        let bare = bare.strip_prefix('[').unwrap_or(bare);
        let host = bare.strip_suffix(']').unwrap_or(bare);
        let is_encrypted = match scheme {
            "https" => true,
            "http" if is_loopback(host) => false,
            "http" => {
                return Err(wrong(
                    "is not encrypted, so whoever is on the way could put keys of their own in: use https, or an address of this \
                     machine itself, such as http://127.0.0.1",
                ));
            }
            _ => return Err(wrong("is neither https nor http")),
        };
        let port = authority
            .port_u16()
            .unwrap_or(if is_encrypted { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            is_encrypted,
            host: host.to_owned(),
            port,
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
        })
    }
}

/// A name could be resolved to any address, so only an address counts.
fn is_loopback(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.parse();
    address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Checks all of them. Nothing is fetched yet.
pub(super) fn check(files: Vec<file::Issuer>) -> Result<Vec<TrustedIssuer>, ConfigError> {
    if files.len() > ISSUERS_MAX {
        return Err(ConfigError::Issuers { found: files.len() });
    }
    let mut checked: Vec<TrustedIssuer> = Vec::with_capacity(files.len());
    for file in files {
        let issuer = one(&file)?;
        let name = issuer.issuer.name();
        if checked.iter().any(|other| other.issuer.name() == name) {
            return Err(refused(&file, "it is named twice".to_owned()));
        }
        checked.push(issuer);
    }
    Ok(checked)
}

fn one(file: &file::Issuer) -> Result<TrustedIssuer, ConfigError> {
    let refuse = |problem| refused(file, problem);
    let path = |what, path: &Option<PathBuf>| {
        let path = path.as_ref();
        path.map(|path| absolute_path(what, path)).transpose()
    };
    let ca = path("issuer's authorities", &file.ca)?;
    let keys_file = path("issuer's keys", &file.keys_file)?;
    let keys = where_keys(keys_file, file.keys_url.as_deref(), ca).map_err(refuse)?;
    let algorithms = algorithms(file.algorithms.as_deref()).map_err(refuse)?;
    let audiences: Vec<_> = file.audiences.iter().map(String::as_str).collect();
    let stale_seconds = file.stale_seconds.unwrap_or(KEYS_STALE_SECONDS_MAX);
    let issuer = Issuer::new(&IssuerTerms {
        name: &file.issuer,
        audiences: &audiences,
        algorithms: &algorithms,
        groups_claim: file.groups_claim.as_deref(),
        leeway_seconds: file.leeway_seconds.unwrap_or(LEEWAY_SECONDS),
        stale_seconds,
    });
    Ok(TrustedIssuer {
        issuer: issuer.map_err(|error| refuse(error.to_string()))?,
        keys,
        stale_seconds,
    })
}

fn refused(file: &file::Issuer, problem: String) -> ConfigError {
    ConfigError::Issuer {
        issuer: file.issuer.clone(),
        problem,
    }
}

fn where_keys(
    file: Option<PathBuf>,
    url: Option<&str>,
    ca: Option<PathBuf>,
) -> Result<WhereKeys, String> {
    match (file, url) {
        (Some(_), None) if ca.is_some() => {
            Err("ca is for the host of a keys_url; leave it out beside keys_file".to_owned())
        }
        (Some(path), None) => Ok(WhereKeys::File(path)),
        (None, Some(url)) => {
            let url = KeysUrl::parse(url)?;
            match ca {
                Some(_) if !url.is_encrypted => {
                    Err("ca is for an https keys_url; leave it out".to_owned())
                }
                ca => Ok(WhereKeys::Url { url, ca }),
            }
        }
        _ => Err("name its keys by one of keys_url and keys_file".to_owned()),
    }
}

/// All that there are, unless fewer are named.
fn algorithms(names: Option<&[String]>) -> Result<Vec<Algorithm>, String> {
    let Some(names) = names else {
        return Ok(Algorithm::ALL.to_vec());
    };
    let algorithm = |name: &String| {
        Algorithm::from_name(name).ok_or_else(|| {
            format!(
                "the algorithm {name:?} is not accepted; there are {}",
                Algorithm::NAMES
            )
        })
    };
    names.iter().map(algorithm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(url: &str) -> file::Issuer {
        file::Issuer {
            issuer: "https://id.example.org".to_owned(),
            audiences: vec!["indelible".to_owned()],
            keys_url: Some(url.to_owned()),
            ..file::Issuer::default()
        }
    }

    fn problem(file: file::Issuer) -> String {
        check(vec![file]).unwrap_err().to_string()
    }

    #[test]
    fn keys_come_encrypted_or_from_this_machine() {
        for (url, host, port, path) in [
            (
                "https://id.example.org/keys?x=1",
                "id.example.org",
                443,
                "/keys?x=1",
            ),
            ("https://id.example.org:8443", "id.example.org", 8_443, "/"),
            ("http://127.0.0.1:7/jwks", "127.0.0.1", 7, "/jwks"),
            ("http://[::1]/jwks", "::1", 80, "/jwks"),
        ] {
            let parsed = KeysUrl::parse(url).unwrap();
            assert_eq!(
                (parsed.host.as_str(), parsed.port, parsed.path.as_str()),
                (host, port, path)
            );
            assert_eq!(parsed.is_encrypted, url.starts_with("https"));
        }
        for url in [
            "http://id.example.org/keys",
            // A name is whatever a resolver says.
            "http://localhost/keys",
            "http://192.0.2.1/keys",
            "http://[2001:db8::1]/keys",
            "https://user@id.example.org/keys",
            "ftp://id.example.org/keys",
            "/keys",
            "",
        ] {
            assert!(KeysUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_issuer_is_believed_only_on_terms_that_say_who_is_meant() {
        let url = "https://id.example.org/keys";
        assert_eq!(check(vec![issuer(url)]).unwrap().len(), 1);
        let with = |change: fn(&mut file::Issuer)| {
            let mut file = issuer("https://id.example.org/keys");
            change(&mut file);
            problem(file)
        };
        for (said, problem) in [
            ("audience", with(|file| file.audiences.clear())),
            (
                "HS256",
                with(|file| file.algorithms = Some(vec!["HS256".to_owned()])),
            ),
            (
                "none",
                with(|file| file.algorithms = Some(vec!["none".to_owned()])),
            ),
            (
                "at least one",
                with(|file| file.algorithms = Some(Vec::new())),
            ),
            ("one of keys_url", with(|file| file.keys_url = None)),
            (
                "one of keys_url",
                with(|file| file.keys_file = Some("/x".into())),
            ),
            ("leeway", with(|file| file.leeway_seconds = Some(61))),
            ("86400", with(|file| file.stale_seconds = Some(86_401))),
            ("86400", with(|file| file.stale_seconds = Some(0))),
        ] {
            assert!(problem.contains(said), "{said}: {problem}");
            assert!(problem.contains("https://id.example.org"), "{problem}");
        }
        let twice = check(vec![issuer(url), issuer(url)]).unwrap_err();
        assert!(twice.to_string().contains("twice"), "{twice}");
    }
}

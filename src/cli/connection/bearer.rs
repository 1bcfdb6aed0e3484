//! The token that a client brings, from a file.

use std::{
    fs::File,
    io::Read as _,
    net::IpAddr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use tonic::{
    Request, Status,
    codegen::http::Uri,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
};

/// Bytes of a file with a token, and some for the end of its line.
const FILE_BYTES_MAX: u64 = 32 * 1_024;

/// Others may not read it, and the group may not write to it.
const MODE_FORBIDDEN: u32 = 0o026;

/// Brings the token of a file, if one is named. The file is read for each call, so that a new token counts at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bearer(Option<Arc<Path>>);

impl Bearer {
    /// The token of this file. The problem says what is wrong with the file, or that the address would give it away.
    pub(super) fn of(file: Option<&PathBuf>, address: &str) -> Result<Self, String> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        if is_overheard(address) {
            return Err(
                "--token-file is for https://, a Unix socket, or an address of this machine itself: over this connection \
                 others could read the token"
                    .to_owned(),
            );
        }
        read(file)?;
        Ok(Self(Some(file.as_path().into())))
    }
}

impl Bearer {
    /// What a call brings now, if it brings a token. The problem says what is wrong with the file.
    pub(super) fn now(&self) -> Result<Option<MetadataValue<Ascii>>, String> {
        self.0.as_deref().map(read).transpose()
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = self.now().map_err(Status::unauthenticated)? {
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// Whether plain TCP leads to another machine, or to a name that may be one.
fn is_overheard(address: &str) -> bool {
    if !address.starts_with("http://") {
        return false;
    }
    let uri: Option<Uri> = address.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<IpAddr, _> = host.parse();
    !(host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback()))
}

/// Whether a text looks like a token, of the daemon's own or of an issuer.
fn is_a_token(text: &str) -> bool {
    text.starts_with("idlt_") || (text.starts_with("eyJ") && text.matches('.').count() == 2)
}

/// What a call says, by the token that the file holds now.
fn read(path: &Path) -> Result<MetadataValue<Ascii>, String> {
    let name = match path.to_str() {
        Some(text) if is_a_token(text) => {
            "(its name is not repeated, since it looks like a token: give a file)".to_owned()
        }
        _ => path.display().to_string(),
    };
    let wrong = |problem: &str| format!("the token file {name}: {problem}");
    let file = File::open(path).map_err(|error| wrong(&error.to_string()))?;
    let mode = file.metadata().map_err(|error| wrong(&error.to_string()))?;
    if mode.mode() & MODE_FORBIDDEN != 0 {
        return Err(wrong(
            "others may read it, or the group may write to it; take that away (chmod o-rw,g-w)",
        ));
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| wrong(&error.to_string()))?;
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(wrong("it must hold one token and nothing else"));
    }
    let mut value: MetadataValue<Ascii> = format!("Bearer {token}")
        .parse()
        .map_err(|_| wrong("it does not hold a token"))?;
    // No text of an error or a trace shows it.
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn a_token_is_sent_only_where_nobody_listens() {
        for address in [
            "https://indelible.example:7311",
            "unix:/run/indelible/indelible.sock",
            "http://127.0.0.1:7311",
            "http://[::1]:7311",
            "http://localhost:7311",
        ] {
            assert!(!is_overheard(address), "{address}");
        }
        for address in [
            "http://indelible.example:7311",
            "http://192.0.2.7:7311",
            "http://127.0.0.1.example:7311",
            "http://",
        ] {
            assert!(is_overheard(address), "{address}");
        }
    }

    #[test]
    fn the_file_is_read_for_each_call_and_must_be_its_owner_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let write = |text: &str, mode: u32| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("a.b.c\n", 0o600);
        let mut bearer = Bearer::of(Some(&path), "https://x").unwrap();
        let mut said = || {
            let request = bearer
                .call(Request::new(()))
                .map_err(|status| status.message().to_owned())?;
            let value = request.metadata().get("authorization").unwrap();
            Ok::<_, String>(value.to_str().unwrap().to_owned())
        };
        assert_eq!(said().as_deref(), Ok("Bearer a.b.c"));
        write("d.e.f", 0o640);
        assert_eq!(said().as_deref(), Ok("Bearer d.e.f"));
        for (text, mode) in [
            ("d.e.f", 0o644),
            ("d.e.f", 0o660),
            ("", 0o600),
            ("a b", 0o600),
            ("a\nb", 0o600),
        ] {
            write(text, mode);
            let refused = said().unwrap_err();
            assert!(refused.contains(path.to_str().unwrap()), "{refused}");
            assert!(!refused.contains("d.e.f"), "{refused}");
        }
        assert!(Bearer::of(Some(&path), "http://192.0.2.7:1").is_err());
        for token in [
            "idlt_AqV17qcMXcytfTeb0Mpq4fSrALgbCdh9hRqtpYG40X2Zmp",
            "eyJhbGciOi.eyJpc3Mi.c2lnbmF0",
        ] {
            let refused = Bearer::of(Some(&token.into()), "https://x").unwrap_err();
            assert!(
                !refused.contains(token) && refused.contains("give a file"),
                "{refused}"
            );
        }
    }
}

//! The file of contexts. It says to whom a command talks and what it shows them, so nobody else may write to it.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use indelible_server::config::UNIX_SCHEME;
use serde::{Deserialize, Serialize};

use crate::cli::error::CliError;

/// Larger files are something else.
const FILE_BYTES_MAX: u64 = 1_024 * 1_024;

const NAME_BYTES_MAX: usize = 64;

/// One daemon, and what a client shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Context {
    /// With its scheme.
    pub(crate) address: String,
    /// The authorities that vouch for the daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    /// The client's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cert: Option<PathBuf>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cert_key: Option<PathBuf>,
    /// A file with a token that says who calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
}

/// What a command line says of a context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) address: Option<&'a str>,
    pub(crate) ca: Option<&'a Path>,
    pub(crate) cert: Option<&'a Path>,
    pub(crate) cert_key: Option<&'a Path>,
    pub(crate) token_file: Option<&'a Path>,
}

/// All contexts, as the file has them.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_use: Option<String>,
    #[serde(default)]
    contexts: BTreeMap<String, Context>,
}

impl Contexts {
    /// Reads the file; without one there are none.
    pub(crate) fn load() -> Result<Self, CliError> {
        match path() {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(CliError::file(path, error)),
        };
        let usage = |problem: String| CliError::Usage(format!("{}: {problem}", path.display()));
        let found = file
            .metadata()
            .map_err(|error| CliError::file(path, error))?;
        let own = fs::metadata("/proc/self").map_err(|error| CliError::file(path, error))?;
        if ![0, own.uid()].contains(&found.uid()) {
            return Err(usage(
                "it belongs to another user, who could send you anywhere; make one of your own"
                    .to_owned(),
            ));
        }
        if found.mode() & 0o022 != 0 {
            return Err(usage(
                "others may write to it, and could send you anywhere; take that away (chmod go-w)"
                    .to_owned(),
            ));
        }
        let mut text = String::new();
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| CliError::file(path, error))?;
        serde_json::from_str(&text)
            .map_err(|error| usage(format!("it is not a file of contexts: {error}")))
    }

    /// Writes the file: whole, or not at all.
    pub(crate) fn save(&self) -> Result<(), CliError> {
        let path = path().ok_or_else(|| {
            CliError::Usage("there is no place for contexts: HOME is not set".to_owned())
        })?;
        self.write(&path)
            .map_err(|error| CliError::file(&path, error))
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        // A file that a link leads to stays where it is.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let directory = path.parent().unwrap_or(Path::new("/"));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let new = directory.join(format!(".contexts.{}", std::process::id()));
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, &path));
        if written.is_err() {
            // It may not be there.
            let _gone = fs::remove_file(&new);
        }
        written
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Context)> {
        self.contexts
            .iter()
            .map(|(name, context)| (name.as_str(), context))
    }

    /// The name of the one that commands use.
    pub(crate) fn in_use(&self) -> Option<&str> {
        self.in_use.as_deref()
    }

    /// The one of that name.
    pub(crate) fn get(&self, name: &str) -> Result<&Context, CliError> {
        self.contexts.get(name).ok_or_else(|| {
            let names: Vec<_> = self.contexts.keys().map(String::as_str).collect();
            let there = match names.as_slice() {
                [] => "there is none yet; make one with `indelible context set`".to_owned(),
                names => format!("there are {}", names.join(", ")),
            };
            CliError::Unusable {
                problem: format!("there is no context {name:?}; {there}"),
                advice: "name one of those that `indelible context list` shows, or make it with `indelible context set NAME \
                         --address ADDRESS`",
            }
        })
    }

    /// Makes it the one that commands use.
    pub(crate) fn choose(&mut self, name: &str) -> Result<(), CliError> {
        self.get(name)?;
        self.in_use = Some(name.to_owned());
        Ok(())
    }

    /// Takes one away. If it was in use, none is.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), CliError> {
        self.get(name)?;
        self.contexts.remove(name);
        self.in_use.take_if(|in_use| in_use == name);
        Ok(())
    }

    /// Makes one, or changes what is named of it.
    pub(crate) fn set(&mut self, name: &str, named: Named<'_>) -> Result<(), CliError> {
        check_name(name)?;
        let mut context = self.contexts.get(name).cloned().unwrap_or_default();
        if let Some(address) = named.address {
            context.address = from_everywhere(with_scheme(address))?;
        }
        for (file, to) in [
            (named.ca, &mut context.ca),
            (named.cert, &mut context.cert),
            (named.cert_key, &mut context.cert_key),
            (named.token_file, &mut context.token_file),
        ] {
            if let Some(file) = file {
                *to = Some(absolute(file)?);
            }
        }
        context.check()?;
        self.contexts.insert(name.to_owned(), context);
        Ok(())
    }
}

impl Context {
    fn check(&self) -> Result<(), CliError> {
        let usage = |problem: &str| Err(CliError::Usage(problem.to_owned()));
        let has_files = self.ca.is_some() || self.cert.is_some() || self.cert_key.is_some();
        match self.address.split(':').next() {
            Some("unix" | "http") if has_files => {
                usage("--ca, --cert and --cert-key are for https:// addresses")
            }
            Some("unix" | "http" | "https") => match self.cert.is_some() == self.cert_key.is_some()
            {
                true => Ok(()),
                false => usage("--cert and --cert-key belong together: give both"),
            },
            Some("") | None => usage("a new context needs --address"),
            Some(_) => usage("an address begins with unix:, https:// or http://"),
        }
    }
}

/// An address without a scheme is of TCP without TLS.
pub(crate) fn with_scheme(address: &str) -> String {
    if address.contains("://") || address.starts_with(UNIX_SCHEME) {
        address.to_owned()
    } else {
        format!("http://{address}")
    }
}

/// Whether an address begins as those do that lead to a daemon.
pub(crate) fn is_known(address: &str) -> bool {
    [UNIX_SCHEME, "https://", "http://"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
}

/// The same address, from wherever it is used: a socket's path is made absolute. The socket need not be there yet.
fn from_everywhere(address: String) -> Result<String, CliError> {
    match address.strip_prefix(UNIX_SCHEME) {
        None => Ok(address),
        Some("") => Err(CliError::Usage(
            "unix: needs the path of a socket behind it".to_owned(),
        )),
        Some(path) => {
            let path = std::path::absolute(path).map_err(|error| CliError::file(path, error))?;
            Ok(format!("{UNIX_SCHEME}{}", path.display()))
        }
    }
}

/// A file that is there, by a path that leads to it from everywhere.
fn absolute(file: &Path) -> Result<PathBuf, CliError> {
    let found = fs::metadata(file).and_then(|_| std::path::absolute(file));
    found.map_err(|error| CliError::file(file, error))
}

fn check_name(name: &str) -> Result<(), CliError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain);
    match is_name && !name.starts_with('-') {
        true => Ok(()),
        false => Err(CliError::Usage(format!(
            "{name:?} can't be the name of a context: it has 1 to {NAME_BYTES_MAX} letters of ASCII, digits, '-', '_' and '.'"
        ))),
    }
}

/// Where the file is.
pub(crate) fn path() -> Option<PathBuf> {
    let absolute = |variable| {
        let named = env::var_os(variable).map(PathBuf::from);
        named.filter(|path| path.is_absolute())
    };
    let directory = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    Some(directory?.join("indelible/contexts.json"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn address(address: &str) -> Named<'_> {
        Named {
            address: Some(address),
            ca: None,
            cert: None,
            cert_key: None,
            token_file: None,
        }
    }

    #[test]
    fn what_was_written_is_read_again_by_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("below/contexts.json");
        let mut contexts = Contexts::read(&path).unwrap();
        assert_eq!(contexts.all().count(), 0);
        contexts.set("prod", address("unix:/run/p.sock")).unwrap();
        contexts.set("test", address("127.0.0.1:7311")).unwrap();
        contexts.choose("prod").unwrap();
        contexts.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = Contexts::read(&path).unwrap();
        assert_eq!(again.in_use(), Some("prod"));
        assert_eq!(again.get("test").unwrap().address, "http://127.0.0.1:7311");
        for mode in [0o620, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Contexts::read(&path).unwrap_err().to_string();
            assert!(refused.contains("others may write to it"), "{refused}");
        }
    }

    /// A context is used from other directories than the one in which it was made.
    #[test]
    fn a_socket_is_kept_by_a_path_that_leads_to_it_from_everywhere() {
        let mut contexts = Contexts::default();
        contexts.set("here", address("unix:network.sock")).unwrap();
        let here = env::current_dir().unwrap().join("network.sock");
        let kept = format!("{UNIX_SCHEME}{}", here.display());
        assert_eq!(contexts.get("here").unwrap().address, kept);
        assert!(contexts.set("nowhere", address("unix:")).is_err());
    }

    #[test]
    fn one_that_is_removed_is_not_in_use() {
        let mut contexts = Contexts::default();
        contexts.set("a", address("unix:/a")).unwrap();
        contexts.set("b", address("unix:/b")).unwrap();
        contexts.choose("a").unwrap();
        contexts.remove("b").unwrap();
        assert_eq!(contexts.in_use(), Some("a"));
        contexts.remove("a").unwrap();
        assert_eq!(contexts.in_use(), None);
        assert!(contexts.choose("a").is_err() && contexts.remove("a").is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with_ca = |address| Named {
            address,
            ca: Some(file.path()),
            cert: None,
            cert_key: None,
            token_file: None,
        };
        let mut contexts = Contexts::default();
        assert!(contexts.set("a", with_ca(Some("https://h:1"))).is_ok());
        assert!(contexts.set("b", with_ca(Some("unix:/a"))).is_err());
        assert!(contexts.set("b", with_ca(None)).is_err(), "no address");
        assert!(contexts.set("b", address("ftp://h")).is_err());
        let half = Named {
            cert: Some(file.path()),
            ..with_ca(Some("https://h:1"))
        };
        assert!(
            contexts.set("b", half).is_err(),
            "a certificate without its key"
        );
        let missing = Named {
            ca: Some(Path::new("/nowhere/ca.pem")),
            ..address("https://h:1")
        };
        assert!(contexts.set("b", missing).is_err());
        for name in ["", "-a", "a b", "a/b", "\u{430}"] {
            assert!(contexts.set(name, address("unix:/a")).is_err(), "{name:?}");
        }
        // What is not named stays.
        contexts.set("a", address("https://h:2")).unwrap();
        let a = contexts.get("a").unwrap();
        assert_eq!((a.address.as_str(), a.ca.is_some()), ("https://h:2", true));
    }
}

//! What may be used at all. What is not named is refused.

use std::collections::BTreeSet;

/// What may be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    tools: BTreeSet<String>,
    apis: Vec<Api>,
    hidden: BTreeSet<String>,
    models: BTreeSet<String>,
}

/// An interface that may be called: an address, or the beginning of several.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Api {
    address: String,
    is_prefix: bool,
}

/// Why something is outside the scope. The reasons are those of Code Atelier where it has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeRefusal {
    /// A tool that is not named, or hidden.
    #[error("tool not whitelisted")]
    Tool,
    /// An interface that is not named.
    #[error("api not whitelisted")]
    Api,
    /// An address that can't be read in one way only.
    #[error("the address of the api can't be normalised")]
    Address,
    /// A model that is not named.
    #[error("model not whitelisted")]
    Model,
}

impl Scope {
    /// A scope of these. Models are only looked at where some are named.
    ///
    /// # Errors
    ///
    /// An interface that is not a method and an address.
    pub fn new(
        tools: BTreeSet<String>,
        apis: &BTreeSet<String>,
        hidden: BTreeSet<String>,
        models: BTreeSet<String>,
    ) -> Result<Self, String> {
        let api = |written: &String| {
            let (address, is_prefix) = match written.strip_suffix('*') {
                Some(prefix) => (prefix, true),
                None => (written.as_str(), false),
            };
            let address = normalised(address).ok_or_else(|| written.clone())?;
            Ok(Api { address, is_prefix })
        };
        Ok(Self {
            tools,
            apis: apis.iter().map(api).collect::<Result<_, String>>()?,
            hidden,
            models,
        })
    }

    /// The tools that are named.
    pub fn tools(&self) -> &BTreeSet<String> {
        &self.tools
    }

    /// The models that are named; none: models are not looked at.
    pub fn models(&self) -> &BTreeSet<String> {
        &self.models
    }

    /// Whether a tool may be called. Names are compared byte by byte.
    pub fn tool(&self, name: &str) -> Result<(), ScopeRefusal> {
        match self.tools.contains(name) && !self.hidden.contains(name) {
            true => Ok(()),
            false => Err(ScopeRefusal::Tool),
        }
    }

    /// Whether an interface may be called, as it is written when all detours are taken out.
    pub fn api(&self, called: &str) -> Result<(), ScopeRefusal> {
        let called = normalised(called).ok_or(ScopeRefusal::Address)?;
        let fits = |api: &Api| match api.is_prefix {
            true => called.starts_with(&api.address),
            false => called == api.address,
        };
        match self.apis.iter().any(fits) {
            true => Ok(()),
            false => Err(ScopeRefusal::Api),
        }
    }

    /// Whether a model may be used.
    pub fn model(&self, name: &str) -> Result<(), ScopeRefusal> {
        match self.models.is_empty() || self.models.contains(name) {
            true => Ok(()),
            false => Err(ScopeRefusal::Model),
        }
    }

    /// Those of a list of tools that an agent may see, in their order.
    pub fn visible<'a>(&self, tools: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        tools
            .into_iter()
            .filter(|name| self.tool(name).is_ok())
            .collect()
    }
}

/// `METHOD scheme://host/path?query` with the method in capitals, scheme and host in small letters, no needless escapes and
/// no detours over `.` and `..`. None: it can be read in more than one way.
fn normalised(address: &str) -> Option<String> {
    let (method, address) = address.split_once(' ')?;
    let (scheme, rest) = address.split_once("://")?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let is_odd = |letter: char| {
        letter.is_whitespace() || letter.is_control() || matches!(letter, '\\' | '#' | '@')
    };
    let of_host = |letter: char| {
        letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '[' | ']' | '_')
    };
    if !is_word(method)
        || !is_word(scheme)
        || host.is_empty()
        || !host.chars().all(of_host)
        || path.contains(is_odd)
    {
        return None;
    }
    let query = match query {
        Some(query)
            if query.contains(|letter: char| letter.is_whitespace() || letter.is_control()) =>
        {
            return None;
        }
        Some(query) => format!("?{query}"),
        None => String::new(),
    };
    let (method, scheme, host) = (
        method.to_ascii_uppercase(),
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase(),
    );
    let path = without_detours(&unescaped(path)?);
    Some(format!("{method} {scheme}://{host}{path}{query}"))
}

/// The path without escapes of letters that need none. None: an escape of `/`, `\`, `%`, a control character, or no escape.
fn unescaped(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut parts = path.split('%');
    out.push_str(parts.next()?);
    for part in parts {
        let digits = part.get(..2)?;
        let byte = u8::from_str_radix(digits, 16)
            .ok()
            .filter(|_| !digits.starts_with('+'))?;
        match byte {
            b'/' | b'\\' | b'%' | 0..=0x1f | 0x7f => return None,
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
        out.push_str(&part[2..]);
    }
    Some(out)
}

fn without_detours(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let ends_in_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(kept.pop()),
            part => kept.push(part),
        }
    }
    let joined = kept.join("/");
    match ends_in_folder && !joined.is_empty() {
        true => format!("/{joined}/"),
        false => format!("/{joined}"),
    }
}

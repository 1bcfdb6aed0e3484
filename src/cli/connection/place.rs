//! Where a command looks for the daemon, and what it shows it: by options, a context, or the environment.

use std::{env, path::PathBuf};

use clap::{Args, builder::NonEmptyStringValueParser};

use crate::cli::{
    contexts::{Contexts, Named, with_scheme},
    error::CliError,
};

/// The environment variable that names a daemon.
pub(crate) const ADDRESS_VARIABLE: &str = "INDELIBLE_ADDRESS";

/// The environment variable that names a context.
const CONTEXT_VARIABLE: &str = "INDELIBLE_CONTEXT";

/// The environment variables that name what both sides know each other by.
const CA_VARIABLE: &str = "INDELIBLE_CA";
const CERT_VARIABLE: &str = "INDELIBLE_CERT";
const CERT_KEY_VARIABLE: &str = "INDELIBLE_CERT_KEY";
const TOKEN_FILE_VARIABLE: &str = "INDELIBLE_TOKEN_FILE";

/// Where a command looks for the daemon, and how both know each other.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Where {
    /// Where the daemon listens: unix: and a path, https:// or http:// [default: the user's own socket, or
    /// unix:/run/indelible/indelible.sock] [env: INDELIBLE_ADDRESS]
    // A script whose variable is empty means no other daemon.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Everywhere",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(super) address: Option<String>,
    /// The authorities that vouch for the daemon's certificate, in PEM [default: the system's] [env: INDELIBLE_CA]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) ca: Option<PathBuf>,
    /// This client's certificate, in PEM [env: INDELIBLE_CERT]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) cert: Option<PathBuf>,
    /// The private key of this client's certificate, in PEM [env: INDELIBLE_CERT_KEY]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) cert_key: Option<PathBuf>,
    /// A file with a token that says who calls, read for each call [env: INDELIBLE_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) token_file: Option<PathBuf>,
    /// The daemon, and what it is shown, by the name of a context (`indelible context`); other options replace its parts
    /// [default: the context in use, unless an address is given] [env: INDELIBLE_CONTEXT]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Everywhere",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(super) context: Option<String>,
}

impl Where {
    #[cfg(test)]
    pub(crate) fn at(address: &str) -> Self {
        Self {
            address: Some(address.to_owned()),
            ca: None,
            cert: None,
            cert_key: None,
            token_file: None,
            context: None,
        }
    }

    /// What the options say, as a context has it.
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            address: self.address.as_deref(),
            ca: self.ca.as_deref(),
            cert: self.cert.as_deref(),
            cert_key: self.cert_key.as_deref(),
            token_file: self.token_file.as_deref(),
        }
    }

    /// The context that is named, by the option or the environment.
    pub(crate) fn chosen_context(&self) -> Option<String> {
        self.context.clone().or_else(|| variable(CONTEXT_VARIABLE))
    }

    /// Adds what the context says and the options don't, and what the environment says of this daemon. What is for one daemon
    /// is not shown to another:
    ///
    /// - An address that is given sets the context in use aside, and all of it.
    /// - The environment's files are for the daemon that [`ADDRESS_VARIABLE`] names; without it, for the one that the
    ///   options name, or the default. They are never for a context's.
    ///
    /// # Errors
    ///
    /// When there is no such context, or the file of contexts can't be used.
    pub(crate) fn in_context(self) -> Result<Settled, CliError> {
        self.settled(&Environment::of_the_process(), Contexts::load)
    }

    fn settled(
        mut self,
        environment: &Environment,
        contexts: impl FnOnce() -> Result<Contexts, CliError>,
    ) -> Result<Settled, CliError> {
        if self.context.is_none() && (self.address.is_some() || environment.address.is_some()) {
            let aside = self.set_aside(environment, contexts);
            let mut settled = self.beside(environment);
            settled.warnings.extend(aside);
            return Ok(settled);
        }
        let (contexts, options) = (contexts()?, self.clone());
        let chosen = self.context.clone().or_else(|| environment.context.clone());
        let Some(name) = chosen.as_deref().or(contexts.in_use()) else {
            return Ok(self.beside(environment));
        };
        let context = contexts.get(name)?;
        self.address.get_or_insert_with(|| context.address.clone());
        self.ca = self.ca.or_else(|| context.ca.clone());
        if self.cert.is_none() && self.cert_key.is_none() {
            (self.cert, self.cert_key) = (context.cert.clone(), context.cert_key.clone());
        }
        self.token_file = self.token_file.or_else(|| context.token_file.clone());
        let for_whom = format!("the context {name}");
        self.context = Some(name.to_owned());
        Ok(self.without(environment, &for_whom, &options))
    }

    /// What is said of the context that would be used but for an address that is given.
    fn set_aside(
        &self,
        environment: &Environment,
        contexts: impl FnOnce() -> Result<Contexts, CliError>,
    ) -> Option<String> {
        // A file that can't be read says nothing of this daemon.
        let contexts = contexts().ok();
        let in_use = || contexts.as_ref()?.in_use().map(str::to_owned);
        let name = environment.context.clone().or_else(in_use)?;
        if self.address.is_none() {
            return Some(format!(
                "the context {name} is set aside, since {ADDRESS_VARIABLE} is set"
            ));
        }
        // Whoever writes an address means it, but may count on what the context shows.
        let context = contexts.as_ref()?.get(&name).ok()?;
        let unused: Vec<_> = [
            ("certificate", context.cert.is_some() && self.cert.is_none()),
            (
                "token",
                context.token_file.is_some() && self.token_file.is_none(),
            ),
        ]
        .into_iter()
        .filter_map(|(what, is_unused)| is_unused.then_some(what))
        .collect();
        (!unused.is_empty()).then(|| {
            format!(
                "the context {name} is set aside, since --address is given, and its {} not shown; give --context {name}, too, if it \
                 is to be",
                match unused.as_slice() {
                    [one] => format!("{one} is"),
                    all => format!("{} are", all.join(" and ")),
                }
            )
        })
    }

    /// The same where no context says anything.
    fn beside(self, environment: &Environment) -> Settled {
        match (&self.address, &environment.address) {
            (Some(given), Some(other)) if with_scheme(given) != with_scheme(other) => {
                let (for_whom, options) = (given.clone(), self.clone());
                self.without(environment, &for_whom, &options)
            }
            _ => Settled {
                place: self,
                environment: environment.clone(),
                warnings: Vec::new(),
            },
        }
    }

    /// The same where the environment speaks of another daemon. Whoever counts on its files is told that they are not used.
    /// `options` take the place of what the environment says, and nobody is told of that.
    fn without(self, environment: &Environment, for_whom: &str, options: &Self) -> Settled {
        let named = [
            (CA_VARIABLE, &environment.ca, &options.ca, &self.ca),
            (CERT_VARIABLE, &environment.cert, &options.cert, &self.cert),
            (
                CERT_KEY_VARIABLE,
                &environment.cert_key,
                &options.cert_key,
                &self.cert_key,
            ),
            (
                TOKEN_FILE_VARIABLE,
                &environment.token_file,
                &options.token_file,
                &self.token_file,
            ),
        ];
        let unused: Vec<_> = named
            .into_iter()
            .filter(|(_, said, given, taken)| said.is_some() && given.is_none() && said != taken)
            .map(|(name, ..)| name)
            .collect();
        let warning = (!unused.is_empty()).then(|| {
            format!(
                "not used for {for_whom}, since it may be meant for another daemon: {}; give the option, or set it in the context",
                unused.join(", ")
            )
        });
        Settled {
            place: self,
            environment: Environment::default(),
            warnings: warning.into_iter().collect(),
        }
    }
}

/// What the environment says of a daemon.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    pub(super) address: Option<String>,
    context: Option<String>,
    pub(super) ca: Option<PathBuf>,
    pub(super) cert: Option<PathBuf>,
    pub(super) cert_key: Option<PathBuf>,
    pub(super) token_file: Option<PathBuf>,
}

impl Environment {
    fn of_the_process() -> Self {
        let file = |name| {
            let named = env::var_os(name).map(PathBuf::from);
            named.filter(|path| !path.as_os_str().is_empty())
        };
        Self {
            address: variable(ADDRESS_VARIABLE),
            context: variable(CONTEXT_VARIABLE),
            ca: file(CA_VARIABLE),
            cert: file(CERT_VARIABLE),
            cert_key: file(CERT_KEY_VARIABLE),
            token_file: file(TOKEN_FILE_VARIABLE),
        }
    }
}

/// What a command was told of the daemon, once it is settled which context and which environment count.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(super) place: Where,
    /// What is taken where nothing else says it.
    pub(super) environment: Environment,
    /// What whoever gave the command may not expect.
    pub(crate) warnings: Vec<String>,
}

/// Without a context.
impl From<Where> for Settled {
    fn from(place: Where) -> Self {
        place.beside(&Environment::of_the_process())
    }
}

/// What the environment says, if it says something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;

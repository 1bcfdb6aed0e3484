//! What the environment says in the place of the configuration file: one variable for each key, `INDELIBLE__` and the
//! key's path with two underscores between its parts, such as `INDELIBLE__MEMORY__BUDGET_MIB`.

use std::{env, ffi::OsString};

use serde::Deserialize as _;
use toml::{Table, Value};

use super::{error::ConfigError, file::File};

/// What the name of each such variable begins with.
const PREFIX: &str = "INDELIBLE__";

/// What stands in the file alone: who may do what, whom the daemon believes, and lists of tables.
const OF_THE_FILE: [&str; 5] = [
    "access",
    "issuers",
    "previous-kek",
    "previous_kek",
    "quotas",
];

/// One key that the environment sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Override {
    /// The variable's name.
    pub(super) variable: String,
    /// The key's path.
    pub(super) path: Vec<String>,
    /// What it is set to.
    pub(super) value: Value,
}

/// The keys that the process's environment sets, in the order of their names.
pub(super) fn overrides() -> Result<Vec<Override>, ConfigError> {
    of(env::vars_os())
}

pub(super) fn of(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Override>, ConfigError> {
    let mut overrides = Vec::new();
    for (name, value) in variables {
        let Some(variable) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let refuse = |problem| ConfigError::Environment {
            variables: variable.to_owned(),
            problem,
        };
        let path: Vec<String> = variable[PREFIX.len()..]
            .split("__")
            .map(str::to_ascii_lowercase)
            .collect();
        if path.iter().any(String::is_empty) {
            return Err(refuse("it names no key".to_owned()));
        }
        if OF_THE_FILE.contains(&path[0].as_str()) {
            let problem = format!("{} can only be set in the configuration file", path[0]);
            return Err(refuse(problem));
        }
        let text = value
            .to_str()
            .ok_or_else(|| refuse("its value is not valid UTF-8".to_owned()))?;
        overrides.push(Override {
            variable: variable.to_owned(),
            path,
            value: value_of(text),
        });
    }
    overrides.sort_by(|a, b| a.variable.cmp(&b.variable));
    Ok(overrides)
}

/// A value as the file would write it; anything else is a text, so that paths need no quotes.
fn value_of(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let parsed = parsed.filter(|table| table.len() == 1);
    let value = parsed.and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The file as it reads with what the environment says. `text` is what `file` was read from.
pub(super) fn over(file: File, text: &str, overrides: &[Override]) -> Result<File, ConfigError> {
    if overrides.is_empty() {
        return Ok(file);
    }
    let refuse = |problem: String| {
        let variables: Vec<_> = overrides.iter().map(|it| it.variable.as_str()).collect();
        ConfigError::Environment {
            variables: variables.join(", "),
            problem,
        }
    };
    let mut table = table_of(text);
    for set in overrides {
        put(&mut table, &set.path, &set.value).map_err(|problem| ConfigError::Environment {
            variables: set.variable.clone(),
            problem,
        })?;
    }
    // Taken as the file has it: it knows the lines, which a table does not.
    for name in OF_THE_FILE {
        table.remove(name);
    }
    let read = File::deserialize(table);
    let read = read.map_err(|error| refuse(error.to_string().trim().replace('\n', " ")))?;
    Ok(File {
        access: file.access,
        issuers: file.issuers,
        previous_kek: file.previous_kek,
        quotas: file.quotas,
        ..read
    })
}

/// The table of a text that was read before.
pub(super) fn table_of(text: &str) -> Table {
    toml::from_str(text).unwrap_or_default()
}

fn put(table: &mut Table, path: &[String], value: &Value) -> Result<(), String> {
    let Some((last, tables)) = path.split_last() else {
        return Ok(());
    };
    let mut place = table;
    for name in tables {
        let found = place
            .entry(name.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        place = found
            .as_table_mut()
            .ok_or_else(|| format!("{name} is a value and not a table"))?;
    }
    place.insert(last.clone(), value.clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(variables: &[(&str, &str)]) -> Result<Vec<Override>, ConfigError> {
        of(variables
            .iter()
            .map(|(name, value)| (name.into(), value.into())))
    }

    fn file(text: &str, variables: &[(&str, &str)]) -> Result<File, ConfigError> {
        over(toml::from_str(text).unwrap(), text, &set(variables)?)
    }

    #[test]
    fn a_variable_takes_the_place_of_a_key_and_adds_one() {
        let text = "data = \"/a\"\n[memory]\nbudget_mib = 256\n[log]\nformat = \"json\"";
        let file = file(
            text,
            &[
                ("INDELIBLE__DATA", "/b"),
                ("INDELIBLE__MEMORY__BUDGET_MIB", "1024"),
                ("INDELIBLE__LIMITS__LEDGERS", "7"),
                ("INDELIBLE__LISTEN", r#"["unix:/x", "127.0.0.1:1"]"#),
                ("INDELIBLE_ADDRESS", "unix:/elsewhere"),
            ],
        )
        .unwrap();
        assert_eq!(file.data.unwrap().to_str(), Some("/b"));
        assert_eq!(file.memory.budget_mib, Some(1_024));
        assert_eq!(file.limits.ledgers, Some(7));
        assert_eq!(file.log.format.as_deref(), Some("json"), "as in the file");
        assert!(
            matches!(file.listen, Some(super::super::file::OneOrMore::More(listen)) if listen.len() == 2)
        );
    }

    /// Who may do what keeps its lines, and what is wrong elsewhere is still told.
    #[test]
    fn what_stands_in_the_file_alone_is_as_it_is_there() {
        let text = "data = \"/a\"\n\n[[access]]\nprincipals = [\"unix:a\"]\nroles = [\"reader\"]\non = [\"pay\"]\n\n\
                    [[quotas]]\nprincipals = [\"unix:a\"]\non = [\"pay\"]\nevents_per_day = 1\n\n\
                    [[issuers]]\nissuer = \"https://i.example\"\naudiences = [\"x\"]\n\n\
                    [[previous-kek]]\nprovider = \"passphrase-file\"\npath = \"/p\"\n";
        let alone: File = toml::from_str(text).unwrap();
        let read = file(text, &[("INDELIBLE__MEMORY__BUDGET_MIB", "300")]).unwrap();
        assert_eq!(read.memory.budget_mib, Some(300));
        assert_eq!(format!("{:?}", read.access), format!("{:?}", alone.access));
        assert_eq!(format!("{:?}", read.quotas), format!("{:?}", alone.quotas));
        assert_eq!((read.issuers.len(), read.previous_kek.len()), (1, 1));
        let refused = file(text, &[("INDELIBLE__LIMITS__LEDGER", "7")]).unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("unknown field `ledger`"), "{told}");
    }

    #[test]
    fn a_variable_that_can_not_be_taken_is_named() {
        for (variable, value, problem) in [
            ("INDELIBLE__MEMORY__BUDGET", "1", "unknown field `budget`"),
            ("INDELIBLE__MEMORY__BUDGET_MIB", "much", "invalid type"),
            (
                "INDELIBLE__ACCESS",
                "[]",
                "only be set in the configuration file",
            ),
            ("INDELIBLE__", "1", "it names no key"),
            (
                "INDELIBLE__DATA__PATH",
                "1",
                "data is a value and not a table",
            ),
        ] {
            let refused = file("data = \"/a\"", &[(variable, value)]).unwrap_err();
            let text = refused.to_string();
            assert!(text.contains(variable) && text.contains(problem), "{text}");
        }
    }

    #[test]
    fn a_value_is_what_the_file_would_have_or_a_text() {
        for (text, value) in [
            ("5", Value::Integer(5)),
            ("\"5\"", Value::String("5".to_owned())),
            ("true", Value::Boolean(true)),
            ("/var/lib", Value::String("/var/lib".to_owned())),
            ("1\nother = 2", Value::String("1\nother = 2".to_owned())),
            ("", Value::String(String::new())),
        ] {
            assert_eq!(value_of(text), value, "{text:?}");
        }
    }
}

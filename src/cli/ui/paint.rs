//! Colour, where a terminal shows it. Whatever is painted says the same without.

use std::{fmt, io::IsTerminal as _};

use clap::ValueEnum;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or the terminal is a dumb one
    #[default]
    Auto,
    /// Always, also in pipes and files
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether standard output is painted.
    pub(crate) fn is_wanted(self) -> bool {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                std::io::stdout().is_terminal()
                    && !is_set("NO_COLOR")
                    && is_set("TERM")
                    && std::env::var_os("TERM").is_some_and(|terminal| terminal != "dumb")
            }
        }
    }
}

/// What something is, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// The head of a column, or the name of a notice.
    Head,
    /// Somebody must look.
    Bad,
    /// What can't be read here.
    Faint,
}

impl Paint {
    /// The text, painted if `f` is asked for it (`{:#}`), which is how painted output is written.
    pub(crate) fn write(self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        f.write_str(&self.text(text, f.alternate()))
    }

    /// The text, painted or not. It is inert before.
    pub(crate) fn text(self, text: &str, is_painted: bool) -> String {
        if !is_painted || text.is_empty() {
            return text.to_owned();
        }
        let code = match self {
            Self::Head => "1",
            Self::Bad => "1;31",
            Self::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_painted_that_nobody_asked_for() {
        assert_eq!(Paint::Bad.text("x", false), "x");
        assert_eq!(Paint::Bad.text("x", true), "\x1b[1;31mx\x1b[0m");
        assert_eq!(Paint::Head.text("", true), "");
        assert!(Color::Always.is_wanted() && !Color::Never.is_wanted());
    }
}

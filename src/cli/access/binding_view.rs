//! A binding, as commands show it.

use std::fmt;

use indelible_access::Binding;
use serde::Serialize;

/// A binding, as it is shown.
#[derive(Serialize)]
pub(super) struct BindingView {
    principal: String,
    role: &'static str,
    on: String,
    sources: Vec<String>,
    line: Option<u32>,
    #[serde(skip)]
    text: String,
}

impl BindingView {
    pub(super) fn of(binding: &Binding) -> Self {
        Self {
            principal: binding.principal.to_string(),
            role: binding.role.name(),
            on: binding.reach.to_string(),
            sources: binding.sources.iter().map(ToString::to_string).collect(),
            line: binding.line,
            text: binding.to_string(),
        }
    }
}

impl fmt::Display for BindingView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

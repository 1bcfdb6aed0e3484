//! What is wrong with a command line that can't be read, for programs.

use std::ffi::OsString;

/// What the parser says, in one sentence and without the usage.
pub(super) fn sentence(problem: &clap::Error) -> String {
    let text = problem.render().to_string();
    let end = text
        .find("\n\nUsage:")
        .or_else(|| text.find("\n\nFor more information"));
    let text = &text[..end.unwrap_or(text.len())];
    let text = text.strip_prefix("error: ").unwrap_or(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a command line that can't be read asks for JSON all the same.
pub fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut arguments = arguments.take_while(|argument| argument != "--").peekable();
    while let Some(argument) = arguments.next() {
        let is_next = argument == "--output" && arguments.peek().is_some_and(|next| next == "json");
        if is_next || argument == "--output=json" {
            return true;
        }
    }
    false
}

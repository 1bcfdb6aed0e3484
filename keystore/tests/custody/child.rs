//! Tests that need an environment of their own, run as processes of their own.

use std::process::Command;

/// Runs one ignored test of this program with nothing in its environment but these variables.
pub(crate) fn passes(test: &str, variables: &[(&str, &str)]) {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this)
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{variables:?}: {text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

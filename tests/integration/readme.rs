//! The README's commands, as somebody pastes them: one block after the other, in an empty directory, as one story.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{daemon::INDELIBLE, place::Place, verifier};

/// What stands in a fence of this language, with the line that it begins on.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut is_wanted = false;
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(of), None) => {
                is_wanted = of == language;
                open = Some((number + 1, String::new()));
            }
            (Some(_), Some(_)) => {
                let block = open.take().unwrap();
                blocks.extend(is_wanted.then_some(block));
            }
            (None, Some((_, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// A script of all blocks. `serve` listens on a port of the test's own; everything else is as it stands.
fn script(blocks: &[(usize, String)], port: u16) -> String {
    let mut script = format!(
        "exec 2>&1\nset -euo pipefail\n\
         export INDELIBLE_ADDRESS=http://127.0.0.1:{port}\n\
         indelible() {{\n\
         \x20   if [ \"$1\" = serve ]; then shift; exec $(type -P indelible) serve --listen 127.0.0.1:{port} \"$@\"\n\
         \x20   else command indelible \"$@\"; fi\n\
         }}\n\
         trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n"
    );
    for (line, block) in blocks {
        script.push_str(&format!("echo \"== README.md, line {line}\"\n{block}"));
    }
    script
}

#[test]
fn the_readme_runs_as_it_stands() {
    let page = include_str!("../../README.md");
    let run = blocks(page, "sh");
    let not_run = blocks(page, "text");
    assert!(run.len() >= 10, "{} blocks", run.len());
    assert!(
        not_run.len() * 10 <= run.len() + not_run.len() + 9,
        "too many blocks can't run"
    );
    let place = Place::new();
    let directory = place.file("story");
    fs::create_dir(&directory).unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let programs = Path::new(INDELIBLE).parent().unwrap();
    assert!(
        verifier::program().exists(),
        "the verifier is built beside the daemon"
    );
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &script(&run, port)])
        .current_dir(&directory)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}\nthe daemon: {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        fs::read_to_string(directory.join("daemon.log")).unwrap_or_default()
    );
    for file in [
        "report.html",
        "report.json",
        "customer-93.tar",
        "article12.html",
    ] {
        assert!(directory.join(file).exists(), "{file}");
    }
}

//! Prints a page to PDF with the installed Chromium. The page needs neither network nor script, and gets neither.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::cli::error::CliError;

/// What the browser is called where it is installed.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Prints a page.
pub(crate) fn print(page: &str) -> Result<Vec<u8>, CliError> {
    let browser = BROWSERS
        .iter()
        .find_map(|name| on_path(name))
        .ok_or_else(|| {
            CliError::Usage(format!(
                "PDF needs one of {}; install it, or write --format html and print that",
                BROWSERS.join(", ")
            ))
        })?;
    let failed = |source| CliError::System {
        doing: "can't print the page",
        source,
    };
    let folder = Folder::new().map_err(failed)?;
    let (html, pdf) = (folder.0.join("report.html"), folder.0.join("report.pdf"));
    std::fs::write(&html, page).map_err(failed)?;
    let mut command = Command::new(&browser);
    command
        .args(["--headless", "--disable-gpu", "--no-pdf-header-footer"])
        .args([
            "--disable-javascript",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.0.join("profile").display()
        ))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", html.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // The browser's own sandbox can't be set up by root.
    if is_root() {
        command.arg("--no-sandbox");
    }
    let status = command.status().map_err(failed)?;
    let printed = std::fs::read(&pdf);
    match (status.success(), printed) {
        (true, Ok(bytes)) => Ok(bytes),
        (_, _) => Err(CliError::System {
            doing: "can't print the page",
            source: std::io::Error::other(format!("{} ended with {status}", browser.display())),
        }),
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A folder that only its maker may look into, and that goes with it: a report names people's deeds.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = std::env::temp_dir().join(format!("indelible-{name}"));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The operating system tidies up what can't be removed.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

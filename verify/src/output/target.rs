//! A file that is written, or standard output. Nothing that was read is ever replaced.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::failure::Failure;

/// What stands for standard input and output on the command line.
const STANDARD: &str = "-";
/// Of a new file: what is written names people, so its owner alone may read it.
const OWNER_ONLY: u32 = 0o600;
/// How many names are tried for a file that is not complete yet.
const NAMES_MAX: u32 = 100;

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Standard output.
    Standard,
    /// A file, and not a link to one.
    File(PathBuf),
}

/// A form that is written, and how the names of its files end.
pub(crate) trait OfForm: ValueEnum + PartialEq + Copy + 'static {
    /// The form where nothing says another.
    const DEFAULT: Self;
    /// Endings, with the form that each stands for where nothing says another. Of two that fit, the first counts.
    const ENDINGS: &'static [(&'static str, Self)];

    /// Whether the program writes it, and does not only know how its files end.
    fn is_written(self) -> bool {
        true
    }

    /// Whether files of this form may end so, besides with its own endings.
    fn may_end(self, _ending: &str) -> bool {
        false
    }
}

impl Target {
    /// As it was typed; `-` and nothing are standard output. `inputs` are files and directories that are read; `-` among
    /// them is standard input, which may be a file as well.
    pub(crate) fn typed<'a>(
        path: Option<&Path>,
        inputs: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != STANDARD) else {
            return Ok(Self::Standard);
        };
        let refused = |problem: &str| Err(Failure::Usage(format!("{} {problem}", path.display())));
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return refused("is not a regular file; name another one, or - for standard output");
        }
        let is_link = path.is_symlink();
        if is_link && there.is_none() {
            return refused("is a link to a file that is not there; name the file itself");
        }
        // A link stays one, and the file that it leads to is written.
        let path_of_file = match is_link {
            true => fs::canonicalize(path).map_err(Failure::Output)?,
            false => path.to_owned(),
        };
        for read in inputs.into_iter().flat_map(of_input) {
            if there.as_ref().is_some_and(|there| is_same(there, &read)) {
                return refused(
                    "is read by this very command, and would be replaced; name another file",
                );
            }
            if read.is_dir() && lies_in(&path_of_file, &read) {
                return refused("lies in the directory that is read; name a file elsewhere");
            }
        }
        Ok(Self::File(path_of_file))
    }

    /// Writes all of it.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_by(|out| out.write_all(bytes).map_err(Failure::Output))
    }

    /// Lets `write` write. A file appears when it is complete: one that is left half done is removed, and what stood there
    /// stays.
    pub(crate) fn write_by(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Self::File(path) = self else {
            let mut out = BufWriter::new(io::stdout().lock());
            write(&mut out)?;
            return out.flush().map_err(Failure::Output);
        };
        let (beside, file) = unfinished(path).map_err(Failure::Output)?;
        let mut out = BufWriter::new(file);
        let written = write(&mut out).and_then(|()| {
            let file = out.into_inner().map_err(|error| error.into_error());
            file.and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&beside, path))
                .map_err(Failure::Output)
        });
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

/// The form of what is written: the one that was named, or that the file's name says. A name that says another form than
/// the one that was named is a mistake in one of them.
pub(crate) fn form_of<F: OfForm>(named: Option<F>, target: &Target) -> Result<F, Failure> {
    let Target::File(path) = target else {
        return Ok(named.unwrap_or(F::DEFAULT));
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let ends = |ending: &str| {
        let before = name.strip_suffix(ending);
        before.is_some_and(|before| before.ends_with('.'))
    };
    let said = F::ENDINGS.iter().find(|(ending, _)| ends(ending));
    match (named, said) {
        (Some(named), Some((ending, said))) if named != *said && !named.may_end(ending) => {
            Err(Failure::Usage(format!(
                "{} ends as a file of another form than --format says; change one of them",
                path.display()
            )))
        }
        (Some(named), _) => Ok(named),
        (None, Some((_, said))) => Ok(*said),
        (None, None) => {
            let written = F::ENDINGS.iter().filter(|(_, form)| form.is_written());
            let endings: Vec<_> = written.map(|(ending, _)| *ending).collect();
            Err(Failure::Usage(format!(
                "the name {} does not say which form to write; let it end with .{}, or give --format",
                path.display(),
                endings.join(", .")
            )))
        }
    }
}

/// What an input may be: `-` is standard input where evidence is read, and a file of that name elsewhere. What is not there
/// is left to whoever opens it.
fn of_input(path: &Path) -> impl Iterator<Item = Metadata> {
    let is_standard = path.as_os_str() == STANDARD;
    let standard = is_standard.then(|| of_descriptor(&io::stdin()).ok());
    standard
        .flatten()
        .into_iter()
        .chain(fs::metadata(path).ok())
}

/// What lies behind something that is open, wherever the names of it went.
fn of_descriptor(open: &impl AsFd) -> io::Result<Metadata> {
    File::from(open.as_fd().try_clone_to_owned()?).metadata()
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether a file lies, or would lie, in a directory or below it.
fn lies_in(path: &Path, directory: &Metadata) -> bool {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(parent) = fs::canonicalize(parent) else {
        return false;
    };
    let mut above = parent.ancestors();
    above.any(|above| fs::metadata(above).is_ok_and(|above| is_same(&above, directory)))
}

/// A new file beside the one that is to be written, under a name that nobody has. Whoever may read the file that it will
/// replace may read it, otherwise its owner alone.
fn unfinished(path: &Path) -> io::Result<(PathBuf, File)> {
    for attempt in 0..NAMES_MAX {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = PathBuf::from(beside);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(&beside)
        {
            Ok(file) => {
                if let Ok(there) = fs::metadata(path) {
                    let mode = there.permissions().mode() & 0o777;
                    file.set_permissions(Permissions::from_mode(mode))?;
                }
                return Ok((beside, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!(
            "there are unfinished files beside {}; remove them",
            path.display()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
    enum Form {
        Text,
        Json,
        Oscal,
    }

    impl OfForm for Form {
        const DEFAULT: Self = Self::Text;
        const ENDINGS: &'static [(&'static str, Self)] = &[
            ("txt", Self::Text),
            ("oscal.json", Self::Oscal),
            ("json", Self::Json),
        ];

        fn may_end(self, ending: &str) -> bool {
            self == Self::Oscal && ending == "json"
        }
    }

    #[test]
    fn nothing_that_is_read_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (input, bundle) = (path("input"), path("bundle"));
        fs::write(&input, "evidence").unwrap();
        fs::create_dir_all(bundle.join("headers")).unwrap();
        fs::hard_link(&input, path("hard")).unwrap();
        symlink(&input, path("soft")).unwrap();
        symlink(&bundle, path("into")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        let typed = |out: &Path| Target::typed(Some(out), [input.as_path(), bundle.as_path()]);
        for (name, words) in [
            ("input", "is read by this very command"),
            ("hard", "is read by this very command"),
            ("soft", "is read by this very command"),
            ("bundle", "not a regular file"),
            ("bundle/report.html", "lies in the directory"),
            ("bundle/headers/000", "lies in the directory"),
            ("into/report.html", "lies in the directory"),
            ("dangling", "link to a file that is not there"),
        ] {
            let refused = typed(&path(name)).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{name}");
            assert!(refused.to_string().contains(words), "{name}: {refused}");
        }
        assert!(!path("nowhere").exists());
        assert_eq!(typed(Path::new("-")).unwrap(), Target::Standard);
        assert_eq!(Target::typed(None, []).unwrap(), Target::Standard);
        assert_eq!(typed(&path("new")).unwrap(), Target::File(path("new")));
    }

    #[test]
    fn a_link_stays_and_a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("other"), "old").unwrap();
        fs::write(path("other.tmp"), "somebody's").unwrap();
        symlink(path("other"), path("link")).unwrap();
        let target = Target::typed(Some(&path("link")), []).unwrap();
        target.write(b"new").unwrap();
        assert!(path("link").is_symlink());
        assert_eq!(fs::read(path("other")).unwrap(), b"new");
        let failed = target.write_by(|out| {
            out.write_all(b"half").map_err(Failure::Output)?;
            Err(Failure::Changed)
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(path("other")).unwrap(), b"new");
        assert_eq!(fs::read(path("other.tmp")).unwrap(), b"somebody's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone_and_a_replaced_one_keeps_its_readers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let write = || {
            let target = Target::typed(Some(&path), []).unwrap();
            target.write(b"names people").unwrap();
            fs::metadata(&path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(write(), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(write(), 0o640);
    }

    #[test]
    fn a_form_is_named_or_said_by_the_files_name_and_not_both_ways() {
        let of = |named, name: &str| {
            form_of::<Form>(named, &Target::File(PathBuf::from(name))).map_err(|it| it.to_string())
        };
        assert_eq!(of(None, "a.json"), Ok(Form::Json));
        assert_eq!(of(None, "A.OSCAL.JSON"), Ok(Form::Oscal));
        assert_eq!(of(Some(Form::Oscal), "a.json"), Ok(Form::Oscal));
        assert_eq!(of(Some(Form::Json), "report"), Ok(Form::Json));
        assert_eq!(of(Some(Form::Text), "a.text"), Ok(Form::Text));
        for (named, name, words) in [
            (None, "report", "does not say which form"),
            (None, "a.html", ".txt, .oscal.json, .json"),
            (None, "json", "does not say which form"),
            (Some(Form::Text), "a.json", "another form"),
            (Some(Form::Json), "a.oscal.json", "another form"),
        ] {
            let refused = of(named, name).unwrap_err();
            assert!(refused.contains(words), "{name}: {refused}");
        }
        assert_eq!(
            form_of::<Form>(None, &Target::Standard).unwrap(),
            Form::Text
        );
    }
}

//! Names of this machine's users and groups, as the C library looks them up (`/etc/passwd`, LDAP and so on).

use std::{
    collections::HashMap,
    ffi::{CStr, CString},
    io,
    ptr::null_mut,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indelible_access::Principal;
use libc::{c_char, c_int, size_t};

/// How long a name is believed before it is looked up again.
const BELIEVED: Duration = Duration::from_secs(60);

/// Names that are kept; beyond that all are looked up anew.
const KEPT_MAX: usize = 4_096;

/// Room for one entry of a database; more is asked for where it does not suffice.
const ENTRY_BYTES: usize = 4_096;
const ENTRY_BYTES_MAX: usize = 1_024 * 1_024;

/// A user or a group, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    User(u32),
    Group(u32),
}

/// A name, if there is one, and when it was looked up.
type Found = (Option<String>, Instant);

/// Names that were looked up a short while ago.
static KEPT: LazyLock<Mutex<HashMap<Id, Found>>> = LazyLock::new(Mutex::default);

/// The user that this process acts as.
pub(crate) fn own() -> u32 {
    #[expect(unsafe_code, reason = "the C library is the only way to this number")]
    // SAFETY: geteuid takes nothing and can't fail.
    unsafe {
        libc::geteuid()
    }
}

/// The name of a user or a group; nothing where there is none, or where the database can't be read. It may wait for a
/// directory service.
pub(crate) fn name(id: Id) -> Option<String> {
    let now = Instant::now();
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((name, since)) = kept().get(&id)
        && now.duration_since(*since) < BELIEVED
    {
        return name.clone();
    }
    match look_up(id) {
        Ok(name) => {
            let mut kept = kept();
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
            kept.insert(id, (name.clone(), now));
            name
        }
        Err(error) => {
            tracing::warn!(?id, %error, "can't look up a name");
            None
        }
    }
}

/// The other principal of a user of this machine: the one by number for a name, and the one by name for a number. Nothing where
/// this machine has no such user, the name can't be written as a principal, or it is no user of a machine. It may wait for a
/// directory service.
pub fn other_principal(principal: &Principal) -> Option<Principal> {
    let user = principal.as_str().strip_prefix("unix:")?;
    match user.strip_prefix('#') {
        Some(number) => {
            let name = name(Id::User(number.parse().ok()?))?;
            Principal::unix_user_named(&name).ok()
        }
        None => match number(user) {
            Ok(number) => Principal::unix_user(number?).ok(),
            Err(error) => {
                tracing::warn!(user, %error, "can't look up a user");
                None
            }
        },
    }
}

#[expect(
    unsafe_code,
    reason = "the C library is the only way to these databases"
)]
fn look_up(id: Id) -> io::Result<Option<String>> {
    let name = match id {
        Id::User(user) => found(
            // SAFETY: `found` gives pointers to what getpwuid_r writes to, and their sizes.
            |entry, room, bytes, result| unsafe {
                libc::getpwuid_r(user, entry, room, bytes, result)
            },
            |entry: &libc::passwd| text(entry.pw_name),
        ),
        Id::Group(group) => found(
            // SAFETY: `found` gives pointers to what getgrgid_r writes to, and their sizes.
            |entry, room, bytes, result| unsafe {
                libc::getgrgid_r(group, entry, room, bytes, result)
            },
            |entry: &libc::group| text(entry.gr_name),
        ),
    };
    name.map(Option::flatten)
}

#[expect(
    unsafe_code,
    reason = "the C library is the only way to these databases"
)]
fn number(user: &str) -> io::Result<Option<u32>> {
    let Ok(user) = CString::new(user) else {
        return Ok(None);
    };
    found(
        // SAFETY: `found` gives pointers to what getpwnam_r writes to, and their sizes; the name ends in a zero.
        |entry, room, bytes, result| unsafe {
            libc::getpwnam_r(user.as_ptr(), entry, room, bytes, result)
        },
        |entry: &libc::passwd| entry.pw_uid,
    )
}

/// The text of an entry that [`found`] gives to read.
fn text(of_entry: *const c_char) -> Option<String> {
    #[expect(unsafe_code, reason = "the C library returns texts as pointers")]
    // SAFETY: the names of an entry point to strings in the room that was given for them, which a zero ends; `found` keeps
    // that room while an entry is read.
    let text = unsafe { CStr::from_ptr(of_entry) };
    let text = text.to_str().ok().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

/// Calls one of the functions that find an entry, with as much room as it takes, and reads the entry.
fn found<T, R>(
    find: impl Fn(*mut T, *mut c_char, size_t, *mut *mut T) -> c_int,
    read: impl Fn(&T) -> R,
) -> io::Result<Option<R>> {
    let mut room = vec![0 as c_char; ENTRY_BYTES];
    loop {
        let mut entry = std::mem::MaybeUninit::<T>::zeroed();
        let mut result: *mut T = null_mut();
        let problem = find(
            entry.as_mut_ptr(),
            room.as_mut_ptr(),
            room.len(),
            &raw mut result,
        );
        match problem {
            libc::ERANGE if room.len() < ENTRY_BYTES_MAX => room.resize(room.len() * 4, 0),
            // POSIX leaves open which of these says that there is no such entry.
            0 | libc::ENOENT | libc::ESRCH if result.is_null() => return Ok(None),
            0 => {
                #[expect(unsafe_code, reason = "the C library returns the entry as a pointer")]
                // SAFETY: a result that is not null points to `entry`, which was filled.
                let entry = unsafe { &*result };
                return Ok(Some(read(entry)));
            }
            problem => return Err(io::Error::from_raw_os_error(problem)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_has_names_and_a_number_that_nobody_has_none() {
        for _again in 0..2 {
            assert_eq!(name(Id::User(0)).as_deref(), Some("root"));
            assert_eq!(name(Id::Group(0)).as_deref(), Some("root"));
            assert_eq!(name(Id::User(3_999_999_999)), None);
        }
    }

    #[test]
    fn a_user_s_name_leads_to_the_number_and_back() {
        let other = |text: &str| {
            let other = other_principal(&Principal::parse(text).unwrap());
            other.map(|other| other.to_string())
        };
        assert_eq!(other("unix:root").as_deref(), Some("unix:#0"));
        assert_eq!(other("unix:#0").as_deref(), Some("unix:root"));
        for nobody in [
            "unix:no-such-user-here",
            "unix:#3999999999",
            "dns:root.example",
        ] {
            assert_eq!(other(nobody), None, "{nobody}");
        }
    }
}

//! Who is at the other end of a Unix socket, as the kernel saw it when they connected.

use std::{io, os::fd::AsRawFd as _};

use tokio::net::UnixStream;

use super::presented::Process;
use crate::users::{Id, name};

/// Groups of one process, at most: what Linux allows.
const GROUPS_MAX: usize = 65_536;

impl Process {
    /// Asks the kernel, and the machine for names. It may wait for a directory service.
    pub(super) fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = stream.peer_cred()?;
        let mut groups = groups(stream)?;
        if !groups.contains(&credentials.gid()) {
            groups.push(credentials.gid());
        }
        let named = |group| (group, name(Id::Group(group)));
        Ok(Self {
            user: credentials.uid(),
            name: name(Id::User(credentials.uid())),
            groups: groups.into_iter().map(named).collect(),
        })
    }
}

#[cfg(target_os = "linux")]
fn groups(stream: &UnixStream) -> io::Result<Vec<u32>> {
    let mut groups = vec![0_u32; 32];
    loop {
        let room = groups.len() * size_of::<u32>();
        let mut bytes = libc::socklen_t::try_from(room).unwrap_or(libc::socklen_t::MAX);
        #[expect(
            unsafe_code,
            reason = "the C library is the only way to a peer's groups"
        )]
        // SAFETY: getsockopt writes at most `bytes` bytes to `groups`, which has as many, and how many it wrote, or would
        // have written, to `bytes`. Both live until after the call.
        let got = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERGROUPS,
                groups.as_mut_ptr().cast(),
                &raw mut bytes,
            )
        };
        let count = bytes as usize / size_of::<u32>();
        if got == 0 {
            groups.truncate(count);
            return Ok(groups);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::ERANGE) || count <= groups.len() || count > GROUPS_MAX
        {
            return Err(error);
        }
        groups.resize(count, 0);
    }
}

#[cfg(not(target_os = "linux"))]
fn groups(_stream: &UnixStream) -> io::Result<Vec<u32>> {
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_kernel_names_this_process_and_its_groups() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let process = Process::of(&ours).unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = |name: &str| -> Vec<u32> {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap();
            line.split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect()
        };
        assert_eq!(process.user, line("Uid:")[1]);
        let mut found: Vec<_> = process.groups.into_iter().map(|(group, _)| group).collect();
        let mut told = line("Groups:");
        told.push(line("Gid:")[1]);
        found.sort_unstable();
        told.sort_unstable();
        told.dedup();
        assert_eq!(found, told);
    }
}

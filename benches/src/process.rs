//! Child processes that end with us, and what they cost.

use std::{
    error::Error,
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A server of our own starting; killed by its process id when dropped.
pub(crate) struct Server {
    child: Child,
    name: &'static str,
}

impl Server {
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let child = child.spawn().map_err(|error| {
            format!(
                "{name} could not be started ({}): {error}",
                command.get_program().display()
            )
        })?;
        Ok(Self { child, name })
    }

    /// Waits until something listens there.
    pub(crate) fn wait_for(&mut self, address: SocketAddr) -> Result<(), Box<dyn Error>> {
        const TIME_MAX: Duration = Duration::from_secs(60);
        let start = Instant::now();
        while start.elapsed() < TIME_MAX {
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            self.must_run()?;
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("{} does not listen on {address} after a minute", self.name).into())
    }

    pub(crate) fn must_run(&mut self) -> Result<(), Box<dyn Error>> {
        match self.child.try_wait()? {
            Some(status) => Err(format!("{} ended: {status}", self.name).into()),
            None => Ok(()),
        }
    }

    /// Its process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Processor time used so far, in seconds, to a hundredth.
    pub(crate) fn processor_seconds(&self) -> f64 {
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // The name may hold spaces; fields are counted after its closing bracket.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let field = |index: usize| after_name.split_whitespace().nth(index);
        let ticks = |index| {
            field(index)
                .and_then(|text| text.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        (ticks(11) + ticks(12)) / TICKS_PER_SECOND
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks it to end, with SIGTERM, and waits.
    pub(crate) fn stop(mut self) -> Result<(), Box<dyn Error>> {
        const TIME_MAX: Duration = Duration::from_secs(120);
        let process = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status()?;
        let start = Instant::now();
        while start.elapsed() < TIME_MAX {
            if let Some(status) = self.child.try_wait()? {
                let fine = status.success();
                return if fine {
                    Ok(())
                } else {
                    Err(format!("{}: {status}", self.name).into())
                };
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{} did not end within two minutes of SIGTERM", self.name).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A loopback address that is free at this moment.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Runs a program to its end and gives its output, if it succeeded in time.
pub(crate) fn output(command: &mut Command, most: Duration) -> Result<Output, Box<dyn Error>> {
    let name = command.get_program().display().to_string();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let child = child
        .spawn()
        .map_err(|error| format!("{name} could not be started: {error}"))?;
    let process = child.id().to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(most) else {
        Command::new("kill").args(["-KILL", &process]).status()?;
        return Err(format!("{name} did not end within {most:?}").into());
    };
    let output = output?;
    if !output.status.success() {
        return Err(format!("{name}: {}", output.status).into());
    }
    Ok(output)
}

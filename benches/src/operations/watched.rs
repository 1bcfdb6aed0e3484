//! Metrics that are read every second, traces of one call in a hundred, and a log, beside none of them.

use std::{
    env,
    error::Error,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use super::{load, rate, start};
use crate::{
    Options,
    daemon::Home,
    figures::Figures,
    paired::Paired,
    process::{Server, free_address},
};

const AIM: f64 = 0.95;

pub(super) fn measure(
    options: &Options,
    rounds: u32,
    figures: &mut Figures,
) -> Result<Vec<String>, Box<dyn Error>> {
    let paired = Paired::take(
        rounds,
        || {
            let daemon = start(options, Home::fresh(options)?, "", &["--log-filter", "off"])?;
            let report = load(options, &daemon)?;
            daemon.stop()?;
            rate(&report)
        },
        || watched(options),
    )?;
    Ok(vec![paired.note("operations.watched", AIM, figures)])
}

fn watched(options: &Options) -> Result<f64, Box<dyn Error>> {
    let collector = free_address()?;
    let mut command = Command::new(env::current_exe()?);
    command.args(["echo-server", &collector.to_string()]);
    let mut server = Server::start("the collector", &mut command)?;
    server.wait_for(collector)?;
    let metrics = free_address()?;
    let metrics_at = metrics.to_string();
    let configuration = format!("[traces]\nendpoint = \"http://{collector}\"\nratio = 0.01\n");
    let further = [
        "--log-filter",
        "info",
        "--log-format",
        "json",
        "--metrics",
        &metrics_at,
    ];
    let daemon = start(options, Home::fresh(options)?, &configuration, &further)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = {
        let is_over = Arc::clone(&is_over);
        thread::spawn(move || {
            let mut times = 0;
            while !is_over.load(Relaxed) {
                times += u32::from(read_metrics(metrics).is_ok_and(|bytes| bytes > 1_000));
                thread::sleep(Duration::from_secs(1));
            }
            times
        })
    };
    let report = load(options, &daemon);
    is_over.store(true, Relaxed);
    let times = reader
        .join()
        .map_err(|_| "the reader of metrics panicked")?;
    daemon.stop()?;
    if times == 0 {
        return Err("the metrics could never be read".into());
    }
    rate(&report?)
}

/// Reads the metrics once, and gives how many bytes came.
fn read_metrics(address: SocketAddr) -> std::io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)
}

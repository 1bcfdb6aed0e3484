//! `benches/run`: measures Indelible beside its raw limits and a peer, on this machine.

mod aims;
mod daemon;
mod disk;
mod echo;
mod figures;
mod growth;
mod limits;
mod load;
mod operations;
mod overload;
mod paired;
mod process;
mod restart;
mod signed;
mod sustained;
mod transports;
mod umadb;
mod verification;

use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use figures::Figures;

/// Measures Indelible beside its raw limits and a peer, all on loopback
#[derive(Parser)]
#[command(name = "benches/run")]
struct Line {
    #[command(subcommand)]
    work: Work,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Work {
    /// The disk, RocksDB and the processor, each alone
    Limits,
    /// gRPC alone: the same messages, answered by a server that does nothing
    Echo,
    /// UmaDB with 64 clients × 1 event, 16 × 100 and 1 × 1
    Umadb,
    /// Indelible: unary, batches, streams, 1,000 ledgers, one client on an idle ledger
    Ours,
    /// All of the above in one run, and the aims
    Compare,
    /// The cost of an append as the log grows
    Growth {
        /// Records at the end
        #[arg(long, value_name = "N", default_value_t = 10_000_000)]
        records: u64,
    },
    /// The time from start to serving after kill -9
    Restart {
        /// Records in the log
        #[arg(long, value_name = "N", default_value_t = 10_000_000)]
        records: u64,
    },
    /// Bytes on disk for a record, after compaction
    Disk {
        /// Records in the log
        #[arg(long, value_name = "N", default_value_t = 2_000_000)]
        records: u64,
    },
    /// Offline verification of an exported bundle
    Verify {
        /// Records in the bundle
        #[arg(long, value_name = "N", default_value_t = 2_000_000)]
        records: u64,
    },
    /// Streamed appends for five minutes, with the indexes keeping up
    Sustained {
        /// How long
        #[arg(long, value_name = "SECONDS", default_value_t = 300)]
        duration: u64,
    },
    /// Appends of events that were signed beforehand, beside the raw rate of verifying signatures on all cores
    Signed {
        /// How often to take turns
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
    },
    /// Appends over a Unix socket and over mutual TLS with bindings, beside plain TCP
    Transports {
        /// How often to take turns
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
    },
    /// Appends when three times as many are offered as the daemon takes
    Overload {
        /// How often to take turns
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
    },
    /// What operation costs: metrics, traces and logs, the scrub, backups, drains, and a daemon with nothing to do
    Operations {
        /// How often to take turns
        #[arg(long, value_name = "N", default_value_t = 5)]
        rounds: u32,
        /// Records of the store that is scrubbed, backed up and restored
        #[arg(long, value_name = "N", default_value_t = 2_000_000)]
        records: u64,
        /// Only these parts
        #[arg(long, value_name = "PART", value_delimiter = ',')]
        only: Vec<operations::Part>,
    },
    /// Serves the echo until it is ended (for the other commands)
    #[command(hide = true)]
    EchoServer { address: SocketAddr },
}

#[derive(Args)]
struct Options {
    /// Seconds for each measurement, after two seconds of warm-up
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10)]
    seconds: u64,
    /// Where to put scratch data: on the disk to measure
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    scratch: PathBuf,
    /// Write all figures to this file, as JSON
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The program `indelible`
    #[arg(long, global = true, value_name = "FILE", default_value = "indelible")]
    indelible: PathBuf,
    /// The program `indelible-verify`
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "indelible-verify"
    )]
    verifier: PathBuf,
    /// The program `umadb`, version 0.7.8
    #[arg(long, global = true, value_name = "FILE", default_value = "umadb")]
    umadb: PathBuf,
    /// The program `umadb-load`
    #[arg(long, global = true, value_name = "FILE", default_value = "umadb-load")]
    umadb_load: PathBuf,
}

fn main() -> ExitCode {
    let Line { work, options } = Line::parse();
    let mut figures = Figures::of_this_machine();
    let done = perform(work, &options, &mut figures);
    if let Err(error) = &done {
        eprintln!("benches/run: {error}");
    }
    // What was measured before a failure is worth keeping.
    let written = options
        .json
        .as_ref()
        .map_or(Ok(()), |path| figures.write(path));
    if let Err(error) = &written {
        eprintln!("benches/run: the figures could not be written: {error}");
    }
    if done.is_ok() && written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn perform(work: Work, options: &Options, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    match work {
        Work::Limits => limits::measure(&options.scratch, options.seconds, figures),
        Work::Echo => load::measure_echo(options, figures),
        Work::Umadb => umadb::measure(options, figures),
        Work::Ours => load::measure_ours(options, figures),
        Work::Compare => {
            limits::measure(&options.scratch, options.seconds, figures)?;
            load::measure_echo(options, figures)?;
            umadb::measure(options, figures)?;
            load::measure_ours(options, figures)?;
            aims::print(figures);
            Ok(())
        }
        Work::Growth { records } => growth::measure(options, records, figures),
        Work::Restart { records } => restart::measure(options, records, figures),
        Work::Disk { records } => disk::measure(options, records, figures),
        Work::Verify { records } => verification::measure(options, records, figures),
        Work::Sustained { duration } => sustained::measure(options, duration, figures),
        Work::Signed { rounds } => signed::measure(options, rounds, figures),
        Work::Overload { rounds } => overload::measure(options, rounds, figures),
        Work::Transports { rounds } => transports::measure(options, rounds, figures),
        Work::Operations {
            rounds,
            records,
            only,
        } => operations::measure(options, rounds, records, &only, figures),
        Work::EchoServer { address } => echo::serve(address),
    }
}

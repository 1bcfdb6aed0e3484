//! UmaDB: a gRPC event store with durable appends and no cryptography, driven by its own client.

use std::{error::Error, process::Command, time::Duration};

use crate::{Options, figures::Figures, load::WARM_UP, process};

/// Clients, and events in each request.
const WORKLOADS: [(u32, u32); 3] = [(64, 1), (16, 100), (1, 1)];

/// Each workload on an empty database.
pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<(), Box<dyn Error>> {
    for (clients, batch) in WORKLOADS {
        let scratch = tempfile::tempdir_in(&options.scratch)?;
        let address = process::free_address()?;
        let mut command = Command::new(&options.umadb);
        command
            .args(["--listen", &address.to_string(), "--db-path"])
            .arg(scratch.path());
        let mut server = process::Server::start("umadb", &mut command)?;
        server.wait_for(address)?;
        let mut load = Command::new(&options.umadb_load);
        load.arg(format!("http://{address}"))
            .args([clients, batch].map(|number| number.to_string()))
            .args([options.seconds, WARM_UP].map(|number| number.to_string()));
        let time_max = Duration::from_secs(options.seconds + 60);
        let output = process::output(&mut load, time_max)?;
        server.must_run()?;
        let name = format!("umadb.{clients}x{batch}");
        figures.note_report(&name, serde_json::from_slice(&output.stdout)?);
    }
    Ok(())
}

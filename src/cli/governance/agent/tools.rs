//! `indelible agent tools`: which tools an agent may see.

use std::{
    fmt,
    io::{self, Read as _},
};

use clap::Args;
use indelible_proto::v1::FilterToolsRequest;
use serde::Serialize;

use crate::cli::{error::CliError, session::Session};

/// Bytes of the list.
const LIST_BYTES_MAX: u64 = 1 << 20;
/// Tools of one call.
const CALL_TOOLS: usize = 1_024;

/// Read the names of tools, one a line, and write those that an agent may see
///
/// What a policy of the kind gate hides, or does not name, is left out.
#[derive(Debug, Args)]
pub(crate) struct Tools {
    /// Name or origin
    ledger: String,
    /// The agent; without it, the caller's own principal
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
}

#[derive(Serialize)]
struct Tool {
    tool: String,
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tool)
    }
}

impl Tools {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut list = String::new();
        let mut input = io::stdin().lock().take(LIST_BYTES_MAX + 1);
        let read = input.read_to_string(&mut list);
        read.map_err(|source| CliError::file("standard input", source))?;
        if list.len() as u64 > LIST_BYTES_MAX {
            return Err(CliError::Input {
                name: "standard input".to_owned(),
                problem: format!("is longer than {LIST_BYTES_MAX} bytes"),
            });
        }
        let tools = list.lines().map(|line| line.trim_end().to_owned());
        let tools: Vec<_> = tools.filter(|tool| !tool.is_empty()).collect();
        let mut client = session.connection.open_governance().await?;
        for tools in tools.chunks(CALL_TOOLS) {
            let request = session.connection.request(FilterToolsRequest {
                ledger: self.ledger.clone(),
                agent: self.agent.clone().unwrap_or_default(),
                tools: tools.to_vec(),
            });
            let answer = client.filter_tools(request).await?.into_inner();
            for tool in answer.tools {
                session.output.item(&Tool { tool })?;
            }
        }
        Ok(())
    }
}

//! Which records a report is on, as arguments: those of a period by one clock or the other.

use clap::{Args, ValueEnum};
use indelible_compliance::survey::choice::records_typed;
use indelible_proto::v1::{
    RecordSelection, SequenceRange, TimeRange, record_selection::Bounds::SequenceRange as Sequences,
};

use crate::cli::{error::CliError, ui::range::BoundsAsOf};

/// Which records.
#[derive(Debug, Args)]
pub(super) struct PeriodArguments {
    #[command(flatten)]
    bounds: BoundsAsOf,
    /// Whose times say what lies in the period: those of the ledger's clock, or those that producers gave their events
    #[arg(long, value_enum, default_value_t)]
    period_by: PeriodBy,
    /// With --period-by event, look at these records alone; the second number is the one after the last
    #[arg(long, value_name = "FROM..TO", value_parser = records_typed)]
    records: Option<(u64, u64)>,
    /// Report on what was imported alone, on the word of the systems that it comes from
    #[arg(long)]
    pub(super) imported: bool,
}

/// Whose times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PeriodBy {
    /// When they were recorded.
    #[default]
    Recorded,
    /// When they happened, by the word of whoever sent them.
    Event,
}

/// What is asked of the daemon.
#[derive(Debug)]
pub(super) struct Selected {
    /// The records.
    pub(super) selection: Option<RecordSelection>,
    /// The period by the producers' times.
    pub(super) event_time_range: Option<TimeRange>,
}

impl PeriodArguments {
    /// What is asked for, if it goes together.
    pub(super) fn selected(&self) -> Result<Selected, CliError> {
        let usage = |problem: &str| Err(CliError::Usage(problem.to_owned()));
        if self.period_by == PeriodBy::Event {
            let Some(period) = self.bounds.period()? else {
                return usage(
                    "--period-by event needs a period, such as --from 2026-07-01 --to 2026-10-01; --records FROM..TO names records",
                );
            };
            let bounds = self
                .records
                .map(|(start, end)| Sequences(SequenceRange { start, end }));
            let as_of_size = self.bounds.as_of().unwrap_or_default();
            return Ok(Selected {
                selection: (bounds.is_some() || as_of_size > 0)
                    .then_some(RecordSelection { bounds, as_of_size }),
                event_time_range: Some(period),
            });
        }
        if self.records.is_some() {
            return usage(
                "--records goes with --period-by event; without it, --from and --to name records by their numbers",
            );
        }
        if self.imported && self.bounds.is_of_times() {
            return usage(
                "what was imported lies in a period by its producers' times: say --period-by event",
            );
        }
        Ok(Selected {
            selection: self.bounds.selection()?,
            event_time_range: None,
        })
    }
}

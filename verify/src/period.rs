//! Which records a report is on, as arguments: those of a period by one clock or the other.

use clap::{Args, ValueEnum};
use indelible_compliance::reports::{Asked, Whose};
use indelible_compliance::survey::choice::records_typed;
use indelible_compliance::time::{is_day, shortest, typed};

use crate::failure::Failure;

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct PeriodArguments {
    /// Recorded at this time or later: RFC 3339, or a day, which begins at midnight UTC.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<u64>,
    /// Recorded before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<u64>,
    /// Whose times say what lies in the period: those of the ledger's clock, or those that producers gave their events.
    #[arg(long, value_enum, default_value_t)]
    period_by: PeriodBy,
    /// With --period-by event, look at these records alone; the second number is the one after the last.
    #[arg(long, value_name = "FROM..TO", value_parser = records_typed)]
    records: Option<(u64, u64)>,
    /// Report on what was imported alone, on the word of the systems that it comes from.
    #[arg(long)]
    imported: bool,
}

/// A time, or a day, which begins at midnight UTC.
fn moment(text: &str) -> Result<u64, String> {
    match is_day(text) {
        true => typed(&format!("{text}T00:00:00Z")),
        false => typed(text),
    }
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

impl PeriodArguments {
    /// What is asked for, if it goes together.
    pub(crate) fn asked(&self) -> Result<Asked, Failure> {
        let usage = |problem: String| Err(Failure::Usage(problem));
        let (from, to) = (self.from, self.to);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return usage(format!(
                "nothing lies from {} to {}: --from must be earlier than --to",
                shortest(from),
                shortest(to)
            ));
        }
        let has_period = from.is_some() || to.is_some();
        match (self.period_by, has_period, self.records) {
            (PeriodBy::Event, true, records) => Ok(Asked::EventPeriod { records, from, to }),
            (PeriodBy::Event, false, _) => {
                usage("--period-by event needs a period: --from, --to or both".to_owned())
            }
            (PeriodBy::Recorded, _, Some(_)) => {
                usage("--records goes with --period-by event".to_owned())
            }
            (PeriodBy::Recorded, true, None) if self.imported => usage(
                "what was imported lies in a period by its producers' times: say --period-by event"
                    .to_owned(),
            ),
            (PeriodBy::Recorded, true, None) => Ok(Asked::Period { from, to }),
            (PeriodBy::Recorded, false, None) => Ok(Asked::Whole),
        }
    }

    /// Whose records.
    pub(crate) fn whose(&self) -> Whose {
        match self.imported {
            true => Whose::OtherSystems,
            false => Whose::Clients,
        }
    }

    /// What no record did, where there is none in the period; an end that is open is left out.
    pub(crate) fn words(&self) -> String {
        let from = self.from.map(|from| format!(" from {}", shortest(from)));
        let to = self.to.map(|to| format!(" before {}", shortest(to)));
        let did = match self.period_by {
            PeriodBy::Recorded => "was recorded",
            PeriodBy::Event => "has an event time",
        };
        format!(
            "{did}{}{}",
            from.unwrap_or_default(),
            to.unwrap_or_default()
        )
    }
}
